//! Which sign-in to IAM Identity Center a command line means.

use super::{PROFILE_VARIABLES, Selection};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::{Environment, Request, Source, SsoSession, resolve, sso_session_of},
    profile::ProfileSet,
    rules::nearest_of,
};

impl Selection {
    /// Returns the sign-in that the command line means: the section of that name, that of the profile,
    /// or the only one.
    pub(crate) fn sso_session(
        &self,
        context: &Context,
        name: Option<&str>,
        set: &ProfileSet<'_>,
    ) -> Result<SsoSession> {
        let known = set.sso_session_names();
        if let Some(name) = name {
            let named = SsoSession::named(name, set);
            return named.map_err(|error| match &known[..] {
                [] => error,
                known if known.iter().any(|known| known == name) => error,
                known if nearest_of(known.iter().map(AsRef::as_ref), name).is_empty() => {
                    error.hint(format!("there is: {}", known.join(", ")))
                }
                _ => error,
            });
        }
        let profile = self.profile_name(context, None)?;
        let is_named = self.profile.is_some() || context.first_var(&PROFILE_VARIABLES).is_some();
        let of_profile = of_profile(context, &profile, set);
        match (of_profile, &known[..]) {
            (Ok(Some(session)), _) => Ok(session),
            (Err(error), _) if is_named => Err(error),
            (Ok(None), _) if self.profile.is_some() => {
                Err(Error::config(format!("profile '{profile}' does not use IAM Identity Center")))
            }
            (_, [only]) => SsoSession::named(only, set),
            (_, []) => Err(Error::config("there is no sso-session section in the config file")
                .hint("create one with 'rolecall sso configure'")),
            (_, several) => Err(Error::new(Kind::Usage, "there are several sso-session sections")
                .hint(format!("name one: {}", several.join(", ")))),
        }
    }
}

/// Returns the sign-in that `profile` uses, itself or through its source profiles.
fn of_profile(
    context: &Context,
    profile: &str,
    set: &ProfileSet<'_>,
) -> Result<Option<SsoSession>> {
    if let Some(session) = sso_session_of(profile, set)? {
        return Ok(Some(session));
    }
    let plan = resolve(&Request::profile(profile), set, Environment::of(context))?;
    Ok(match plan.base.source {
        Source::Sso(role) => Some(role.session),
        _ => None,
    })
}
