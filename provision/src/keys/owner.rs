//! Whose a key is.

use rolecall::{
    error::{Error, Kind, Result},
    rules::{Arn, IamKind},
};

use crate::{caller::Caller, failure::explain};

/// An IAM user.
pub(super) struct User {
    /// 12 digits.
    pub(super) account: String,
    pub(super) name: String,
}

/// The user that calls.
pub(super) fn of_caller(caller: &Caller<'_>) -> Result<User> {
    let identity = caller.identity()?;
    let name = user_of(&identity.arn)?.to_owned();
    Ok(User { account: identity.account, name })
}

/// The user that the key `id` is of, asked by another one of the same account.
pub(super) fn of_key(caller: &Caller<'_>, id: &str) -> Result<User> {
    let account = caller.identity()?.account;
    let what = format!("find the user of the access key {id}");
    let call = caller.iam().get_access_key_last_used().access_key_id(id);
    let answer = caller.call(call.send()).map_err(|failure| {
        let hint = format!("the key must be of the account {account}, and the caller may ask IAM");
        explain(&failure, &what).hint(hint)
    })?;
    match answer.user_name {
        Some(name) if !name.is_empty() => Ok(User { account, name }),
        _ => Err(Error::new(Kind::Other, format!("cannot {what}: AWS names none"))),
    }
}

/// The name of the IAM user in an ARN.
///
/// Rule: IAM User Guide, "IAM identifiers": a user's path stands in front of its name.
///
/// # Errors
/// Of kind `Other` where it is of somebody else: the root user, a role's session.
pub(crate) fn user_of(arn: &str) -> Result<&str> {
    let parsed = Arn::parse(arn);
    parsed.and_then(|arn| arn.name_of(IamKind::User)).ok_or_else(|| {
        let error = Error::new(Kind::Other, format!("{arn} is no IAM user"));
        if parsed.is_some_and(|arn| arn.resource == "root") {
            error.hint("the root user is better without an access key: make an IAM user")
        } else {
            error.hint("name a profile that has the access key of one")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_path_is_no_part_of_its_name() {
        let name = |resource: &str| {
            user_of(&format!("arn:aws-cn:iam::111111111111:{resource}")).ok().map(str::to_owned)
        };
        assert_eq!(name("user/natan").as_deref(), Some("natan"));
        assert_eq!(name("user/a/b/natan@example.com").as_deref(), Some("natan@example.com"));
        for other in ["root", "assumed-role/r/s", "user/", ""] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
