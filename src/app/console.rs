//! Sign-ins to the web console with a session.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Resolved, Way, warn_about_plain_http};
use crate::{
    aws::{Aws as _, Budget, Call, Endpoint, Sdk, sign_in_address},
    browser::{Browser, BrowserFailure},
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
    plan::{Plan, RegionFrom},
    progress::waiting_for,
    rules::{default_region, partition_named, partition_of, partition_of_region},
    secret::Secret,
    session::{ConsoleSignIn, SessionRequest, explain_console},
};

/// How long the sign-in endpoint may take to answer.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(15);
/// How long a browser may take to fetch the address.
const BROWSER_LIMIT: Duration = Duration::from_mins(1);

/// The web console, for the credentials of a profile.
pub(crate) struct Console<'c> {
    resolved: Resolved<'c>,
    site: Site,
    /// How long the console session should last, in seconds; `None`: as long as the credentials.
    seconds: Option<u32>,
}

/// An address that signs a browser in.
pub(crate) struct ConsoleAddress {
    /// Anyone who has it is signed in; it works once, within 15 minutes.
    pub(crate) address: Secret,
    /// When the credentials expire.
    pub(crate) credentials_end: Option<DateTime<Utc>>,
    /// When the console session expires.
    pub(crate) ends: Option<DateTime<Utc>>,
}

impl<'c> Console<'c> {
    /// Returns the console that belongs to the partition of a profile, and prepares the profile's plan for a
    /// console session of `seconds`.
    ///
    /// # Errors
    /// Of kind `Config` for long-lived keys and an unknown partition; of kind `Usage` for a duration that the
    /// profile can't have.
    pub(crate) fn of(mut resolved: Resolved<'c>, seconds: Option<u32>) -> Result<Self> {
        prepare(&mut resolved.plan, seconds)?;
        let site = Site::of(&resolved.plan)?;
        Ok(Self { resolved, site, seconds })
    }

    /// The plan for the credentials.
    pub(crate) fn plan(&self) -> &Plan {
        &self.resolved.plan
    }

    /// Warns of endpoints in plain text.
    pub(crate) fn warn(&self, streams: &mut Streams<'_>) {
        warn_about_plain_http(self.plan().aws.endpoint_url.as_deref(), streams);
        warn_about_plain_http(Some(&self.site.sign_in), streams);
    }

    /// Gets credentials for the console and exchanges them for an address, which shows the page of `service`.
    ///
    /// # Errors
    /// Those of every hand-out, and if AWS Sign-In refuses or does not answer.
    pub(crate) fn sign_in(
        &self,
        request: SessionRequest,
        service: Option<&str>,
        streams: &mut Streams<'_>,
    ) -> Result<ConsoleAddress> {
        let Self { resolved, site, seconds } = self;
        let (context, plan) = (resolved.context, &resolved.plan);
        let way = Way::to_caller("console");
        let acquired = resolved.hand_out(way, request, |warning| streams.warn(warning))?;
        let endpoint = Endpoint {
            url: Some(site.sign_in.clone()),
            ca_bundle: plan.aws.ca_bundle.clone(),
            ..Endpoint::default()
        };
        let call = Call { endpoint: &endpoint, budget: Budget::new(SIGN_IN_LIMIT, 1) };
        let waiting = waiting_for(context, "AWS Sign-In");
        let token = Sdk.sign_in_token(call, &acquired.credentials, *seconds);
        drop(waiting);
        let token = token.map_err(|failure| {
            let (name, url) = (plan.name(), site.sign_in.as_str());
            explain_console(&failure, &ConsoleSignIn { name, url, seconds: *seconds })
        })?;
        let address = sign_in_address(&site.sign_in, &site.destination(service), &token);
        let credentials_end = acquired.credentials.expiration;
        let lasts = seconds.map(|seconds| TimeDelta::seconds(seconds.into()));
        let ends = lasts.map(|lasts| context.now() + lasts).or(credentials_end);
        Ok(ConsoleAddress { address, credentials_end, ends })
    }
}

/// The user's browser.
pub(crate) struct ConsoleBrowser<'c> {
    context: &'c Context,
    browser: Browser,
}

impl<'c> ConsoleBrowser<'c> {
    /// # Errors
    /// Of kind `NeedsHuman`, if none can be opened here.
    pub(crate) fn find(context: &'c Context) -> Result<Self> {
        match Browser::find(context) {
            Some(browser) => Ok(Self { context, browser }),
            None => Err(no_browser()),
        }
    }

    /// Sends the browser to `address`, which other programs don't get to see.
    ///
    /// # Errors
    /// If it does not fetch the address within a minute.
    pub(crate) fn open(&self, address: &Secret) -> Result<()> {
        let waiting = waiting_for(self.context, "the browser");
        let opened = self.browser.open(self.context, address, BROWSER_LIMIT);
        drop(waiting);
        opened.map_err(|failure| not_opened(&failure))
    }
}

/// Checks that the credentials of `plan` can sign in to the console, and for the duration asked
/// for.
///
/// Rule: IAM user guide, "Enable custom identity broker access to the AWS console":
/// `SessionDuration` is for roles that are assumed with an IAM user's long-lived keys; with role
/// chaining it fails.
fn prepare(plan: &mut Plan, seconds: Option<u32>) -> Result<()> {
    let keys = plan.base.source.is_long_lived();
    if keys && plan.hops.is_empty() {
        return Err(Error::config(format!(
            "'{}' has long-lived keys, which can't sign in to the console",
            plan.name()
        ))
        .at(plan.base.at.clone())
        .hint("use a profile with a role, or sign in with the user's password"));
    }
    if seconds.is_none() {
        return Ok(());
    }
    if !keys || plan.hops.len() != 1 {
        return Err(Error::new(
            Kind::Usage,
            "--duration only works for a role that is assumed directly with an IAM user's access keys",
        )
        .hint("without it, the console session expires with the profile's session"));
    }
    // Assuming the role with an MFA session would be role chaining: send a code with AssumeRole
    // instead.
    if let Some(mfa) = &mut plan.mfa {
        mfa.direct = true;
    }
    Ok(())
}

/// The web console of a partition.
struct Site {
    /// The address of the sign-in endpoint, without a path.
    sign_in: String,
    /// The console's host.
    host: String,
    /// The region to show, if one was chosen.
    region: Option<String>,
}

impl Site {
    /// Rules: AWS General Reference, "AWS Sign-In endpoints" and "AWS Management Console
    /// endpoints", and the same pages of each partition. The European Sovereign Cloud only has
    /// regional ones.
    fn of(plan: &Plan) -> Result<Self> {
        let region = &plan.aws.region;
        let partition = match plan.hops.last() {
            Some(hop) => partition_of(&hop.role_arn),
            None => partition_of_region(region),
        };
        // The global endpoints' names, such as `aws-global`, are no regions that the console knows.
        let is_real = !region.starts_with("aws-");
        let chosen = plan.aws.region_from != RegionFrom::Partition;
        let own = is_real && partition_of_region(region) == partition;
        let known = partition_named(partition).and_then(|partition| partition.console_domain);
        let Some(domain) = known else {
            return Err(Error::config(format!(
                "the web console's address in partition '{partition}' is unknown"
            )));
        };
        let prefix = match partition {
            "aws-eusc" if own => format!("{region}."),
            "aws-eusc" => format!("{}.", default_region(partition)),
            _ => String::new(),
        };
        let sign_in = match &plan.aws.sign_in_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{prefix}signin.{domain}"),
        };
        Ok(Self {
            sign_in,
            host: format!("{prefix}console.{domain}"),
            region: (chosen && own).then(|| region.clone()),
        })
    }

    fn destination(&self, service: Option<&str>) -> String {
        let host = &self.host;
        let page = service.unwrap_or("console");
        match &self.region {
            Some(region) => format!("https://{host}/{page}/home?region={region}"),
            None => format!("https://{host}/{page}/home"),
        }
    }
}

fn no_browser() -> Error {
    Error::new(Kind::NeedsHuman, "no browser can be opened here")
        .hint("use --print, and open the address within 15 minutes on a machine with a browser")
}

fn not_opened(failure: &BrowserFailure) -> Error {
    let why = match failure {
        BrowserFailure::NotStarted(why) => format!("the browser could not be started: {why}"),
        BrowserFailure::NoPort(error) => format!("no local port could be opened: {error}"),
        BrowserFailure::TooSlow => {
            "the browser did not fetch the address within the time limit".to_owned()
        }
    };
    Error::new(Kind::Other, why)
        .hint("use --print, and open the address yourself within 15 minutes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Audit, AwsSettings, Base, Hop, Places, SessionAttributes, Source};

    fn plan(role_arn: &str, region: &str, region_from: RegionFrom) -> Plan {
        let hop = Hop {
            profile: None,
            role_arn: role_arn.to_owned(),
            external_id: None,
            session_name: "me".to_owned(),
            duration_seconds: None,
            capped_from: None,
            attributes: SessionAttributes::default(),
            places: Places::default(),
        };
        let source = Source::Login { session: "s".to_owned() };
        let base = Base { profile: "base".to_owned(), at: None, source, end: None };
        let aws = AwsSettings { region: region.to_owned(), region_from, ..AwsSettings::default() };
        Plan {
            profile: None,
            chain: Vec::new(),
            base,
            mfa: None,
            session: None,
            confirm: None,
            hops: vec![hop],
            aws,
            adjusted: false,
            audit: Audit::default(),
            agent_policy: None,
        }
    }

    #[test]
    fn each_partition_has_its_own_sign_in_and_console() {
        for (partition, region, sign_in, home) in [
            ("aws", "eu-west-1", "signin.aws.amazon.com", "console.aws.amazon.com"),
            ("aws-cn", "cn-north-1", "signin.amazonaws.cn", "console.amazonaws.cn"),
            (
                "aws-us-gov",
                "us-gov-west-1",
                "signin.amazonaws-us-gov.com",
                "console.amazonaws-us-gov.com",
            ),
            (
                "aws-eusc",
                "eusc-de-east-1",
                "eusc-de-east-1.signin.amazonaws-eusc.eu",
                "eusc-de-east-1.console.amazonaws-eusc.eu",
            ),
        ] {
            let role = format!("arn:{partition}:iam::222222222222:role/x");
            let site = Site::of(&plan(&role, region, RegionFrom::Profile)).unwrap();
            assert_eq!(site.sign_in, format!("https://{sign_in}"));
            let page = format!("https://{home}/s3/home?region={region}");
            assert_eq!(site.destination(Some("s3")), page);
            let site = Site::of(&plan(&role, region, RegionFrom::Partition)).unwrap();
            assert_eq!(site.destination(None), format!("https://{home}/console/home"));
            // The user's region belongs to another partition.
            let foreign = if partition == "aws" { "cn-north-1" } else { "us-east-1" };
            let site = Site::of(&plan(&role, foreign, RegionFrom::Environment)).unwrap();
            assert_eq!(site.destination(None), format!("https://{home}/console/home"));
        }
        for (partition, region) in [("aws", "aws-global"), ("aws-cn", "aws-cn-global")] {
            let role = format!("arn:{partition}:iam::222222222222:role/x");
            let site = Site::of(&plan(&role, region, RegionFrom::Profile)).unwrap();
            assert!(site.destination(None).ends_with("/console/home"), "{region}");
        }
        let secret =
            plan("arn:aws-iso:iam::222222222222:role/x", "us-iso-east-1", RegionFrom::Flag);
        assert!(Site::of(&secret).is_err());
    }
}
