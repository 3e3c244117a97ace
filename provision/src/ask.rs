//! Prompts at the terminal.

use rolecall::{
    Context, Kind, Question, Result, Secret, Unanswered, ask_line, ask_yes, can_ask_line,
};

/// Returns an error if there is no terminal to prompt at. It consists of `missing` ("--yes is
/// missing") and the reason.
pub(crate) fn can_ask(context: &Context, missing: &str) -> Result<()> {
    can_ask_line(context)
        .map_err(|unanswered| unanswered.into_error(missing, missing).with_kind(Kind::Usage))
}

/// Prompts for a line that is shown. Enter selects `default`, if there is one.
pub(crate) fn line(context: &Context, what: &str, default: Option<&str>) -> Result<String> {
    let prompt = match default {
        Some(default) => format!("{what} [{default}]: "),
        None => format!("{what}: "),
    };
    let question = Question { about: &[], prompt: &prompt, is_hidden: false };
    loop {
        match (answered(ask_line(&question, context))?.expose(), default) {
            ("", None) => {}
            ("", Some(default)) => return Ok(default.to_owned()),
            (text, _) => return Ok(text.to_owned()),
        }
    }
}

/// Prompts for a line that is not shown, after the lines `about`.
pub(crate) fn hidden(context: &Context, about: &[&str], prompt: &str) -> Result<Secret> {
    answered(ask_line(&Question { about, prompt, is_hidden: true }, context))
}

/// Prompts for a yes; any other answer means no.
pub(crate) fn yes(context: &Context, question: &str) -> Result<bool> {
    answered(ask_yes(question, context))
}

fn answered<T>(answer: std::result::Result<T, Unanswered>) -> Result<T> {
    answer.map_err(|unanswered| unanswered.into_error("there is no answer", "nothing was done"))
}
