//! Where the user allows questions.

use crate::context::Context;

/// Where a human may be asked: the value of `ROLECALL_PROMPT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromptMode {
    /// At the terminal, otherwise in a dialog.
    Auto,
    /// Only at the terminal.
    Tty,
    /// Only in a dialog.
    Gui,
    /// Nowhere. A command that prints a code is still run.
    Never,
}

impl PromptMode {
    /// The variable that says so.
    pub(crate) const VARIABLE: &str = "ROLECALL_PROMPT";
    /// Its value for [`Self::Never`].
    pub(crate) const NEVER: &str = "never";

    /// Reads `ROLECALL_PROMPT`. The error is a message for the user.
    pub fn of(context: &Context) -> Result<Self, String> {
        match context.var(Self::VARIABLE) {
            None | Some("auto") => Ok(Self::Auto),
            Some("tty") => Ok(Self::Tty),
            Some("gui") => Ok(Self::Gui),
            Some(Self::NEVER) => Ok(Self::Never),
            Some(other) => {
                let name = Self::VARIABLE;
                Err(format!("{name} is '{other}', which is not auto, tty, gui or never"))
            }
        }
    }

    pub(super) fn allows_terminal(self) -> bool {
        matches!(self, Self::Auto | Self::Tty)
    }

    pub(super) fn allows_dialog(self) -> bool {
        matches!(self, Self::Auto | Self::Gui)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn mode(value: &str) -> Result<PromptMode, String> {
        PromptMode::of(&Context::made_up([(PromptMode::VARIABLE, value)], || DateTime::UNIX_EPOCH))
    }

    #[test]
    fn a_mode_is_one_of_four_words() {
        assert_eq!(mode(""), Ok(PromptMode::Auto));
        assert_eq!(mode("never"), Ok(PromptMode::Never));
        let error = mode("TTY").unwrap_err();
        assert_eq!(error, "ROLECALL_PROMPT is 'TTY', which is not auto, tty, gui or never");
    }
}
