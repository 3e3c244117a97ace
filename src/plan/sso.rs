//! Roles of IAM Identity Center, as a profile and its `sso-session` section describe them.

use crate::{
    error::{Error, Kind, Result},
    profile::{
        Key, Profile, ProfileSet, Setting,
        value::{boolean, switch},
    },
    rules::{Invalid, nearest_of},
};

/// The keys by which a profile gets its credentials from IAM Identity Center.
const KEYS: [Key; 5] =
    [Key::SsoSession, Key::SsoAccountId, Key::SsoRoleName, Key::SsoStartUrl, Key::SsoRegion];

/// The scope of a registration without `sso_registration_scopes`. Only with it are there refresh
/// tokens.
const DEFAULT_SCOPE: &str = "sso:account:access";

/// A sign-in to IAM Identity Center: an `sso-session` section, or the same settings in a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SsoSession {
    /// The name of the section; `None` for a profile of the older form without one.
    pub(crate) name: Option<String>,
    /// `sso_start_url`.
    pub(crate) start_url: String,
    /// `sso_region`: the region of IAM Identity Center, not that of the profile.
    pub(crate) region: String,
    /// `sso_registration_scopes`, what the sign-in may be used for.
    pub(crate) scopes: Vec<String>,
    /// `sso_use_device_code`: always sign in with a code instead of a browser on this machine.
    pub(crate) use_device_code: bool,
    /// `rolecall_sso_auto_login`: `credential-process` may open a browser to sign in.
    pub(crate) auto_login: bool,
}

/// A role that IAM Identity Center issues credentials for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SsoRole {
    /// The sign-in that it needs.
    pub(crate) session: SsoSession,
    /// `sso_account_id`.
    pub(crate) account_id: String,
    /// `sso_role_name`.
    pub(crate) role_name: String,
}

impl SsoSession {
    /// Returns the sign-in of a section that does not exist yet.
    pub(crate) fn new(name: String, start_url: String, region: String) -> Self {
        Self { name: Some(name), ..Self::of_profile(start_url, region) }
    }

    /// Returns the settings of `[sso-session NAME]`.
    ///
    /// # Errors
    /// If there is no such section, or it lacks a setting.
    pub(crate) fn named(name: &str, set: &ProfileSet<'_>) -> Result<Self> {
        let section = set.sso_session(name)?.ok_or_else(|| no_section(name, set))?;
        Self::of_section(name, &section, None)
    }

    fn of_section(name: &str, section: &[Setting<'_>], user: Option<&Setting<'_>>) -> Result<Self> {
        let find = |key: &str| section.iter().find(|setting| setting.key == key);
        let text = |key: Key| {
            let Some((setting, text)) =
                find(key.name()).and_then(|setting| Some((setting, setting.text()?)))
            else {
                let key = key.name();
                let at = user.or(section.first()).map(|setting| setting.at.clone());
                return Err(Error::config(format!("[sso-session {name}] has no '{key}'"))
                    .at(at)
                    .hint(format!("add '{key} = …' to that section")));
            };
            key.check(text).map_err(|invalid| {
                let what = format!("'{}' of the sso-session", key.name());
                invalid.error(Kind::Config, what).at(Some(setting.at.clone()))
            })?;
            Ok(text.to_owned())
        };
        let is_on = |key: &str, parse: fn(&str) -> std::result::Result<bool, Invalid>| {
            let Some(setting) = find(key) else { return Ok(false) };
            parse(setting.text().unwrap_or_default()).map_err(|invalid| {
                let what = format!("'{key}' of [sso-session {name}]");
                invalid.error(Kind::Config, what).at(Some(setting.at.clone()))
            })
        };
        let scopes = find("sso_registration_scopes").and_then(Setting::text).unwrap_or_default();
        let scopes = scopes.split(',').map(str::trim).filter(|scope| !scope.is_empty());
        let mut scopes: Vec<String> = scopes.map(str::to_owned).collect();
        if scopes.is_empty() {
            scopes.push(DEFAULT_SCOPE.to_owned());
        }
        Ok(Self {
            name: Some(name.to_owned()),
            start_url: text(Key::SsoStartUrl)?,
            region: text(Key::SsoRegion)?,
            scopes,
            use_device_code: is_on("sso_use_device_code", boolean)?,
            auto_login: is_on("rolecall_sso_auto_login", switch)?,
        })
    }

    /// Returns the sign-in of a profile of the older form, which names no section.
    fn of_profile(start_url: String, region: String) -> Self {
        Self {
            name: None,
            start_url,
            region,
            scopes: vec![DEFAULT_SCOPE.to_owned()],
            use_device_code: false,
            auto_login: false,
        }
    }

    /// Returns what the file name of the cached token is derived from: the name of the session, or
    /// the start URL.
    ///
    /// Rule: AWS SDKs and Tools reference, "IAM Identity Center credential provider".
    pub(crate) fn token_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.start_url)
    }

    /// Returns the command that signs in. `profile` is one that uses the sign-in.
    pub(crate) fn login_command(&self, profile: &str) -> String {
        match &self.name {
            Some(name) => format!("rolecall sso login {name}"),
            None => format!("rolecall login {profile}"),
        }
    }
}

/// Returns the sign-in that `profile` uses itself, whether or not it also names a role; `None` if
/// it uses none.
///
/// # Errors
/// If its section or a setting is missing.
pub(crate) fn sso_session_of(profile: &str, set: &ProfileSet<'_>) -> Result<Option<SsoSession>> {
    let Some(profile) = set.profile(profile)? else { return Ok(None) };
    if let Some((name, setting)) = profile.get(Key::SsoSession) {
        return SsoSession::named(name, set)
            .map(Some)
            .map_err(|error| error.at(Some(setting.at.clone())));
    }
    Ok(sso_role(&profile, set)?.map(|(role, _)| role.session))
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
    let named = profile.get(Key::SsoSession);
    let (account, role) = (profile.get(Key::SsoAccountId), profile.get(Key::SsoRoleName));
    let section = match named {
        Some((name, setting)) => {
            let missing = || no_section(name, set).at(Some(setting.at.clone()));
            Some((name, setting, set.sso_session(name)?.ok_or_else(missing)?))
        }
        None => None,
    };
    if section.is_some() && account.is_none() && role.is_none() {
        return Err(Error::config(format!(
            "profile '{}' only has an IAM Identity Center token, no account and role",
            profile.name
        ))
        .at(Some(first.at.clone()))
        .hint("add sso_account_id and sso_role_name"));
    }
    let own = |key: Key, found: Option<(&str, &Setting<'_>)>| {
        found.map(|(text, _)| text.to_owned()).ok_or_else(|| missing(profile, key, first))
    };
    let (account_id, role_name) = (own(Key::SsoAccountId, account)?, own(Key::SsoRoleName, role)?);
    let session = match section {
        None => SsoSession::of_profile(
            own(Key::SsoStartUrl, profile.checked(Key::SsoStartUrl)?)?,
            own(Key::SsoRegion, profile.checked(Key::SsoRegion)?)?,
        ),
        Some((name, setting, section)) => {
            let session = SsoSession::of_section(name, &section, Some(setting))?;
            check_same(profile, Key::SsoStartUrl, &session.start_url)?;
            check_same(profile, Key::SsoRegion, &session.region)?;
            session
        }
    };
    Ok(Some((SsoRole { session, account_id, role_name }, first)))
}

/// Returns the error of a section that does not exist, with the names that resemble it.
fn no_section(name: &str, set: &ProfileSet<'_>) -> Error {
    let error = Error::config(format!("there is no section [sso-session {name}]"));
    let known = set.sso_session_names();
    match &*nearest_of(known.iter().map(AsRef::as_ref), name) {
        [] => error.hint("create it with 'rolecall sso configure'"),
        near => error.hint(format!("did you mean '{}'?", near.join("' or '"))),
    }
}

/// Checks that `profile` does not contradict its `sso-session` section, which botocore refuses.
fn check_same(profile: &Profile<'_>, key: Key, of_section: &str) -> Result<()> {
    match profile.get(key) {
        Some((other, setting)) if other != of_section => Err(Error::config(format!(
            "'{}' of profile '{}' differs from that of its sso-session",
            setting.key, profile.name
        ))
        .at(Some(setting.at.clone()))
        .hint("keep the one in the sso-session section")),
        _ => Ok(()),
    }
}

fn missing(profile: &Profile<'_>, key: Key, first: &Setting<'_>) -> Error {
    let key = key.name();
    Error::config(format!("profile '{}' has '{}' without '{key}'", profile.name, first.key))
        .at(Some(first.at.clone()))
        .hint(format!("add '{key} = …'"))
}
