//! Where the two services of IAM Identity Center are called.

use crate::{
    aws::Endpoint,
    plan::{AwsSettings, SsoSession},
};

/// Returns the endpoint of the OIDC service for `session`, which signs people in.
///
/// Rule: the region is always that of IAM Identity Center, never the profile's (AWS SDKs and Tools
/// reference, "IAM Identity Center credential provider", `sso_region`).
pub(crate) fn oidc_endpoint(session: &SsoSession, settings: &AwsSettings) -> Endpoint {
    endpoint(session, settings, settings.sso_oidc_url.as_deref())
}

/// Returns the endpoint of the access portal for `session`, which lists accounts and roles, and
/// issues credentials for them.
pub(crate) fn portal_endpoint(session: &SsoSession, settings: &AwsSettings) -> Endpoint {
    endpoint(session, settings, settings.sso_url.as_deref())
}

fn endpoint(session: &SsoSession, settings: &AwsSettings, url: Option<&str>) -> Endpoint {
    Endpoint {
        region: session.region.clone(),
        url: url.map(str::to_owned),
        use_fips: settings.use_fips,
        use_dual_stack: settings.use_dual_stack,
        ca_bundle: settings.ca_bundle.clone(),
        max_attempts: settings.max_attempts,
    }
}
