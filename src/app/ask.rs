//! Asking for a line at the terminal.

use std::time::Duration;

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    prompt::{self, Entry, Refusal},
    secret::Secret,
};

/// How long a human may take to find a key and type it, counted from the start.
const TYPING: Duration = Duration::from_mins(10);

/// Asks on the terminal. `what` is what is not there otherwise.
pub fn ask(context: &Context, entry: &Entry<'_>, what: &str) -> Result<Secret> {
    loop {
        let needed = |why: &str| Error::new(Kind::NeedsHuman, format!("there is no {what}: {why}"));
        return match prompt::enter(entry, context, TYPING) {
            Ok(text) => Ok(text),
            Err(Refusal::Stopped) => {
                prompt::stop_ourselves();
                continue;
            }
            Err(Refusal::Cancelled) => {
                Err(Error::new(Kind::Interrupted, format!("the {what} was not given")))
            }
            Err(Refusal::TimedOut) => Err(needed("nobody answered in time")),
            Err(Refusal::Nobody(why) | Refusal::Failed(why)) => Err(needed(&why)),
        };
    }
}
