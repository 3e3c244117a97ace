//! The settings of a profile, as one table: names, flags, checks, documentation.
//!
//! A new setting is one line here, and the code that uses it. A test compares these lines with the
//! tables in docs/configuration.md.

use super::value::{
    attempts, audit, boolean, check_agent_policy, confirm, credential_source, legacy_sts,
    metadata_url, mfa_seconds, other_retry_mode, policy_arns, role_seconds, switch,
};
use crate::rules::{
    Invalid, check_endpoint_url, check_external_id, check_mfa_serial, check_region_label,
    check_role_arn, check_session_name_or_template, check_source_identity, check_unquoted,
    check_visible_ends,
};

/// The prefix of rolecall's own keys.
///
/// The AWS CLI and SDKs skip keys that they don't know, so a managed profile can have a role without
/// their acting on it.
pub(crate) const PREFIX: &str = "rolecall_";

/// How a setting may be spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// AWS's name, or the same name with our prefix, which wins.
    Twin,
    /// Only with our prefix.
    Own,
    /// Only AWS's name.
    Plain,
}

/// What a setting is about: where it is documented, and which specification it follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The role (STS API Reference, AssumeRole and GetSessionToken; AWS SDKs and Tools reference,
    /// "Assume role credential provider"): `plan::hop` and `plan::mfa`.
    Role,
    /// What the role's session may do (STS API Reference, AssumeRole): `plan::attributes`.
    Session,
    /// What is noted of hand-outs: `plan::audit`.
    Audit,
    /// Whether a person is asked before credentials are handed out: `plan::confirm`.
    Consent,
    /// Where the first credentials come from (AWS SDKs and Tools reference, "Standardized credential
    /// providers"): `plan::base`, `plan::sso` and `plan::key_session`.
    Base,
    /// Access keys in a file (AWS SDKs and Tools reference, "AWS access keys"): `plan::base`.
    Keys,
    /// How AWS is called (AWS SDKs and Tools reference, "Standardized features"):
    /// `plan::aws_settings`.
    Call,
    /// A session in the credentials file: `profile::export`.
    Export,
}

/// Checks a value that is not empty.
type Check = fn(&str) -> Result<(), Invalid>;

/// One line of the table.
struct Entry {
    /// The name without our prefix.
    name: &'static str,
    prefixed: &'static str,
    form: Form,
    topic: Topic,
    flag: Option<&'static str>,
    /// The environment variables that take precedence over all profiles, the first one first.
    variables: &'static [&'static str],
    check: Option<Check>,
    is_secret: bool,
    about: &'static str,
}

/// The optional parts of a line of the table.
macro_rules! optional {
    (flag) => {
        None
    };
    (flag $flag:literal) => {
        Some($flag)
    };
    (check) => {
        None
    };
    (check $check:path) => {
        Some(|text| $check(text).map(drop))
    };
    (secret) => {
        false
    };
    (secret $secret:ident) => {
        true
    };
}

macro_rules! settings {
    ($($key:ident: $form:ident $topic:ident $name:literal $([$flag:literal])?
        $(<$($variable:literal),+>)? $({$check:path})? $(($secret:ident))? $about:literal;)*) => {
        /// A setting of a profile that rolecall reads or writes.
        #[expect(clippy::enum_variant_names, reason = "AWS calls it an access key")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Key {
            $(#[doc = $about] $key,)*
        }

        impl Key {
            /// All settings, in the order of their documentation.
            pub(crate) const ALL: &[Self] = &[$(Self::$key),*];

            /// Their entries, in the same order.
            const ENTRIES: &[Entry] = &[
                $(Entry {
                    name: $name,
                    prefixed: concat!("rolecall_", $name),
                    form: Form::$form,
                    topic: Topic::$topic,
                    flag: optional!(flag $($flag)?),
                    variables: &[$($($variable),+)?],
                    check: optional!(check $($check)?),
                    is_secret: optional!(secret $($secret)?),
                    about: $about,
                },)*
            ];

            const fn entry(self) -> &'static Entry {
                &Self::ENTRIES[self as usize]
            }

            /// The setting with this name without our prefix.
            fn bare(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$key),)*
                    _ => None,
                }
            }
        }
    };
}

settings! {
    RoleArn: Twin Role "role_arn" ["--role-arn"] {check_role_arn} "the role to assume";
    SourceProfile: Twin Role "source_profile" ["--source-profile"]
        "the profile whose credentials assume it";
    MfaSerial: Twin Role "mfa_serial" ["--mfa-serial"] {check_mfa_serial}
        "the MFA device of the user whose access key the chain starts with: its serial number or ARN";
    ExternalId: Twin Role "external_id" ["--external-id"] {check_external_id}
        "the external ID that the role's trust policy requires";
    DurationSeconds: Twin Role "duration_seconds" ["--duration"] {role_seconds}
        "the session's length, 900 to 43200; by default one hour";
    RoleSessionName: Twin Role "role_session_name" ["--session-name"] {check_session_name_or_template}
        "the role session name, as CloudTrail shows it: 2 to 64 letters, digits and `_ + = , . @ -`";
    MfaProcess: Own Role "mfa_process" "a command that prints a code of the MFA device";
    MfaSessionSeconds: Own Role "mfa_session_seconds" {mfa_seconds}
        "how old a shared MFA session may be, 0 to 43200; by default 43200";
    SessionPolicy: Own Session "session_policy" ["--session-policy"]
        "a policy that narrows the session: JSON, the path of a JSON file, or `s3-read:BUCKET/PREFIX` and the like";
    SessionPolicyArns: Own Session "session_policy_arns" ["--session-policy"] {policy_arns}
        "ARNs of managed policies that narrow it, at most 10, separated by commas";
    SessionTags: Own Session "session_tags" "session tags as a JSON object: `{\"Project\": \"rocket\"}`";
    TransitiveTagKeys: Own Session "transitive_tag_keys"
        "the keys of the tags that are passed on in role chaining, separated by commas";
    SourceIdentity: Own Session "source_identity" {check_source_identity}
        "the source identity, which CloudTrail shows through all chained roles";
    AgentPolicy: Own Session "agent_policy" {check_agent_policy}
        "what a coding agent gets: `read-only`, `refuse`, or a policy: JSON, its file, or managed policies by name or ARN";
    Audit: Own Audit "audit" {audit}
        "which hand-outs `rolecall log` records: `all`, `new` (by default) or `off`";
    Confirm: Own Consent "confirm" {confirm}
        "ask for approval before credentials are handed out, at most once per `15m`, `1h`, … (up \
         to `12h`); `always`: every time; `off`: never";
    AccessKeyId: Own Base "access_key_id" "the ID of the access key in the keychain";
    Session: Own Base "session" {switch}
        "`on`: hand out a GetSessionToken session instead of access keys without MFA";
    CredentialSource: Twin Base "credential_source" {credential_source}
        "`Environment`, `Ec2InstanceMetadata` or `EcsContainer`, instead of a source profile";
    WebIdentityTokenFile: Twin Base "web_identity_token_file"
        "the file with the token that the role is assumed with";
    SsoSession: Twin Base "sso_session" "the `[sso-session NAME]` section to sign in with";
    SsoAccountId: Twin Base "sso_account_id" "the account of the IAM Identity Center role";
    SsoRoleName: Twin Base "sso_role_name" "the name of the IAM Identity Center role";
    SsoStartUrl: Twin Base "sso_start_url" "the start URL, in profiles without `sso_session`";
    SsoRegion: Twin Base "sso_region" {check_region_label}
        "the region of IAM Identity Center, in profiles without `sso_session`";
    PopulatedBy: Own Base "populated_by"
        "the `[sso-session NAME]` section for which `rolecall sso populate` wrote the profile";
    LoginSession: Twin Base "login_session" "the ARN that `aws login` signed in to";
    CredentialProcess: Plain Base "credential_process" "the program that prints credentials";
    ProcessCache: Own Base "process_cache" {switch}
        "`on`: store what another program printed until it expires, instead of running it each time";
    AwsAccessKeyId: Plain Keys "aws_access_key_id" "the ID of an access key";
    AwsSecretAccessKey: Plain Keys "aws_secret_access_key" (secret)
        "its secret, in the same file";
    AwsSessionToken: Plain Keys "aws_session_token" (secret)
        "their session token, if they are temporary; must be in the same file";
    AwsSecurityToken: Plain Keys "aws_security_token" (secret)
        "the old name of `aws_session_token`";
    AwsAccountId: Plain Keys "aws_account_id" "the account, handed out with the credentials";
    Region: Plain Call "region" ["--region"] <"AWS_REGION", "AWS_DEFAULT_REGION"> {check_region_label}
        "the region of the call to STS";
    EndpointUrl: Plain Call "endpoint_url" <"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"> {check_endpoint_url}
        "an endpoint URL for that call";
    Services: Plain Call "services" <"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL">
        "the `[services NAME]` section whose blocks `sts`, `sso`, `sso_oidc` and `signin` may have an `endpoint_url`";
    StsRegionalEndpoints: Plain Call "sts_regional_endpoints" <"AWS_STS_REGIONAL_ENDPOINTS"> {legacy_sts}
        "`legacy` or `regional`, see below";
    MaxAttempts: Plain Call "max_attempts" <"AWS_MAX_ATTEMPTS"> {attempts}
        "how often a call is tried within the time limit, at least 1; by default 3";
    RetryMode: Plain Call "retry_mode" <"AWS_RETRY_MODE"> {other_retry_mode}
        "checked, but rolecall always retries as in the mode `standard`";
    IgnoreConfiguredEndpointUrls: Plain Call "ignore_configured_endpoint_urls"
        <"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"> {boolean}
        "`true`: ignore all configured endpoints, including those of the environment";
    UseFipsEndpoint: Plain Call "use_fips_endpoint" <"AWS_USE_FIPS_ENDPOINT"> {boolean}
        "`true`: call FIPS endpoints";
    UseDualstackEndpoint: Plain Call "use_dualstack_endpoint" <"AWS_USE_DUALSTACK_ENDPOINT"> {boolean}
        "`true`: call dual-stack endpoints";
    CaBundle: Plain Call "ca_bundle" <"AWS_CA_BUNDLE">
        "a PEM file of certificates to trust instead of the system's";
    Ec2MetadataServiceEndpoint: Plain Call "ec2_metadata_service_endpoint"
        <"AWS_EC2_METADATA_SERVICE_ENDPOINT"> "the URL of the instance metadata service";
    Ec2MetadataServiceEndpointMode: Plain Call "ec2_metadata_service_endpoint_mode"
        <"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"> {metadata_url} "`IPv4` or `IPv6`";
    Expiration: Own Export "expiration" "when the credentials in the same section expire, in UTC";
    ExportedFrom: Own Export "exported_from" "the profile whose session it is";
}

impl Key {
    /// Returns the name without our prefix.
    pub(crate) const fn name(self) -> &'static str {
        self.entry().name
    }

    /// Returns the name with our prefix, even if the setting can't be spelled that way.
    pub(crate) const fn prefixed(self) -> &'static str {
        self.entry().prefixed
    }

    /// Returns the name that rolecall writes: with our prefix, unless the setting has none.
    pub(crate) fn written(self) -> &'static str {
        if self.form() == Form::Plain { self.name() } else { self.prefixed() }
    }

    /// Returns all names of the setting, starting with the one that wins.
    pub(crate) fn names(self) -> impl Iterator<Item = &'static str> {
        let plain = Some(self.name()).filter(|_| self.form() != Form::Own);
        Some(self.prefixed()).filter(|_| self.form() != Form::Plain).into_iter().chain(plain)
    }

    /// Returns how the setting may be spelled.
    pub(crate) fn form(self) -> Form {
        self.entry().form
    }

    /// Returns what the setting is about.
    pub(crate) fn topic(self) -> Topic {
        self.entry().topic
    }

    /// Returns the flag for the same setting, of one call or of a new profile.
    pub(crate) fn flag(self) -> Option<&'static str> {
        self.entry().flag
    }

    /// Returns the environment variables that take precedence over all profiles, the first one first.
    pub(crate) const fn variables(self) -> &'static [&'static str] {
        self.entry().variables
    }

    /// Checks a value that is not empty. A setting without a rule accepts any value, but none may be
    /// in quotes, unless it is a command.
    pub(crate) fn check(self, value: &str) -> Result<(), Invalid> {
        match self.entry().check {
            Some(check) => self.parse(value, check),
            None => self.check_ends(value),
        }
    }

    /// Returns a value that is not empty as `parse` reads it, which is the setting's check in the table.
    pub(crate) fn parse<T>(
        self,
        value: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Result<T, Invalid> {
        self.check_ends(value)?;
        parse(value).map_err(|invalid| invalid.naming_invisible(value, |text| self.is_shown(text)))
    }

    /// Checks that a value is not in quotes, unless it is a command, which may start and end with one.
    pub(crate) fn check_quotes(self, value: &str) -> Result<(), Invalid> {
        if self.is_command() {
            return Ok(());
        }
        check_unquoted(value, |inner| self.is_shown(inner))
    }

    /// Checks that a value is not in quotes, like [`Self::check_quotes`], and that nothing invisible
    /// stands around one that has no rule of its own and is not the name of a section.
    pub(crate) fn check_ends(self, value: &str) -> Result<(), Invalid> {
        self.check_quotes(value)?;
        let is_name = matches!(
            self,
            Self::SourceProfile | Self::SsoSession | Self::Services | Self::PopulatedBy
        );
        let has_rule = self.entry().check.is_some();
        if is_name || has_rule || self.is_command() { Ok(()) } else { check_visible_ends(value) }
    }

    fn is_command(self) -> bool {
        matches!(self, Self::MfaProcess | Self::CredentialProcess)
    }

    /// Whether a message may show `value`: it is valid, and nothing that may be a secret.
    fn is_shown(self, value: &str) -> bool {
        let may_be_secret = matches!(self, Self::ExternalId | Self::EndpointUrl);
        let check = self.entry().check.filter(|_| !may_be_secret);
        check.is_some_and(|check| check(value).is_ok())
    }

    /// Returns a description of one line, which may contain backticks as in Markdown.
    pub(crate) fn about(self) -> &'static str {
        self.entry().about
    }

    /// Whether the value must not be shown.
    pub(crate) fn is_secret(self) -> bool {
        self.entry().is_secret
    }

    /// Returns the setting with the name `key` (lower case).
    pub(crate) fn of(key: &str) -> Option<Self> {
        let (bare, other) = match key.strip_prefix(PREFIX) {
            Some(bare) => (bare, Form::Plain),
            None => (key, Form::Own),
        };
        Self::bare(bare).filter(|setting| setting.form() != other)
    }
}

/// Whether the value of `key` (lower case) is a secret that must not be shown.
pub(crate) fn is_secret_key(key: &str) -> bool {
    let bare = key.strip_prefix(PREFIX).unwrap_or(key);
    Key::ALL.iter().any(|setting| setting.is_secret() && setting.name() == bare)
}

/// Returns `key` (lower case) without our prefix, if that is a key of AWS's.
pub(crate) fn plain_form(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX).filter(|plain| has_twin(plain))
}

/// Whether `key` (lower case) is a key of AWS's that can also be spelled with our prefix.
pub(crate) fn has_twin(key: &str) -> bool {
    Key::ALL.iter().any(|setting| setting.form() == Form::Twin && setting.name() == key)
}

#[cfg(test)]
mod tests;
