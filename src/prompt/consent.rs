//! Asking for consent: yes or no, at the terminal or in a dialog.

use std::time::Duration;

use super::{
    asking::{Asking, first},
    code::MAX_TRIES,
    dialog,
    question::{ConsentQuestion, Question, Unanswered},
    tty::{self, Tty},
};
use crate::context::Context;

/// With less time than this, a human can't read the question and decide.
const MIN_TIME: Duration = Duration::from_secs(15);

/// Asks whether something may be done, at the terminal or in a dialog. Only an explicit yes is one.
///
/// `deadline` counts from the start of the process. With less than 15 s left, nobody is asked. Signals end the
/// question as they do in [`super::ask_for_code`].
pub(crate) fn ask_for_consent(
    question: &ConsentQuestion<'_>,
    context: &Context,
    deadline: Duration,
) -> Result<bool, Unanswered> {
    let mode = question.mode;
    first(mode, || Tty::open().map(drop), || dialog::programs(context).map(drop))?;
    let asking = Asking::start(context, deadline, MIN_TIME)?;
    let answer = first(
        mode,
        || ask_at_terminal(question, &asking),
        || dialog::ask_for_consent(question, &asking),
    );
    asking.end(answer)
}

fn ask_at_terminal(
    question: &ConsentQuestion<'_>,
    asking: &Asking<'_>,
) -> Result<bool, Unanswered> {
    let tty = Tty::open()?;
    // What was typed before the question is no answer to it.
    tty.discard_input();
    let prompt = format!("{} [y/N] ", question.prompt);
    let mut about: Vec<&str> = question.about.iter().map(String::as_str).collect();
    for _ in 0..MAX_TRIES {
        let question = Question { about: &about, prompt: &prompt, is_hidden: false };
        if let Some(answer) = yes_or_no(&tty::ask(&tty, &question, asking)?) {
            return Ok(answer);
        }
        about = vec!["Type y or n."];
    }
    Ok(false)
}

/// Returns the answer that was typed; none means no.
pub(super) fn yes_or_no(line: &[u8]) -> Option<bool> {
    match line.trim_ascii().to_ascii_lowercase().as_slice() {
        b"y" | b"yes" => Some(true),
        b"" | b"n" | b"no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for (line, answer) in [
            ("y", Some(true)),
            (" YES\r", Some(true)),
            ("", Some(false)),
            ("n", Some(false)),
            ("No", Some(false)),
            ("yy", None),
            ("ja", None),
        ] {
            assert_eq!(yes_or_no(line.as_bytes()), answer, "{line:?}");
        }
    }
}
