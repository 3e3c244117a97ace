//! Profiles for the roles that the caller may assume.

use rolecall::{
    Arn, Error, IamKind, Identity, Kind, Result, RoleProfile, RoleProfiles, Streams, is_fido_serial,
};

use super::inputs::Inputs;
use crate::{
    caller::Caller,
    engine::{ChangePlan, wanted::Role},
    holder::Holder,
    iam::mfa_serial::serials,
    permissions::{RequiredPermission, lacking},
    undo::Steps,
};

/// The profiles that should exist.
pub(super) struct Profiles<'c> {
    names: Vec<String>,
    edit: RoleProfiles<'c>,
    diff: String,
    /// Why there are none.
    why_none: Option<String>,
}

impl<'c> Profiles<'c> {
    /// Decides which profiles should exist, and checks whether they can be written. `taken` are the
    /// profiles that are written for keys.
    pub(super) fn look(inputs: &Inputs<'c>, plan: &ChangePlan, taken: &[&str]) -> Result<Self> {
        let Inputs { caller, identity, team, .. } = inputs;
        let mut roles = Vec::new();
        for role in &team.wanted.roles {
            if may_assume(inputs, plan, role)? {
                roles.push(role);
            }
        }
        let serial = if roles.iter().any(|role| role.trust.mfa) {
            Some(device(caller, identity)?)
        } else {
            None
        };
        let mut list = Vec::new();
        for role in &roles {
            if taken.contains(&&*role.name) {
                let text = format!("a user and a role are both called '{}'", role.name);
                return Err(Error::new(Kind::Usage, text)
                    .hint("both would need the same profile: rename one of them"));
            }
            list.push(RoleProfile {
                name: role.name.clone(),
                role_arn: plan.existing.role_arn(&role.name, &plan.account),
                source_profile: caller.profile().to_owned(),
                external_id: role.trust.external_id.clone(),
                mfa_serial: serial.clone().filter(|_| role.trust.mfa),
                region: Some(caller.region().to_owned()),
                duration: None,
                may_change: false,
            });
        }
        let names = list.iter().map(|profile| profile.name.clone()).collect();
        let edit = RoleProfiles::prepare(caller.context, list)?;
        let diff = edit.diff()?;
        let who = &identity.arn;
        let why_none = roles.is_empty().then(|| format!("{who} can't assume any role in the file"));
        Ok(Self { names, edit, diff, why_none })
    }

    /// Returns whether nothing needs to change.
    pub(super) fn is_there(&self) -> bool {
        self.diff.is_empty()
    }

    /// Returns the changes of the config file.
    pub(super) fn diff(&self) -> &str {
        &self.diff
    }

    /// Returns a description of what will be done.
    pub(super) fn to_text(&self) -> String {
        if self.is_there() {
            return String::new();
        }
        // Existing profiles stay unchanged, so every change is a new profile.
        let is_new = |name: &&String| self.diff.contains(&format!("+[profile {name}]"));
        let lines = self.names.iter().filter(is_new).map(|name| format!("+ profile {name}\n"));
        lines.collect::<Vec<_>>().concat()
    }

    /// Returns how many profiles will be written.
    pub(super) fn count(&self) -> usize {
        self.to_text().lines().count()
    }

    /// Warns if there are none, and about settings that would override them.
    pub(super) fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        if let Some(why) = &self.why_none {
            streams.warn(&format!("--profiles: {why}"));
        }
        self.edit.warn(streams)
    }

    /// Writes the profiles.
    pub(super) fn write(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        steps.check_not_interrupted()?;
        if self.edit.write()? {
            steps.say(&format!("Wrote profiles: {}", self.names.join(", ")));
        }
        Ok(())
    }
}

/// Returns whether the caller may assume the role, as far as that can be known. A caller that the
/// trust names may; if the trust names the caller's account, the caller's policies must not deny
/// it.
///
/// Rule: IAM User Guide, "AWS JSON policy elements: Principal"; a role's session has no MFA.
fn may_assume(inputs: &Inputs<'_>, plan: &ChangePlan, role: &Role) -> Result<bool> {
    let Inputs { caller, identity, .. } = inputs;
    let (trust, account) = (&role.trust, &plan.account);
    let is_named = match Holder::of_caller(&identity.arn) {
        Some(Holder::User(user)) => trust.users.contains(&user),
        Some(Holder::Role(own)) if !trust.mfa => {
            let is_own = |arn: &str| {
                let arn = Arn::parse(arn).filter(|arn| arn.account == account.id);
                arn.and_then(|arn| arn.name_of(IamKind::Role)) == Some(&*own)
            };
            trust.roles.iter().any(|name| *name == own || is_own(name))
        }
        _ => return Ok(false),
    };
    if is_named || !trust.accounts.contains(&account.id) {
        return Ok(is_named);
    }
    let resource = plan.existing.role_arn(&role.name, account);
    let required = RequiredPermission { action: "sts:AssumeRole".to_owned(), resource };
    Ok(lacking(caller, identity, &[required])?.is_empty())
}

/// Returns the serial number of a device that shows the caller codes.
///
/// Rule: STS API reference, AssumeRole, `SerialNumber`: FIDO devices can't be used with the API.
fn device(caller: &Caller<'_>, identity: &Identity) -> Result<String> {
    let Some(Holder::User(user)) = Holder::of_caller(&identity.arn) else {
        return Err(Error::new(Kind::Other, "only IAM users have MFA devices"));
    };
    let found = serials(caller, &user)?.into_iter().find(|serial| !is_fido_serial(serial));
    found.ok_or_else(|| {
        let text = format!("user {user} has no MFA device that shows codes, and roles require one");
        Error::new(Kind::Other, text)
            .hint("register an authenticator app in the console, or omit --profiles")
    })
}
