//! Asking for an MFA code: by a command, at the terminal, or in a dialog.

use std::time::Duration;

use super::{
    asking::{Asking, first},
    code::{CodeQuestion, MAX_TRIES, NO_CODE_ENTERED, NOT_A_CODE},
    command, dialog,
    mode::PromptMode,
    question::{Question, Unanswered},
    tty::{self, Tty},
};
use crate::{context::Context, rules::mfa_code, secret::Secret};

/// With less time than this, a human can't find the code and type it.
const MIN_TIME: Duration = Duration::from_secs(15);

/// Asks for an MFA code: runs the command if the question has one, otherwise asks at the terminal
/// or in a dialog.
///
/// `deadline` counts from the start of the process. With less than 15 s left, nobody is asked and
/// no command is run. Signals that would end the process end the question instead, with
/// [`Unanswered::Cancelled`], so that the caller can clean up. After Ctrl-C or Ctrl-\ at the
/// terminal, the whole foreground job gets the signal as usual.
pub fn ask_for_code(
    question: &CodeQuestion<'_>,
    context: &Context,
    deadline: Duration,
) -> Result<Secret, Unanswered> {
    can_ask_for_code(question.command, question.mode, context)?;
    let asking = Asking::start(context, deadline, MIN_TIME)?;
    let code = match question.command {
        Some(line) => command::ask(line, question.chain, &asking),
        None => first(
            question.mode,
            || ask_at_terminal(question, &asking),
            || dialog::ask(question, &asking),
        ),
    };
    asking.end(code)
}

/// Checks whether anybody could be asked for a code, without asking.
pub fn can_ask_for_code(
    command: Option<&str>,
    mode: PromptMode,
    context: &Context,
) -> Result<(), Unanswered> {
    if command.is_some() {
        return Ok(());
    }
    first(mode, || Tty::open().map(drop), || dialog::programs(context).map(drop))
}

fn ask_at_terminal(question: &CodeQuestion<'_>, asking: &Asking<'_>) -> Result<Secret, Unanswered> {
    let tty = Tty::open()?;
    let prompt = format!("Enter MFA code for {}: ", question.serial);
    let mut about: Vec<&str> =
        [Some(question.about), question.again].into_iter().flatten().collect();
    for _ in 0..MAX_TRIES {
        let question = Question { about: &about, prompt: &prompt, is_hidden: true };
        if let Some(code) = mfa_code(&tty::ask(&tty, &question, asking)?) {
            return Ok(code);
        }
        about = vec![NOT_A_CODE];
    }
    Err(Unanswered::Failed(NO_CODE_ENTERED.to_owned()))
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn nobody_is_asked_if_that_is_forbidden_but_a_command_is_run() {
        let context = Context::made_up([("DISPLAY", ":0")], || DateTime::UNIX_EPOCH);
        let can_ask = |command, mode| can_ask_for_code(command, mode, &context);
        let never = Unanswered::Nobody("ROLECALL_PROMPT is 'never'".to_owned());
        assert_eq!(can_ask(None, PromptMode::Never), Err(never));
        assert_eq!(can_ask(Some("x"), PromptMode::Never), Ok(()));
        let Err(Unanswered::Nobody(why)) = can_ask(None, PromptMode::Gui) else { panic!() };
        assert!(why.starts_with("there is no dialog program"), "{why}");
    }
}
