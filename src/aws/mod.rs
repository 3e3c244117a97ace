//! The calls to AWS that rolecall makes, and how they fail. The only room that touches the network.

#[cfg(any(test, feature = "fuzzing"))]
mod canned;
mod client;
mod connection;
mod date;
mod directory;
mod failure;
mod federation;
mod issued;
mod no_proxy;
mod oidc;
mod portal;
mod providers;
mod proxy;
mod reach;
mod start_page;
mod sts;
mod trust;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use canned::with_answer;
pub use client::{block_on, sdk_config};
pub use date::DateHeader;
pub use failure::failure;

pub(crate) use directory::{
    AccountRoles, RoleListing, SsoAccount, account_roles, list_accounts, list_roles,
};
pub(crate) use federation::sign_in_address;
pub(crate) use oidc::{
    AUTHORIZATION_CODE_GRANT, Authorization, DEVICE_CODE_GRANT, Grant, IssuedToken,
    REFRESH_TOKEN_GRANT, RegisterClient, Registration, authorization_address, create_token,
    register_client, start_device_authorization,
};
pub(crate) use portal::end_sign_in;
pub(crate) use proxy::Proxy;
pub(crate) use reach::{reach_oidc, reach_portal, reach_url};
pub(crate) use start_page::{redirect_of, region_of_page};
pub(crate) use trust::check_ca_bundle;

use std::{path::PathBuf, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{credentials::Credentials, secret::Secret};

/// The calls that rolecall makes. [`Sdk`] makes real ones.
///
/// Each call signs with the credentials that it is given, and returns within its budget.
pub trait Aws {
    /// Calls AssumeRole, signed with `source`.
    fn assume_role(
        &self,
        call: Call<'_>,
        source: &Credentials,
        role: &AssumeRole,
    ) -> Result<Issued, Failure>;

    /// Calls AssumeRoleWithWebIdentity with this token. The external ID, tags and source identity
    /// of `role` are not sent, because that call has no such parameters.
    fn assume_role_with_web_identity(
        &self,
        call: Call<'_>,
        token: &Secret,
        role: &AssumeRole,
    ) -> Result<Issued, Failure>;

    /// Calls GetSessionToken, signed with long-lived keys. With a code, the session has MFA.
    fn get_session_token(
        &self,
        call: Call<'_>,
        keys: &Credentials,
        session: &GetSessionToken,
    ) -> Result<Issued, Failure>;

    /// Calls GetCallerIdentity, signed with `credentials`.
    fn caller_identity(
        &self,
        call: Call<'_>,
        credentials: &Credentials,
    ) -> Result<Identity, Failure>;

    /// Returns the token with which a browser signs in to the web console as `session`: for
    /// `seconds`, or without them until the session expires. The endpoint has the URL of the sign-in.
    fn sign_in_token(
        &self,
        call: Call<'_>,
        session: &Credentials,
        seconds: Option<u32>,
    ) -> Result<Secret, Failure>;

    /// Returns credentials from `provider`. The endpoint says which certificates to trust and, for
    /// a console session, the region.
    fn fetch(&self, call: Call<'_>, provider: &Provider) -> Result<Issued, Failure>;
}

/// Calls AWS through the AWS SDK for Rust. Each call starts its own async runtime on this thread.
#[derive(Debug, Default)]
pub struct Sdk;

/// A source of credentials other than STS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The access portal of IAM Identity Center, which is the endpoint of the call.
    Sso(SsoRoleCredentials),
    /// The console session of `aws login`, from the standard cache.
    Login {
        /// The ARN that it was created for.
        session: String,
    },
    /// The container credentials service. The environment has its address and authorization.
    Container,
    /// The instance metadata service.
    InstanceMetadata {
        /// Its URL.
        endpoint: String,
    },
}

/// A role's credentials in IAM Identity Center.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SsoRoleCredentials {
    /// The access token of a sign-in.
    pub(crate) access_token: Secret,
    /// The account.
    pub(crate) account_id: String,
    /// The role: the name of a permission set.
    pub(crate) role_name: String,
}

/// The endpoint and the budget of a call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'e> {
    /// The endpoint to call.
    pub endpoint: &'e Endpoint,
    /// How long the call may take, and how often it may be tried.
    pub budget: Budget,
}

/// The service endpoint that a call goes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoint {
    /// The region to call and to sign for.
    pub region: String,
    /// A URL to call instead of the region's endpoint.
    pub url: Option<String>,
    /// Whether to use the region's FIPS endpoint.
    pub use_fips: bool,
    /// Whether to use the region's dual-stack endpoint.
    pub use_dual_stack: bool,
    /// A PEM file of certificates to trust instead of the system's.
    pub ca_bundle: Option<PathBuf>,
    /// How often a call that can be repeated is tried, if the user has set that.
    pub max_attempts: Option<u32>,
}

/// The parameters of AssumeRole, by STS's names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// The parameters of GetSessionToken, by STS's names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetSessionToken {
    /// `DurationSeconds`.
    pub(crate) duration_seconds: u32,
    /// `SerialNumber` and `TokenCode`.
    pub(crate) mfa: Option<MfaCode>,
}

/// An MFA code and the device that showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaCode {
    /// `SerialNumber`.
    pub(crate) serial: String,
    /// `TokenCode`.
    pub(crate) code: Secret,
}

/// The time limit of a call, and how often it is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The time limit of the whole call, including all attempts.
    pub limit: Duration,
    /// The maximum number of attempts.
    pub attempts: u32,
    /// How far this machine's clock is known to be ahead of AWS's. The call is signed with the
    /// corrected time.
    pub clock_offset: TimeDelta,
}

impl Budget {
    /// Returns a budget of at most `attempts` within `limit`, on a clock that is right.
    pub const fn new(limit: Duration, attempts: u32) -> Self {
        Self { limit, attempts, clock_offset: TimeDelta::zero() }
    }
}

/// The answer to a call for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// The session, with the expiration that AWS gave.
    pub credentials: Credentials,
    /// Whose session it is, if the answer says so: the ARN of an assumed role.
    pub(crate) arn: Option<String>,
    /// The time at AWS when it answered (its `Date` header, UTC), if known.
    pub(crate) date: Option<DateTime<Utc>>,
}

/// The answer to GetCallerIdentity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `Account`.
    pub account: String,
    /// `Arn`.
    pub arn: String,
    /// `UserId`.
    pub(crate) user_id: String,
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// AWS refused the call.
    Refused {
        /// The error code.
        code: String,
        /// AWS's message.
        message: String,
        /// The time at AWS when it answered, if known.
        date: Option<DateTime<Utc>>,
    },
    /// AWS can't answer now: it has an internal error, or there were too many calls.
    Unable {
        /// The reason it gave.
        cause: String,
    },
    /// No answer came.
    Unreachable {
        /// What happened.
        cause: String,
        /// What the problem was.
        problem: ConnectionProblem,
        /// Whether AWS may have received the call all the same.
        sent: bool,
    },
    /// There is no sign-in, or it has expired: a person must sign in again.
    SignIn {
        /// What is missing.
        cause: String,
    },
    /// The user interrupted the command before the call was made.
    Interrupted,
    /// The answer is not from AWS, but from a network with a sign-in page, a proxy or a web server.
    Foreign {
        /// What the answer was.
        cause: String,
    },
    /// The settings of the call are invalid, or its answer is.
    Broken {
        /// What was wrong.
        cause: String,
    },
}

impl Failure {
    /// Returns the failure of a call whose settings or whose answer are invalid.
    fn broken(cause: impl Into<String>) -> Self {
        Self::Broken { cause: cause.into() }
    }
}

/// What kept a call from AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionProblem {
    /// The server's certificate is not trusted.
    Certificate,
    /// The server's certificate is not valid now, by this machine's clock.
    CertificateTime,
    /// A host name has no address.
    Name,
    /// The network failed, or no answer came.
    Network,
    /// The proxy from the environment.
    Proxy,
}
