//! The base of a chain: where its first credentials come from.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::{Environment, SsoRole, environment::read, sso::sso_role};
use crate::{
    credentials::Credentials,
    error::{Error, Kind, Location, Result},
    profile::{Key, ProcessLine, Profile, ProfileSet, Setting, Which},
    rules::check_long_lived_key_id,
    secret::Secret,
};

/// Where the containers of a task get their credentials.
///
/// Rule: Amazon ECS developer guide, "Task IAM role".
const CONTAINER_HOST: &str = "http://169.254.170.2";
/// The instance metadata service.
///
/// Rule: Amazon EC2 user guide, "Access instance metadata for an EC2 instance".
const METADATA_IPV4: &str = "http://169.254.169.254";
const METADATA_IPV6: &str = "http://[fd00:ec2::254]";
/// A random number that Linux generates at each boot (random(4)).
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A profile that has its own credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// The profile.
    pub profile: String,
    /// The setting that says where the credentials come from, for the message when there are none.
    pub at: Option<Location>,
    /// Where they come from.
    pub source: Source,
}

/// The source of a chain's first credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Access keys in one of the two files or, with `credential_source = Environment`, in the
    /// environment.
    Keys(Credentials),
    /// Long-lived access keys in the store.
    StoredKeys {
        /// Their ID, under which the store has the secret.
        access_key_id: String,
        /// The profile's `aws_account_id`.
        account_id: Option<String>,
    },
    /// A token in a file, with which the first role is assumed (AssumeRoleWithWebIdentity).
    WebIdentity {
        /// The file. It is read for each call, because tokens are replaced in place.
        token_file: PathBuf,
    },
    /// A role of IAM Identity Center.
    Sso(SsoRole),
    /// A console session of `aws login`.
    Login {
        /// `login_session`: the ARN that it was created for.
        session: String,
    },
    /// Another program's output.
    Process {
        /// The command line, for a shell.
        command: String,
        /// The profile's `aws_account_id`, for when the program names no account.
        account_id: Option<String>,
    },
    /// The container credentials service.
    Container {
        /// Its URI.
        uri: String,
    },
    /// The EC2 instance metadata service.
    InstanceMetadata {
        /// Its URL.
        endpoint: String,
        /// The boot ID of the machine; `None` if the system has none.
        boot_id: Option<String>,
    },
}

impl Source {
    /// Returns the word for it that `profile show` and `status` print.
    pub fn kind(&self) -> &'static str {
        match self {
            // One word for both: sessions remain valid when the keys move to the store.
            Self::Keys(_) | Self::StoredKeys { .. } => "keys",
            Self::WebIdentity { .. } => "web-identity",
            Self::Sso(_) => "sso",
            Self::Login { .. } => "login",
            Self::Process { .. } => "process",
            Self::Container { .. } => "container",
            Self::InstanceMetadata { .. } => "instance-metadata",
        }
    }

    /// Whether its credentials are a session that must be fetched and is worth storing. Others are
    /// known already.
    pub(crate) fn is_fetched(&self) -> bool {
        !matches!(self, Self::Keys(_) | Self::StoredKeys { .. } | Self::WebIdentity { .. })
    }

    /// Whether its credentials are an IAM user's long-lived keys.
    pub(crate) fn is_long_lived(&self) -> bool {
        match self {
            Self::Keys(credentials) => credentials.session_token.is_none(),
            Self::StoredKeys { .. } => true,
            _ => false,
        }
    }

    /// Whether its credentials are a session's, so that assuming a role with them is role chaining.
    /// For another program that is unknown until it has run.
    pub fn is_temporary(&self) -> bool {
        match self {
            Self::Keys(credentials) => credentials.session_token.is_some(),
            Self::StoredKeys { .. } | Self::WebIdentity { .. } | Self::Process { .. } => false,
            _ => true,
        }
    }

    /// Returns what identifies the base's credentials in the cache key: names and values.
    pub fn identity(&self) -> Vec<(&'static str, Option<&str>)> {
        match self {
            Self::Keys(credentials) => vec![("access key", Some(&credentials.access_key_id))],
            Self::StoredKeys { access_key_id, account_id: _ } => {
                vec![("access key", Some(access_key_id))]
            }
            Self::WebIdentity { token_file } => vec![("token file", token_file.to_str())],
            Self::Sso(SsoRole { start_url, account_id, role_name, session: _, region: _ }) => vec![
                ("start URL", Some(start_url)),
                ("account", Some(account_id)),
                ("SSO role", Some(role_name)),
            ],
            Self::Login { session } => vec![("login session", Some(session))],
            Self::Process { command, account_id } => {
                vec![("command", Some(command)), ("account", account_id.as_deref())]
            }
            Self::Container { uri } => vec![("container", Some(uri))],
            Self::InstanceMetadata { endpoint, boot_id } => {
                vec![("metadata", Some(endpoint)), ("boot", boot_id.as_deref())]
            }
        }
    }
}

/// Returns the base that `profile` describes, not counting its role; `None` if it has no
/// credentials.
///
/// The sources are tried in the order of the AWS SDK for Rust. One that is incomplete is an error,
/// and never skipped for a later one. `first` is the profile that was asked for, whose settings
/// determine how AWS is called.
pub(super) fn base_of<'a>(
    profile: &Profile<'a>,
    first: &Profile<'_>,
    set: &ProfileSet<'a>,
    environment: Environment<'_>,
) -> Result<Option<Base>> {
    let base = |source: Source, setting: &Setting<'_>| {
        Ok(Some(Base { profile: profile.name.clone(), at: Some(setting.at.clone()), source }))
    };
    if let Some((name, setting)) = profile.get(Key::CredentialSource) {
        return base(named_source(name, setting, profile, first, environment)?, setting);
    }
    if let Some((role, setting)) = sso_role(profile, set)? {
        return base(Source::Sso(role), setting);
    }
    if let Some((session, setting)) = profile.get(Key::LoginSession) {
        return base(Source::Login { session: session.to_owned() }, setting);
    }
    if profile.get(Key::AccessKeyId).is_some() {
        return own_keys(profile);
    }
    if let Some((command, setting)) = profile.get(Key::CredentialProcess)
        && ProcessLine::of(profile) == Some(ProcessLine::Foreign)
    {
        let account_id = profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned());
        return base(Source::Process { command: command.to_owned(), account_id }, setting);
    }
    static_base(profile)
}

/// Returns the access keys of `profile`, in a file or in the store, as a base. Those in a file come
/// first, because AWS's own tools use them without running rolecall.
pub(super) fn own_keys(profile: &Profile<'_>) -> Result<Option<Base>> {
    Ok(static_base(profile)?.or(stored_base(profile)?))
}

/// The access keys of `profile` in a file, as a base.
fn static_base(profile: &Profile<'_>) -> Result<Option<Base>> {
    let keys = static_keys(profile)?;
    let at = profile.get(Key::AwsAccessKeyId).map(|(_, setting)| setting.at.clone());
    let profile = profile.name.clone();
    Ok(keys.map(|credentials| Base { profile, at, source: Source::Keys(credentials) }))
}

/// Returns the keys of `profile` in the store as a base; `None` if it names none.
fn stored_base(profile: &Profile<'_>) -> Result<Option<Base>> {
    let Some((id, setting)) = profile.get(Key::AccessKeyId) else {
        return Ok(None);
    };
    let at = Some(setting.at.clone());
    check_key_id(id).map_err(|error| error.at(at.clone()))?;
    let account_id = profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned());
    let source = Source::StoredKeys { access_key_id: id.to_owned(), account_id };
    Ok(Some(Base { profile: profile.name.clone(), at, source }))
}

/// Checks that `id` is of a long-lived access key.
pub(crate) fn check_key_id(id: &str) -> Result<()> {
    check_long_lived_key_id(id).map_err(|invalid| invalid.error(Kind::Config, "this"))
}

/// Returns the error for a profile without credentials, with a guess at what it was meant to be.
pub(super) fn no_credentials(profile: &Profile<'_>) -> Error {
    match (ProcessLine::of(profile), profile.get(Key::SourceProfile)) {
        (_, Some((_, source))) => {
            Error::config(format!("profile '{}' has '{}' without a role", profile.name, source.key))
                .at(Some(source.at.clone()))
                .hint(format!("add '{} = …'", source.key.replace("source_profile", "role_arn")))
        }
        (Some(_), None) => {
            Error::config(format!("profile '{}' calls rolecall but names no role", profile.name))
                .at(Some(profile.at.clone()))
                .hint("add 'rolecall_role_arn = …' and 'rolecall_source_profile = …'")
        }
        (None, None) => Error::config(format!("profile '{}' has no credentials", profile.name))
            .at(Some(profile.at.clone()))
            .hint("add access keys, or a role and a source profile"),
    }
}

/// Rule: AWS SDKs and Tools reference, "Assume role credential provider", `credential_source`.
fn named_source(
    name: &str,
    setting: &Setting<'_>,
    profile: &Profile<'_>,
    first: &Profile<'_>,
    environment: Environment<'_>,
) -> Result<Source> {
    match name.to_ascii_lowercase().as_str() {
        "environment" => environment_keys(profile, setting, environment),
        "ecscontainer" => container(profile, setting, environment),
        "ec2instancemetadata" => instance_metadata(profile, setting, first, environment),
        _ => Err(Error::config(format!(
            "'{}' of profile '{}' is unknown",
            setting.key, profile.name
        ))
        .at(Some(setting.at.clone()))
        .hint("use Environment, Ec2InstanceMetadata or EcsContainer")),
    }
}

/// Reads only the variables of access keys: nothing else that the environment says of credentials.
fn environment_keys(
    profile: &Profile<'_>,
    setting: &Setting<'_>,
    environment: Environment<'_>,
) -> Result<Source> {
    let needed = |name: &str| {
        environment.var(name).ok_or_else(|| {
            Error::config(format!(
                "profile '{}' gets its keys from the environment, but {name} is not set",
                profile.name
            ))
            .at(Some(setting.at.clone()))
            .hint("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        })
    };
    Ok(Source::Keys(Credentials {
        access_key_id: needed("AWS_ACCESS_KEY_ID")?.to_owned(),
        secret_access_key: Secret::from(needed("AWS_SECRET_ACCESS_KEY")?),
        session_token: environment.var("AWS_SESSION_TOKEN").map(Secret::from),
        expiration: None,
        account_id: environment.var("AWS_ACCOUNT_ID").map(str::to_owned),
    }))
}

/// Rule: AWS SDKs and Tools reference, "Container credential provider".
fn container(
    profile: &Profile<'_>,
    setting: &Setting<'_>,
    environment: Environment<'_>,
) -> Result<Source> {
    let uri = match environment.var("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => Some(format!("{CONTAINER_HOST}{path}")),
        None => environment.var("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned),
    };
    let Some(uri) = uri else {
        return Err(Error::config(format!(
            "profile '{}' gets its credentials from a container's service, and there is none",
            profile.name
        ))
        .at(Some(setting.at.clone()))
        .hint("run it in a container that has AWS_CONTAINER_CREDENTIALS_RELATIVE_URI set"));
    };
    Ok(Source::Container { uri })
}

/// Rule: AWS SDKs and Tools reference, "IMDS credential provider": the environment takes precedence
/// over the file, an endpoint over a mode.
fn instance_metadata(
    profile: &Profile<'_>,
    setting: &Setting<'_>,
    first: &Profile<'_>,
    environment: Environment<'_>,
) -> Result<Source> {
    const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
    if environment.var(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Error::config(format!(
            "profile '{}' gets its credentials from the instance metadata, but {DISABLED} is set",
            profile.name
        ))
        .at(Some(setting.at.clone()))
        .hint(format!("unset {DISABLED}")));
    }
    let chosen = |variable: &str, key: Key| {
        environment.var(variable).or_else(|| first.get(key).map(|(text, _)| text))
    };
    let endpoint = chosen("AWS_EC2_METADATA_SERVICE_ENDPOINT", Key::Ec2MetadataServiceEndpoint);
    let mode =
        chosen("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", Key::Ec2MetadataServiceEndpointMode);
    let endpoint = match (endpoint, mode.map(str::to_ascii_lowercase).as_deref()) {
        (Some(endpoint), _) => endpoint,
        (None, None | Some("ipv4")) => METADATA_IPV4,
        (None, Some("ipv6")) => METADATA_IPV6,
        (None, Some(_)) => {
            return Err(Error::config("the mode of the instance metadata endpoint is unknown")
                .at(first.get(Key::Ec2MetadataServiceEndpointMode).map(|(_, s)| s.at.clone()))
                .hint("use IPv4 or IPv6"));
        }
    };
    let boot_id = read(BOOT_ID.as_ref()).ok();
    Ok(Source::InstanceMetadata {
        endpoint: endpoint.to_owned(),
        boot_id: boot_id.map(|id| id.trim().to_owned()),
    })
}

/// The access keys of `profile` in a file; `None` if it has none, an error if one of the two is
/// missing.
fn static_keys(profile: &Profile<'_>) -> Result<Option<Credentials>> {
    let id = profile.get(Key::AwsAccessKeyId);
    let secret = profile.get(Key::AwsSecretAccessKey);
    let (id, secret) = match (id, secret) {
        (Some(id), Some(secret)) => (id, secret),
        (None, None) => return Ok(None),
        (Some((_, there)), None) => return Err(half(profile, there, Key::AwsSecretAccessKey)),
        (None, Some((_, there))) => return Err(half(profile, there, Key::AwsAccessKeyId)),
    };
    if id.1.which != secret.1.which {
        return Err(mixed(profile, id.1, secret.1));
    }
    let token = profile.get(Key::AwsSessionToken).or_else(|| profile.get(Key::AwsSecurityToken));
    Ok(Some(Credentials {
        access_key_id: id.0.to_owned(),
        secret_access_key: Secret::from(secret.0),
        session_token: token.map(|(token, _)| Secret::from(token)),
        expiration: profile.get(Key::Expiration).and_then(|(text, _)| expiration(text)),
        account_id: profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned()),
    }))
}

/// The expiration that `login --export-to` wrote next to a session's keys.
fn expiration(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

fn half(profile: &Profile<'_>, there: &Setting<'_>, missing: Key) -> Error {
    let missing = missing.name();
    Error::config(format!("profile '{}' has '{}' without '{missing}'", profile.name, there.key))
        .at(Some(there.at.clone()))
        .hint(format!("add {missing} to the same section, or remove the other half"))
}

/// The error for a pair of keys from both files: it may be one that nobody issued.
fn mixed(profile: &Profile<'_>, id: &Setting<'_>, secret: &Setting<'_>) -> Error {
    let in_credentials = if id.which == Which::Credentials { id } else { secret };
    Error::config(format!(
        "profile '{}' has its access key ID and its secret in different files",
        profile.name
    ))
    .at(Some(in_credentials.at.clone()))
    .hint("put both into the credentials file")
}
