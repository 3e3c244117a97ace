//! Making it: bucket, user, policy, password, file. The password comes late, so that nobody signs in
//! to half of it.

use aws_sdk_iam::types::Tag;
use rolecall::{
    aws::Failure,
    error::{Error, Kind, Result},
    output::Streams,
    secret::Secret,
};

use super::{
    handout,
    terms::{TAG, Terms, UserIs},
};
use crate::{
    buckets::{self, refused_with},
    caller::{Caller, explain},
    undo::{How, Made, Steps, all_or_nothing},
};

/// The user may not be known everywhere yet, or be busy with what was done to it before.
const USER_NOT_READY: [&str; 2] = ["NoSuchEntity", "EntityTemporarilyUnmodifiable"];

/// Makes all of it, or nothing.
pub(super) fn all(
    caller: &Caller,
    terms: &Terms,
    how: How,
    streams: &mut Streams<'_>,
) -> Result<()> {
    all_or_nothing(caller, streams, how, |steps| {
        buckets::make(steps, &terms.bucket, &terms.region, &terms.bucket_is)?;
        user(steps, terms)?;
        policy(steps, terms)?;
        let Some(secret) = &terms.password else { return Ok(()) };
        password(steps, terms, secret)?;
        if caller.is_interrupted() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        handout::write(terms)?;
        // From here on it is done.
        caller.heed_signal();
        mark(steps, terms);
        Ok(())
    })
}

fn user(steps: &mut Steps<'_, '_>, terms: &Terms) -> Result<()> {
    if terms.user_is != UserIs::Missing {
        return Ok(());
    }
    let (iam, name) = (steps.caller().iam(), &terms.user);
    let create = iam.create_user().user_name(name).tags(tag(TAG.1));
    steps
        .make(Made::User(name.clone()), create.send())
        .map_err(|failure| explain(&failure, &format!("create the user '{name}'")))?;
    steps.say(&format!("Created the user {name}"));
    Ok(())
}

fn tag(value: &str) -> Tag {
    Tag::builder().key(TAG.0).value(value).build().expect("BUG: both are there")
}

fn policy(steps: &mut Steps<'_, '_>, terms: &Terms) -> Result<()> {
    let (iam, user, name) = (steps.caller().iam(), &terms.user, terms.policy_name());
    let document = terms.policy().to_string();
    let made = Made::UserPolicy {
        user: user.clone(),
        policy: name.clone(),
        before: terms.policy_before.clone(),
    };
    steps
        .make_when_ready(&made, &USER_NOT_READY, "IAM to know the user", || {
            let call = iam.put_user_policy().user_name(user).policy_name(&name);
            call.policy_document(&document).send()
        })
        .map_err(|failure| explain(&failure, &format!("put a policy on the user '{user}'")))?;
    steps.say(&format!("Put the policy {name} on the user {user}"));
    Ok(())
}

fn password(steps: &mut Steps<'_, '_>, terms: &Terms, secret: &Secret) -> Result<()> {
    let (iam, user) = (steps.caller().iam(), &terms.user);
    let failed = |failure: Failure| {
        let error = explain(&failure, &format!("give the user '{user}' a password"));
        if refused_with(&failure, "PasswordPolicyViolation") {
            return error.hint("give another with --password -, or --password generate");
        }
        error
    };
    if let UserIs::Ours { has_password: true, .. } = terms.user_is {
        let update = iam.update_login_profile().user_name(user).password(secret.expose());
        let update = update.password_reset_required(terms.must_change_password);
        steps.caller().call(update.send()).map_err(failed)?;
        steps.say(&format!("Gave the user {user} a new password"));
        return Ok(());
    }
    let made = Made::LoginProfile(user.clone());
    steps
        .make_when_ready(&made, &USER_NOT_READY, "IAM to know the user", || {
            let call = iam.create_login_profile().user_name(user).password(secret.expose());
            call.password_reset_required(terms.must_change_password).send()
        })
        .map_err(failed)?;
    steps.say(&format!("Gave the user {user} a password for the console"));
    Ok(())
}

/// From now on the password counts as handed out: no later run sets another unasked.
fn mark(steps: &mut Steps<'_, '_>, terms: &Terms) {
    let call = steps.caller().iam().tag_user().user_name(&terms.user).tags(tag(TAG.2));
    if let Err(failure) = steps.caller().call(call.send()) {
        let error = explain(&failure, &format!("mark the user '{}' as done", terms.user));
        steps.streams.warn(&error.to_string());
    }
}
