//! What should exist, decided before anything is created.

use rolecall::{
    Error, Identity, Kind, Result, RoleProfile, S3Access, check_external_id, is_fido_serial,
};
use serde_json::Value;

use crate::{
    account::Account,
    args::{CallerFlags, Grant, ServiceAccount},
    buckets,
    caller::Caller,
    engine::wanted::{Grants, PolicyDocument, Role, Trust, User, Wanted},
    given,
    iam::{
        mfa_serial::serials,
        ours::{self, TAG, role_name},
    },
    password::pick,
    policy::{Template, check, check_role_policy, one_or_many, statements},
};

/// Names of the two inline policies. They don't depend on the content, so other flags change the
/// same policies.
const OF_USER: &str = "assume-role";
const OF_ROLE: &str = "bucket";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// 238 bits.
const EXTERNAL_ID_LENGTH: usize = 40;
/// A placeholder for an external ID that a dry run does not generate. It must be valid in a
/// profile.
const NO_EXTERNAL_ID: &str = "to-be-generated";

/// The flags, checked as far as possible without AWS.
pub(super) struct CheckedFlags<'a> {
    access: &'a CallerFlags,
    args: &'a ServiceAccount,
    template: Template,
}

impl<'a> CheckedFlags<'a> {
    /// Checks the flags. Also returns warnings.
    pub(super) fn of(
        access: &'a CallerFlags,
        args: &'a ServiceAccount,
    ) -> Result<(Self, Vec<String>)> {
        ours::check_name(&args.name)?;
        buckets::check_name(&args.bucket)?;
        if let Some(Some(id)) = &args.external_id
            && let Err(invalid) = check_external_id(id)
        {
            return Err(invalid.error(Kind::Usage, "--external-id"));
        }
        let template = if args.read_only || args.read_write || args.policy.is_some() {
            let (read_only, policy) = (args.read_only, args.policy.clone());
            let (prefix, statements) = (None, Vec::new());
            let grant = Grant { read_only, write_only: false, prefix, policy, statements };
            given::template(access, &grant)?
        } else {
            Template::Own { access: S3Access::Upload, prefix: String::new(), extra: Vec::new() }
        };
        // The partition makes no difference to these checks.
        let policy = template.of_bucket(&args.bucket, "aws")?;
        let warnings = check(&policy)?;
        check_role_policy(&policy)?;
        Ok((Self { access, args, template }, warnings))
    }

    /// Reads what exists and decides the rest. Changes nothing.
    ///
    /// # Errors
    /// If the bucket does not exist, or if another user or role has the name.
    pub(super) fn settle(
        self,
        caller: &Caller<'_>,
        identity: &Identity,
    ) -> Result<ServiceAccountSpec> {
        let Self { access, args, template } = self;
        let bucket = &args.bucket;
        let Some(found) = buckets::find(caller, bucket)? else {
            let text = format!("the bucket {bucket} does not exist");
            return Err(Error::new(Kind::Other, text)
                .hint("create it first; 'rolecall s3 list-buckets' lists yours"));
        };
        let account = Account::of(identity);
        let (name, role) = (args.name.clone(), role_name(&args.name));
        let (user, there) = ours::look(caller, &name)?;
        let mfa = if args.require_mfa {
            let serial = account.arn(&format!("mfa/{name}"));
            Some(match &user {
                Some(_) => device(caller, &name, serial)?,
                None => Device { serial, is_there: false },
            })
        } else {
            None
        };
        let external_id = match &args.external_id {
            None => None,
            Some(Some(id)) => Some(id.clone()),
            Some(None) => Some(match there.as_ref().and_then(|role| external_id_of(&role.trust)) {
                Some(id) => id,
                None if args.dry_run => NO_EXTERNAL_ID.to_owned(),
                None => made_external_id()?,
            }),
        };
        let arn = there.map_or_else(|| account.arn(&format!("role/{role}")), |role| role.arn);
        Ok(ServiceAccountSpec {
            policy: template.of_bucket(bucket, &account.partition)?,
            region: access.region.clone().or(found.region),
            user_exists: user.is_some(),
            role_arn: arn,
            store: access.store.clone(),
            bucket: bucket.clone(),
            reads: args.read_only,
            name,
            role,
            account,
            external_id,
            mfa,
        })
    }
}

/// What should exist.
pub(super) struct ServiceAccountSpec {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) account: Account,
    pub(super) role_arn: String,
    /// Whether the user already exists.
    pub(super) user_exists: bool,
    pub(super) external_id: Option<String>,
    /// The MFA device that the role requires.
    pub(super) mfa: Option<Device>,
    pub(super) bucket: String,
    /// Whether the role may only read objects.
    pub(super) reads: bool,
    /// The store named by `--store`.
    pub(super) store: Option<String>,
    /// The region of the two profiles.
    pub(super) region: Option<String>,
    policy: Value,
}

/// An MFA device.
pub(super) struct Device {
    pub(super) serial: String,
    /// Whether the user already has it.
    pub(super) is_there: bool,
}

impl ServiceAccountSpec {
    /// Returns the wanted state for the engine.
    pub(super) fn wanted(&self) -> Wanted {
        let tags = vec![(TAG.to_owned(), self.name.clone())];
        let assume = PolicyDocument::Assume(vec![self.role.clone()]);
        let user = User {
            name: self.name.clone(),
            boundary: None,
            grants: Grants {
                // No permissions except to assume its role.
                attached: Some(Vec::new()),
                inline: vec![(OF_USER.to_owned(), assume)],
            },
            tags: tags.clone(),
        };
        let role = Role {
            name: self.role.clone(),
            description: None,
            trust: Trust {
                users: vec![self.name.clone()],
                mfa: self.mfa.is_some(),
                external_id: self.external_id.clone(),
                ..Trust::default()
            },
            grants: Grants {
                attached: None,
                inline: vec![(OF_ROLE.to_owned(), PolicyDocument::Text(self.policy.clone()))],
            },
            max_session: None,
            tags,
        };
        Wanted { users: vec![user], roles: vec![role], ..Wanted::default() }
    }

    /// Returns the role's profile.
    pub(super) fn role_profile(&self) -> RoleProfile {
        RoleProfile {
            name: self.role.clone(),
            role_arn: self.role_arn.clone(),
            source_profile: self.name.clone(),
            external_id: self.external_id.clone(),
            mfa_serial: self.mfa.as_ref().map(|device| device.serial.clone()),
            region: self.region.clone(),
            duration: None,
            may_change: true,
        }
    }
}

/// Returns the external ID that a trust policy requires.
fn external_id_of(trust: &Value) -> Option<String> {
    let id = &statements(trust).first()?["Condition"]["StringEquals"]["sts:ExternalId"];
    let id = one_or_many(id).first()?.as_str()?;
    check_external_id(id).is_ok().then(|| id.to_owned())
}

fn made_external_id() -> Result<String> {
    (0..EXTERNAL_ID_LENGTH).map(|_| pick(LETTERS)).collect()
}

/// Returns the user's device, preferably `serial`; without one, `serial`, for the final message
/// about how to create it. Devices that show no codes are skipped.
///
/// Rule: STS API reference, AssumeRole, `SerialNumber`: FIDO devices can't be used with the API.
fn device(caller: &Caller<'_>, user: &str, serial: String) -> Result<Device> {
    let serials = serials(caller, user)?.into_iter().filter(|serial| !is_fido_serial(serial));
    Ok(match serials.min_by_key(|it| *it != serial) {
        Some(serial) => Device { serial, is_there: true },
        None => Device { serial, is_there: false },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_external_id_is_long_and_never_the_same() {
        let (one, other) = (made_external_id().unwrap(), made_external_id().unwrap());
        assert_ne!(one, other);
        assert!(one.len() >= 32 && check_external_id(&one).is_ok(), "{one}");
    }

    #[test]
    fn the_external_id_of_a_role_is_found_in_its_trust() {
        let id = |trust: Value| external_id_of(&trust);
        let with = |id: Value| json!({ "Condition": { "StringEquals": { "sts:ExternalId": id } } });
        let found = Some("ext-42".to_owned());
        assert_eq!(id(json!({ "Statement": [with(json!("ext-42"))] })), found);
        assert_eq!(id(json!({ "Statement": with(json!(["ext-42"])) })), found);
        assert_eq!(id(json!({ "Statement": [{}] })), None);
        assert_eq!(id(json!("nonsense")), None);
    }
}
