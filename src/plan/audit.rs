//! Which hand-outs are noted in the log.

use super::environment::Environment;
use crate::{
    error::{Error, Kind, Result},
    profile::{Key, Profile, ProfileSet},
};

/// The variable for profiles that don't say it.
const VARIABLE: &str = "ROLECALL_AUDIT";

/// Which hand-outs of a profile's credentials are noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audit {
    /// All.
    All,
    /// Those of sessions that are not stored: new ones, and the profile's own keys.
    #[default]
    New,
    /// None.
    Off,
}

impl Audit {
    /// Reads the setting for the profile `name`, which need not exist, like [`Self::of`].
    ///
    /// # Errors
    /// Those of [`Self::of`].
    pub(crate) fn of_named(
        name: &str,
        set: &ProfileSet<'_>,
        environment: Environment<'_>,
    ) -> Result<Self> {
        match set.profile(name)? {
            Some(profile) => Self::of(&profile, set, environment),
            None => Ok(Self::default()),
        }
    }

    /// Reads the setting of `profile`, else that of the profile `default`, else the variable: what a file says is
    /// not changed by who calls.
    ///
    /// # Errors
    /// If the one that counts is wrong.
    pub(super) fn of(
        profile: &Profile<'_>,
        set: &ProfileSet<'_>,
        environment: Environment<'_>,
    ) -> Result<Self> {
        if let Some((word, _)) = profile.checked(Key::Audit)? {
            return Ok(Self::named(word).unwrap_or_default());
        }
        // What is wrong elsewhere in that section is not about this profile.
        let default =
            if profile.name == "default" { None } else { set.profile("default").ok().flatten() };
        if let Some(default) = default
            && let Some((word, _)) = default.checked(Key::Audit)?
        {
            return Ok(Self::named(word).unwrap_or_default());
        }
        let Some(word) = environment.var(VARIABLE) else { return Ok(Self::default()) };
        Self::named(word).ok_or_else(|| {
            Error::new(Kind::Usage, format!("{VARIABLE} is neither all, new nor off"))
                .hint("set it to all, new or off, or unset it")
        })
    }

    fn named(word: &str) -> Option<Self> {
        let all = [("all", Self::All), ("new", Self::New), ("off", Self::Off)];
        all.into_iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, audit)| audit)
    }
}
