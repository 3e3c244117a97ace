//! `rolecall iam remove`: removes what `service-account` created, in the order that IAM requires.
//!
//! What is in AWS is removed first, then the stored key, then the profiles, which lead to the rest.
//! So the same command finds whatever a killed run left.

use rolecall::{
    Credentials, DeletedUser, Error, Identity, KeyOwner, Kind, LocalCleanup, NewKeyNotes, Result,
    RoleProfile, Rotations, Streams, UNKNOWN_ACCESS_KEY, escape,
};

use super::ours::{self, role_name};
use crate::{
    account::Account,
    args,
    caller::{Caller, Invocation},
    deletion::Deletion,
    failure::{explain, interrupted, is_refused_with},
    holder::Holder,
    new_key::keys_of,
    several::Several,
    turn,
};

/// The error code of STS for deleted keys.
const DEAD: [&str; 1] = [UNKNOWN_ACCESS_KEY];

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &args::Remove,
    streams: &mut Streams<'_>,
) -> Result<()> {
    args.names.iter().try_for_each(|name| ours::check_name(name))?;
    let caller = Caller::new(invocation, streams)?;
    let identity = caller.identity()?;
    caller.hold_signals()?;
    let store = invocation.access.store.clone();
    let removal = Removal { caller: &caller, identity: &identity, store, dry_run: args.dry_run };
    let several = Several { names: &args.names, failed: "could not be removed" };
    several.for_each(streams, |name, streams| removal.of(name, streams))?;
    caller.release_signals();
    Ok(())
}

/// The caller and the options.
struct Removal<'r> {
    caller: &'r Caller<'r>,
    identity: &'r Identity,
    store: Option<String>,
    dry_run: bool,
}

/// What exists of one service account.
struct ServiceAccount<'r> {
    has_user: bool,
    has_role: bool,
    here: LocalCleanup<'r>,
}

impl Removal<'_> {
    fn of(&self, name: &str, streams: &mut Streams<'_>) -> Result<()> {
        let (caller, dry_run) = (self.caller, self.dry_run);
        let note = if dry_run { " (dry run: nothing is removed)" } else { "" };
        streams.print(&format!("Service account: {}{note}\n", escape(name)))?;
        let what = format!("user {name}");
        let _turn = if dry_run { None } else { turn::take(caller, &what, streams)? };
        let there = self.look(name)?;
        let found = there.here.look()?;
        if !there.has_user && !there.has_role && found.profiles.is_empty() && found.keys.is_empty()
        {
            streams.print("  nothing found, neither in the account nor on this machine\n")?;
            warn(streams, &found.left);
            return Ok(());
        }
        if there.has_role {
            let holder = &Holder::Role(role_name(name));
            Deletion { caller, holder, dry_run, unseen: Vec::new(), streams }.role()?;
        }
        if there.has_user {
            let holder = &Holder::User(name.to_owned());
            let mut user = Deletion { caller, holder, dry_run, unseen: Vec::new(), streams };
            user.user(&self.identity.arn)?;
        }
        if caller.is_interrupted() {
            return Err(interrupted());
        }
        warn(streams, &found.left);
        if dry_run {
            for id in &found.keys {
                streams.print(&format!("  access key {id} is deleted from the keychain\n"))?;
            }
            return streams.print_diff(&there.here.diff()?);
        }
        self.forget_what_was_begun(name);
        for done in there.here.take_out()? {
            streams.print(&format!("  {}\n", escape(&done)))?;
        }
        Ok(())
    }

    /// Deletes the records of a key that was being created and of an unfinished rotation: nobody
    /// will continue them.
    fn forget_what_was_begun(&self, name: &str) {
        let account = &self.identity.account;
        if let Ok(notes) = NewKeyNotes::open(self.caller.context) {
            notes.remove(&KeyOwner::new(account, name));
        }
        if let Ok(rotations) = Rotations::open(self.caller.context) {
            let all = rotations.all().into_iter();
            for (old, _) in all.filter(|(_, it)| it.account == *account && it.user == name) {
                rotations.remove(&old);
            }
        }
    }

    /// Reads what exists, and refuses to remove what rolecall did not create.
    fn look(&self, name: &str) -> Result<ServiceAccount<'_>> {
        let (user, role) = ours::look(self.caller, name)?;
        if let Some(user) = &user
            && user.arn == self.identity.arn
        {
            let text = format!("user '{name}' owns the credentials that this command uses");
            return Err(Error::new(Kind::Other, text).hint("use another --profile to remove it"));
        }
        let keys = if user.is_some() { keys_of(self.caller, name)? } else { Vec::new() };
        let ids = keys.into_iter().map(|key| key.id).collect();
        let account = Account::of(self.identity);
        let arn = format!("role/{}", role_name(name));
        let profile = RoleProfile {
            name: role_name(name),
            role_arn: role.as_ref().map_or_else(|| account.arn(&arn), |role| role.arn.clone()),
            source_profile: name.to_owned(),
            ..RoleProfile::default()
        };
        let store = self.store.clone();
        let deleted = DeletedUser { name, ids, roles: vec![profile] };
        let mut here = LocalCleanup::new(self.caller.context, deleted, store)?;
        if let Some(id) = here.unknown_key()?
            && self.was_of(&account.arn(&format!("user/{name}")), &id, &here)?
        {
            here.add_key(id);
        }
        Ok(ServiceAccount { has_user: user.is_some(), has_role: role.is_some(), here })
    }

    /// Returns whether a key in the profile, which the user no longer has, belongs to nobody else:
    /// AWS does not know it, or still knows it as this user's.
    fn was_of(&self, user_arn: &str, id: &str, here: &LocalCleanup<'_>) -> Result<bool> {
        let keys: Option<Credentials> = here.stored(id)?;
        let Some(keys) = keys else { return Ok(true) };
        match self.caller.identity_with(&keys) {
            Ok(identity) => Ok(identity.arn == user_arn),
            Err(failure) if is_refused_with(&failure, &DEAD) => Ok(true),
            Err(failure) => Err(explain(&failure, &format!("find the owner of access key {id}"))),
        }
    }
}

fn warn(streams: &mut Streams<'_>, left: &[String]) {
    for sentence in left {
        streams.warn(sentence);
    }
}
