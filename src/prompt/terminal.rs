//! Questions at the controlling terminal, one or several, about anything but MFA codes.
//!
//! No lock is held during these questions except the terminal's own.

use std::time::Duration;

use super::{
    asking::Asking,
    consent::yes_or_no,
    list::List,
    mode::PromptMode,
    question::{Question, Unanswered},
    tty::{self, Tty},
};
use crate::{context::Context, error, secret::Secret};

/// How long after the start of the process a single line is waited for.
const LINE_DEADLINE: Duration = Duration::from_hours(1);

/// The controlling terminal, for several questions. While it is open, signals that would end the
/// process are held back and end the questions instead.
pub(crate) struct Terminal<'c> {
    asking: Asking<'c>,
    tty: Tty,
}

impl<'c> Terminal<'c> {
    /// Opens the terminal, if there is one and `ROLECALL_PROMPT` allows it. `deadline` counts from
    /// the start of the process.
    pub(crate) fn open(context: &'c Context, deadline: Duration) -> Result<Self, Unanswered> {
        let tty = tty(context)?;
        Ok(Self { asking: Asking::start(context, deadline, Duration::ZERO)?, tty })
    }

    /// Shows `text`, which must be safe to show.
    pub(crate) fn show(&self, text: &str) -> Result<(), Unanswered> {
        self.until_not_stopped(|| self.tty.write(text, &self.asking))
    }

    /// Asks a question and returns the line that is typed, without the white space around it. After
    /// Ctrl-Z it asks again as soon as the job is continued in the foreground.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<Secret, Unanswered> {
        let line = self.until_not_stopped(|| tty::ask(&self.tty, question, &self.asking))?;
        match str::from_utf8(line.trim_ascii()) {
            Ok(text) => Ok(Secret::from(text)),
            Err(_) => Err(Unanswered::Failed("what was typed is not UTF-8".to_owned())),
        }
    }

    /// Shows a list and returns the rows that are chosen, at least one. Nothing of the list is left on the
    /// screen but a line that names them.
    pub(crate) fn choose(&self, list: &List<'_>) -> Result<Vec<usize>, Unanswered> {
        self.until_not_stopped(|| tty::choose(&self.tty, list, &self.asking))
    }

    /// Ends the questions and returns `answer`, unless a signal came in the last moment.
    pub(crate) fn close<T>(self, answer: Result<T, Unanswered>) -> Result<T, Unanswered> {
        self.asking.end(answer)
    }

    fn until_not_stopped<T>(
        &self,
        act: impl Fn() -> Result<T, Unanswered>,
    ) -> Result<T, Unanswered> {
        loop {
            match act() {
                Err(Unanswered::Stopped) => self.stop()?,
                result => return result,
            }
        }
    }

    /// Stops the job until it is in the foreground again. After the first `bg` it stops again.
    fn stop(&self) -> Result<(), Unanswered> {
        for _ in 0..2 {
            tty::stop_job();
            self.asking.signals.was_continued();
            if self.tty.is_ours() {
                return Ok(());
            }
        }
        Err(Unanswered::Cancelled)
    }
}

/// Asks for a line at the controlling terminal, and returns it without the white space around it.
/// What was typed before the question is discarded.
pub fn ask_line(question: &Question<'_>, context: &Context) -> Result<Secret, Unanswered> {
    let terminal = Terminal::open(context, LINE_DEADLINE)?;
    terminal.tty.discard_input();
    let answer = terminal.ask(question);
    terminal.close(answer)
}

/// Asks for `wanted` ("secret access key") as [`ask_line`] does, and returns its error for the
/// user.
pub fn ask_for(wanted: &str, question: &Question<'_>, context: &Context) -> error::Result<Secret> {
    ask_line(question, context).map_err(|unanswered| {
        let missing = format!("there is no {wanted}");
        unanswered.into_error(&missing, &format!("the {wanted} was not entered"))
    })
}

/// Asks a question at the controlling terminal whose answer is yes or no; anything but a yes means no.
pub fn ask_yes(question: &str, context: &Context) -> Result<bool, Unanswered> {
    let prompt = format!("{question} [y/N] ");
    let question = Question { about: &[], prompt: &prompt, is_hidden: false };
    Ok(yes_or_no(ask_line(&question, context)?.expose().as_bytes()) == Some(true))
}

/// Checks whether a line could be asked for at the terminal, without asking.
pub fn can_ask_line(context: &Context) -> Result<(), Unanswered> {
    tty(context).map(drop)
}

/// Opens the controlling terminal, if `ROLECALL_PROMPT` allows it.
pub(super) fn tty(context: &Context) -> Result<Tty, Unanswered> {
    if PromptMode::of(context).map_err(Unanswered::Failed)?.allows_terminal() {
        Tty::open()
    } else {
        Err(Unanswered::Nobody("ROLECALL_PROMPT forbids the terminal".to_owned()))
    }
}
