//! Asking a human: for an MFA code, or in a [`Talk`] of several questions. Knows nothing of AWS,
//! sessions or locks.
//!
//! Callers of `credential_process` capture stdout and stderr and may leave stdin closed, so a
//! question goes past all three. In order, each where it can be used:
//!
//! 1. a command that prints a code, where the profile names one ([`command`]);
//! 2. the controlling terminal, where we are in its foreground ([`terminal`]);
//! 3. a dialog on the display: pinentry, or a program of the desktop ([`dialog`]).
//!
//! Each of these ends by itself at the deadline, when a signal says so, and when the process that
//! called us is gone ([`watch`]).

mod command;
mod dialog;
mod entry;
#[cfg(unix)]
mod line;
mod pinentry;
#[cfg(unix)]
mod talk;
#[cfg(not(unix))]
#[path = "no_talk.rs"]
mod talk;
#[cfg(unix)]
mod terminal;
#[cfg(not(unix))]
#[path = "no_terminal.rs"]
mod terminal;
#[cfg(unix)]
mod tty_lock;
#[cfg(unix)]
mod watch;
#[cfg(not(unix))]
#[path = "no_watch.rs"]
mod watch;

pub use talk::Talk;

use std::time::Duration;

use crate::{context::Context, secret::Secret};

pub use entry::{Entry, enter};
pub use watch::Watch;

/// How somebody can be told not to be asked, or where.
const VARIABLE: &str = "ROLECALL_PROMPT";
/// A human with less time than this can't find the code and type it.
const LEAST_TIME: Duration = Duration::from_secs(15);
/// How often something else than a code may be entered.
const MOST_TRIES: usize = 3;
const NOT_A_CODE: &str = "That is not a code: it has six digits.";
const NO_CODE_ENTERED: &str = "no code of six digits was entered";

/// What is asked, and how it is told for whom.
pub struct Question<'q> {
    /// The MFA device: its serial number or ARN.
    pub serial: &'q str,
    /// The line before the question: for which profile and role.
    pub about: &'q str,
    /// Why it is asked again, where it is.
    pub again: Option<&'q str>,
    /// `rolecall_mfa_process`: a command that prints a code.
    pub command: Option<&'q str>,
    /// The profiles that wait for the code: a command that asks for one of them is told so.
    pub chain: &'q [String],
}

/// How a human may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On the terminal, else by a dialog.
    Auto,
    /// On the terminal only.
    Tty,
    /// By a dialog only.
    Gui,
    /// Not at all; a command that prints a code is no human.
    Never,
}

impl Mode {
    /// What `ROLECALL_PROMPT` says. The error is a text for people.
    pub fn of(context: &Context) -> Result<Self, String> {
        match context.var(VARIABLE) {
            None | Some("auto") => Ok(Self::Auto),
            Some("tty") => Ok(Self::Tty),
            Some("gui") => Ok(Self::Gui),
            Some("never") => Ok(Self::Never),
            Some(other) => {
                Err(format!("{VARIABLE} is '{other}', which is none of auto, tty, gui and never"))
            }
        }
    }

    fn allows_terminal(self) -> bool {
        matches!(self, Self::Auto | Self::Tty)
    }

    fn allows_dialog(self) -> bool {
        matches!(self, Self::Auto | Self::Gui)
    }
}

/// Why there is no code. Texts are one line, not yet escaped, and hold no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody can be asked, and why.
    Nobody(String),
    /// The human said no (Ctrl-C, Ctrl-D, a dialog's Cancel), a signal did (SIGINT, SIGTERM,
    /// SIGHUP, SIGQUIT), or the process that called us is gone.
    Cancelled,
    /// The human stopped us (Ctrl-Z), or the terminal was taken from us. It echoes again; the
    /// caller must give up its locks, then call [`stop_ourselves`], and may start over after it.
    Stopped,
    /// Time ran out, or too little is left to ask at all.
    TimedOut,
    /// The command or program failed, or no code was entered.
    Failed(String),
}

/// Asks for the code: by the command where there is one, else on the terminal, else by a dialog.
///
/// `deadline` counts from the start of the process. Signals that would end the process are held
/// back meanwhile and give [`Refusal::Cancelled`], so that the caller can put its things in order.
/// Nothing is asked, and no command run, with less than 15 s left.
/// After Ctrl-C or Ctrl-\ on the terminal the whole foreground job has got the signal, as usual.
pub fn ask(
    question: &Question<'_>,
    mode: Mode,
    context: &Context,
    deadline: Duration,
) -> Result<Secret, Refusal> {
    can_ask(question.command, mode, context).map_err(Refusal::Nobody)?;
    if context.elapsed() + LEAST_TIME > deadline {
        return Err(Refusal::TimedOut);
    }
    let watch = Watch::start()
        .map_err(|error| Refusal::Failed(format!("signals can't be watched: {error}")))?;
    let answer = climb(question, mode, context, deadline, &watch);
    // A signal in the last moment: the human pressed Enter and then Ctrl-C.
    if watch.end() { Err(Refusal::Cancelled) } else { answer }
}

/// The ladder itself.
fn climb(
    question: &Question<'_>,
    mode: Mode,
    context: &Context,
    deadline: Duration,
    watch: &Watch,
) -> Result<Secret, Refusal> {
    let asking = Asking { question, context, deadline, watch };
    if let Some(line) = question.command {
        return command::ask(line, &asking);
    }
    let mut reasons = Vec::new();
    if mode.allows_terminal() {
        match terminal::ask(&asking) {
            Err(Refusal::Nobody(why)) => reasons.push(why),
            answer => return answer,
        }
    }
    if mode.allows_dialog() {
        match dialog::ask(&asking) {
            Err(Refusal::Nobody(why)) => reasons.push(why),
            answer => return answer,
        }
    }
    Err(Refusal::Nobody(reasons.join("; ")))
}

/// One question with all that it is asked under.
struct Asking<'a> {
    question: &'a Question<'a>,
    context: &'a Context,
    deadline: Duration,
    watch: &'a Watch,
}

impl Asking<'_> {
    /// What is left; `None` where nothing is.
    fn time_left(&self) -> Option<Duration> {
        self.deadline.checked_sub(self.context.elapsed()).filter(|left| !left.is_zero())
    }

    /// Whether a signal, or the caller's end, says to stop asking.
    fn is_called_off(&self) -> bool {
        self.watch.is_interrupted() || self.watch.is_caller_gone()
    }
}

/// Whether somebody could be asked at all; the error says why not. No question is put.
pub fn can_ask(command: Option<&str>, mode: Mode, context: &Context) -> Result<(), String> {
    if command.is_some() {
        return Ok(());
    }
    let mut reasons = Vec::new();
    if mode.allows_terminal() {
        match terminal::usable() {
            Ok(()) => return Ok(()),
            Err(why) => reasons.push(why),
        }
    }
    if mode.allows_dialog() {
        match dialog::usable(context) {
            Ok(()) => return Ok(()),
            Err(why) => reasons.push(why),
        }
    }
    if reasons.is_empty() {
        reasons.push(format!("{VARIABLE} is 'never'"));
    }
    Err(reasons.join("; "))
}

/// Stops this process and its job as Ctrl-Z does; returns when it is continued, or at once where
/// there is nobody who could continue it.
pub fn stop_ourselves() {
    terminal::stop_job();
}

/// The code in what somebody typed or a program printed: six digits, whatever space is around or
/// between them.
fn code_in(text: &[u8]) -> Option<Secret> {
    const LENGTH: usize = 6;
    // Never longer than this, so that it does not move and leave a copy behind.
    let mut code = zeroize::Zeroizing::new(String::with_capacity(LENGTH));
    for byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        if !byte.is_ascii_digit() || code.len() == LENGTH {
            return None;
        }
        code.push(char::from(*byte));
    }
    (code.len() == LENGTH).then(|| Secret::new(std::mem::take(&mut code)))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn mode(value: &str) -> Result<Mode, String> {
        Mode::of(&Context::made_up([(VARIABLE, value)], || DateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_code_is_six_digits_with_any_space() {
        let code = |text: &str| code_in(text.as_bytes()).map(|code| code.expose().to_owned());
        for text in ["123456", " 123456\r\n", "123 456", "12 34 56", "1\t23456\n\n"] {
            assert_eq!(code(text).as_deref(), Some("123456"), "{text:?}");
        }
        for text in
            ["", "12345", "1234567", "12345a", "-12345", "１２３４５６", "123456\0", "123,456"]
        {
            assert_eq!(code(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_mode_is_one_of_four_words() {
        assert_eq!(mode(""), Ok(Mode::Auto));
        assert_eq!(mode("never"), Ok(Mode::Never));
        let error = mode("TTY").unwrap_err();
        assert_eq!(error, "ROLECALL_PROMPT is 'TTY', which is none of auto, tty, gui and never");
    }

    #[test]
    fn nobody_is_asked_when_that_is_forbidden_but_a_command_is_run() {
        let context = Context::made_up([("DISPLAY", ":0")], || DateTime::UNIX_EPOCH);
        let why = can_ask(None, Mode::Never, &context).unwrap_err();
        assert_eq!(why, "ROLECALL_PROMPT is 'never'");
        assert_eq!(can_ask(Some("x"), Mode::Never, &context), Ok(()));
        let why = can_ask(None, Mode::Gui, &context).unwrap_err();
        assert!(why.starts_with("there is no dialog program"), "{why}");
    }
}
