//! What a profile resolves to, before anything is called: a base and its hops.
//!
//! Pure: the files' text and the environment's settings go in, a [`Plan`] or an error with file and
//! line comes out. Nothing here asks the clock or calls AWS; the text of a policy file comes through
//! [`Environment`], as the variables do.

mod attributes;
mod aws_settings;
mod base;
mod check;
mod environment;
mod forest;
mod hop;
mod key_session;
mod mfa;
mod request;
mod resolve;
mod s3_policy;
mod sso;
mod unknown;

pub use crate::profile::MFA_SESSION_SECONDS;
pub use attributes::{SessionAttributes, session_policy};
pub use aws_settings::{AwsSettings, RegionFrom, service_endpoint, settings_of};
pub use base::{Base, Source, check_key_id};
pub use check::{check_flag, check_flags, check_setting};
pub use environment::{Environment, HANDED_OUT_REGION};
pub use forest::{Forest, Node, check_source};
pub use hop::{Hop, Places};
pub use key_session::KeySession;
pub use mfa::{AUTO, Mfa, check_serial};
pub use request::Request;
pub use resolve::resolve;
pub use sso::SsoRole;
pub use unknown::with_misspelt_keys;

use crate::rules::partition_of;

/// A base that has credentials of its own, and the roles to assume one after the other from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The profile that was asked for; `None` for a role named on the command line.
    pub profile: Option<String>,
    /// The profiles on the way, from the one asked for down to the base.
    pub chain: Vec<String>,
    /// Where the first credentials come from.
    pub base: Base,
    /// The MFA device that the first role is reached with.
    pub mfa: Option<Mfa>,
    /// The session that is handed out in place of the base's keys; then there is no role.
    pub session: Option<KeySession>,
    /// The roles, the one assumed first in front.
    pub hops: Vec<Hop>,
    /// How AWS is called: the settings of the profile asked for, not of its sources.
    pub aws: AwsSettings,
    /// Whether settings of this one call (flags) took part: such a session is not the profile's own.
    pub adjusted: bool,
}

/// One session of a plan: what has to be found or made, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'p> {
    /// The base's credentials are fetched from where they are given out.
    Fetch(&'p Base),
    /// An MFA session is made from the base's keys, with a code (GetSessionToken).
    Mfa(&'p Mfa),
    /// A session is made from the base's keys, without a code (GetSessionToken).
    Session(&'p KeySession),
    /// A role is assumed.
    Assume(&'p Hop),
}

impl Plan {
    /// What a person calls this plan: the profile, or the role.
    pub fn name(&self) -> &str {
        match (&self.profile, self.hops.last()) {
            (Some(profile), _) => profile,
            (None, Some(hop)) => &hop.role_arn,
            (None, None) => "credentials",
        }
    }

    /// How many sessions it takes; 0 where the base's own keys are handed out.
    pub fn steps(&self) -> usize {
        usize::from(self.first_step().is_some()) + self.hops.len()
    }

    /// Session `i`, from 0.
    pub fn step(&self, i: usize) -> Step<'_> {
        match (i, self.first_step()) {
            (0, Some(first)) => first,
            (i, first) => Step::Assume(&self.hops[i - usize::from(first.is_some())]),
        }
    }

    /// What comes before the roles; never two things, for MFA needs keys.
    fn first_step(&self) -> Option<Step<'_>> {
        if self.base.source.is_fetched() {
            return Some(Step::Fetch(&self.base));
        }
        let session = self.session.as_ref().map(Step::Session);
        self.mfa.as_ref().filter(|mfa| !mfa.direct).map(Step::Mfa).or(session)
    }

    /// The partition that its credentials are of: that of the first role, else of the MFA device.
    pub fn partition(&self) -> &str {
        match (self.hops.first(), &self.mfa) {
            (Some(hop), _) => partition_of(&hop.role_arn),
            (None, Some(mfa)) => partition_of(&mfa.serial),
            (None, None) => "aws",
        }
    }

    /// The device whose code the AssumeRole of step `i` carries itself.
    pub fn direct_mfa(&self, i: usize) -> Option<&Mfa> {
        self.mfa.as_ref().filter(|mfa| mfa.direct && i == 0)
    }
}

impl<'p> Step<'p> {
    /// The profile that describes it; `None` for a role from the command line.
    pub fn profile(self) -> Option<&'p str> {
        match self {
            Self::Fetch(base) => Some(&base.profile),
            Self::Mfa(_) => None,
            Self::Session(session) => Some(&session.profile),
            Self::Assume(hop) => hop.profile.as_deref(),
        }
    }

    /// What a person calls it: its profile, or its role.
    pub fn name(self) -> &'p str {
        match self {
            Self::Fetch(base) => &base.profile,
            Self::Mfa(mfa) => &mfa.serial,
            Self::Session(session) => &session.profile,
            Self::Assume(hop) => hop.profile.as_deref().unwrap_or(&hop.role_arn),
        }
    }
}
