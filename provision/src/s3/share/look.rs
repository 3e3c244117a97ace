//! Looking at what is there already.

use aws_sdk_iam::types::User;
use rolecall::{
    aws::Failure,
    error::{Error, Kind, Result},
};

use super::terms::{TAG, Terms, UserIs};
use crate::{
    buckets::{self, BucketIs, refused_with},
    caller::{Caller, explain},
    password::Rules,
    policy_text::document_in,
};

/// What a policy of the share's name says already.
pub(super) fn policy_before(caller: &Caller, terms: &Terms) -> Result<Option<String>> {
    if terms.user_is == UserIs::Missing {
        return Ok(None);
    }
    let call = caller.iam().get_user_policy().user_name(&terms.user);
    match caller.call(call.policy_name(terms.policy_name()).send()) {
        Ok(answer) => Ok(document_in(answer.policy_document()).ok().map(|it| it.to_string())),
        Err(failure) if refused_with(&failure, "NoSuchEntity") => Ok(None),
        Err(failure) => Err(explain(&failure, &format!("look at the policy of '{}'", terms.user))),
    }
}

/// Looks at what is there, and remembers what it may not look at.
pub(super) struct Look<'l> {
    pub(super) caller: &'l Caller,
    pub(super) lacking: Vec<&'static str>,
}

impl Look<'_> {
    pub(super) fn at_bucket(&mut self, name: &str, region: String) -> Result<(BucketIs, String)> {
        buckets::look(self.caller, name, region, &mut self.lacking)
    }

    pub(super) fn at_user(&mut self, name: &str) -> Result<UserIs> {
        let iam = self.caller.iam();
        let user = match self.caller.call(iam.get_user().user_name(name).send()) {
            Ok(answer) => answer.user,
            Err(failure) if refused_with(&failure, "NoSuchEntity") => return Ok(UserIs::Missing),
            Err(Failure::Refused { .. }) => {
                self.lacking.push("iam:GetUser");
                return Ok(UserIs::Missing);
            }
            Err(failure) => return Err(explain(&failure, &format!("look at the user '{name}'"))),
        };
        let tags = user.as_ref().map(User::tags).unwrap_or_default();
        let Some(tag) = tags.iter().find(|tag| tag.key() == TAG.0) else {
            let text = format!("user '{name}' exists, and was not made for a share");
            return Err(Error::new(Kind::Other, text).hint("choose another with --username"));
        };
        let has_password = match self.caller.call(iam.get_login_profile().user_name(name).send()) {
            Ok(_) => true,
            Err(failure) if refused_with(&failure, "NoSuchEntity") => false,
            Err(Failure::Refused { .. }) => {
                self.lacking.push("iam:GetLoginProfile");
                false
            }
            Err(failure) => return Err(explain(&failure, &format!("look at the user '{name}'"))),
        };
        Ok(UserIs::Ours { has_password, is_done: tag.value() == TAG.2 })
    }

    /// `None`: they are not ours to see.
    pub(super) fn at_password_rules(&mut self) -> Result<Option<Rules>> {
        match self.caller.call(self.caller.iam().get_account_password_policy().send()) {
            Ok(answer) => Ok(answer.password_policy().map(Rules::of)),
            Err(failure) if refused_with(&failure, "NoSuchEntity") => {
                Ok(Some(Rules::default_ones()))
            }
            Err(Failure::Refused { .. }) => Ok(None),
            Err(failure) => Err(explain(&failure, "look at the account's rules for passwords")),
        }
    }
}
