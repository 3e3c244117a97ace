//! Which profiles `rolecall profile list` shows.

use clap::ValueEnum as _;

use crate::{
    cli::args::{self, ProfileKind},
    error::{Error, Kind, Result},
    profile::{Key, Profile},
};

/// What a profile must be to be listed.
pub(super) struct Filter {
    /// In lower case.
    text: Option<String>,
    kinds: Vec<ProfileKind>,
    managed: bool,
    account: Option<String>,
}

impl Filter {
    /// Returns the filter of these arguments.
    ///
    /// # Errors
    /// Of kind `Usage` if the account has another form than an account ID.
    pub(super) fn of(args: &args::ProfileList) -> Result<Self> {
        let account = args.account.clone();
        if let Some(id) = &account
            && (id.len() != 12 || !id.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Err(Error::new(Kind::Usage, format!("'{id}' is not an AWS account ID")).hint(
                "an account ID has 12 digits; to search in names and roles, omit --account",
            ));
        }
        Ok(Self {
            text: args.filter.as_ref().map(|text| text.to_lowercase()),
            kinds: args.kind.clone(),
            managed: args.managed,
            account,
        })
    }

    /// Returns whether it leaves anything out.
    pub(super) fn is_any(&self) -> bool {
        let Self { text, kinds, managed, account } = self;
        text.is_some() || !kinds.is_empty() || *managed || account.is_some()
    }

    /// Returns whether `profile` is listed.
    pub(super) fn takes(&self, profile: &Profile<'_>) -> bool {
        let is_kind = |kind: &ProfileKind| {
            kind.to_possible_value().is_some_and(|value| value.get_name() == profile.kind())
        };
        (self.kinds.is_empty() || self.kinds.iter().any(is_kind))
            && (!self.managed || profile.is_managed())
            && self.account.as_deref().is_none_or(|id| profile.account_id() == Some(id))
            && self.text.as_ref().is_none_or(|text| has_text(profile, text))
    }
}

/// Returns whether the name, account or role of `profile` contains `text`, which is in lower case. A
/// source would find all profiles that start from it.
fn has_text(profile: &Profile<'_>, text: &str) -> bool {
    let value = |key: Key| profile.get(key).map(|(value, _)| value);
    let role = value(Key::RoleArn).or_else(|| value(Key::SsoRoleName));
    let places = [Some(&*profile.name), profile.account_id(), role];
    places.into_iter().flatten().any(|place| place.to_lowercase().contains(text))
}
