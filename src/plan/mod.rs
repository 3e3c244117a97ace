//! What a profile resolves to, before anything is called: a base and its hops.
//!
//! Pure: the files' text and the environment's settings go in, a [`Plan`] or an error with file and
//! line comes out. Nothing here reads a file, asks the clock, or calls AWS.

mod aws_settings;
mod base;
mod hop;
mod resolve;

pub use aws_settings::{AwsSettings, Environment};
pub use base::Base;
pub use hop::{
    DURATION_SECONDS, Hop, Places, account_of, is_external_id, is_session_name, partition_of,
};
pub use resolve::{Request, resolve};

/// A base that has credentials of its own, and the roles to assume one after the other from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The profile that was asked for; `None` for a role named on the command line.
    pub profile: Option<String>,
    /// The profiles on the way, from the one asked for down to the base.
    pub chain: Vec<String>,
    /// Where the first credentials come from.
    pub base: Base,
    /// The roles, the one assumed first in front.
    pub hops: Vec<Hop>,
    /// How AWS is called: the settings of the profile asked for, not of its sources.
    pub aws: AwsSettings,
    /// Whether settings of this one call (flags) took part: such a session is not the profile's own.
    pub adjusted: bool,
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
}
