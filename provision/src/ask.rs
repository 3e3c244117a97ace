//! Questions at the terminal, one at a time. Whoever can't be asked is told which flag to give.

use std::time::Duration;

use rolecall::{
    context::Context,
    error::{Error, Kind, Result},
    prompt::{self, Entry, Mode, Refusal},
    secret::Secret,
};

/// How long into the run an answer is waited for.
const PATIENCE: Duration = Duration::from_hours(1);

/// Whether there is a terminal to ask on; the error says why not.
pub fn can_ask(context: &Context) -> std::result::Result<(), String> {
    match Mode::of(context)? {
        Mode::Auto | Mode::Tty => prompt::can_ask(None, Mode::Tty, context),
        Mode::Gui | Mode::Never => Err("ROLECALL_PROMPT forbids the terminal".to_owned()),
    }
}

/// Asks for a line that is shown; Enter alone takes `default`, where there is one.
pub fn line(context: &Context, what: &str, default: Option<&str>) -> Result<String> {
    let prompt = match default {
        Some(default) => format!("{what} [{default}]: "),
        None => format!("{what}: "),
    };
    loop {
        let entry = Entry { about: "", prompt: &prompt, shown: true };
        match (enter(context, &entry)?.expose(), default) {
            ("", None) => {}
            ("", Some(default)) => return Ok(default.to_owned()),
            (text, _) => return Ok(text.to_owned()),
        }
    }
}

/// Asks for a line that is not shown.
pub fn hidden(context: &Context, about: &str, prompt: &str) -> Result<Secret> {
    enter(context, &Entry { about, prompt, shown: false })
}

/// Asks for a yes; all else is a no.
pub fn yes(context: &Context, question: &str) -> Result<bool> {
    let prompt = format!("{question} [y/N] ");
    let answer = enter(context, &Entry { about: "", prompt: &prompt, shown: true })?;
    Ok(matches!(answer.expose(), "y" | "Y" | "yes" | "Yes" | "YES"))
}

fn enter(context: &Context, entry: &Entry<'_>) -> Result<Secret> {
    loop {
        let nobody = |why: &str| Error::new(Kind::NeedsHuman, format!("nobody answered: {why}"));
        return match prompt::enter(entry, context, PATIENCE) {
            Ok(text) => Ok(text),
            Err(Refusal::Stopped) => {
                prompt::stop_ourselves();
                continue;
            }
            Err(Refusal::Cancelled) => Err(Error::new(Kind::Interrupted, "nothing was done")),
            Err(Refusal::TimedOut) => Err(nobody("time is up")),
            Err(Refusal::Nobody(why) | Refusal::Failed(why)) => Err(nobody(&why)),
        };
    }
}
