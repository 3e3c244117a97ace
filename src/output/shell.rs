//! Environment variables in the syntax of shells.

use zeroize::Zeroizing;

/// A syntax for setting variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    /// POSIX shells: sh, bash, zsh.
    Posix,
    /// fish.
    Fish,
    /// PowerShell.
    PowerShell,
    /// Lines `NAME=VALUE`.
    Dotenv,
}

impl Language {
    /// Appends a command that sets and exports `name`. Returns false, and appends nothing, if the
    /// syntax can't express the value.
    pub(crate) fn set(self, name: &str, value: &str, to: &mut Zeroizing<String>) -> bool {
        let start = match self {
            Self::Posix => format!("export {name}="),
            Self::Fish => format!("set -gx {name} "),
            Self::PowerShell => format!("$Env:{name} = "),
            Self::Dotenv => format!("{name}="),
        };
        let before = to.len();
        to.push_str(&start);
        let is_done = self.quote(value, to);
        if is_done {
            to.push('\n');
        } else {
            to.truncate(before);
        }
        is_done
    }

    /// Appends `value` as one word. Returns false, and appends nothing, if the syntax can't express
    /// it.
    pub(crate) fn quote(self, value: &str, to: &mut Zeroizing<String>) -> bool {
        // No environment can hold this.
        if value.contains('\0') {
            return false;
        }
        if self == Self::Dotenv && is_plain(value) {
            to.push_str(value);
            return true;
        }
        // Readers of such files take text between quotes verbatim, and don't agree on how to escape
        // a quote.
        if self == Self::Dotenv && value.contains(['\'', '\n', '\r']) {
            return false;
        }
        to.push('\'');
        for c in value.chars() {
            match self {
                Self::Posix if c == '\'' => to.push_str("'\\'"),
                Self::Fish if matches!(c, '\'' | '\\') => to.push('\\'),
                // Rule: PowerShell's language specification, `single-quote-character`: it has five.
                Self::PowerShell
                    if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') =>
                {
                    to.push(c);
                }
                _ => {}
            }
            to.push(c);
        }
        to.push('\'');
        true
    }

    /// Returns commands that unset `names`; `None` if the syntax has none.
    pub(crate) fn unset(self, names: &[&str]) -> Option<String> {
        let lines = |line: fn(&str) -> String| names.iter().map(|name| line(name)).collect();
        match self {
            Self::Posix if names.is_empty() => Some(String::new()),
            Self::Posix => Some(format!("unset {}\n", names.join(" "))),
            // Global scope only: a universal variable is the user's own choice for all future
            // shells.
            Self::Fish => Some(lines(|name| format!("set -eg {name}\n"))),
            Self::PowerShell => Some(lines(|name| format!("$Env:{name} = $null\n"))),
            Self::Dotenv => None,
        }
    }
}

/// Whether every reader of such files takes `value` verbatim without quotes.
fn is_plain(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_alphanumeric() || "_./+=:@,-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(language: Language, value: &str) -> Option<String> {
        let mut text = Zeroizing::default();
        language.set("N", value, &mut text).then(|| text.to_string())
    }

    #[test]
    fn quotes_are_written_as_each_shell_reads_them() {
        let value = "a'b\\c\u{2019}$(x)`y`\"%!";
        let rest = "$(x)`y`\"%!'\n";
        for (language, written) in [
            (Language::Posix, format!("export N='a'\\''b\\c\u{2019}{rest}")),
            (Language::Fish, format!("set -gx N 'a\\'b\\\\c\u{2019}{rest}")),
            (Language::PowerShell, format!("$Env:N = 'a''b\\c\u{2019}\u{2019}{rest}")),
        ] {
            assert_eq!(set(language, value), Some(written));
        }
    }

    #[test]
    fn a_file_of_variables_takes_what_all_its_readers_understand() {
        let dotenv = |value| set(Language::Dotenv, value);
        assert_eq!(dotenv("IQoJb3/+=="), Some("N=IQoJb3/+==\n".to_owned()));
        assert_eq!(dotenv("a b#$c"), Some("N='a b#$c'\n".to_owned()));
        assert_eq!(dotenv("a'b"), None);
        assert_eq!(dotenv("a\nb"), None);
    }

    #[test]
    fn no_environment_holds_a_zero_byte() {
        for language in [Language::Posix, Language::Fish, Language::PowerShell, Language::Dotenv] {
            assert_eq!(set(language, "a\0b"), None);
        }
    }
}
