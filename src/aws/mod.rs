//! AWS, the only room that touches the network: the calls that rolecall makes, and how they fail.

mod client;
mod connection;
mod failure;
mod federation;
mod providers;
mod sts;

pub use client::{block_on, sdk_config};
pub use failure::failure;
pub use federation::sign_in_address;

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{credentials::Credentials, secret::Secret};

/// The calls that rolecall makes. The real ones are those of [`Sdk`].
pub trait Aws {
    /// AssumeRole, signed with `source`, done or failed within `budget`.
    fn assume_role(
        &self,
        endpoint: &Endpoint,
        source: &Credentials,
        role: &AssumeRole,
        budget: Budget,
    ) -> Result<Issued, Failure>;

    /// AssumeRoleWithWebIdentity with this token; of `role`, an external ID, tags and the source
    /// identity are not sent, for that call does not know them.
    fn assume_role_with_web_identity(
        &self,
        endpoint: &Endpoint,
        token: &Secret,
        role: &AssumeRole,
        budget: Budget,
    ) -> Result<Issued, Failure>;

    /// GetSessionToken for `seconds`, signed with long-lived keys; with a code, an MFA session.
    fn get_session_token(
        &self,
        endpoint: &Endpoint,
        keys: &Credentials,
        code: Option<&MfaCode>,
        seconds: u32,
        budget: Budget,
    ) -> Result<Issued, Failure>;

    /// GetCallerIdentity, signed with `credentials`.
    fn caller_identity(
        &self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        budget: Budget,
    ) -> Result<Identity, Failure>;

    /// The token with which a browser signs in to the web console as `session`, for `seconds` where
    /// they are given, else for as long as the session lasts. `endpoint` has the URL of the sign-in.
    fn sign_in_token(
        &self,
        endpoint: &Endpoint,
        session: &Credentials,
        seconds: Option<u32>,
        budget: Budget,
    ) -> Result<Secret, Failure>;

    /// The credentials that `provider` gives out. `endpoint` tells the certificates to trust and,
    /// for a console session, the region.
    fn fetch(
        &self,
        endpoint: &Endpoint,
        provider: &Provider,
        budget: Budget,
    ) -> Result<Issued, Failure>;
}

/// AWS through the AWS SDK for Rust. Each call starts a runtime of its own on this thread.
#[derive(Debug, Default)]
pub struct Sdk;

/// Who gives out credentials besides STS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "one is made for each call, and no more")]
pub enum Provider {
    /// IAM Identity Center, for a token in its standard cache.
    Sso {
        /// What the name of the cached token is made from.
        token_name: String,
        /// The start URL.
        start_url: String,
        /// The account.
        account_id: String,
        /// The role, a permission set's name.
        role_name: String,
        /// The portal, in IAM Identity Center's region.
        portal: Endpoint,
        /// The OIDC service, which renews the token.
        oidc: Endpoint,
    },
    /// The console session of `aws login`, in its standard cache.
    Login {
        /// The ARN that it was made for.
        session: String,
    },
    /// The container's service; the environment says where it is and how to be let in.
    Container,
    /// The instance metadata service.
    InstanceMetadata {
        /// Its address.
        endpoint: String,
    },
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
    /// `Policy`.
    pub policy: Option<String>,
    /// `PolicyArns`.
    pub policy_arns: Vec<String>,
    /// `Tags`.
    pub tags: Vec<(String, String)>,
    /// `TransitiveTagKeys`.
    pub transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// `SerialNumber` and `TokenCode`.
    pub mfa: Option<MfaCode>,
}

/// An MFA code with the device that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaCode {
    /// `SerialNumber`.
    pub serial: String,
    /// `TokenCode`.
    pub code: Secret,
}

/// How long a call may take, and how often it may be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The limit of the whole call, all attempts together.
    pub limit: Duration,
    /// The most attempts.
    pub attempts: u32,
    /// How far this machine's clock is known to be ahead of AWS's: the call is signed with the time
    /// put right.
    pub clock_offset: TimeDelta,
}

/// What a call for credentials gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The session; its expiration is AWS's word.
    pub credentials: Credentials,
    /// The time at AWS when it answered (its `Date` header, UTC), where that is known.
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
        /// What happened.
        cause: String,
        /// What stood in the way.
        problem: ConnectionProblem,
        /// Whether the call may have arrived all the same.
        sent: bool,
    },
    /// There is no sign-in, or it has ended: a human must sign in again.
    SignIn {
        /// What is missing.
        cause: String,
    },
    /// The user interrupted the command before the call was made.
    Interrupted,
    /// Somebody else answered: a network that asks for a sign-in of its own, a proxy, a web server.
    Foreign {
        /// What came.
        cause: String,
    },
    /// The call could not be made as it was set up, or the answer made no sense.
    Broken {
        /// What was wrong.
        cause: String,
    },
}

/// What stands between us and an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionProblem {
    /// The other side's certificate is not to be trusted.
    Certificate,
    /// A name has no address.
    Name,
    /// The network, or silence.
    Network,
    /// The proxy that the environment names.
    Proxy,
}
