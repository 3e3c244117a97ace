//! AWS, the only room that touches the network: the calls that rolecall makes, and how they fail.

mod client;

pub use client::SdkSts;

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};

use crate::credentials::Credentials;

/// The STS calls that rolecall makes. The real one is [`SdkSts`].
pub trait Sts {
    /// AssumeRole, signed with `source`, done or failed within `budget`.
    fn assume_role(
        &self,
        endpoint: &Endpoint,
        source: &Credentials,
        role: &AssumeRole,
        budget: Budget,
    ) -> Result<Issued, Failure>;

    /// GetCallerIdentity, signed with `credentials`.
    fn caller_identity(
        &self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        budget: Budget,
    ) -> Result<Identity, Failure>;
}

/// Where a call goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The region whose endpoint is called, and for which the call is signed.
    pub region: String,
    /// A URL to call instead.
    pub url: Option<String>,
    /// Whether to take the region's FIPS endpoint.
    pub use_fips: bool,
    /// Whether to take the region's dual-stack endpoint.
    pub use_dual_stack: bool,
    /// A file of certificates (PEM) to trust in place of the system's.
    pub ca_bundle: Option<PathBuf>,
}

/// The parameters of AssumeRole, by STS's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssumeRole {
    /// `RoleArn`.
    pub role_arn: String,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `DurationSeconds`.
    pub duration_seconds: Option<u32>,
}

/// How long a call may take, and how often it may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The limit of the whole call, all attempts together.
    pub limit: Duration,
    /// The most attempts.
    pub attempts: u32,
}

/// What AssumeRole gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The session; its expiration is STS's word.
    pub credentials: Credentials,
    /// The time at STS when it answered (its `Date` header, UTC).
    pub date: Option<DateTime<Utc>>,
}

/// What GetCallerIdentity gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `Account`.
    pub account: String,
    /// `Arn`.
    pub arn: String,
    /// `UserId`.
    pub user_id: String,
}

/// Why a call gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// AWS answered, and said no.
    Refused {
        /// STS's error code.
        code: String,
        /// STS's words.
        message: String,
        /// The time at STS when it answered.
        date: Option<DateTime<Utc>>,
    },
    /// AWS answered that it can't answer now: an error of its own, or too many calls.
    Unable {
        /// What it said.
        cause: String,
    },
    /// No answer came.
    Unreachable {
        /// What stood in the way.
        cause: String,
    },
    /// The call could not be made as it was set up, or the answer made no sense.
    Broken {
        /// What was wrong.
        cause: String,
    },
}
