//! Creates access keys and stores their secrets, without ever losing one.
//!
//! IAM shows a secret once, and a user may have two keys. So a note is written before a key is
//! created ([`rolecall::NewKeyNotes`]). A run that is killed between IAM's answer and the
//! store leaves the note, and the next run for the same user deletes the key whose secret was lost.

use std::{collections::BTreeSet, fmt, iter, sync::Arc};

use aws_sdk_iam::types::{AccessKey, AccessKeyMetadata, StatusType};
use chrono::{DateTime, TimeDelta, Utc};
use rolecall::{
    Credentials, Error, KeyOwner, KeyProfile, Kind, MOST_ACCESS_KEYS, NewKeyNote, Result, Secret,
    StoredKeys, rfc3339,
};

use crate::{
    account::Account,
    caller::Caller,
    change::{Change, CreationTime, NewAccessKey, Outcome},
    failure::{OrCannot as _, if_exists},
    permissions::RequiredPermission,
    turn::Turn,
    undo::Steps,
};

/// How long after its last sign of life a process may have lived, plus the time that a request that
/// was sent takes to arrive.
const LAST_MOMENTS: TimeDelta = TimeDelta::seconds(2);

/// The user that gets a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewKeyOwner<'a> {
    /// The account, 12 digits.
    pub(crate) account: &'a str,
    /// The IAM user's name.
    pub(crate) user: &'a str,
    /// Whether the user was created just now and may not be visible everywhere yet.
    pub(crate) is_new: bool,
}

/// Where a new key goes.
#[derive(Clone, Copy)]
pub(crate) struct KeyPlace<'a> {
    pub(crate) stored: &'a StoredKeys<'a>,
    /// Stores the key and returns the name of the store.
    pub(crate) keep: &'a dyn Fn(&Credentials) -> Result<&'static str>,
}

/// Creates an access key for an IAM user, stores its secret and writes its ID to `profile`. Returns
/// the key's ID.
///
/// # Errors
/// Those of [`make_and_store`].
pub(crate) fn make(
    steps: &mut Steps<'_, '_>,
    owner: NewKeyOwner<'_>,
    profile: &KeyProfile<'_>,
) -> Result<String> {
    let keep = |keys: &Credentials| profile.keep(keys);
    make_and_store(steps, owner, KeyPlace { stored: profile.stored(), keep: &keep })
}

/// Creates an access key for an IAM user and stores it. Returns the key's ID.
///
/// A key left by an earlier run that was killed is deleted first, or used if the store has its
/// secret. If a later step fails, the key is deleted in IAM, like everything else that was created,
/// but not removed from the store.
///
/// # Errors
/// Those of AWS, the store and the config file; of kind `Other` if the user already has two keys.
pub(crate) fn make_and_store(
    steps: &mut Steps<'_, '_>,
    owner: NewKeyOwner<'_>,
    place: KeyPlace<'_>,
) -> Result<String> {
    let KeyPlace { stored, keep } = place;
    let NewKeyOwner { account, user, .. } = owner;
    let journal = stored.notes()?;
    let noted_owner = KeyOwner::new(account, user);
    let lock = journal.lock(&noted_owner);
    let lock = lock.map_err(|error| {
        Error::new(Kind::Other, format!("the lock of user {user} can't be used: {error}"))
    })?;
    let what = format!("the keys of user {user}");
    Turn { lock: &lock, what: &what }.wait(steps.caller(), |text| steps.say(text))?;
    let found = look(steps.caller(), owner, stored)?;
    for id in &found.lost {
        delete_lost(steps, user, id)?;
    }
    if let Some(keys) = &found.ready {
        let store = keep(keys)?;
        journal.remove(&noted_owner);
        let id = keys.access_key_id.clone();
        steps.say(&format!(
            "Access key {id} was created by an earlier run; it is stored in {store}"
        ));
        return Ok(id);
    }
    found.check(steps.caller(), user)?;
    let others = found.ids();
    let began = steps.caller().aws_now();
    let note = NewKeyNote {
        account: account.to_owned(),
        user: user.to_owned(),
        others: others.clone(),
        began,
        waited_until: None,
        id: None,
    };
    let noted = journal.save(note, Arc::new(lock))?;
    let (user, note) = (user.to_owned(), Some(noted.clone()));
    let key = create(steps, NewAccessKey { user, others, began, note, id: None })?;
    steps.check_not_interrupted()?;
    let keys = credentials_of(key);
    let store = keep(&keys)?;
    noted.remove();
    let id = keys.access_key_id.clone();
    steps.say(&format!("Saved access key {id} in {store}"));
    Ok(id)
}

/// Returns the permissions that it takes to delete `lost` keys of a user and then create one.
pub(crate) fn required_permissions(
    account: &Account,
    user: &str,
    lost: usize,
) -> Vec<RequiredPermission> {
    let resource = account.arn(&format!("user/{user}"));
    let actions = iter::repeat_n("iam:DeleteAccessKey", lost).chain(["iam:CreateAccessKey"]);
    let required =
        |action: &str| RequiredPermission { action: action.to_owned(), resource: resource.clone() };
    actions.map(required).collect()
}

/// Returns a new key as credentials.
pub(crate) fn credentials_of(key: AccessKey) -> Credentials {
    Credentials::long_lived(key.access_key_id, Secret::new(key.secret_access_key))
}

/// Creates the key; it is deleted if a later step fails.
pub(crate) fn create(steps: &mut Steps<'_, '_>, new: NewAccessKey) -> Result<AccessKey> {
    match steps.change(&Change::CreateAccessKey(new))? {
        Outcome::AccessKey(key) => Ok(key),
        Outcome::Done | Outcome::Version(_) => unreachable!("BUG: CreateAccessKey returns a key"),
    }
}

/// A user's keys, sorted by what is known about them.
#[derive(Default)]
pub(crate) struct FoundKeys {
    /// The keys that stay.
    pub(crate) keys: Vec<UserKey>,
    /// The IDs of keys whose secret was lost when an earlier run was killed.
    pub(crate) lost: Vec<String>,
    /// A key that an earlier run created and stored, and that no profile has yet.
    pub(crate) ready: Option<Credentials>,
}

/// An access key as IAM lists it.
#[derive(Clone, Debug)]
pub(crate) struct UserKey {
    pub(crate) id: String,
    pub(crate) is_active: bool,
    created: Option<DateTime<Utc>>,
}

/// Returns the user's keys, sorted by whether an earlier run left them. Changes nothing.
pub(crate) fn look(
    caller: &Caller<'_>,
    owner: NewKeyOwner<'_>,
    stored: &StoredKeys<'_>,
) -> Result<FoundKeys> {
    let NewKeyOwner { account, user, is_new } = owner;
    let mut found = FoundKeys::default();
    if is_new {
        return Ok(found);
    }
    let note = stored.notes()?.read(&KeyOwner::new(account, user));
    let mut suspects = Vec::new();
    for key in FoundKeys::all(caller, user)?.keys {
        let Some(note) = note.as_ref().filter(|note| !note.others.contains(&key.id)) else {
            found.keys.push(key);
            continue;
        };
        match stored.find(&key.id)? {
            None if is_of(&key, note) => suspects.push(key),
            Some(keys)
                if key.is_active
                    && is_of(&key, note)
                    && stored.profiles_with(&key.id)?.is_empty() =>
            {
                found.ready = Some(keys);
                found.keys.push(key);
            }
            _ => found.keys.push(key),
        }
    }
    // At most one was created: with two candidates, it is unknown which.
    match &*suspects {
        [one] if last_used(caller, &one.id) == LastUsed::Never => {
            found.lost.push(one.id.clone());
        }
        _ => found.keys.append(&mut suspects),
    }
    Ok(found)
}

/// Removes the note of an earlier run that was killed when its key, one of `keys`, was stored and had its profile
/// already. While another run creates a key, its note stays.
///
/// # Errors
/// If the notes, the store or the files can't be read.
pub(crate) fn remove_done_note(
    owner: NewKeyOwner<'_>,
    stored: &StoredKeys<'_>,
    keys: &[UserKey],
) -> Result<()> {
    let journal = stored.notes()?;
    let owner = KeyOwner::new(owner.account, owner.user);
    let Ok(lock) = journal.lock(&owner) else { return Ok(()) };
    if !lock.try_take().unwrap_or(false) {
        return Ok(());
    }
    let Some(note) = journal.read(&owner) else { return Ok(()) };
    for key in keys.iter().filter(|key| !note.others.contains(&key.id) && is_of(key, &note)) {
        if stored.find(&key.id)?.is_some() && !stored.profiles_with(&key.id)?.is_empty() {
            journal.remove(&owner);
        }
    }
    Ok(())
}

/// Returns whether the note may be about this key: it names the key, or, if AWS's answer never
/// arrived, the key was created while a process waited for it.
fn is_of(key: &UserKey, note: &NewKeyNote) -> bool {
    if let Some(id) = &note.id {
        return *id == key.id;
    }
    let until = note.waited_until.unwrap_or(note.began) + LAST_MOMENTS;
    let time = CreationTime { began: note.began, until };
    key.created.is_some_and(|created| time.includes(created))
}

impl FoundKeys {
    /// Returns all keys of a user as keys that stay.
    pub(crate) fn all(caller: &Caller<'_>, user: &str) -> Result<Self> {
        Ok(Self { keys: keys_of(caller, user)?, ..Self::default() })
    }

    /// Returns the IDs of the keys that stay.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.keys.iter().map(|key| key.id.clone()).collect()
    }

    /// Returns an error if IAM would allow no more keys.
    pub(crate) fn check(&self, caller: &Caller<'_>, user: &str) -> Result<()> {
        if self.ready.is_some() || self.keys.len() < MOST_ACCESS_KEYS {
            return Ok(());
        }
        let error = Error::new(
            Kind::Other,
            format!(
                "user {user} already has {MOST_ACCESS_KEYS} access keys, the most that IAM allows"
            ),
        );
        let told: Vec<_> = self.keys.iter().map(|key| key.told(caller)).collect();
        Err(error
            .hint(told.join("; "))
            .hint("delete an unused one with 'aws iam delete-access-key' or in the console"))
    }
}

impl UserKey {
    fn of(key: &AccessKeyMetadata) -> Option<Self> {
        let created = key.create_date();
        Some(Self {
            id: key.access_key_id()?.to_owned(),
            is_active: key.status() == Some(&StatusType::Active),
            created: created.and_then(|date| DateTime::from_timestamp(date.secs(), 0)),
        })
    }

    /// Returns the key's ID, whether it is inactive, and when it was last used, in words.
    pub(crate) fn told(&self, caller: &Caller<'_>) -> String {
        let state = if self.is_active { "" } else { ", inactive" };
        format!("{}{state}: {}", self.id, last_used(caller, &self.id))
    }
}

/// When a key was last used, according to IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LastUsed {
    Never,
    At(DateTime<Utc>),
    /// IAM's answer is missing, for example because the caller may not ask.
    Unknown,
}

impl fmt::Display for LastUsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never used"),
            Self::At(when) => write!(f, "last used {}", rfc3339(*when)),
            Self::Unknown => f.write_str("last use unknown"),
        }
    }
}

/// Rule: IAM API reference, AccessKeyLastUsed: no date if the key was never used.
fn last_used(caller: &Caller<'_>, id: &str) -> LastUsed {
    let call = caller.iam().get_access_key_last_used().access_key_id(id);
    let Ok(answer) = caller.call(call.send()) else { return LastUsed::Unknown };
    let Some(used) = answer.access_key_last_used() else { return LastUsed::Never };
    match used.last_used_date() {
        Some(date) => {
            DateTime::from_timestamp(date.secs(), 0).map_or(LastUsed::Unknown, LastUsed::At)
        }
        None => LastUsed::Never,
    }
}

/// Returns the access keys of a user.
pub(crate) fn keys_of(caller: &Caller<'_>, user: &str) -> Result<Vec<UserKey>> {
    // A user has at most two, which fit on one page.
    let answer = caller.call(caller.iam().list_access_keys().user_name(user).send());
    let answer = answer.or_cannot(format_args!("list the access keys of user {user}"))?;
    Ok(answer.access_key_metadata().iter().filter_map(UserKey::of).collect())
}

fn delete_lost(steps: &mut Steps<'_, '_>, user: &str, id: &str) -> Result<()> {
    let call = steps.caller().iam().delete_access_key().user_name(user).access_key_id(id);
    if_exists(steps.caller().call(call.send())).or_cannot(format_args!(
        "delete the access key {id} of user {user}, whose secret was lost"
    ))?;
    steps.say(&format!(
        "Deleted access key {id}: an earlier run ended before its secret was stored"
    ));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_about_the_key_that_it_names_or_one_of_the_time_of_its_call() {
        let at = |second: i64| DateTime::from_timestamp(1_000_000 + second, 0);
        let key =
            |id: &str, second| UserKey { id: id.to_owned(), is_active: true, created: at(second) };
        let note = NewKeyNote {
            account: "111111111111".to_owned(),
            user: "ana".to_owned(),
            others: BTreeSet::new(),
            began: at(0).unwrap(),
            waited_until: None,
            id: None,
        };
        for (second, is_its) in [(-60, false), (-3, false), (-1, true), (3, true), (60, false)] {
            assert_eq!(is_of(&key("A", second), &note), is_its, "{second}");
        }
        let waiting = NewKeyNote { waited_until: at(20), ..note.clone() };
        for (second, is_its) in [(20, true), (23, true), (30, false)] {
            assert_eq!(is_of(&key("A", second), &waiting), is_its, "{second}");
        }
        let named = NewKeyNote { id: Some("A".to_owned()), ..note };
        assert!(is_of(&key("A", 60), &named) && !is_of(&key("B", 0), &named));
    }
}
