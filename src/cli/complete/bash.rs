//! Reads the line as bash does. Bash splits words at `:`, `=` and `@` (COMP_WORDBREAKS) and
//! replaces only the last part, verbatim, with what it is given.

/// A line up to the cursor.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The words before the current one, without the program's name.
    pub(super) before: Vec<String>,
    /// The part of the current word before the cursor, without quotes.
    pub(super) current: String,
    /// Where in `current` the part starts that bash replaces.
    replaced: usize,
    /// The open quote at the cursor, if any.
    quote: Option<char>,
}

/// The breaks that bash replaces along with the part behind them: those of variables and hosts.
const PREFIXES: &str = "$@";

impl Line {
    /// Reads `line`; rules: Bash Reference Manual, "Quoting", and readline's search for the word to
    /// be completed: it begins behind an open quote, else behind the last of `breaks`.
    pub(super) fn read(line: &str, breaks: &str) -> Self {
        let (mut this, mut words, mut in_word) = (Self::default(), Vec::new(), false);
        let mut characters = line.chars().peekable();
        while let Some(c) = characters.next() {
            match (this.quote, c) {
                (None, c) if c.is_whitespace() => {
                    if in_word {
                        words.push(std::mem::take(&mut this.current));
                    }
                    (in_word, this.replaced) = (false, 0);
                    continue;
                }
                (None, '\'' | '"') => {
                    this.quote = Some(c);
                    this.replaced = this.current.len();
                }
                (Some(quote), c) if c == quote => {
                    this.quote = None;
                    this.replaced = this.current.len();
                }
                (None, '\\') => this.current.extend(characters.next()),
                (Some('"'), '\\') if characters.peek().is_some_and(|c| "$`\"\\".contains(*c)) => {
                    this.current.extend(characters.next());
                }
                (quote, c) => {
                    let before = this.current.len();
                    this.current.push(c);
                    if quote.is_none() && breaks.contains(c) {
                        let stays = PREFIXES.contains(c);
                        this.replaced = if stays { before } else { this.current.len() };
                    }
                }
            }
            in_word = true;
        }
        // Variables may be set before the program's name.
        let is_assignment = |word: &String| {
            word.split_once('=').is_some_and(|(name, _)| {
                name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty()
            })
        };
        this.before = words.into_iter().skip_while(is_assignment).skip(1).collect();
        this
    }

    /// Returns what bash has to insert for the word to become `word`; `None` if something else has
    /// been typed.
    pub(super) fn reply(&self, word: &str) -> Option<String> {
        let rest = word.strip_prefix(&*self.current).map(|_| &word[self.replaced..])?;
        let is_plain = |c: char| c.is_alphanumeric() || "-_/.,%@:+=".contains(c);
        let mut reply = String::with_capacity(rest.len());
        for c in rest.chars() {
            match self.quote {
                None if !is_plain(c) => reply.extend(['\\', c]),
                Some('\'') if c == '\'' => reply.push_str("'\\''"),
                Some('"') if "$`\"\\".contains(c) => reply.extend(['\\', c]),
                _ => reply.push(c),
            }
        }
        Some(reply)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BREAKS: &str = " \t\n\"'@><=;|&(:";

    fn reply(line: &str, word: &str) -> Option<String> {
        Line::read(line, BREAKS).reply(word)
    }

    #[test]
    fn words_are_read_as_bash_reads_them() {
        let line = Line::read("A=1 B='x y' rolecall  login a\\ b \"c \\\" d\"'e' te", BREAKS);
        assert_eq!(line.before, ["login", "a b", "c \" de"]);
        assert_eq!(line.current, "te");
        assert_eq!(Line::read("rolecall login ", BREAKS).current, "");
        assert_eq!(Line::read("rolecall", BREAKS).before, Vec::<String>::new());
    }

    #[test]
    fn the_part_behind_a_break_is_all_that_is_replaced() {
        assert_eq!(reply("rolecall login te", "team:a/b").as_deref(), Some("team:a/b"));
        assert_eq!(reply("rolecall login team:", "team:a/b").as_deref(), Some("a/b"));
        assert_eq!(
            reply("rolecall login --profile=te", "--profile=team:a").as_deref(),
            Some("team:a")
        );
        assert_eq!(reply("rolecall login me@", "me@home").as_deref(), Some("@home"));
        let line = Line::read("rolecall login team:", " \t\n");
        assert_eq!(line.reply("team:a").as_deref(), Some("team:a"), "some take the colon out");
        assert_eq!(reply("rolecall login te", "other"), None);
    }

    #[test]
    fn a_reply_is_quoted_as_the_word_so_far_is() {
        assert_eq!(reply("rolecall login my", "my own $x").as_deref(), Some("my\\ own\\ \\$x"));
        assert_eq!(reply("rolecall login my\\ o", "my own").as_deref(), Some("my\\ own"));
        assert_eq!(reply("rolecall login \"my o", "my own $x").as_deref(), Some("my own \\$x"));
        assert_eq!(reply("rolecall login 'my o", "my own's").as_deref(), Some("my own'\\''s"));
        assert_eq!(reply("rolecall login \"team:a", "team:a b").as_deref(), Some("team:a b"));
        assert_eq!(reply("rolecall login 'team':", "team:a").as_deref(), Some("a"));
    }
}
