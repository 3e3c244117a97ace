//! Waits until AWS accepts a new key, and until calls with the old one are signed.

use std::time::Duration;

use rolecall::{Error, Kind, Result, UNKNOWN_ACCESS_KEY};

use super::owner::user_of;
use crate::{
    caller::Caller,
    failure::{OrCannot as _, interrupted},
    new_key::NewKeyOwner,
    progress::{Propagation, wait_for},
    undo::Steps,
};

/// How long the old key stays active after the switch: a process that has read it signs its call
/// within this time.
const GRACE: Duration = Duration::from_secs(3);

/// The new key and its intended owner.
pub(super) struct ExpectedKey<'k> {
    pub(super) id: &'k str,
    pub(super) owner: NewKeyOwner<'k>,
}

/// Waits until AWS accepts `caller`, which uses the new key, and checks that it is the owner.
pub(super) fn until_known(
    steps: &mut Steps<'_, '_>,
    caller: &Caller<'_>,
    new: ExpectedKey<'_>,
) -> Result<()> {
    let ExpectedKey { id, owner } = new;
    let what = format!("AWS to accept the new key {id}");
    let propagation = Propagation { what: &what, codes: &[UNKNOWN_ACCESS_KEY] };
    let answer = propagation.wait(steps.caller(), steps.streams, || caller.try_identity());
    let identity = answer.or_cannot(format_args!("use the new access key {id}"))?;
    if identity.account != owner.account || user_of(&identity.arn)? != owner.user {
        let text = format!("the new access key {id} belongs to {}", identity.arn);
        return Err(
            Error::new(Kind::Other, text).hint(format!("it was created for {}", owner.user))
        );
    }
    steps.say(&format!("AWS accepts the new access key {id}"));
    Ok(())
}

/// Waits for processes that read the old key just before the switch and are about to use it.
pub(super) fn wait_for_started_calls(steps: &mut Steps<'_, '_>) -> Result<()> {
    let what = "calls that have just started with the old key";
    let _waiting = wait_for(steps.caller(), what, steps.streams);
    if steps.caller().pause(GRACE) { Ok(()) } else { Err(interrupted()) }
}
