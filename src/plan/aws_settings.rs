//! How AWS is called: region, endpoints, FIPS and dual-stack.

use std::path::PathBuf;

use super::environment::Environment;
use crate::{
    error::{Error, Kind, Location, Reason, Result},
    profile::{
        Key, Profile, ProfileSet,
        value::{attempts, boolean, legacy_sts, other_retry_mode},
    },
    redact,
    rules::{GLOBAL_REGION, Invalid, default_region},
};

/// The settings for calls to AWS on behalf of one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AwsSettings {
    /// The region to call.
    pub(crate) region: String,
    /// Where the region comes from.
    pub(crate) region_from: RegionFrom,
    /// Where the profile sets its region.
    pub(crate) region_at: Option<Location>,
    /// Whether STS is called at its old global endpoint instead of the region's.
    pub(crate) global_sts: bool,
    /// A URL to call instead of the region's STS.
    pub(crate) endpoint_url: Option<String>,
    /// A URL to call instead of the access portal of IAM Identity Center, which issues credentials.
    pub(crate) sso_url: Option<String>,
    /// A URL to call instead of IAM Identity Center's OIDC service, which renews tokens.
    pub(crate) sso_oidc_url: Option<String>,
    /// A URL to call instead of AWS Sign-In, which signs in to the console.
    pub(crate) sign_in_url: Option<String>,
    /// Whether to call a FIPS endpoint.
    pub(crate) use_fips: bool,
    /// Whether to call a dual-stack endpoint, which supports IPv6.
    pub(crate) use_dual_stack: bool,
    /// A file of certificates to trust instead of the system's.
    pub(crate) ca_bundle: Option<PathBuf>,
    /// How often a call is tried, if that is set.
    pub(crate) max_attempts: Option<u32>,
    /// A mode of retries that is set, and that rolecall doesn't have.
    pub(crate) other_retry_mode: Option<&'static str>,
}

/// Where a region comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RegionFrom {
    /// A flag of this call.
    Flag,
    /// The user's environment.
    Environment,
    /// The profile.
    Profile,
    /// The default of the role's partition.
    #[default]
    Partition,
}

/// Where the settings for calls are read. In each, the environment takes precedence over the file.
#[derive(Clone, Copy)]
pub(crate) struct SettingsReader<'r, 'f> {
    /// The profile that was asked for; `None` if there is none of that name.
    pub(crate) profile: Option<&'r Profile<'f>>,
    /// All profiles and other sections.
    pub(crate) set: &'r ProfileSet<'f>,
    /// The environment.
    pub(crate) environment: Environment<'r>,
}

impl SettingsReader<'_, '_> {
    /// Returns how AWS is called. `region` is a flag of this call, and `partition` decides if there is
    /// no region at all.
    ///
    /// Rules: AWS SDKs and Tools reference, "AWS Region", "Service-specific endpoints", "Dual-stack
    /// and FIPS endpoints".
    ///
    /// # Errors
    /// If a setting is invalid.
    pub(crate) fn settings(self, region: Option<&str>, partition: &str) -> Result<AwsSettings> {
        let Self { profile, environment, .. } = self;
        let in_file = |key: Key| profile.and_then(|profile| profile.get(key));
        let chosen = |region, from| Some((region, from));
        let (region, region_from) = region
            .and_then(|region| chosen(region, RegionFrom::Flag))
            .or_else(|| chosen(environment.region()?, RegionFrom::Environment))
            .or_else(|| chosen(in_file(Key::Region)?.0, RegionFrom::Profile))
            .unwrap_or_else(|| (default_region(partition), RegionFrom::Partition));
        let ignore = self.is_on(Key::IgnoreConfiguredEndpointUrls)?;
        let url = |service: &Service<'_>| -> Result<Option<String>> {
            if ignore { Ok(None) } else { self.service_url(service) }
        };
        let endpoint_url = url(&STS)?;
        let use_fips = self.is_on(Key::UseFipsEndpoint)?;
        let use_dual_stack = self.is_on(Key::UseDualstackEndpoint)?;
        if endpoint_url.is_some() && (use_fips || use_dual_stack) {
            let kind = if use_fips { "FIPS" } else { "dual-stack" };
            return Err(Error::config(format!(
                "an endpoint URL and {kind} endpoints are both set"
            ))
            .hint("remove one of them: AWS SDKs reject the two together"));
        }
        let plain = endpoint_url.is_none() && !use_fips && !use_dual_stack;
        let legacy = self.value(Key::StsRegionalEndpoints, legacy_sts)?.unwrap_or_default();
        let ca_bundle = match (environment.context().var_os("AWS_CA_BUNDLE"), profile) {
            (Some(path), _) => Some(path.into()),
            (None, Some(profile)) => profile.unquoted(Key::CaBundle)?.map(|(path, _)| path.into()),
            (None, None) => None,
        };
        Ok(AwsSettings {
            ca_bundle,
            max_attempts: self.value(Key::MaxAttempts, attempts)?,
            other_retry_mode: self.value(Key::RetryMode, other_retry_mode)?.flatten(),
            region: region.to_owned(),
            region_from,
            region_at: in_file(Key::Region).map(|(_, setting)| setting.at.clone()),
            global_sts: plain
                && (legacy && LEGACY_REGIONS.contains(&region) || region == GLOBAL_REGION),
            endpoint_url,
            sso_url: url(&SSO)?,
            sso_oidc_url: url(&SSO_OIDC)?,
            sign_in_url: url(&SIGN_IN)?,
            use_fips,
            use_dual_stack,
        })
    }

    /// Returns the URL to call for a service that is not in [`AwsSettings`], if one is set. `id` is the
    /// service's ID in lower case, with `_` for spaces.
    ///
    /// # Errors
    /// If a setting that is read for it is invalid.
    pub(crate) fn service_endpoint(self, id: &str) -> Result<Option<String>> {
        if self.is_on(Key::IgnoreConfiguredEndpointUrls)? {
            return Ok(None);
        }
        let variable = format!("AWS_ENDPOINT_URL_{}", id.to_ascii_uppercase());
        self.service_url(&Service { variable: &variable, key: id })
    }

    fn is_on(self, key: Key) -> Result<bool> {
        Ok(self.value(key, boolean)?.unwrap_or_default())
    }

    /// Returns the value of a setting as `parse` reads it, which is its check in the table: that of the
    /// first of its variables that is set, otherwise the profile's.
    ///
    /// # Errors
    /// The value breaks the setting's rule.
    pub(super) fn value<T>(
        self,
        key: Key,
        parse: fn(&str) -> std::result::Result<T, Invalid>,
    ) -> Result<Option<T>> {
        if let Some((name, text)) = self.environment.context().first_var(key.variables()) {
            let value = key.parse(text, parse).map_err(|invalid| invalid.error(Kind::Usage, name));
            return value.map(Some);
        }
        let found = self.profile.map(|profile| profile.parsed(key, parse)).transpose()?.flatten();
        Ok(found.map(|(value, _)| value))
    }

    /// The URL to call instead of a service's own, from the environment or the files.
    fn service_url(self, service: &Service<'_>) -> Result<Option<String>> {
        let names = [service.variable, "AWS_ENDPOINT_URL"];
        let variable = names.into_iter().find_map(|name| Some((name, self.environment.var(name)?)));
        let url = match (variable, self.profile) {
            (Some((name, url)), _) => {
                Key::EndpointUrl.check(url).map_err(|invalid| invalid.error(Kind::Usage, name))?;
                Some(url.to_owned())
            }
            (None, Some(profile)) => endpoint_in_files(profile, self.set, service.key)?,
            (None, None) => None,
        };
        // A signed call has no use for a user and a password.
        Ok(url.map(|url| redact::urls(&url).into_owned()))
    }
}

/// Returns how AWS is called for the profile of that name, if there is one.
///
/// # Errors
/// If a setting is invalid.
pub(crate) fn settings_of(
    profile: &str,
    set: &ProfileSet<'_>,
    environment: Environment<'_>,
) -> Result<AwsSettings> {
    let profile = set.profile(profile)?;
    SettingsReader { profile: profile.as_ref(), set, environment }.settings(None, "aws")
}

/// How the endpoint settings name a service.
///
/// Rule: AWS SDKs and Tools reference, "Service-specific endpoints": the service ID in upper case
/// after `AWS_ENDPOINT_URL_`, in lower case as a key, with `_` for spaces.
struct Service<'s> {
    variable: &'s str,
    key: &'s str,
}

const STS: Service<'_> = Service { variable: "AWS_ENDPOINT_URL_STS", key: "sts" };
const SSO: Service<'_> = Service { variable: "AWS_ENDPOINT_URL_SSO", key: "sso" };
const SIGN_IN: Service<'_> = Service { variable: "AWS_ENDPOINT_URL_SIGNIN", key: "signin" };
const SSO_OIDC: Service<'_> = Service { variable: "AWS_ENDPOINT_URL_SSO_OIDC", key: "sso_oidc" };

/// The regions for which `legacy` means the global endpoint.
///
/// Rule: AWS SDKs and Tools reference, "AWS STS Regional endpoints".
const LEGACY_REGIONS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    GLOBAL_REGION,
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The URL from the `services` section that the profile names, otherwise the profile's
/// `endpoint_url`.
fn endpoint_in_files(
    profile: &Profile<'_>,
    set: &ProfileSet<'_>,
    service: &str,
) -> Result<Option<String>> {
    if let Some((name, setting)) = profile.get(Key::Services) {
        let Some(services) = set.services(name)? else {
            return Err(Error::config(format!("there is no section [services {name}]"))
                .at(Some(setting.at.clone())));
        };
        let block = services.iter().find(|setting| setting.key == service);
        if let Some((block, url)) = block.and_then(|it| Some((it, it.nested("endpoint_url")?))) {
            Key::EndpointUrl.check(url).map_err(|invalid| {
                let what = format!("'endpoint_url' of '{service}' in [services {name}]");
                let error = invalid.error(Kind::Config, what).at(Some(block.at.clone()));
                error.because(Reason::InvalidValue)
            })?;
            return Ok(Some(url.to_owned()));
        }
    }
    Ok(profile.checked(Key::EndpointUrl)?.map(|(url, _)| url.to_owned()))
}
