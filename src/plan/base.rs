//! The base of a chain: where its first credentials come from.

use super::{Base, Environment, SettingsReader, Source, file_keys::static_base, sso::sso_role};
use crate::{
    credentials::Credentials,
    error::{Error, Kind, Reason, Result},
    profile::{
        CredentialSource, Key, ProcessLine, Profile, Setting,
        value::{METADATA_IPV4, credential_source, metadata_url, switch},
    },
    rules::check_long_lived_key_id,
    secret::Secret,
};

/// Where the containers of a task get their credentials.
///
/// Rule: Amazon ECS developer guide, "Task IAM role".
const CONTAINER_HOST: &str = "http://169.254.170.2";

/// Returns the base that `profile` describes, not counting its role; `None` if it has no
/// credentials.
///
/// The sources are tried in the order of the AWS SDK for Rust. One that is incomplete is an error,
/// and never skipped for a later one. `first` reads the settings of the profile that was asked for,
/// which determine how AWS is called.
pub(super) fn base_of<'f>(
    profile: &Profile<'f>,
    first: SettingsReader<'_, 'f>,
) -> Result<Option<Base>> {
    let base = |source: Source, setting: &Setting<'_>| {
        let (profile, at) = (profile.name.clone(), Some(setting.at.clone()));
        Ok(Some(Base { profile, at, source, end: None }))
    };
    if let Some((source, setting)) = profile.parsed(Key::CredentialSource, credential_source)? {
        let source = match source {
            CredentialSource::Environment => environment_keys(profile, setting, first.environment),
            CredentialSource::Container => container(profile, setting, first.environment),
            CredentialSource::Instance => instance_metadata(profile, setting, first),
        };
        return base(source?, setting);
    }
    if let Some((role, setting)) =
        sso_role(profile, first.set).map_err(|error| error.because(Reason::IdentityCenter))?
    {
        return base(Source::Sso(role), setting);
    }
    if let Some((session, setting)) = profile.get(Key::LoginSession) {
        return base(Source::Login { session: session.to_owned() }, setting);
    }
    if profile.get(Key::AccessKeyId).is_some() {
        return own_keys(profile);
    }
    if let Some((command, setting)) = profile.get(Key::CredentialProcess)
        && ProcessLine::of(profile) == Some(&ProcessLine::Foreign)
    {
        first.set.check_command(profile, setting)?;
        let account_id = profile.get(Key::AwsAccountId).map(|(account, _)| account.to_owned());
        let is_kept = profile.parsed(Key::ProcessCache, switch)?.is_some_and(|(is_on, _)| is_on);
        let command = command.to_owned();
        return base(Source::Process { command, account_id, is_kept }, setting);
    }
    static_base(profile)
}

/// Returns the access keys of `profile`, in a file or in the store, as a base. Those in a file come
/// first, because AWS's own tools use them without running rolecall.
pub(super) fn own_keys(profile: &Profile<'_>) -> Result<Option<Base>> {
    Ok(static_base(profile)?.or(stored_base(profile)?))
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
    Ok(Some(Base { profile: profile.name.clone(), at, source, end: None }))
}

/// Checks that `id` is of a long-lived access key.
pub(crate) fn check_key_id(id: &str) -> Result<()> {
    check_long_lived_key_id(id).map_err(|invalid| invalid.error(Kind::Config, "this"))
}

/// Returns the error for a profile without credentials, with a guess at what it was meant to be.
pub(super) fn no_credentials(profile: &Profile<'_>) -> Error {
    let error = match (ProcessLine::of(profile), profile.get(Key::SourceProfile)) {
        (_, Some((_, source))) => {
            Error::config(format!("profile '{}' has '{}' without a role", profile.name, source.key))
                .at(Some(source.at.clone()))
                .hint(format!("add '{} = …'", source.key.replace("source_profile", "role_arn")))
        }
        (Some(_), None) => {
            Error::config(format!("profile '{}' calls rolecall but has no role", profile.name))
                .at(Some(profile.at.clone()))
                .hint("add 'rolecall_role_arn = …' and 'rolecall_source_profile = …'")
        }
        // The key that was meant is suggested for every profile of the chain.
        (None, None) => match profile.misspelt().next() {
            Some(found) => Error::config(format!(
                "profile '{}' has no credentials: nothing reads '{}'",
                profile.name, found.key
            ))
            .at(Some(found.at)),
            None => Error::config(format!("profile '{}' has no credentials", profile.name))
                .at(Some(profile.at.clone())),
        }
        .hint("add access keys, or a role and a source profile"),
    };
    error.because(Reason::NoCredentials)
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
            "profile '{}' gets its credentials from the container's credentials endpoint, but \
             there is none here",
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
    first: SettingsReader<'_, '_>,
) -> Result<Source> {
    const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";
    let environment = first.environment;
    if environment.var(DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(Error::config(format!(
            "profile '{}' gets its credentials from the instance metadata, but {DISABLED} is set",
            profile.name
        ))
        .at(Some(setting.at.clone()))
        .hint(format!("unset {DISABLED}")));
    }
    if let Some(endpoint) =
        first.value(Key::Ec2MetadataServiceEndpoint, |url| Ok(url.to_owned()))?
    {
        return Ok(Source::InstanceMetadata { endpoint });
    }
    let url = first.value(Key::Ec2MetadataServiceEndpointMode, metadata_url);
    let url = url.map_err(|error| error.with_kind(Kind::Config))?.unwrap_or(METADATA_IPV4);
    Ok(Source::InstanceMetadata { endpoint: url.to_owned() })
}
