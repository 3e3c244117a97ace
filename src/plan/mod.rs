//! Resolves a profile to a plan before anything is called: a base and its hops.
//!
//! The input is the text of the two files and the environment; the output is a [`Plan`], or an
//! error with file and line. Nothing here reads the clock or calls AWS. Apart from files that a
//! setting names, such as a session policy, nothing is read either.

mod agent;
mod attributes;
mod audit;
mod aws_settings;
mod base;
mod check;
mod confirm;
mod environment;
mod file_keys;
mod forest;
mod form;
mod given_policy;
mod handed_out;
mod hop;
mod key_session;
mod keys_end;
mod mfa;
mod narrowing;
mod next_step;
mod request;
mod resolve;
mod s3_policy;
mod session_names;
mod source;
mod sso;
mod unknown;

pub(crate) use crate::profile::{Audit, MFA_SESSION_SECONDS};
pub(crate) use agent::AgentPolicy;
pub(crate) use attributes::{SessionAttributes, session_policy};
pub(crate) use audit::audit_of_named;
pub(crate) use aws_settings::{AwsSettings, RegionFrom, SettingsReader, settings_of};
pub(crate) use base::check_key_id;
pub(crate) use check::{check_flag, check_flags, check_setting};
pub(crate) use confirm::Confirm;
pub(crate) use environment::{Environment, HANDED_OUT_REGION};
pub(crate) use file_keys::has_session_token;
pub(crate) use forest::{Forest, Node, check_source};
pub(crate) use form::check_values;
pub(crate) use given_policy::GivenPolicy;
pub(crate) use handed_out::{
    check_agent_policy, check_base_is_handed_out, check_key_is_handed_out, check_not_confined,
    resolve_handed_out,
};
pub(crate) use hop::{Hop, Places};
pub(crate) use key_session::KeySession;
pub(crate) use keys_end::KeysEnd;
pub(crate) use mfa::{AUTO, Mfa, check_serial};
pub(crate) use narrowing::Narrowing;
pub(crate) use request::Request;
pub(crate) use resolve::{resolve, resolve_with_chain};
pub(crate) use source::{Base, Source};
pub(crate) use sso::{SsoRole, SsoSession, sso_session_of};
pub(crate) use unknown::with_misspelt_keys;

use crate::rules::partition_of;

/// A base with its own credentials, and the roles to assume from there, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// The profile that was asked for; `None` for a role named on the command line.
    pub(crate) profile: Option<String>,
    /// The profiles of the chain, from the one that was asked for down to the base.
    pub(crate) chain: Vec<String>,
    /// Where the first credentials come from.
    pub(crate) base: Base,
    /// The MFA device for the first role, or for the session of the base's keys.
    pub(crate) mfa: Option<Mfa>,
    /// The session that is handed out instead of the base's keys. Then there is no role.
    pub(crate) session: Option<KeySession>,
    /// The roles, in the order in which they are assumed.
    pub(crate) hops: Vec<Hop>,
    /// Whether a person is asked before the credentials are handed out.
    pub(crate) confirm: Option<Confirm>,
    /// How AWS is called: by the settings of the profile that was asked for, not of its sources.
    pub(crate) aws: AwsSettings,
    /// Whether flags of this call changed the session, so that it is not the profile's own.
    pub(crate) adjusted: bool,
    /// Which hand-outs are noted.
    pub(crate) audit: Audit,
    /// What the profile gives to coding agents, if it says so.
    pub(crate) agent_policy: Option<AgentPolicy>,
}

/// One session of a plan. Each is found or created with the credentials of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step<'p> {
    /// The base's credentials are fetched from their source.
    Fetch(&'p Base),
    /// An MFA session is created with the base's keys and a code (GetSessionToken).
    Mfa(&'p Mfa),
    /// A session is created with the base's keys, without a code (GetSessionToken).
    Session(&'p KeySession),
    /// A role is assumed.
    Assume(&'p Hop),
}

impl Plan {
    /// Returns the plan's name in messages: the profile, or the role.
    pub(crate) fn name(&self) -> &str {
        match (&self.profile, self.hops.last()) {
            (Some(profile), _) => profile,
            (None, Some(hop)) => &hop.role_arn,
            (None, None) => "credentials",
        }
    }

    /// Returns the number of sessions; 0 if the base's own keys are handed out.
    pub(crate) fn steps(&self) -> usize {
        usize::from(self.first_step().is_some()) + self.hops.len()
    }

    /// Returns session `i`, counted from 0.
    pub(crate) fn step(&self, i: usize) -> Step<'_> {
        match (i, self.first_step()) {
            (0, Some(first)) => first,
            (i, first) => Step::Assume(&self.hops[i - usize::from(first.is_some())]),
        }
    }

    /// The session before the roles. There is at most one, because MFA needs keys.
    fn first_step(&self) -> Option<Step<'_>> {
        if self.base.source.is_fetched() {
            return Some(Step::Fetch(&self.base));
        }
        let session = self.session.as_ref().map(Step::Session);
        self.mfa.as_ref().filter(|mfa| !mfa.direct).map(Step::Mfa).or(session)
    }

    /// Returns the partition of its credentials: of the first role, otherwise of the MFA device.
    pub(crate) fn partition(&self) -> &str {
        match (self.hops.first(), &self.mfa) {
            (Some(hop), _) => partition_of(&hop.role_arn),
            (None, Some(mfa)) => partition_of(&mfa.serial),
            (None, None) => "aws",
        }
    }

    /// Returns the last role, and the plan of the credentials that it is assumed with; `None` if there is
    /// no role.
    pub(crate) fn without_last_role(&self) -> Option<(&Hop, Plan)> {
        let (last, hops) = self.hops.split_last()?;
        let mfa = self.mfa.clone().filter(|mfa| !(mfa.direct && hops.is_empty()));
        Some((last, Plan { hops: hops.to_vec(), mfa, ..self.clone() }))
    }

    /// Returns the device whose code the AssumeRole call of step `i` includes.
    pub(crate) fn direct_mfa(&self, i: usize) -> Option<&Mfa> {
        self.mfa.as_ref().filter(|mfa| mfa.direct && i == 0)
    }
}

impl<'p> Step<'p> {
    /// Returns the profile that describes it; `None` for a role from the command line.
    pub(crate) fn profile(self) -> Option<&'p str> {
        match self {
            Self::Fetch(base) => Some(&base.profile),
            Self::Mfa(_) => None,
            Self::Session(session) => Some(&session.profile),
            Self::Assume(hop) => hop.profile.as_deref(),
        }
    }

    /// Returns its name in messages: its profile, its role or its MFA device.
    pub(crate) fn name(self) -> &'p str {
        match self {
            Self::Fetch(base) => &base.profile,
            Self::Mfa(mfa) => &mfa.serial,
            Self::Session(session) => &session.profile,
            Self::Assume(hop) => hop.profile.as_deref().unwrap_or(&hop.role_arn),
        }
    }
}
