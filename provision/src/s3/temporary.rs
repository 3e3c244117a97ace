//! The temporary credentials of `rolecall s3 create --duration`: a role that all such calls share,
//! assumed with a session policy for only these buckets.

use rolecall::{
    ACCESS_DENIED, AssumeRole, Credentials, Error, Kind, LONGEST_CHAINED, Principal,
    ROLE_SESSION_SECONDS, Result, session_name_of,
};
use serde_json::Value;

use super::dry_run::would;
use crate::{
    account::Account,
    caller::Caller,
    change::{Change, NewRole},
    engine::{AccountReader, ChangePlan, trust_of_account},
    failure::{explain, is_refused_with},
    holder::Holder,
    managed,
    policy::{Limited, compact, compare, known_document},
    undo::Steps,
};

/// The shared role.
pub(super) const ROLE: &str = "rolecall.AmazonS3FullAccess";
/// Its policy.
const POLICY: &str = "AmazonS3FullAccess";
/// The error codes of STS until a new role is visible everywhere.
const NOT_YET: [&str; 2] = [ACCESS_DENIED, "ValidationError"];

/// The session to create.
pub(super) struct SessionPlan {
    account: Account,
    seconds: u32,
    session_name: String,
    policy: Value,
    is_new_role: bool,
}

/// The request.
pub(super) struct SessionRequest {
    pub(super) seconds: u32,
    /// The session's name; truncated if it is too long.
    pub(super) name: String,
    /// The session policy.
    pub(super) policy: Value,
}

/// Checks that STS accepts the duration, in seconds.
pub(super) fn check_duration(seconds: u32) -> Result<()> {
    rolecall::check_duration(seconds).map_err(|invalid| invalid.error(Kind::Usage, "--duration"))
}

impl SessionRequest {
    /// Reads the role, and adds the changes that it needs to `plan`. Changes nothing.
    pub(super) fn plan(self, caller: &Caller<'_>, plan: &mut ChangePlan) -> Result<SessionPlan> {
        let Self { seconds, name, policy } = self;
        if caller.is_temporary() && seconds > LONGEST_CHAINED {
            return Err(Error::new(
                Kind::Usage,
                "with temporary credentials, a role can be assumed for at most an hour",
            )
            .hint("use --duration 1h, or a profile with long-lived keys"));
        }
        let identity = caller.identity()?;
        let account = Account::of(&identity);
        let reader = AccountReader::new(caller);
        let (role, holder) = (reader.role(ROLE)?, Holder::Role(ROLE.to_owned()));
        let mut attached = Vec::new();
        if let Some(role) = &role {
            if role.max_session < seconds {
                let longest = role.max_session;
                let text = format!(
                    "the role {ROLE} already exists and only allows sessions of up to {longest} s"
                );
                return Err(Error::new(Kind::Other, text).hint(
                    "use a shorter --duration, or delete the role so that it is created again",
                ));
            }
            attached = reader.attached(&holder)?;
        } else {
            let user =
                Some(&*identity.arn).filter(|arn| matches!(Principal::of(arn), Principal::User(_)));
            plan.changes.push(Change::CreateRole(NewRole {
                name: ROLE.to_owned(),
                description: None,
                trust: trust_of_account(&account, user),
                max_session: Some(*ROLE_SESSION_SECONDS.end()),
                tags: Vec::new(),
            }));
        }
        let arn = account.aws_policy(POLICY);
        reader.check()?;
        // Whoever gave the role more policies knows what they allow.
        if attached.iter().all(|it| *it == arn) {
            plan.warnings.extend(limits(caller, &policy, &arn)?);
        }
        if !attached.contains(&arn) {
            plan.changes.push(Change::Attach { to: holder, arn });
        }
        let session_name = session_name_of(&name);
        let is_new_role = role.is_none();
        Ok(SessionPlan { account, seconds, session_name, policy, is_new_role })
    }
}

/// Compares a session policy with the policy `arn` of the role. Returns a warning if the role allows
/// less.
fn limits(caller: &Caller<'_>, policy: &Value, arn: &str) -> Result<Option<String>> {
    let mut limited = known_document(arn).map(|role| compare(policy, &role)).unwrap_or_default();
    // AWS may allow more in it by now.
    if limited != Limited::default()
        && let Ok(role) = managed::document(caller, arn)
    {
        limited = compare(policy, &role);
    }
    let beyond = [&limited.refused[..], &limited.partly, &limited.depends].concat();
    let text = format!("the role {ROLE} does not allow all of {}", beyond.join(", "));
    if limited.is_futile {
        let text = format!("the role {ROLE} does not allow {}", limited.refused.join(", "));
        return Err(Error::new(Kind::Usage, text)
            .hint("omit --duration: a user is limited only by the policy"));
    }
    Ok((!beyond.is_empty()).then_some(text))
}

impl SessionPlan {
    /// Returns what would be done, for a dry run. `changes` are those of the role.
    pub(super) fn to_text(&self, changes: &[&Change]) -> String {
        let (seconds, policy) = (self.seconds, &self.policy);
        let mut text = String::new();
        if !self.is_new_role {
            text += &format!("Would use existing role: {ROLE}\n");
        }
        text.extend(changes.iter().map(|change| would(change)));
        text + &format!("Would assume role {ROLE} for {seconds} s with this policy:\n{policy:#}\n")
    }

    /// Assumes the role and returns the credentials.
    pub(super) fn assume(&self, steps: &mut Steps<'_, '_>) -> Result<Credentials> {
        let arn = self.account.arn(&format!("role/{ROLE}"));
        steps.say(&format!("Assuming role {arn} for {} s", self.seconds));
        let role = AssumeRole {
            role_arn: arn.clone(),
            session_name: self.session_name.clone(),
            duration_seconds: Some(self.seconds),
            policy: Some(compact(&self.policy)),
            ..AssumeRole::default()
        };
        let codes: &[&str] = if self.is_new_role { &NOT_YET } else { &[] };
        let caller = steps.caller();
        let answer =
            steps.when_ready(codes, "the role to propagate to STS", |_| caller.assume(&role));
        let issued = answer.map_err(|failure| {
            let error = explain(&failure, &format!("assume the role {ROLE}"));
            if is_refused_with(&failure, &NOT_YET) {
                error.hint(format!("you need sts:AssumeRole on {arn}; root can't assume any role"))
            } else {
                error
            }
        })?;
        Ok(issued.credentials)
    }
}
