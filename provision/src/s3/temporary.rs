//! The temporary credentials of `rolecall s3 create --duration`: a role that all such calls share, assumed
//! with a policy of just these buckets.

use rolecall::{
    aws::{AssumeRole, Failure},
    credentials::Credentials,
    error::{Error, Kind, Result},
    plan::{DURATION_SECONDS, partition_of},
};
use serde_json::Value;

use crate::{
    caller::{Caller, explain},
    policy::{compact, trust_of_account},
    undo::{Made, Steps, is_refused_with},
};

/// The role that is shared.
const ROLE: &str = "rolecall.AmazonS3FullAccess";
/// How long its sessions may last: what IAM allows.
const LONGEST: u32 = 43_200;
/// Rule: IAM User Guide, "Roles terms and concepts", role chaining.
const LONGEST_CHAINED: u32 = 3_600;
const UNKNOWN: [&str; 1] = ["NoSuchEntity"];
/// What STS says as long as a new role is not known everywhere.
const NOT_YET: [&str; 2] = ["AccessDenied", "ValidationError"];

/// What is to be done.
pub(super) struct Plan {
    account: String,
    partition: String,
    /// The ARN of the user who calls; `None`: it is no user.
    user: Option<String>,
    seconds: u32,
    session_name: String,
    policy: Value,
    role: Found,
}

/// What there is of the role.
struct Found {
    exists: bool,
    has_policy: bool,
}

/// Refuses a duration that can't be had.
pub(super) fn check_duration(seconds: u32) -> Result<()> {
    if DURATION_SECONDS.contains(&seconds) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "STS takes durations from 15 minutes to 12 hours"))
}

/// Looks what is there. Changes nothing.
pub(super) fn plan(
    caller: &Caller,
    seconds: u32,
    session_name: &str,
    policy: Value,
) -> Result<Plan> {
    if caller.is_temporary() && seconds > LONGEST_CHAINED {
        return Err(Error::new(
            Kind::Usage,
            "with temporary credentials a role can be assumed for an hour at most",
        )
        .hint("ask for 1h, or use a profile with long-lived keys"));
    }
    let identity = caller.identity()?;
    let partition = partition_of(&identity.arn).to_owned();
    let arn = managed_policy(&partition);
    let role = look(caller, &arn, seconds)?;
    // Rule: STS API reference, AssumeRole, `RoleSessionName`.
    let session_name = session_name.chars().take(64).collect();
    let account = identity.account;
    let user = Some(identity.arn).filter(|arn| arn.contains(":user/"));
    Ok(Plan { account, partition, user, seconds, session_name, policy, role })
}

fn managed_policy(partition: &str) -> String {
    format!("arn:{partition}:iam::aws:policy/AmazonS3FullAccess")
}

fn look(caller: &Caller, policy: &str, seconds: u32) -> Result<Found> {
    let wrong = |failure: &Failure| explain(failure, &format!("look at the role {ROLE}"));
    let role = match caller.call(caller.iam().get_role().role_name(ROLE).send()) {
        Ok(answer) => answer.role,
        Err(failure) if is_refused_with(&failure, &UNKNOWN) => None,
        Err(failure) => return Err(wrong(&failure)),
    };
    let Some(role) = role else { return Ok(Found { exists: false, has_policy: false }) };
    let longest = role.max_session_duration().map_or(LONGEST_CHAINED, i32::cast_unsigned);
    if longest < seconds {
        return Err(Error::new(
            Kind::Other,
            format!("the role {ROLE} exists, with sessions of {longest} s at most"),
        )
        .hint("ask for less, or delete the role: then it is made anew"));
    }
    let call = caller.iam().list_attached_role_policies().role_name(ROLE);
    let answer = caller.call(call.send()).map_err(|failure| wrong(&failure))?;
    let mut attached = answer.attached_policies().iter().filter_map(|policy| policy.policy_arn());
    Ok(Found { exists: true, has_policy: attached.any(|arn| arn == policy) })
}

impl Plan {
    /// What it comes to, for a dry run.
    pub(super) fn tell(&self) -> String {
        let mut text = String::new();
        if self.role.exists {
            text += &format!("Would use role: {ROLE}, which exists\n");
        } else {
            let trust = self.trust();
            text += &format!("Would create role: {ROLE}, which trusts:\n{trust:#}\n");
        }
        if !self.role.has_policy {
            let policy = managed_policy(&self.partition);
            text += &format!("Would attach policy {policy} to role {ROLE}\n");
        }
        let (seconds, policy) = (self.seconds, &self.policy);
        text + &format!("Would assume role {ROLE} for {seconds} s with this policy:\n{policy:#}\n")
    }

    /// Does it; the credentials.
    pub(super) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<Credentials> {
        if !self.role.exists {
            self.create_role(steps)?;
        }
        if !self.role.has_policy {
            self.attach(steps)?;
        }
        let arn = format!("arn:{}:iam::{}:role/{ROLE}", self.partition, self.account);
        steps.say(&format!("Assuming role {arn} for {} s", self.seconds));
        let role = AssumeRole {
            role_arn: arn.clone(),
            session_name: self.session_name.clone(),
            external_id: None,
            duration_seconds: Some(self.seconds),
            policy: Some(compact(&self.policy)),
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive_tag_keys: Vec::new(),
            source_identity: None,
            mfa: None,
        };
        let codes: &[&str] = if self.role.exists { &[] } else { &NOT_YET };
        let caller = steps.caller();
        let answer = steps.when_ready(codes, "STS to know the role", |_| caller.assume(&role));
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

    fn trust(&self) -> Value {
        trust_of_account(&self.account, &self.partition, self.user.as_deref())
    }

    fn create_role(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        let trust = compact(&self.trust());
        let call = steps
            .caller()
            .iam()
            .create_role()
            .role_name(ROLE)
            .assume_role_policy_document(trust)
            .max_session_duration(LONGEST.cast_signed());
        steps
            .make(Made::Role(ROLE.to_owned()), call.send())
            .map_err(|failure| explain(&failure, &format!("create the role {ROLE}")))?;
        steps.say(&format!("Created role: {ROLE}"));
        Ok(())
    }

    fn attach(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        let arn = managed_policy(&self.partition);
        let made = Made::RolePolicy { role: ROLE.to_owned(), arn: arn.clone() };
        let iam = steps.caller().iam();
        let call = || iam.attach_role_policy().role_name(ROLE).policy_arn(&arn).send();
        let codes: &[&str] = if self.role.exists { &[] } else { &UNKNOWN };
        steps
            .make_when_ready(&made, codes, "IAM to know the role", call)
            .map_err(|failure| explain(&failure, &format!("attach {arn} to the role {ROLE}")))?;
        steps.say(&format!("Attached policy {arn} to role {ROLE}"));
        Ok(())
    }
}
