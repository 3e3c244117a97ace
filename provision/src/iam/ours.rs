//! What `service-account` has made, told from all else by its tag.

use aws_sdk_iam::types::Tag;
use rolecall::error::{Error, Kind, Result};
use serde_json::Value;

use crate::{
    caller::{Caller, explain},
    policy_text::document_in,
    undo::is_refused_with,
};

/// Its value is the name that `service-account` was given.
pub(super) const TAG: &str = "rolecall-service-account";
const UNKNOWN: [&str; 1] = ["NoSuchEntity"];
/// Rule: IAM API reference, CreateRole, `RoleName`: 64 letters, of which `-role` takes five.
const LONGEST_NAME: usize = 59;

/// A user or role that is there and is ours.
#[derive(Debug)]
pub(super) struct Ours {
    pub(super) arn: String,
    /// Of a role: its trust.
    pub(super) trust: Option<Value>,
}

/// A name that IAM takes for a user and with `-role` for a role, and that a profile can have.
///
/// Rule: IAM API reference, CreateUser, `UserName`.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || "_+.@-".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
        return Err(Error::new(Kind::Usage, format!("'{name}' is no name for a service account"))
            .hint("it has letters, digits and _ + . @ -"));
    }
    if name.len() > LONGEST_NAME {
        let text = format!("the name {name} has {} letters", name.len());
        return Err(Error::new(Kind::Usage, text)
            .hint(format!("it has {LONGEST_NAME} at most: its role is called NAME-role")));
    }
    Ok(())
}

/// The role of the service account `name`.
pub(super) fn role_name(name: &str) -> String {
    format!("{name}-role")
}

/// The user of the service account `name`; `None`: there is none.
///
/// # Errors
/// Where there is another user of that name.
pub(super) fn user(caller: &Caller, name: &str) -> Result<Option<Ours>> {
    match caller.call(caller.iam().get_user().user_name(name).send()) {
        Ok(answer) => {
            let Some(user) = answer.user else { return Ok(None) };
            check(&format!("user {name}"), user.tags(), name)?;
            Ok(Some(Ours { arn: user.arn, trust: None }))
        }
        Err(failure) if is_refused_with(&failure, &UNKNOWN) => Ok(None),
        Err(failure) => Err(explain(&failure, &format!("look at user {name}"))),
    }
}

/// The role of the service account `name`; `None`: there is none.
///
/// # Errors
/// Where there is another role of that name.
pub(super) fn role(caller: &Caller, name: &str) -> Result<Option<Ours>> {
    let role = role_name(name);
    match caller.call(caller.iam().get_role().role_name(&role).send()) {
        Ok(answer) => {
            let Some(found) = answer.role else { return Ok(None) };
            check(&format!("role {role}"), found.tags(), name)?;
            let trust = found.assume_role_policy_document.as_deref().unwrap_or_default();
            Ok(Some(Ours { arn: found.arn, trust: document_in(trust).ok() }))
        }
        Err(failure) if is_refused_with(&failure, &UNKNOWN) => Ok(None),
        Err(failure) => Err(explain(&failure, &format!("look at role {role}"))),
    }
}

fn check(what: &str, tags: &[Tag], name: &str) -> Result<()> {
    if tags.iter().any(|tag| tag.key() == TAG && tag.value() == name) {
        return Ok(());
    }
    Err(Error::new(Kind::Other, format!("{what} was not made by 'iam service-account {name}'"))
        .hint(format!("it has no tag {TAG} = {name}; nothing of '{name}' was touched")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_fits_a_user_a_role_and_a_profile() {
        for name in ["ci", "a", "build.bot+1@acme_x-2", &"n".repeat(59)] {
            check_name(name).unwrap();
        }
        for name in ["", "-x", "a b", "a/b", "a,b", "a=b", "ä", &"n".repeat(60)] {
            assert_eq!(check_name(name).unwrap_err().kind(), Kind::Usage, "{name}");
        }
    }
}
