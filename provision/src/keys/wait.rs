//! Waiting until AWS takes a new key, and until nobody uses the old one.

use std::time::Duration;

use rolecall::error::{Error, Kind, Result};

use super::owner::user_of;
use crate::{
    caller::Caller,
    failure::{OrCannot as _, interrupted},
    new_key::Owner,
    progress::{Spinner, Wait},
    undo::Steps,
};

/// What STS says as long as it does not know a key.
const UNKNOWN: [&str; 1] = ["InvalidClientTokenId"];
/// How long the old key goes on working behind the switch: a call that begins with a profile's key is
/// signed within this time.
const GRACE: Duration = Duration::from_secs(3);

/// The new key, and whose it is to be.
pub(super) struct NewKey<'k> {
    pub(super) id: &'k str,
    pub(super) owner: Owner<'k>,
}

/// Waits until `caller`, who calls with the new key, is known to be its owner.
pub(super) fn until_known(
    steps: &mut Steps<'_, '_>,
    caller: &Caller<'_>,
    new: NewKey<'_>,
) -> Result<()> {
    let NewKey { id, owner } = new;
    let text = format!("Waiting until AWS takes the new key {id}");
    let wait = Wait { text: &text, codes: &UNKNOWN, is_told_at_once: false };
    let answer = wait.until(steps.caller(), steps.streams, || caller.try_identity());
    let identity = answer.or_cannot(format_args!("use the new access key {id}"))?;
    if identity.account != owner.account || user_of(&identity.arn)? != owner.user {
        let text = format!("AWS takes the new access key {id} for one of {}", identity.arn);
        return Err(Error::new(Kind::Other, text).hint(format!("it was made for {}", owner.user)));
    }
    steps.say(&format!("AWS takes the new access key {id}"));
    Ok(())
}

/// Who has read the old key just before the switch is about to call with it.
pub(super) fn leave_a_moment(steps: &mut Steps<'_, '_>) -> Result<()> {
    let text = "Leaving a moment to calls that have just begun with the old key";
    let spinner = Spinner::start(steps.caller(), text, steps.streams);
    let is_over = spinner.turn(steps.caller(), GRACE, steps.streams);
    spinner.end(steps.streams);
    if is_over { Ok(()) } else { Err(interrupted()) }
}
