//! Recognizes by its tag what `service-account` created.

use aws_sdk_iam::types::Tag;
use rolecall::{Error, Kind, Result, is_name_char};

use crate::{
    caller::Caller,
    engine::{AccountReader, ExistingRole, ExistingUser},
};

/// The tag; its value is the name that was given to `service-account`.
pub(super) const TAG: &str = "rolecall-service-account";
/// Rule: IAM API reference, CreateRole, `RoleName`: 64 letters, of which `-role` takes five.
const LONGEST_NAME: usize = 59;

/// Checks a name: IAM must accept it for a user and, with `-role`, for a role, and it must be valid
/// for a profile.
///
/// Rule: IAM API reference, CreateUser, `UserName`.
pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = |c: char| is_name_char(c) && !"=,".contains(c);
    if name.is_empty() || name.starts_with('-') || !name.chars().all(fits) {
        return Err(Error::new(
            Kind::Usage,
            format!("'{name}' can't be the name of a service account"),
        )
        .hint("use letters, digits and _ + . @ -"));
    }
    if name.len() > LONGEST_NAME {
        let text = format!("the name {name} has {} characters", name.len());
        return Err(Error::new(Kind::Usage, text)
            .hint(format!("use at most {LONGEST_NAME}: its role is called NAME-role")));
    }
    Ok(())
}

/// Returns the name of a service account's role.
pub(super) fn role_name(name: &str) -> String {
    format!("{name}-role")
}

/// Returns the user and the role of the service account `name`, if they exist.
///
/// # Errors
/// If another user or role has that name.
pub(super) fn look(
    caller: &Caller<'_>,
    name: &str,
) -> Result<(Option<ExistingUser>, Option<ExistingRole>)> {
    let reader = AccountReader::new(caller);
    let (user, role) = (reader.user(name)?, reader.role(&role_name(name))?);
    reader.check()?;
    if let Some(user) = &user {
        check(&format!("user {name}"), &user.tags, name)?;
    }
    if let Some(role) = &role {
        check(&format!("role {}", role_name(name)), &role.tags, name)?;
    }
    Ok((user, role))
}

fn check(what: &str, tags: &[Tag], name: &str) -> Result<()> {
    if tags.iter().any(|tag| tag.key() == TAG && tag.value() == name) {
        return Ok(());
    }
    Err(Error::new(Kind::Other, format!("{what} was not created by 'iam service-account {name}'"))
        .hint(format!("it has no tag {TAG} = {name}; nothing was changed")))
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
