//! Finds the user that owns a key.

use rolecall::{Error, Kind, Principal, Result};

use crate::{caller::Caller, failure::explain};

/// An IAM user.
pub(super) struct AccountUser {
    /// 12 digits.
    pub(super) account: String,
    pub(super) name: String,
}

/// Returns the user that calls.
pub(super) fn of_caller(caller: &Caller<'_>) -> Result<AccountUser> {
    let identity = caller.identity()?;
    let name = user_of(&identity.arn)?.to_owned();
    Ok(AccountUser { account: identity.account, name })
}

/// Returns the user that owns the key `id`; the caller is another identity in the same account.
pub(super) fn of_key(caller: &Caller<'_>, id: &str) -> Result<AccountUser> {
    let account = caller.identity()?.account;
    let what = format!("find the user of the access key {id}");
    let call = caller.iam().get_access_key_last_used().access_key_id(id);
    let answer = caller.call(call.send()).map_err(|failure| {
        let hint = format!(
            "the key must be in account {account}, and the caller needs iam:GetAccessKeyLastUsed"
        );
        explain(&failure, &what).hint(hint)
    })?;
    match answer.user_name {
        Some(name) if !name.is_empty() => Ok(AccountUser { account, name }),
        _ => Err(Error::new(Kind::Other, format!("can't {what}: AWS returned none"))),
    }
}

/// Returns the name of the IAM user in an ARN.
///
/// # Errors
/// Of kind `Other` if the ARN is not a user's, for example the root user's or a role session's.
pub(crate) fn user_of(arn: &str) -> Result<&str> {
    let hint = match Principal::of(arn) {
        Principal::User(name) => return Ok(name),
        Principal::Root => "the root user shouldn't have an access key: create an IAM user",
        _ => "use a profile that has an IAM user's access key",
    };
    Err(Error::new(Kind::Other, format!("{arn} is not an IAM user")).hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_not_part_of_a_users_name() {
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
