//! The steps of a rotation.

use std::cell::RefCell;

use aws_sdk_iam::types::StatusType;
use rolecall::{
    Credentials, Error, KeyOwner, KeysRotate, Kind, Result, Rotation, RotationStep, Rotations,
    StoredKeys, Streams, UNKNOWN_ACCESS_KEY, escape,
};

use super::{
    owner::{self, AccountUser},
    wait::{ExpectedKey, until_known, wait_for_started_calls},
};
use crate::{
    args::CallerFlags,
    caller::{Caller, Invocation},
    failure::{OrCannot as _, if_exists},
    new_key::{self, KeyPlace, NewKeyOwner},
    undo::{StepOptions, Steps},
};

/// The error code of IAM until it knows the calling key.
const UNREADY: [&str; 1] = [UNKNOWN_ACCESS_KEY];
/// A placeholder for the ID of a key that isn't created yet.
const NO_ID: &str = "AKIA0000000000000000";

/// One run of `rolecall keys rotate`.
pub(super) struct RotationJob<'j> {
    pub(super) invocation: Invocation<'j>,
    pub(super) args: &'j KeysRotate,
    pub(super) stored: &'j StoredKeys<'j>,
    pub(super) rotations: &'j Rotations,
    /// The profile whose region and endpoints are used.
    pub(super) profile: String,
}

impl<'j> RotationJob<'j> {
    /// Starts a rotation.
    pub(super) fn begin(&self, old: String, streams: &mut Streams<'_>) -> Result<()> {
        let caller = self.caller(&old, streams)?;
        let user = self.user(&caller, &old)?;
        let began = self.invocation.context.now();
        let rotation = Rotation::begin(KeyOwner::new(&user.account, &user.name), old, began);
        self.up_to_the_switch(&caller, rotation, streams)
    }

    /// Resumes a rotation where an earlier run stopped.
    pub(super) fn resume(&self, rotation: Rotation, streams: &mut Streams<'_>) -> Result<()> {
        let old = rotation.old.clone();
        if !self.args.dry_run {
            let told = format!("Resuming the rotation of access key {old}");
            streams.note(&format!("{}\n", escape(&told)));
        }
        if rotation.step >= RotationStep::Switched {
            return self.behind_the_switch(None, rotation, streams);
        }
        let caller = self.caller(&old, streams)?;
        // Fails early if the caller can't do this.
        self.user(&caller, &old)?;
        let rotation = self.without_lost_key(&caller, rotation)?;
        self.up_to_the_switch(&caller, rotation, streams)
    }

    /// Returns the caller for IAM: the credentials from the command line, or the key `id` itself.
    fn caller(&self, id: &str, streams: &mut Streams<'_>) -> Result<Caller<'j>> {
        if self.is_by_another() {
            return Caller::new(self.invocation, streams);
        }
        let keys = self.stored.find(id)?.ok_or_else(|| {
            Error::new(Kind::Store, format!("the access key {id} is not in the store"))
                .hint("'rolecall keys list' shows the stored keys")
                .hint("use --profile to call IAM with another profile's credentials")
        })?;
        self.with_keys(keys)
    }

    fn is_by_another(&self) -> bool {
        let CallerFlags { profile, access_key, .. } = self.invocation.access;
        profile.is_some() || access_key.is_some() || self.invocation.access.reads_stdin()
    }

    /// Returns a caller that uses these keys.
    fn with_keys(&self, keys: Credentials) -> Result<Caller<'j>> {
        Caller::with_keys(self.invocation, &self.profile, keys)
    }

    fn user(&self, caller: &Caller<'_>, old: &str) -> Result<AccountUser> {
        if self.is_by_another() {
            return owner::of_key(caller, old);
        }
        owner::of_caller(caller).map_err(|error| self.advised(error))
    }

    /// Adds a hint to a refusal: which other credentials could do this.
    fn advised(&self, error: Error) -> Error {
        if error.kind() != Kind::Denied {
            return error;
        }
        let name = &self.args.name;
        error.hint(format!(
            "'rolecall keys rotate {name} --profile OTHER' calls IAM with the permissions of \
             another profile; if IAM requires MFA, use one with rolecall_mfa_serial"
        ))
    }

    /// If the new key is not both in the store and in IAM, removes it: another one will be created.
    fn without_lost_key(&self, caller: &Caller<'_>, mut rotation: Rotation) -> Result<Rotation> {
        let Some(new) = rotation.new.clone().filter(|_| !self.args.dry_run) else {
            return Ok(rotation);
        };
        let user = &rotation.user;
        let keys = new_key::keys_of(caller, user).map_err(|error| self.advised(error))?;
        let is_there = keys.iter().any(|key| key.id == new);
        let is_kept = self.stored.find(&new)?.is_some();
        if is_there && is_kept {
            return Ok(rotation);
        }
        if is_there {
            let call = caller.iam().delete_access_key().user_name(user).access_key_id(&new);
            caller.call(call.send()).or_cannot(format_args!(
                "delete the access key {new}, which is no longer in the store"
            ))?;
        }
        // Perhaps only some of the profiles were set back to the old key.
        self.stored.switch(&new, &rotation.old, false)?;
        self.stored.forget(&new)?;
        (rotation.new, rotation.step) = (None, RotationStep::Begun);
        self.rotations.save(&rotation)?;
        Ok(rotation)
    }

    /// Creates the new key and switches the profiles to it. If that fails, what this run created is
    /// undone.
    fn up_to_the_switch(
        &self,
        caller: &Caller<'_>,
        rotation: Rotation,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        let (account, user) = (rotation.account.clone(), rotation.user.clone());
        let owner = NewKeyOwner { account: &account, user: &user, is_new: false };
        // Before anything is created: finds out whether the profiles can be switched.
        let diff = self.stored.switch(&rotation.old, NO_ID, true)?;
        if rotation.new.is_none() {
            let found = new_key::look(caller, owner, self.stored).map_err(|e| self.advised(e))?;
            found.check(caller, &user)?;
            if !self.args.dry_run {
                self.rotations.save(&rotation)?;
            }
        }
        if self.args.dry_run {
            return self.print_remaining_steps(&rotation, &diff, streams);
        }
        let rotation = RefCell::new(rotation);
        let done = StepOptions::default().all_or_nothing(caller, streams, |steps| {
            let new = self.new_key(steps, owner, &rotation)?;
            let keys = self.stored.find(&new)?.ok_or_else(|| {
                Error::new(Kind::Store, format!("the new access key {new} is not in the store"))
            })?;
            until_known(steps, &self.with_keys(keys)?, ExpectedKey { id: &new, owner })?;
            steps.check_not_interrupted()?;
            self.stored.switch(&rotation.borrow().old, &new, false).map(drop)
        });
        let mut rotation = rotation.into_inner();
        if let Err(error) = done {
            return Err(self.settled(error, caller, &rotation));
        }
        rotation.step = RotationStep::Switched;
        self.rotations.save(&rotation)?;
        self.behind_the_switch(Some(caller), rotation, streams)
    }

    /// Returns the new key's ID, after creating and storing it unless an earlier run did.
    fn new_key(
        &self,
        steps: &mut Steps<'_, '_>,
        owner: NewKeyOwner<'_>,
        rotation: &RefCell<Rotation>,
    ) -> Result<String> {
        if let Some(new) = rotation.borrow().new.clone() {
            return Ok(new);
        }
        let keep = |keys: &Credentials| {
            let store = self.stored.keep(keys)?;
            let mut rotation = rotation.borrow_mut();
            (rotation.new, rotation.step) = (Some(keys.access_key_id.clone()), RotationStep::Made);
            self.rotations.save(&rotation)?;
            Ok(store)
        };
        let place = KeyPlace { stored: self.stored, keep: &keep };
        new_key::make_and_store(steps, owner, place).map_err(|error| self.advised(error))
    }

    /// Returns the error of a rotation that failed before the switch, with a hint if the new key
    /// still exists. If it doesn't, removes the rotation's record.
    fn settled(&self, error: Error, caller: &Caller<'_>, rotation: &Rotation) -> Error {
        let (account, user) = (&rotation.account, &rotation.user);
        let Some(new) = &rotation.new else {
            let owner = KeyOwner::new(account, user);
            let is_open = self.stored.notes().is_ok_and(|it| it.read(&owner).is_some());
            if !is_open {
                self.rotations.remove(&rotation.old);
            }
            return error;
        };
        let keys = new_key::keys_of(caller, user);
        let is_gone = keys.is_ok_and(|keys| keys.iter().all(|key| key.id != *new));
        if !is_gone {
            return error.hint(format!(
                "the new key {new} exists and is stored: '{}' continues the rotation",
                self.same_command()
            ));
        }
        match self.stored.forget(new) {
            Ok(()) => {
                self.rotations.remove(&rotation.old);
                error
            }
            Err(left) => error.hint(left.to_string()),
        }
    }

    /// Deactivates and deletes the old key. This can't be undone.
    fn behind_the_switch(
        &self,
        caller: Option<&Caller<'_>>,
        rotation: Rotation,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        if self.args.dry_run {
            return self.print_remaining_steps(&rotation, "", streams);
        }
        let new = rotation.new.clone().unwrap_or_default();
        let user = rotation.user.clone();
        let is_fresh = caller.is_some();
        // The old key would lock itself out halfway.
        let own = match caller {
            Some(_) if self.is_by_another() => None,
            _ => Some(self.caller(&new, streams)?),
        };
        let caller = own.as_ref().or(caller);
        let caller = caller.ok_or_else(|| Error::new(Kind::Other, "no credentials to call IAM"))?;
        self.check_new(caller, &rotation, &new)?;
        let options = StepOptions { keep: true, ..StepOptions::default() };
        let done = options.all_or_nothing(caller, streams, |steps| {
            if is_fresh {
                wait_for_started_calls(steps)?;
            }
            self.retire(steps, rotation)
        });
        let old = done.map_err(|error| {
            self.advised(error.hint(format!(
                "the profiles already have the new key {new}: '{}' continues the rotation",
                self.same_command()
            )))
        })?;
        let profiles = self.stored.profiles_with(&new)?;
        let profiles: Vec<_> = profiles.iter().map(|name| escape(name).into_owned()).collect();
        let whose =
            if profiles.is_empty() { String::new() } else { format!("{}: ", profiles.join(", ")) };
        streams.print(&format!("{whose}access key {old} is replaced by {new}\n"))?;
        if self.args.keep_old {
            let told = self.way_back(&old, &user, &profiles);
            streams.note(&told);
        }
        Ok(())
    }

    /// Returns the command that resumes the rotation with the same caller.
    fn same_command(&self) -> String {
        let by = self.invocation.access.profile.as_ref().map(|by| format!(" --profile {by}"));
        format!("rolecall keys rotate {}{}", self.args.name, by.unwrap_or_default())
    }

    /// Returns how to delete the old key, and how to use it again.
    fn way_back(&self, old: &str, user: &str, profiles: &[String]) -> String {
        let by = escape(self.invocation.access.profile.as_ref().unwrap_or(&self.profile));
        let mut text = format!(
            "{old} is kept, inactive. To delete it: {}\n\
             To go back: aws iam update-access-key --user-name {user} --access-key-id {old} \
             --status Active --profile {by}",
            escape(&self.same_command())
        );
        for name in profiles {
            text += &format!(", then rolecall profile set {name} rolecall_access_key_id={old}");
        }
        text + "\n"
    }

    /// Returns an error if the old key is the only one that works.
    fn check_new(&self, caller: &Caller<'_>, rotation: &Rotation, new: &str) -> Result<()> {
        let wrong = |what: &str| {
            let old = &rotation.old;
            Error::new(
                Kind::Other,
                format!("the new access key {new} {what}: {old} is not deleted"),
            )
            .hint(format!(
                "'rolecall profile set PROFILE rolecall_access_key_id={old}' goes back to the \
                 old one; 'rolecall keys rotate' then creates another"
            ))
        };
        if self.stored.find(new)?.is_none() {
            return Err(wrong("is no longer in the store"));
        }
        // If the new key makes the call, it works.
        if !self.is_by_another() {
            return Ok(());
        }
        let keys = new_key::keys_of(caller, &rotation.user)?;
        match keys.iter().find(|key| key.id == new) {
            Some(key) if key.is_active => Ok(()),
            Some(_) => Err(wrong("is inactive at AWS")),
            None => Err(wrong("doesn't exist in IAM")),
        }
    }

    /// Deactivates the old key and, without `--keep-old`, deletes it in IAM and in the store.
    /// Returns its ID.
    fn retire(&self, steps: &mut Steps<'_, '_>, mut rotation: Rotation) -> Result<String> {
        let iam = steps.caller().iam();
        let (old, user) = (rotation.old.clone(), rotation.user.clone());
        if rotation.step < RotationStep::Deactivated {
            let answer = steps.when_ready(&UNREADY, "IAM to propagate the new key", |steps| {
                let call = iam.update_access_key().user_name(&user).access_key_id(&old);
                steps.caller().call(call.status(StatusType::Inactive).send())
            });
            if_exists(answer).or_cannot(format_args!("deactivate the access key {old}"))?;
            steps.say(&format!("Deactivated access key {old}"));
            rotation.step = RotationStep::Deactivated;
        }
        rotation.keeps_old = self.args.keep_old;
        self.rotations.save(&rotation)?;
        if self.args.keep_old {
            return Ok(old);
        }
        steps.check_not_interrupted()?;
        let answer = steps.when_ready(&UNREADY, "IAM to propagate the new key", |steps| {
            let call = iam.delete_access_key().user_name(&user).access_key_id(&old);
            steps.caller().call(call.send())
        });
        if_exists(answer).or_cannot(format_args!("delete the access key {old}"))?;
        steps.say(&format!("Deleted access key {old}"));
        self.stored.forget(&old)?;
        self.rotations.remove(&old);
        Ok(old)
    }

    /// Prints the remaining steps, for a dry run.
    fn print_remaining_steps(
        &self,
        rotation: &Rotation,
        diff: &str,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        let Rotation { old, user, .. } = rotation;
        let mut text = String::new();
        if rotation.new.is_none() {
            text += &format!("Would create an access key for user: {user}\n");
            text += "Would store its secret in the keychain\n";
        }
        if rotation.step < RotationStep::Switched {
            text += "Would wait until AWS accepts the new key\n";
            if diff.is_empty() {
                text += "No profile has the old key\n";
            } else {
                let new = rotation.new.as_deref().unwrap_or("(the new key's id)");
                text += "Would change the config file:\n";
                text += &diff.replace(NO_ID, new);
            }
        }
        if rotation.step < RotationStep::Deactivated {
            text += &format!("Would deactivate access key {old}\n");
        }
        if !self.args.keep_old {
            text += &format!("Would delete access key {old} at AWS and in the keychain\n");
        }
        streams.print_changes(&text)
    }
}
