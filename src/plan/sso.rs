//! Roles of IAM Identity Center, as a profile and its `sso-session` section describe them.

use crate::{
    error::{Error, Kind, Result},
    profile::{Key, Profile, ProfileSet, Setting},
};

/// The keys by which a profile gets its credentials from IAM Identity Center.
const KEYS: [Key; 5] =
    [Key::SsoSession, Key::SsoAccountId, Key::SsoRoleName, Key::SsoStartUrl, Key::SsoRegion];

/// A role that IAM Identity Center issues credentials for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoRole {
    /// The `sso-session` section; `None` for a profile of the older form without one.
    pub session: Option<String>,
    /// `sso_start_url`.
    pub start_url: String,
    /// `sso_region`: the region of IAM Identity Center, not that of the profile.
    pub region: String,
    /// `sso_account_id`.
    pub account_id: String,
    /// `sso_role_name`.
    pub role_name: String,
}

impl SsoRole {
    /// Returns what the file name of the cached token is derived from: the name of the session, or
    /// the start URL.
    ///
    /// Rule: AWS SDKs and Tools reference, "IAM Identity Center credential provider".
    pub(crate) fn token_name(&self) -> &str {
        self.session.as_deref().unwrap_or(&self.start_url)
    }

    /// Returns the command that signs in.
    pub(crate) fn login_command(&self, profile: &str) -> String {
        match &self.session {
            Some(session) => format!("aws sso login --sso-session {session}"),
            None => format!("aws sso login --profile {profile}"),
        }
    }
}

/// Returns the role of IAM Identity Center that `profile` names, with the first setting of it;
/// `None` if there is none.
pub(super) fn sso_role<'p, 'a>(
    profile: &'p Profile<'a>,
    set: &ProfileSet<'a>,
) -> Result<Option<(SsoRole, &'p Setting<'a>)>> {
    let Some((_, first)) = KEYS.into_iter().find_map(|key| profile.get(key)) else {
        return Ok(None);
    };
    let session = profile.get(Key::SsoSession);
    let section = match session {
        Some((name, setting)) => {
            let missing = || {
                Error::config(format!("there is no section [sso-session {name}]"))
                    .at(Some(setting.at.clone()))
                    .hint("create it with 'aws configure sso-session'")
            };
            Some(set.sso_session(name)?.ok_or_else(missing)?)
        }
        None => None,
    };
    let (account, role) = (profile.get(Key::SsoAccountId), profile.get(Key::SsoRoleName));
    if session.is_some() && account.is_none() && role.is_none() {
        return Err(Error::config(format!(
            "profile '{}' gives a token of IAM Identity Center, not credentials",
            profile.name
        ))
        .at(Some(first.at.clone()))
        .hint("add sso_account_id and sso_role_name"));
    }
    let own = |key: Key, found: Option<(&str, &Setting<'_>)>| {
        found.map(|(text, _)| text.to_owned()).ok_or_else(|| missing(profile, key, first))
    };
    let (account_id, role_name) = (own(Key::SsoAccountId, account)?, own(Key::SsoRoleName, role)?);
    let of_session = |key: Key| -> Result<String> {
        let in_profile = profile.get(key);
        let Some(section) = &section else {
            return own(key, profile.checked(key)?);
        };
        let key = key.name();
        let found =
            section.iter().find(|setting| setting.key == key).and_then(|s| Some((s.text()?, s)));
        let Some((text, _)) = found else {
            let name = session.map_or("", |(name, _)| name);
            return Err(Error::config(format!("[sso-session {name}] has no '{key}'"))
                .at(session.map(|(_, setting)| setting.at.clone()))
                .hint(format!("add '{key} = …' to that section")));
        };
        if let Some((text, setting)) = found {
            Key::of(key).map_or(Ok(()), |key| key.check(text)).map_err(|invalid| {
                let what = format!("'{key}' of the sso-session");
                invalid.error(Kind::Config, what).at(Some(setting.at.clone()))
            })?;
        }
        match in_profile {
            Some((other, setting)) if other != text => Err(Error::config(format!(
                "'{}' of profile '{}' differs from that of its sso-session",
                setting.key, profile.name
            ))
            .at(Some(setting.at.clone()))
            .hint("keep the one in the sso-session section")),
            _ => Ok(text.to_owned()),
        }
    };
    let role = SsoRole {
        session: session.map(|(name, _)| name.to_owned()),
        start_url: of_session(Key::SsoStartUrl)?,
        region: of_session(Key::SsoRegion)?,
        account_id,
        role_name,
    };
    Ok(Some((role, first)))
}

fn missing(profile: &Profile<'_>, key: Key, first: &Setting<'_>) -> Error {
    let key = key.name();
    Error::config(format!("profile '{}' has '{}' without '{key}'", profile.name, first.key))
        .at(Some(first.at.clone()))
        .hint(format!("add '{key} = …'"))
}
