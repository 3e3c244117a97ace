//! How AWS is called: region, endpoint, FIPS and dual-stack.

use std::path::PathBuf;

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    profile::{Profile, ProfileSet, Setting},
};

/// What the environment says on how AWS is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`.
    pub region: Option<String>,
    /// `AWS_ENDPOINT_URL_STS`, else `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`.
    pub ignore_configured_endpoints: bool,
    /// `AWS_USE_FIPS_ENDPOINT`.
    pub use_fips: Option<bool>,
    /// `AWS_USE_DUALSTACK_ENDPOINT`.
    pub use_dual_stack: Option<bool>,
    /// `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
    /// The OS user's name, for the default session name.
    pub user: Option<String>,
}

impl Environment {
    /// Reads them from the context.
    pub fn of(context: &Context) -> Result<Self> {
        let text = |names: &[&str]| context.first_var(names).map(|(_, value)| value.to_owned());
        let flag = |name: &str| -> Result<Option<bool>> {
            let Some(value) = context.var(name) else {
                return Ok(None);
            };
            let wrong = || Error::new(Kind::Usage, format!("{name} is neither true nor false"));
            boolean(value).ok_or_else(wrong).map(Some)
        };
        Ok(Self {
            region: text(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            endpoint_url: text(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]),
            ignore_configured_endpoints: flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")?
                .unwrap_or_default(),
            use_fips: flag("AWS_USE_FIPS_ENDPOINT")?,
            use_dual_stack: flag("AWS_USE_DUALSTACK_ENDPOINT")?,
            ca_bundle: context.var_os("AWS_CA_BUNDLE").map(PathBuf::from),
            user: context.user_name(),
        })
    }
}

/// How AWS is called for one plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AwsSettings {
    /// The region of the call.
    pub region: String,
    /// Whether somebody chose that region; otherwise it is the partition's own.
    pub region_chosen: bool,
    /// A URL to call in place of the region's endpoint.
    pub endpoint_url: Option<String>,
    /// Whether to call a FIPS endpoint.
    pub use_fips: bool,
    /// Whether to call an endpoint with IPv6 as well.
    pub use_dual_stack: bool,
    /// A file of certificates to trust in place of the system's.
    pub ca_bundle: Option<PathBuf>,
}

impl AwsSettings {
    /// The settings for calls on behalf of `profile`, the one asked for.
    ///
    /// Rules: AWS SDKs and Tools reference, "AWS Region", "Service-specific endpoints", "Dual-stack
    /// and FIPS endpoints". The environment beats the file in each.
    pub(super) fn of(
        profile: Option<&Profile<'_>>,
        set: &ProfileSet<'_>,
        environment: &Environment,
        region_flag: Option<&str>,
        partition: &str,
    ) -> Result<Self> {
        let in_file = |key: &str| profile.and_then(|profile| profile.text(key));
        let flag = |key: &str, chosen: Option<bool>| -> Result<bool> {
            match (chosen, in_file(key)) {
                (Some(chosen), _) => Ok(chosen),
                (None, None) => Ok(false),
                (None, Some((text, setting))) => boolean(text).ok_or_else(|| not_boolean(setting)),
            }
        };
        let chosen_region = region_flag
            .or(environment.region.as_deref())
            .or_else(|| in_file("region").map(|(region, _)| region));
        let ignore = environment.ignore_configured_endpoints
            || flag("ignore_configured_endpoint_urls", None)?;
        let endpoint_url = match (&environment.endpoint_url, profile) {
            _ if ignore => None,
            (Some(url), _) => Some(url.clone()),
            (None, Some(profile)) => endpoint_in_files(profile, set)?,
            (None, None) => None,
        };
        let use_fips = flag("use_fips_endpoint", environment.use_fips)?;
        let use_dual_stack = flag("use_dualstack_endpoint", environment.use_dual_stack)?;
        if endpoint_url.is_some() && (use_fips || use_dual_stack) {
            let kind = if use_fips { "FIPS" } else { "dual-stack" };
            return Err(Error::config(format!(
                "an endpoint URL and {kind} endpoints are both set"
            ))
            .hint("take one of them out: AWS SDKs refuse the two together"));
        }
        let ca_bundle = environment.ca_bundle.clone();
        Ok(Self {
            ca_bundle: ca_bundle.or_else(|| in_file("ca_bundle").map(|(path, _)| path.into())),
            region: chosen_region.unwrap_or_else(|| region_of_partition(partition)).to_owned(),
            region_chosen: chosen_region.is_some(),
            endpoint_url,
            use_fips,
            use_dual_stack,
        })
    }
}

/// The `services` section that the profile names, then the profile's own `endpoint_url`.
fn endpoint_in_files(profile: &Profile<'_>, set: &ProfileSet<'_>) -> Result<Option<String>> {
    if let Some((name, setting)) = profile.text("services") {
        let Some(services) = set.services(name)? else {
            return Err(Error::config(format!("there is no section [services {name}]"))
                .at(Some(setting.at.clone())));
        };
        let sts = services.iter().find(|setting| setting.key == "sts");
        if let Some(url) = sts.and_then(|sts| sts.nested("endpoint_url")) {
            return Ok(Some(url.to_owned()));
        }
    }
    Ok(profile.text("endpoint_url").map(|(url, _)| url.to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn not_boolean(setting: &Setting<'_>) -> Error {
    Error::config(format!("'{}' is neither true nor false", setting.key))
        .at(Some(setting.at.clone()))
}

/// The region to ask for a role of `partition` when nobody chose one. Tokens of a regional STS hold
/// in the whole partition, so any of its regions does.
fn region_of_partition(partition: &str) -> &'static str {
    match partition {
        "aws-cn" => "cn-north-1",
        "aws-us-gov" => "us-gov-west-1",
        "aws-iso" => "us-iso-east-1",
        "aws-iso-b" => "us-isob-east-1",
        "aws-iso-e" => "eu-isoe-west-1",
        "aws-iso-f" => "us-isof-south-1",
        "aws-eusc" => "eusc-de-east-1",
        _ => "us-east-1",
    }
}
