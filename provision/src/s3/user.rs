//! The IAM user of `rolecall s3 create`: looked at first, then made, or used as it is.

use std::collections::BTreeSet;

use aws_sdk_iam::{
    config::{Builder, retry::RetryConfig},
    types::AccessKey,
};
use rolecall::error::{Error, Kind, Result};
use serde_json::Value;

use crate::{
    caller::{Caller, explain},
    policy::{check_user_policies, compact, from_iam, length},
    undo::{Made, Steps, access_keys, is_refused_with},
};

/// Rule: IAM User Guide, "IAM and AWS STS quotas".
const LONGEST_NAME: usize = 64;
const MOST_KEYS: usize = 2;
const UNKNOWN: [&str; 1] = ["NoSuchEntity"];

/// What is to be done.
pub(super) struct Plan {
    user: String,
    /// Of a user that is to be made; `None`: none.
    boundary: Option<String>,
    exists: bool,
    policies: Vec<Policy>,
    /// The access keys that there are.
    keys: BTreeSet<String>,
}

struct Policy {
    name: String,
    document: Value,
    /// What IAM has under this name.
    before: Option<String>,
}

impl Policy {
    /// Whether IAM has it already.
    fn is_there(&self) -> bool {
        let before = self.before.as_deref().map(serde_json::from_str::<Value>);
        before.is_some_and(|before| before.ok().as_ref() == Some(&self.document))
    }
}

/// Refuses what IAM would refuse.
///
/// Rule: IAM API reference, CreateUser, `UserName`.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.is_empty() || !name.chars().all(fits) {
        return Err(Error::new(Kind::Usage, format!("'{name}' is no name of a user"))
            .hint("it has letters, digits and _ + = , . @ -"));
    }
    if name.len() > LONGEST_NAME {
        return Err(Error::new(
            Kind::Usage,
            format!(
                "the user name {name} has {} letters, and IAM takes {LONGEST_NAME}",
                name.len()
            ),
        )
        .hint("give another one with --username"));
    }
    Ok(())
}

/// Looks what is there, and makes sure as far as can be that the rest will work. `policies`: each
/// with its name. Changes nothing.
pub(super) fn plan(
    caller: &Caller,
    user: String,
    boundary: Option<String>,
    policies: Vec<(String, Value)>,
) -> Result<Plan> {
    let policies = policies.into_iter();
    let policies = policies.map(|(name, document)| Policy { name, document, before: None });
    let exists = exists(caller, &user)?;
    let mut plan =
        Plan { user, boundary, exists, policies: policies.collect(), keys: BTreeSet::new() };
    let mut others = Vec::new();
    if exists {
        let what = format!("look at the user {}", plan.user);
        plan.keys = access_keys(caller, &plan.user).map_err(|failure| explain(&failure, &what))?;
        if plan.keys.len() >= MOST_KEYS {
            let user = &plan.user;
            return Err(Error::new(
                Kind::Other,
                format!("the user {user} has {MOST_KEYS} access keys, and IAM allows no more"),
            )
            .hint(format!("delete one that is not used: {}", join(&plan.keys)))
            .hint("or make another user with --username"));
        }
        for (name, text) in inline_policies(caller, &plan.user)? {
            match plan.policies.iter_mut().find(|policy| policy.name == name) {
                Some(policy) => policy.before = Some(text),
                None => others.push(length(&text)),
            }
        }
    }
    let own = plan.policies.iter().map(|policy| length(&compact(&policy.document)));
    check_user_policies(own.chain(others))?;
    Ok(plan)
}

fn join(keys: &BTreeSet<String>) -> String {
    keys.iter().map(String::as_str).collect::<Vec<_>>().join(" or ")
}

fn exists(caller: &Caller, user: &str) -> Result<bool> {
    match caller.call(caller.iam().get_user().user_name(user).send()) {
        Ok(_) => Ok(true),
        Err(failure) if is_refused_with(&failure, &UNKNOWN) => Ok(false),
        Err(failure) => Err(explain(&failure, &format!("look at the user {user}"))),
    }
}

/// The names and texts of a user's inline policies.
fn inline_policies(caller: &Caller, user: &str) -> Result<Vec<(String, String)>> {
    let wrong = |failure| explain(&failure, &format!("look at the policies of the user {user}"));
    let (mut policies, mut marker) = (Vec::new(), None);
    loop {
        let call = caller.iam().list_user_policies().user_name(user).set_marker(marker.take());
        let page = caller.call(call.send()).map_err(wrong)?;
        for name in page.policy_names() {
            let call = caller.iam().get_user_policy().user_name(user).policy_name(name);
            let policy = caller.call(call.send()).map_err(wrong)?;
            policies.push((name.clone(), from_iam(policy.policy_document())));
        }
        marker = page.marker().filter(|_| page.is_truncated()).map(str::to_owned);
        if marker.is_none() {
            return Ok(policies);
        }
    }
}

impl Plan {
    /// What it comes to, for a dry run.
    pub(super) fn tell(&self) -> String {
        let user = &self.user;
        let mut text = match (self.exists, &self.boundary) {
            (true, _) => format!("Would use user: {user}, who exists\n"),
            (false, Some(boundary)) => {
                format!("Would create user: {user} with permissions boundary: {boundary}\n")
            }
            (false, None) => format!("Would create user: {user} without permissions boundary\n"),
        };
        for policy in &self.policies {
            let (name, document) = (&policy.name, &policy.document);
            text += &if policy.is_there() {
                format!("Would leave policy {name} of user {user}, which is the same:\n")
            } else {
                format!("Would attach policy {name} to user {user}:\n")
            };
            text += &format!("{document:#}\n");
        }
        text + &format!("Would create access key for user: {user}\n")
    }

    /// Does it; the new key.
    pub(super) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<AccessKey> {
        let user = &self.user;
        if self.exists {
            steps.say(&format!("Using user: {user}, who exists"));
        } else {
            self.create_user(steps)?;
        }
        for policy in &self.policies {
            if policy.is_there() {
                steps.say(&format!("Policy {} of user {user} is the same already", policy.name));
            } else {
                self.put(steps, policy)?;
            }
        }
        self.create_key(steps)
    }

    fn create_user(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        let user = &self.user;
        let call = steps.caller().iam().create_user().user_name(user);
        let call = call.set_permissions_boundary(self.boundary.clone());
        let what = format!("create the user {user}");
        steps
            .make(Made::User(user.clone()), call.send())
            .map_err(|failure| explain(&failure, &what))?;
        let boundary = match &self.boundary {
            Some(boundary) => format!("with permissions boundary: {boundary}"),
            None => "without permissions boundary".to_owned(),
        };
        steps.say(&format!("Created user: {user} {boundary}"));
        Ok(())
    }

    fn put(&self, steps: &mut Steps<'_, '_>, policy: &Policy) -> Result<()> {
        let (user, name, text) = (&self.user, &policy.name, compact(&policy.document));
        let before = policy.before.clone();
        let made = Made::UserPolicy { user: user.clone(), policy: name.clone(), before };
        let iam = steps.caller().iam();
        let call = || {
            let call = iam.put_user_policy().user_name(user).policy_name(name);
            call.policy_document(&text).send()
        };
        let what = format!("attach the policy {name} to the user {user}");
        steps
            .make_when_ready(&made, self.unready(), "IAM to know the user", call)
            .map_err(|failure| explain(&failure, &what))?;
        steps.say(&format!("Attached policy {name} to user {user}"));
        Ok(())
    }

    fn create_key(&self, steps: &mut Steps<'_, '_>) -> Result<AccessKey> {
        let (user, others) = (self.user.clone(), self.keys.clone());
        let made = Made::AccessKey { user: user.clone(), id: None, others: others.clone() };
        let iam = steps.caller().iam();
        // Tried once: a second try after an answer that got lost would make a second key.
        let once = || Builder::new().retry_config(RetryConfig::disabled());
        let call = || {
            let call = iam.create_access_key().user_name(&user).customize();
            call.config_override(once()).send()
        };
        let what = format!("create an access key for the user {user}");
        let answer = steps
            .make_when_ready(&made, self.unready(), "IAM to know the user", call)
            .map_err(|failure| explain(&failure, &what))?;
        let key = answer
            .access_key
            .ok_or_else(|| Error::new(Kind::Other, format!("cannot {what}: AWS gave none")))?;
        steps.amend(Made::AccessKey {
            user: user.clone(),
            id: Some(key.access_key_id.clone()),
            others,
        });
        steps.say(&format!("Created access key for user: {user}"));
        Ok(key)
    }

    /// The codes that will go away by themselves: only a new user is not known yet.
    fn unready(&self) -> &'static [&'static str] {
        if self.exists { &[] } else { &UNKNOWN }
    }
}
