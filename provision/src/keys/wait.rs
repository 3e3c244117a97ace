//! Waiting until AWS takes a new key.

use std::time::Duration;

use rolecall::{
    context::Context,
    error::{Error, Kind, Result},
};

use super::owner::{User, user_of};
use crate::{
    caller::{Caller, explain, interrupted},
    progress::Progress,
    undo::{Steps, is_refused_with},
};

/// What STS says as long as it does not know a key.
const UNKNOWN: [&str; 1] = ["InvalidClientTokenId"];
/// How long it may take until it is known.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const LIMIT: Duration = Duration::from_mins(1);
/// The pause between two tries, in parts, each with a picture of its own.
const PARTS: u32 = 5;
const PART: Duration = Duration::from_millis(200);
const PICTURES: [&str; 4] = ["|", "/", "-", "\\"];

/// Waits until `new`, who calls with the new key `id`, is known to be `user`.
pub(super) fn until_known(
    context: &Context,
    steps: &mut Steps<'_, '_>,
    new: &Caller,
    (id, user): (&str, &User),
) -> Result<()> {
    let progress = Progress::new(context);
    let end = context.elapsed() + LIMIT;
    let mut picture = PICTURES.into_iter().cycle();
    let mut said = context.stderr_is_terminal();
    let answer = loop {
        let answer = new.try_identity();
        let is_unknown = matches!(&answer, Err(failure) if is_refused_with(failure, &UNKNOWN));
        if !is_unknown || context.elapsed() > end {
            break answer;
        }
        if !said {
            steps.say(&format!("Waiting until AWS takes the new key {id}"));
            said = true;
        }
        for _ in 0..PARTS {
            let picture = picture.next().unwrap_or_default();
            progress.show(&format!("{picture} waiting until AWS takes {id}"), steps.streams);
            if !steps.caller().pause(PART) {
                progress.wipe(steps.streams);
                return Err(interrupted());
            }
        }
    };
    progress.wipe(steps.streams);
    let identity =
        answer.map_err(|failure| explain(&failure, &format!("use the new access key {id}")))?;
    if identity.account != user.account || user_of(&identity.arn)? != user.name {
        let text = format!("AWS takes the new access key {id} for one of {}", identity.arn);
        return Err(Error::new(Kind::Other, text).hint(format!("it was made for {}", user.name)));
    }
    steps.say(&format!("AWS takes the new access key {id}"));
    Ok(())
}
