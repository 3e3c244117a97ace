//! Waiting until AWS takes a new key, and until nobody uses the old one.

use std::time::Duration;

use rolecall::{
    aws::Failure,
    context::Context,
    error::{Error, Kind, Result},
};

use super::owner::{User, user_of};
use crate::{
    caller::{Caller, OrCannot as _, interrupted, is_refused_with},
    progress::Spinner,
    undo::Steps,
};

/// What STS says as long as it does not know a key.
const UNKNOWN: [&str; 1] = ["InvalidClientTokenId"];
/// How long it may take until it is known.
///
/// Rule: IAM User Guide, "Changes that I make are not always immediately visible".
const LIMIT: Duration = Duration::from_mins(1);
/// The pause between two tries.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the old key goes on working behind the switch: a call that begins with a profile's key is
/// signed within this time.
const GRACE: Duration = Duration::from_secs(3);

/// Waits until `new`, who calls with the new key `id`, is known to be `user`.
pub(super) fn until_known(
    context: &Context,
    steps: &mut Steps<'_, '_>,
    new: &Caller,
    (id, user): (&str, &User),
) -> Result<()> {
    let end = context.elapsed() + LIMIT;
    let text = format!("Waiting until AWS takes the new key {id}");
    let mut spinner = None;
    let answer = loop {
        let answer = new.try_identity();
        let is_unknown = matches!(&answer, Err(failure) if is_refused_with(failure, &UNKNOWN));
        if !is_unknown || context.elapsed() > end {
            break answer;
        }
        let spinner = spinner.get_or_insert_with(|| Spinner::start(context, &text, steps.streams));
        if !spinner.turn(steps.caller(), PAUSE, steps.streams) {
            break Err(Failure::Interrupted);
        }
    };
    if let Some(spinner) = spinner {
        spinner.end(steps.streams);
    }
    let identity = answer.or_cannot(format_args!("use the new access key {id}"))?;
    if identity.account != user.account || user_of(&identity.arn)? != user.name {
        let text = format!("AWS takes the new access key {id} for one of {}", identity.arn);
        return Err(Error::new(Kind::Other, text).hint(format!("it was made for {}", user.name)));
    }
    steps.say(&format!("AWS takes the new access key {id}"));
    Ok(())
}

/// Who has read the old key just before the switch is about to call with it.
pub(super) fn leave_a_moment(context: &Context, steps: &mut Steps<'_, '_>) -> Result<()> {
    let text = "Leaving a moment to calls that have just begun with the old key";
    let spinner = Spinner::start(context, text, steps.streams);
    let is_over = spinner.turn(steps.caller(), GRACE, steps.streams);
    spinner.end(steps.streams);
    if is_over { Ok(()) } else { Err(interrupted()) }
}
