//! The environment variables that take precedence over profiles, or that point elsewhere.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpStream, ToSocketAddrs as _},
    path::Path,
    time::Duration,
};

use super::{check::Check, finding::Finding};
use crate::{
    app::{
        PLAIN_HTTP_HINT, PROFILE_VARIABLES, environment_warning, plain_http_warning, store_by_name,
    },
    aws::{Proxy, check_ca_bundle},
    context::Context,
    error::{Error, Kind},
    plan::{AwsSettings, Plan},
    profile::{ProfileSet, Which},
    prompt::PromptMode,
    redact::urls,
    rules::is_plain_http,
};

/// How long to wait for a port of this machine to answer.
const PORT_TIMEOUT: Duration = Duration::from_millis(100);

/// Returns what the environment changes. `set` has the profiles, if the files can be read.
pub(super) fn check(context: &Context, set: Option<&ProfileSet<'_>>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(warning) = environment_warning(context) {
        findings.push(
            Finding::warning(Check::EnvironmentKeys, warning)
                .remedy("'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'"),
        );
    }
    // Rule: botocore's order of providers.
    if context.var("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() && context.var("AWS_ROLE_ARN").is_some()
    {
        let text = "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are set";
        findings.push(
            Finding::warning(Check::EnvironmentRole, text)
                .remedy("'unset AWS_WEB_IDENTITY_TOKEN_FILE AWS_ROLE_ARN'"),
        );
    }
    findings.extend(set.and_then(|set| profile(context, set)));
    for (which, variable) in
        [(Which::Config, "AWS_CONFIG_FILE"), (Which::Credentials, "AWS_SHARED_CREDENTIALS_FILE")]
    {
        if context.var_os(variable).is_some()
            && let Ok(path) = which.path(context)
            && !path.exists()
        {
            let text = format!("{variable} names a file that does not exist: {}", path.display());
            findings.push(
                Finding::warning(Check::EnvironmentFile, text)
                    .remedy(format!("'unset {variable}'")),
            );
        }
    }
    findings.extend(own_values(context));
    findings.extend(endpoints(context));
    findings.extend(proxies(context));
    findings.extend(ca_bundle(context));
    findings
}

/// The profile that the environment selects.
fn profile(context: &Context, set: &ProfileSet<'_>) -> Option<Finding> {
    let (variable, name) = context.first_var(&PROFILE_VARIABLES)?;
    if set.profile(name).is_ok_and(|profile| profile.is_none()) {
        let hint = set.suggestion(name).map(|hint| format!("; {hint}")).unwrap_or_default();
        return Some(
            Finding::problem(
                Check::EnvironmentProfile,
                format!("{variable} is '{name}', and that profile does not exist"),
            )
            .remedy(format!("'unset {variable}'{hint}")),
        );
    }
    let other = context.var("AWS_DEFAULT_PROFILE").filter(|other| *other != name)?;
    let text = format!(
        "AWS_PROFILE is '{name}' and AWS_DEFAULT_PROFILE is '{other}': boto3 uses the second"
    );
    Some(Finding::warning(Check::EnvironmentProfile, text).remedy("'unset AWS_DEFAULT_PROFILE'"))
}

/// Variables of our own that every command reads.
fn own_values(context: &Context) -> Vec<Finding> {
    let store = context.var("ROLECALL_STORE").and_then(|name| store_by_name(context, name).err());
    let prompt = PromptMode::of(context).err().map(|why| Error::new(Kind::Usage, why));
    let finding = |error: Error, variable: &str| Finding {
        check: Check::EnvironmentValue,
        text: format!("{variable}: {}", error.message()),
        ..Finding::of_error(&error).remedy(format!("'unset {variable}'"))
    };
    let store = store.map(|error| finding(error, "ROLECALL_STORE"));
    store.into_iter().chain(prompt.map(|error| finding(error, "ROLECALL_PROMPT"))).collect()
}

/// Endpoint URLs of these plans, and of services in the environment, that are called in plain text.
pub(super) fn plain_endpoints(context: &Context, plans: &[Plan]) -> Vec<Finding> {
    let of_plan = |plan: &Plan| {
        let AwsSettings { endpoint_url, sso_url, sso_oidc_url, sign_in_url, .. } = &plan.aws;
        [endpoint_url, sso_url, sso_oidc_url, sign_in_url].map(Clone::clone).into_iter().flatten()
    };
    let variables = context.environment().iter().filter_map(|(name, value)| {
        let is_url = name.to_str().is_some_and(|name| name.starts_with("AWS_ENDPOINT_URL"));
        value.to_str().filter(|_| is_url).map(|url| urls(url).into_owned())
    });
    let all = plans.iter().flat_map(of_plan).chain(variables);
    let plain: BTreeSet<String> = all.filter(|url| is_plain_http(url)).collect();
    let finding = |url: &String| {
        Finding::warning(Check::PlainEndpoint, plain_http_warning(url)).remedy(PLAIN_HTTP_HINT)
    };
    plain.iter().map(finding).collect()
}

/// Endpoint URLs that apply to every profile.
fn endpoints(context: &Context) -> Vec<Finding> {
    const ALL: &str = "AWS_ENDPOINT_URL";
    let variables = context.environment().iter().filter_map(|(name, value)| {
        let name = name.to_str().filter(|name| name.starts_with(ALL))?;
        Some((name, value.to_str().filter(|value| !value.is_empty())?))
    });
    let finding = |(name, url): (&str, &str)| {
        let host = host_of(url)?;
        let is_silent = local_port(&host).is_some_and(|port| !listens(port));
        let why = match (is_silent, name == ALL) {
            (true, _) => ", where nothing listens",
            // One service's URL is set on purpose; a URL for all of them is most often left over.
            (false, true) => " for all AWS services",
            (false, false) => return None,
        };
        Some(
            Finding::warning(Check::EnvironmentEndpoint, format!("{name} points to {host}{why}"))
                .remedy(format!("'unset {name}'")),
        )
    };
    variables.filter_map(finding).collect()
}

/// Proxies that can't be used.
fn proxies(context: &Context) -> Vec<Finding> {
    // The first four are for AWS itself, best first.
    let names =
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"];
    let used = names[..4].iter().find(|name| context.var_os(name).is_some());
    let finding = |name: &&str| {
        let proxy = match context.var_os(name)?.to_str() {
            Some(value) => Proxy::parse(value),
            None => Err("it is not UTF-8"),
        };
        let remedy = format!("'unset {name}', or correct it");
        match proxy {
            Err(why) => {
                let text = format!("{name} is not the URL of a proxy: {why}");
                let finding = match used {
                    Some(used) if used == name => Finding::problem(Check::Proxy, text),
                    _ => Finding::warning(Check::Proxy, text),
                };
                Some(Finding { kind: Kind::Unreachable, ..finding }.remedy(remedy))
            }
            Ok(proxy) => {
                let host = host_of(&format!("http://{}", proxy.address()))?;
                let is_silent = local_port(&host).is_some_and(|port| !listens(port));
                let text = format!("{name} is the proxy {host}, where nothing listens");
                is_silent.then(|| Finding::warning(Check::Proxy, text).remedy(remedy))
            }
        }
    };
    names.iter().filter_map(finding).collect()
}

fn ca_bundle(context: &Context) -> Option<Finding> {
    let path = context.var_os("AWS_CA_BUNDLE")?;
    let why = check_ca_bundle(Path::new(path)).err()?;
    let finding = Finding::problem(Check::CaBundle, format!("AWS_CA_BUNDLE: {why}"));
    Some(
        Finding { kind: Kind::Other, ..finding }
            .remedy("'unset AWS_CA_BUNDLE', or correct the path"),
    )
}

/// The host and port of a URL, without a user's name and password; `None` if it has none.
fn host_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let usual = if scheme == "https" { 443 } else { 80 };
    let port = authority.port_u16().unwrap_or(usual);
    let host = authority.host();
    (!host.is_empty()).then(|| format!("{host}:{port}"))
}

/// The address of `host` (`name:port`) if it is this machine: nothing else is asked without leave.
fn local_port(host: &str) -> Option<SocketAddr> {
    let (name, _) = host.rsplit_once(':')?;
    let is_local = name == "localhost" || name.starts_with("127.") || name == "[::1]";
    is_local.then(|| host.to_socket_addrs().ok()?.next()).flatten()
}

fn listens(address: SocketAddr) -> bool {
    TcpStream::connect_timeout(&address, PORT_TIMEOUT).is_ok()
}
