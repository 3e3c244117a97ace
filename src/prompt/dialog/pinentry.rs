//! pinentry, GnuPG's programs that ask for a secret. They speak the Assuan protocol on pipes.
//!
//! Rules: "Pinentry" manual, chapter "Protocol"; libassuan manual, "Server responses".

use std::{path::Path, process::Stdio, time::Duration};

use zeroize::Zeroizing;

use super::{
    super::asking::Asking,
    kind::{ALLOW, DENY, Wanted},
    program::{self, DialogFailure, Run, TITLE},
};
use crate::secret::Bytes;

/// The names, as the programs report them, of those that show a window.
const WINDOWS: [&str; 8] = ["gnome", "gtk", "qt", "tqt", "fltk", "efl", "mac", "w32"];
/// A program that does not report its name in this time is skipped.
const NAME_LIMIT: Duration = Duration::from_secs(5);
/// A line may have 1,000 bytes including its end; the rest is for the command's name.
const MAX_ARGUMENT: usize = 980;

/// GnuPG's error number is in the lower 16 bits; the bits above are the number of the component.
const ERROR_NUMBER: u32 = 0xffff;
const TIMEOUT: u32 = 62;
const CANCELED: u32 = 99;
const NOT_CONFIRMED: u32 = 114;
const FULLY_CANCELED: u32 = 198;

/// A pinentry program, and the question that it shows.
pub(super) struct Pinentry<'p> {
    pub(super) program: &'p Path,
    pub(super) asking: &'p Asking<'p>,
}

impl Pinentry<'_> {
    /// Shows the text with a field for the code or with two buttons, if this pinentry shows a window.
    /// Returns what was entered.
    pub(super) fn show(&self, wanted: Wanted, text: &str) -> Result<Bytes, DialogFailure> {
        let name = self.name()?;
        if !has_window(&name) {
            return Err(DialogFailure::Broken(format!("('{name}') would ask on the terminal")));
        }
        let left = self.asking.time_left().ok_or(DialogFailure::TimedOut)?;
        let mut commands = vec![
            // So that the code can be copied from another window.
            "OPTION no-grab".to_owned(),
            format!("SETTITLE {TITLE}"),
            format!("SETDESC {}", escape(text)),
            format!("SETTIMEOUT {}", left.as_secs().max(1)),
        ];
        commands.extend(match wanted {
            Wanted::Code => vec!["SETPROMPT MFA code:".to_owned(), "GETPIN".to_owned()],
            Wanted::Consent => {
                vec![format!("SETOK {ALLOW}"), format!("SETCANCEL {DENY}"), "CONFIRM".to_owned()]
            }
        });
        // The first answer is the greeting.
        let number_of_answer = commands.len();
        commands.push("BYE".to_owned());
        let input = commands.join("\n") + "\n";
        let output = self.run(&input, left)?;
        Err(match answers(&output).into_iter().nth(number_of_answer) {
            Some(Answer { data, error: None }) => return Ok(data),
            Some(Answer { error: Some(error), .. }) => match error & ERROR_NUMBER {
                CANCELED | FULLY_CANCELED | NOT_CONFIRMED => DialogFailure::Cancelled,
                TIMEOUT => DialogFailure::TimedOut,
                _ => DialogFailure::Broken(format!("failed (error {error})")),
            },
            None => DialogFailure::Broken("exited before it answered".to_owned()),
        })
    }

    /// Returns what the program calls itself: `gnome3`; or `gnome3:curses` if it can't show a
    /// window and would ask on the terminal.
    fn name(&self) -> Result<String, DialogFailure> {
        match self.run("GETINFO flavor\nBYE\n", NAME_LIMIT) {
            Ok(output) => match answers(&output).into_iter().nth(1) {
                Some(Answer { data, error: None }) => {
                    Ok(String::from_utf8_lossy(&data).into_owned())
                }
                _ => Err(DialogFailure::Broken("does not report its name".to_owned())),
            },
            Err(DialogFailure::TimedOut) => {
                Err(DialogFailure::Broken("does not answer".to_owned()))
            }
            Err(outcome) => Err(outcome),
        }
    }

    fn run(&self, input: &str, limit: Duration) -> Result<Bytes, DialogFailure> {
        let mut command = program::command(self.program, self.asking.context);
        command.stdin(Stdio::piped());
        // It reports on stdout that the human cancelled, and succeeds.
        let is_cancel = &|_, _: &str| false;
        Run { command, input: input.as_bytes(), limit, is_cancel }.output(self.asking)
    }
}

fn has_window(name: &str) -> bool {
    let (name, falls_back) = name.split_once(':').unwrap_or((name, ""));
    falls_back.is_empty() && WINDOWS.iter().any(|window| name.starts_with(window))
}

/// Returns `text` as the argument of a command: one line, cut off if it would be too long.
fn escape(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        let end = escaped.len();
        match character {
            '%' | '\n' | '\r' => escaped.push_str(&format!("%{:02X}", u32::from(character))),
            other => escaped.push(other),
        }
        if escaped.len() > MAX_ARGUMENT {
            escaped.truncate(end);
            break;
        }
    }
    escaped
}

/// The data up to one `OK` or `ERR`.
struct Answer {
    data: Bytes,
    error: Option<u32>,
}

fn answers(output: &[u8]) -> Vec<Answer> {
    let mut answers = Vec::new();
    // Room for all of it: a buffer that grows leaves copies behind.
    let room = || Bytes(Vec::with_capacity(output.len()));
    let mut data = room();
    for line in output.split(|byte| *byte == b'\n') {
        let (word, rest) = match line.iter().position(|byte| *byte == b' ') {
            Some(end) => (&line[..end], &line[end + 1..]),
            None => (line, &[][..]),
        };
        let error = match word {
            b"D" => {
                unescape(rest, &mut data.0);
                continue;
            }
            b"OK" => None,
            b"ERR" => {
                let number = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
                let number = str::from_utf8(number).ok().and_then(|text| text.parse().ok());
                Some(number.unwrap_or(0))
            }
            // A status line or a comment.
            _ => continue,
        };
        answers.push(Answer { data: std::mem::replace(&mut data, room()), error });
    }
    answers
}

fn unescape(data: &[u8], to: &mut Vec<u8>) {
    let mut rest = data;
    while let Some((&byte, behind)) = rest.split_first() {
        let digits = Zeroizing::new([behind.first().copied(), behind.get(1).copied()]);
        let escaped = match (byte, *digits) {
            (b'%', [Some(high), Some(low)]) => hex(high).zip(hex(low)),
            _ => None,
        };
        if let Some((high, low)) = escaped {
            to.push(high << 4 | low);
            rest = &behind[2..];
        } else {
            to.push(byte);
            rest = behind;
        }
    }
}

fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pinentry_with_a_window_is_asked() {
        for name in ["gnome3", "gtk2", "qt", "qt5", "tqt", "fltk"] {
            assert!(has_window(name), "{name}");
        }
        for name in ["gnome3:curses", "gtk2:curses", "curses", "tty", "emacs", "", "gnome3:tty"] {
            assert!(!has_window(name), "{name}");
        }
    }

    #[test]
    fn text_stays_on_its_line_and_is_never_too_long() {
        assert_eq!(escape("a\nBYE %0A\r"), "a%0ABYE %250A%0D");
        assert_eq!(escape(&"%".repeat(1000)).len(), 978);
        assert_eq!(escape(&"ä".repeat(1000)).len(), 980);
    }

    #[test]
    fn each_answer_has_its_data_and_its_error() {
        let output =
            b"OK Pleased to meet you\nERR 83886254 Unknown option\nS X\nD 12%33\nD 4\nOK\n\
            D 1%\nERR 83886179 canceled\n";
        let answers = answers(output);
        let got: Vec<_> = answers.iter().map(|answer| (&*answer.data, answer.error)).collect();
        let expected: [(&[u8], _); 4] =
            [(b"", None), (b"", Some(83_886_254)), (b"1234", None), (b"1%", Some(83_886_179))];
        assert_eq!(got, expected);
        assert_eq!(answers[3].error.map(|error| error & ERROR_NUMBER), Some(CANCELED));
    }
}
