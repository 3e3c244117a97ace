//! Prompts at the terminal.

use rolecall::{Context, Kind, Question, Result, Secret, ask_line, can_ask_line};

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
        match (ask(context, &question)?.expose(), default) {
            ("", None) => {}
            ("", Some(default)) => return Ok(default.to_owned()),
            (text, _) => return Ok(text.to_owned()),
        }
    }
}

/// Prompts for a line that is not shown, after the lines `about`.
pub(crate) fn hidden(context: &Context, about: &[&str], prompt: &str) -> Result<Secret> {
    ask(context, &Question { about, prompt, is_hidden: true })
}

/// Prompts for a yes; any other answer means no.
pub(crate) fn yes(context: &Context, question: &str) -> Result<bool> {
    let prompt = format!("{question} [y/N] ");
    let answer = ask(context, &Question { about: &[], prompt: &prompt, is_hidden: false })?;
    Ok(matches!(answer.expose(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

fn ask(context: &Context, question: &Question<'_>) -> Result<Secret> {
    ask_line(question, context)
        .map_err(|unanswered| unanswered.into_error("there is no answer", "nothing was done"))
}
