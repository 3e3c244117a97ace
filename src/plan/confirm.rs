//! Whether a person is asked before the credentials of a chain are handed out.

use crate::{
    error::{Location, Result},
    profile::{ConfirmRule, Key, Profile, value::confirm},
};

/// A person is asked before credentials are handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Confirm {
    /// For how many seconds one answer counts; `None`: each hand-out is asked for.
    pub(crate) seconds: Option<u32>,
    /// Where the setting is.
    pub(crate) at: Option<Location>,
}

/// The first setting along a chain, whether it is `off` or not.
#[derive(Clone, Debug, Default)]
pub(super) enum FirstConfirm {
    /// No profile so far has one.
    #[default]
    Unknown,
    /// What it says.
    Known(Option<Confirm>),
}

impl FirstConfirm {
    /// Takes what `profile` says, unless one before it has said something.
    ///
    /// # Errors
    /// The value is none that the setting can have.
    pub(super) fn or_of(self, profile: &Profile<'_>) -> Result<Self> {
        if let Self::Known(_) = self {
            return Ok(self);
        }
        let Some((rule, setting)) = profile.parsed(Key::Confirm, confirm)? else {
            return Ok(self);
        };
        let confirm = |seconds| Confirm { seconds, at: Some(setting.at.clone()) };
        Ok(Self::Known(match rule {
            ConfirmRule::Off => None,
            ConfirmRule::Always => Some(confirm(None)),
            ConfirmRule::Seconds(seconds) => Some(confirm(Some(seconds))),
        }))
    }

    pub(super) fn into_confirm(self) -> Option<Confirm> {
        match self {
            Self::Unknown => None,
            Self::Known(confirm) => confirm,
        }
    }
}
