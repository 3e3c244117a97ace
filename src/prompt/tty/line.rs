//! The keys of a line: what the terminal itself would do with them if it edited the line.

use rustix::process::Signal;
use zeroize::Zeroizing;

/// Longer than any access key or session token; what is typed after that is ignored.
const MAX_LENGTH: usize = 8 * 1024;

/// The keys that do something, as the terminal is set; 0 stands for none.
#[derive(Clone, Copy)]
pub(super) struct Keys {
    pub(super) interrupt: u8,
    pub(super) quit: u8,
    pub(super) stop: u8,
    pub(super) end: u8,
    pub(super) erase: u8,
    pub(super) erase_word: u8,
    pub(super) erase_line: u8,
}

/// What a key meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The line goes on.
    More,
    /// Enter, or Ctrl-D behind some text.
    Done,
    /// Ctrl-D on an empty line.
    End,
    /// Ctrl-C or Ctrl-\.
    Signal(Signal),
    /// Ctrl-Z.
    Stop,
}

/// A line as far as it was typed.
pub(super) struct Line {
    keys: Keys,
    text: Zeroizing<Vec<u8>>,
    escape: Escape,
}

/// Where we are in the escape sequence of an arrow key or another key without a character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    Outside,
    Begun,
    Inside,
}

impl Line {
    pub(super) fn new(keys: Keys) -> Self {
        // Room for all of it: a buffer that grows leaves copies behind.
        Self { keys, text: Zeroizing::new(Vec::with_capacity(MAX_LENGTH)), escape: Escape::Outside }
    }

    /// Returns what was typed.
    pub(super) fn into_text(self) -> Zeroizing<Vec<u8>> {
        self.text
    }

    /// Starts again with an empty line.
    pub(super) fn clear(&mut self) {
        *self = Self::new(self.keys);
    }

    /// Takes the next byte from the terminal and returns what it meant.
    pub(super) fn take(&mut self, byte: u8) -> Meaning {
        const ESCAPE: u8 = 0x1b;
        if self.skips(byte) {
            return Meaning::More;
        }
        let keys = self.keys;
        let is = |key: u8| key != 0 && key == byte;
        if is(keys.interrupt) {
            return Meaning::Signal(Signal::INT);
        } else if is(keys.quit) {
            return Meaning::Signal(Signal::QUIT);
        } else if is(keys.stop) {
            return Meaning::Stop;
        } else if is(keys.end) {
            return if self.text.is_empty() { Meaning::End } else { Meaning::Done };
        } else if is(keys.erase) || byte == 0x7f || byte == 0x08 {
            self.erase();
        } else if is(keys.erase_line) {
            self.clear();
        } else if is(keys.erase_word) {
            while self.text.last().is_some_and(u8::is_ascii_whitespace) {
                self.erase();
            }
            while self.text.last().is_some_and(|last| !last.is_ascii_whitespace()) {
                self.erase();
            }
        } else if byte == b'\n' || byte == b'\r' {
            return Meaning::Done;
        } else if byte == ESCAPE {
            self.escape = Escape::Begun;
        } else if (byte == b'\t' || !byte.is_ascii_control()) && self.text.len() < MAX_LENGTH {
            self.text.push(byte);
        }
        Meaning::More
    }

    /// Whether `byte` belongs to an escape sequence: ESC [ … letter, or ESC O letter.
    ///
    /// Rule: ECMA-48, 5.4.
    fn skips(&mut self, byte: u8) -> bool {
        let (skipped, next) = match (self.escape, byte) {
            (Escape::Begun, b'[' | b'O') | (Escape::Inside, b' '..=b'?') => (true, Escape::Inside),
            (Escape::Inside, b'@'..=b'~') => (true, Escape::Outside),
            _ => (false, Escape::Outside),
        };
        self.escape = next;
        skipped
    }

    fn erase(&mut self) {
        // All bytes of a character.
        while let Some(last) = self.text.pop() {
            if last & 0xc0 != 0x80 {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = Keys {
        interrupt: 3,
        quit: 0x1c,
        stop: 0x1a,
        end: 4,
        erase: 0x7f,
        erase_word: 0x17,
        erase_line: 0x15,
    };

    /// Returns what the last key meant, and the line.
    fn typed(keys: &str) -> (Meaning, String) {
        let mut line = Line::new(KEYS);
        let last = keys.bytes().fold(Meaning::More, |_, byte| line.take(byte));
        (last, String::from_utf8_lossy(&line.into_text()).into_owned())
    }

    #[test]
    fn keys_that_erase_do() {
        assert_eq!(typed("129\u{7f}3").1, "123");
        assert_eq!(typed("12ä\u{8}3").1, "123");
        assert_eq!(typed("\u{7f}\u{7f}1").1, "1");
        assert_eq!(typed("999\u{15}1").1, "1");
        assert_eq!(typed("12 999  \u{17}3").1, "12 3");
    }

    #[test]
    fn keys_that_end_a_line_or_the_question_do() {
        assert_eq!(typed("1\r"), (Meaning::Done, "1".to_owned()));
        assert_eq!(typed("\n").0, Meaning::Done);
        assert_eq!(typed("\u{4}").0, Meaning::End);
        assert_eq!(typed("1\u{4}").0, Meaning::Done);
        assert_eq!(typed("1\u{3}").0, Meaning::Signal(Signal::INT));
        assert_eq!(typed("1\u{1a}").0, Meaning::Stop);
        assert_eq!(typed("1\u{1c}").0, Meaning::Signal(Signal::QUIT));
    }

    #[test]
    fn a_key_that_the_terminal_does_not_have_means_nothing() {
        let mut line = Line::new(Keys { stop: 0, ..KEYS });
        assert_eq!(line.take(0), Meaning::More);
        assert_eq!(line.take(0x1a), Meaning::More);
        assert!(line.into_text().is_empty());
    }

    #[test]
    fn arrow_keys_and_paste_marks_are_ignored() {
        assert_eq!(typed("12\u{1b}[A3\u{1b}OB4").1, "1234");
        assert_eq!(typed("\u{1b}[200~123456\u{1b}[201~").1, "123456");
        // But Ctrl-C inside one is not.
        assert_eq!(typed("\u{1b}\u{3}").0, Meaning::Signal(Signal::INT));
        assert_eq!(typed("\u{1b}[\u{3}").0, Meaning::Signal(Signal::INT));
    }

    #[test]
    fn an_endless_line_is_cut_off_and_its_end_is_still_seen() {
        let (last, line) = typed(&format!("{}\r", "1".repeat(10_000)));
        assert_eq!((last, line.len()), (Meaning::Done, MAX_LENGTH));
    }
}
