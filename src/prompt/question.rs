//! A question at the terminal, and the reasons why it may stay without an answer.

use super::mode::PromptMode;
use crate::error::{Error, Kind, Quote};

/// A question that is answered by one line at the terminal.
pub struct Question<'q> {
    /// The lines to show before it.
    pub about: &'q [&'q str],
    /// The prompt, up to where the answer is typed.
    pub prompt: &'q str,
    /// Whether the answer is a secret that the terminal must not show.
    pub is_hidden: bool,
}

/// The question whether something may be done.
pub(crate) struct ConsentQuestion<'q> {
    /// The lines before the question: who asks, and for what.
    pub(crate) about: &'q [String],
    /// The question, such as `Allow it for 15 min?`.
    pub(crate) prompt: &'q str,
    /// Where a human may be asked.
    pub(crate) mode: PromptMode,
}

/// Why there is no answer. Texts are one line, not yet escaped, and contain no code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unanswered {
    /// Nobody can be asked, and why.
    Nobody(String),
    /// The human said no (Ctrl-C, Ctrl-\, Ctrl-D, Cancel in a dialog), a signal ended the question
    /// (SIGINT, SIGTERM, SIGHUP, SIGQUIT), or the terminal or the process that called us is gone.
    Cancelled,
    /// The human pressed Ctrl-Z, or we are no longer in the foreground. The terminal is as it was
    /// before the question. The caller must release its locks, then call [`super::stop_job`]; after
    /// that it may ask again.
    Stopped,
    /// The time is up, or too little is left to ask at all.
    TimedOut,
    /// The command or program failed, or what was entered can't be used.
    Failed(String),
}

impl Unanswered {
    /// Returns the error for the user: of kind `Interrupted` with the message `cancelled` if the
    /// human ended the question; otherwise of kind `NeedsHuman`, which says that `missing` is the
    /// case ("there is no secret access key") and why.
    pub fn into_error(self, missing: &str, cancelled: &str) -> Error {
        let error = |what: String| Error::new(Kind::NeedsHuman, what);
        match self {
            Self::Cancelled | Self::Stopped => Error::new(Kind::Interrupted, cancelled),
            // The reason may be what a program said.
            Self::Nobody(why) => {
                error(format!("{missing}, and nobody can be asked")).quoting(&Quote::new(&why))
            }
            Self::TimedOut => {
                error(format!("{missing}, and nobody answered within the time limit"))
            }
            Self::Failed(why) => error(missing.to_owned()).quoting(&Quote::new(&why)),
        }
    }
}
