//! `rolecall keys rotate`: replaces an access key with a new one, in steps that can be resumed
//! after a crash at any point.
//!
//! A rotation's record ([`rolecall::Rotations`]) is written after each step. Until the
//! profiles are switched to the new key, a failure is undone. After that, the next run continues.

mod owner;
mod rotate;
mod wait;

use rolecall::{Error, KeysRotate, Kind, Result, Rotation, RotationStep, StoredKeys, Streams};

use crate::{args::CallerFlags, caller::Invocation};
use rotate::RotationJob;

pub(crate) use owner::user_of;

/// Runs `rolecall keys rotate`.
pub(crate) fn rotate(
    invocation: Invocation<'_>,
    args: &KeysRotate,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, access } = invocation;
    let stored = StoredKeys::new(context, access.store.clone())?;
    let rotations = stored.rotations()?;
    let id = stored.id_of(&args.name)?;
    let left = rotations.of(&id);
    let old = left.as_ref().map_or(&id, |rotation| &rotation.old);
    let lock = rotations.lock(old).map_err(|error| cannot_lock(old, &error))?;
    if !args.dry_run {
        if !lock.try_take().map_err(|error| cannot_lock(old, &error))? {
            return Err(busy(old, "is being rotated by another rolecall now"));
        }
        // Another process may have finished between reading the record and taking the lock.
        if rotations.of(&id) != left || stored.id_of(&args.name)? != id {
            return Err(busy(old, "has just been rotated by another rolecall"));
        }
        stored.check()?;
    }
    let left = match left {
        // A profile was set back to the old key: switch the profiles again.
        Some(mut rotation) if !stored.profiles_with(&rotation.old)?.is_empty() => {
            rotation.step = rotation.step.min(RotationStep::Made);
            Some(rotation)
        }
        left => left,
    };
    if left.as_ref().is_some_and(Rotation::is_kept) && args.keep_old {
        return Err(still_kept(access, args));
    }
    // A key named by its ID may still belong to a profile.
    let profile =
        if id == args.name { stored.profiles_with(&id)?.into_iter().next() } else { None };
    let profile = profile.unwrap_or_else(|| args.name.clone());
    let profile = if profile == id { "default".to_owned() } else { profile };
    let job = RotationJob { invocation, args, stored: &stored, rotations: &rotations, profile };
    match left {
        Some(rotation) => job.resume(rotation, streams),
        None => job.begin(id, streams),
    }
}

fn still_kept(access: &CallerFlags, args: &KeysRotate) -> Error {
    let by = access.profile.as_ref().map(|by| format!(" --profile {by}")).unwrap_or_default();
    let text = "the old key of the last rotation still exists, inactive";
    Error::new(Kind::Other, text)
        .hint(format!("'rolecall keys rotate {}{by}' deletes it; then rotate again", args.name))
}

fn cannot_lock(id: &str, error: &std::io::Error) -> Error {
    Error::new(Kind::Other, format!("the lock of access key {id} can't be used: {error}"))
}

fn busy(id: &str, what: &str) -> Error {
    Error::new(Kind::Other, format!("the access key {id} {what}"))
        .hint("'rolecall keys list' shows its progress")
}
