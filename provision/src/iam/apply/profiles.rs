//! Profiles of the roles that the caller may assume.

use aws_sdk_iam::types::MfaDevice;
use rolecall::{
    app::{RoleProfile, RoleProfiles},
    aws::Identity,
    error::{Error, Kind, Result},
    output::Streams,
};

use super::inputs::Inputs;
use crate::{
    caller::Caller,
    engine::{ChangePlan, wanted::Role},
    failure::OrCannot as _,
    permissions::{RequiredPermission, lacking},
    undo::Steps,
};

/// The profiles that are to be there.
pub(super) struct Profiles<'c> {
    names: Vec<String>,
    edit: RoleProfiles<'c>,
    diff: String,
    /// Why there is none.
    why_none: Option<String>,
}

impl<'c> Profiles<'c> {
    /// Finds out which they are, and whether they can be written. `taken`: profiles that are written
    /// besides.
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
                    .hint("a profile can be one of them: give one another name"));
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
        let why_none = roles.is_empty().then(|| format!("{who} may assume no role of the file"));
        Ok(Self { names, edit, diff, why_none })
    }

    /// Whether all say what they should.
    pub(super) fn is_there(&self) -> bool {
        self.diff.is_empty()
    }

    /// The change of the config file.
    pub(super) fn diff(&self) -> &str {
        &self.diff
    }

    /// What is to be done, as people read it.
    pub(super) fn to_text(&self) -> String {
        if self.is_there() {
            return String::new();
        }
        // A profile that is there is left: whatever changes is new.
        let is_new = |name: &&String| self.diff.contains(&format!("+[profile {name}]"));
        let lines = self.names.iter().filter(is_new).map(|name| format!("+ profile {name}\n"));
        lines.collect::<Vec<_>>().concat()
    }

    /// How many are written.
    pub(super) fn count(&self) -> usize {
        self.to_text().lines().count()
    }

    /// Says why there is none, and what would win over those that there are.
    pub(super) fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        if let Some(why) = &self.why_none {
            streams.warn(&format!("--profiles: {why}"));
        }
        self.edit.warn(streams)
    }

    /// Writes them.
    pub(super) fn write(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        steps.go_on()?;
        if self.edit.write()? {
            steps.say(&format!("Wrote profiles: {}", self.names.join(", ")));
        }
        Ok(())
    }
}

/// Whether the caller may assume the role, as far as can be known: one who is named may by the trust
/// alone; where the trust has his account, his policies must not be without it.
///
/// Rule: IAM User Guide, "AWS JSON policy elements: Principal"; a role's session has no MFA.
fn may_assume(inputs: &Inputs<'_>, plan: &ChangePlan, role: &Role) -> Result<bool> {
    let Inputs { caller, identity, .. } = inputs;
    let (trust, account) = (&role.trust, &plan.account);
    let is_named = match Principal::of(identity) {
        Principal::User(user) => trust.users.iter().any(|name| name == user),
        Principal::Role(_) if trust.mfa => return Ok(false),
        Principal::Role(own) => {
            let start = account.arn("role/");
            let is_own = |arn: &str| {
                arn.strip_prefix(&start).is_some_and(|path| path.rsplit('/').next() == Some(own))
            };
            trust.roles.iter().any(|name| name == own || is_own(name))
        }
        Principal::Other => return Ok(false),
    };
    if is_named || !trust.accounts.contains(&account.id) {
        return Ok(is_named);
    }
    let resource = plan.existing.role_arn(&role.name, account);
    let required = RequiredPermission { action: "sts:AssumeRole".to_owned(), resource };
    Ok(lacking(caller, identity, &[required])?.is_empty())
}

/// The caller, as a trust can name him.
enum Principal<'i> {
    User(&'i str),
    Role(&'i str),
    /// Root, who can't assume roles, and the like.
    Other,
}

impl<'i> Principal<'i> {
    fn of(identity: &'i Identity) -> Self {
        if let Some((_, path)) = identity.arn.split_once(":user/") {
            return Self::User(path.rsplit('/').next().unwrap_or(path));
        }
        match identity.arn.split_once(":assumed-role/") {
            Some((_, session)) => Self::Role(session.split('/').next().unwrap_or(session)),
            None => Self::Other,
        }
    }
}

/// The device that gives the caller codes.
///
/// Rule: STS API reference, AssumeRole, `SerialNumber`: FIDO devices are not for the API.
fn device(caller: &Caller<'_>, identity: &Identity) -> Result<String> {
    let Principal::User(user) = Principal::of(identity) else {
        return Err(Error::new(Kind::Other, "only a user has MFA devices"));
    };
    let answer = caller.call(caller.iam().list_mfa_devices().user_name(user).send());
    let answer = answer.or_cannot("look at your MFA devices")?;
    let serials = answer.mfa_devices().iter().map(MfaDevice::serial_number);
    serials.map(str::to_owned).find(|serial| !serial.contains(":u2f/")).ok_or_else(|| {
        let text = format!("user {user} has no MFA device that gives codes, and roles ask for one");
        Error::new(Kind::Other, text)
            .hint("register an authenticator app in the console, or leave out --profiles")
    })
}
