//! The IAM user of `rolecall s3 create`: looked at first, then made, or used as it is.

use std::collections::BTreeSet;

use aws_sdk_iam::types::AccessKey;
use rolecall::{
    app::KeyProfile,
    error::{Error, Kind, Result},
};
use serde_json::Value;

use crate::{
    caller::{Caller, explain},
    new_key::{self, Found, Owner},
    policy::{check_user_policies, compact, from_iam, length},
    undo::{Made, Steps, is_refused_with},
};

/// Rule: IAM User Guide, "IAM and AWS STS quotas".
const LONGEST_NAME: usize = 64;
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
    /// Those among them that will be deleted, for nobody has their secrets.
    lost: Vec<String>,
}

/// Where the key's secret goes when it is not printed.
pub(super) struct Saving<'a> {
    /// The account, 12 digits.
    pub(super) account: String,
    pub(super) keep: &'a KeyProfile<'a>,
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
    saving: Option<&Saving<'_>>,
) -> Result<Plan> {
    let policies = policies.into_iter();
    let policies = policies.map(|(name, document)| Policy { name, document, before: None });
    let exists = exists(caller, &user)?;
    let (keys, lost, policies) = (BTreeSet::new(), Vec::new(), policies.collect());
    let mut plan = Plan { user, boundary, exists, policies, keys, lost };
    let mut others = Vec::new();
    if exists {
        let found = match saving {
            Some(Saving { account, keep }) => {
                let owner = Owner { account, user: &plan.user, is_new: false };
                new_key::look(caller, owner, keep.stored())?
            }
            None => Found::all(caller, &plan.user)?,
        };
        let checked = found.check(caller, &plan.user);
        checked.map_err(|error| error.hint("or make another user with --username"))?;
        (plan.keys, plan.lost) = (found.ids(), found.lost);
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
        for id in &self.lost {
            text += &format!("Would delete access key {id}, whose secret was lost\n");
        }
        text + &format!("Would create access key for user: {user}\n")
    }

    /// Does it, save for the key.
    pub(super) fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
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
        Ok(())
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

    /// Makes the key, whose secret the caller hands out.
    pub(super) fn create_key(&self, steps: &mut Steps<'_, '_>) -> Result<AccessKey> {
        let owner = Owner { account: "", user: &self.user, is_new: !self.exists };
        new_key::create(steps, owner, self.keys.clone(), None)
    }

    /// Makes the key and keeps it.
    pub(super) fn keep_key(
        &self,
        steps: &mut Steps<'_, '_>,
        saving: &Saving<'_>,
    ) -> Result<String> {
        new_key::make(steps, &saving.account, &self.user, !self.exists, saving.keep)
    }

    /// The codes that will go away by themselves: only a new user is not known yet.
    fn unready(&self) -> &'static [&'static str] {
        if self.exists { &[] } else { &UNKNOWN }
    }
}
