//! Keys that nothing reads but that resemble a known key.

use std::{collections::HashSet, sync::LazyLock};

use super::{
    Profile, Setting,
    key::{Form, Key, PREFIX, Topic},
};
use crate::error::Location;

/// Keys that the AWS CLI and SDKs read and rolecall does not.
///
/// From the AWS SDKs and Tools reference, "Settings reference", the AWS CLI's topic `config-vars`,
/// and botocore's `configprovider`.
pub(crate) const OTHER_AWS_KEYS: [&str; 43] = [
    "account_id_endpoint_mode",
    "api_versions",
    "auth_scheme_preference",
    "cli_auto_prompt",
    "cli_binary_format",
    "cli_error_format",
    "cli_follow_urlparam",
    "cli_help_output",
    "cli_history",
    "cli_pager",
    "cli_timestamp_format",
    "connect_timeout",
    "csm_client_id",
    "csm_enabled",
    "csm_host",
    "csm_port",
    "data_path",
    "defaults_mode",
    "disable_host_prefix_injection",
    "disable_request_compression",
    "ec2_metadata_v1_disabled",
    "emr",
    "endpoint_discovery_enabled",
    "imds_use_ipv6",
    "metadata_service_num_attempts",
    "metadata_service_timeout",
    "output",
    "parameter_validation",
    "read_timeout",
    "request_checksum_calculation",
    "request_min_compression_size_bytes",
    "response_checksum_validation",
    "s3",
    "s3_disable_express_session_auth",
    "s3_disable_multiregion_access_points",
    "s3_us_east_1_regional_endpoint",
    "s3_use_arn_region",
    "sdk_ua_app_id",
    "sigv4a_signing_region_set",
    "sso_registration_scopes",
    "tcp_keepalive",
    "user_agent_appid",
    "user_agent_extra",
];

/// The keys of an `[sso-session NAME]` section, ours and those of AWS's tools.
const SIGN_IN_KEYS: [&str; 5] = [
    "sso_start_url",
    "sso_region",
    "sso_registration_scopes",
    "sso_use_device_code",
    "rolecall_sso_auto_login",
];

/// Keys of other tools that are not misspelt, though they resemble one of AWS's.
const OTHER_TOOLS_KEYS: [&str; 2] = ["account_id", "regions"];

/// Keys of aws-vault with the names of settings of ours.
const OTHER_TOOLS_SETTINGS: [&str; 3] = ["mfa_process", "session_tags", "source_identity"];

/// What people append to the name of a setting: `mfa_serial_number`.
const SUFFIXES: [&str; 3] = ["number", "name", "arn"];

/// The longest key that is compared with others.
const LONGEST: usize = 64;
/// The most unknown keys of one profile that are compared with others.
const MOST_UNKNOWN: usize = 1000;

/// The fewest letters of a key that others are said to start with.
const SHORTEST_START: usize = 4;
/// The most keys that are suggested.
const MOST_MEANT: usize = 3;

/// A key that nothing reads and that is probably a typo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misspelt {
    /// The key, in lower case.
    pub(crate) key: String,
    /// Where it is.
    pub(crate) at: Location,
    /// The key that was probably meant.
    pub(crate) meant: &'static str,
}

impl Misspelt {
    /// Returns a hint with the right key and the place.
    pub(crate) fn hint(&self) -> String {
        format!("did you mean '{}' instead of '{}'? ({})", self.meant, self.key, self.at)
    }
}

impl Profile<'_> {
    /// Returns the keys that are probably misspelt, in the order of the files.
    pub(crate) fn misspelt(&self) -> impl Iterator<Item = Misspelt> {
        let unknown = self.settings.iter().filter(|setting| !is_known_key(&setting.key));
        unknown.take(MOST_UNKNOWN).filter_map(move |setting| {
            let own = self.own_key_meant(setting).filter(|_| self.is_managed());
            let meant = own.map(Key::prefixed).or_else(|| nearest_key(&setting.key))?;
            Some(Misspelt { key: setting.key.to_string(), at: setting.at.clone(), meant })
        })
    }

    /// Returns a key of rolecall's own that lacks our prefix, in a managed profile. Nothing reads it,
    /// so the profile would not do what it seems to say.
    pub(crate) fn without_prefix(&self) -> Option<Misspelt> {
        if self.settings.iter().all(|setting| Key::of(&setting.key).is_some()) {
            return None;
        }
        let names = Key::ALL.iter().filter(|key| key.form() == Form::Own).map(|key| key.name());
        let mut found =
            names.filter(|name| !OTHER_TOOLS_SETTINGS.contains(name)).filter_map(|name| {
                let setting = self.setting(name)?;
                let meant = self.own_key_meant(setting)?.prefixed();
                Some(Misspelt { key: setting.key.to_string(), at: setting.at.clone(), meant })
            });
        // Parsing the command line takes longer than looking for such keys, which few profiles have.
        found.next().filter(|_| self.is_managed())
    }

    /// The setting of rolecall's own that a key without our prefix was meant to be.
    fn own_key_meant(&self, setting: &Setting<'_>) -> Option<Key> {
        let is_own = |key: &Key| key.form() == Form::Own && key.topic() != Topic::Export;
        let key = Key::ALL.iter().copied().filter(is_own).find(|key| key.name() == setting.key)?;
        let text = setting.text()?;
        let is_meant = match key {
            // Without our prefix, it may be a key pair of AWS's that lacks theirs.
            Key::AccessKeyId => self.setting("secret_access_key").is_none(),
            // A common word in other tools.
            Key::Session => key.check(text).is_ok(),
            _ => true,
        };
        (is_meant && self.setting(key.prefixed()).is_none()).then_some(key)
    }
}

/// A known name, prepared for comparison.
struct Known {
    name: &'static str,
    /// The setting; `None` for one that rolecall does not read.
    setting: Option<Key>,
    letters: String,
}

impl Known {
    fn new(name: &'static str, setting: Option<Key>) -> Self {
        Self { name, setting, letters: letters(name) }
    }
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let ours = Key::ALL.iter().flat_map(|key| key.names().map(|name| (name, Some(*key))));
    let all = ours.chain(OTHER_AWS_KEYS.into_iter().map(|name| (name, None)));
    all.map(|(name, setting)| Known::new(name, setting)).collect()
});

static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| KNOWN.iter().map(|known| known.name).chain(OTHER_TOOLS_KEYS).collect());

/// Returns whether rolecall, the AWS CLI or an SDK reads `key` (lower case).
pub(crate) fn is_known_key(key: &str) -> bool {
    // Nearly always it is one of ours.
    Key::of(key).is_some() || NAMES.contains(key)
}

/// Returns the known key that `key` (lower case) was probably meant to be; `None` if it is known itself
/// or resembles no other.
pub(crate) fn nearest_key(key: &str) -> Option<&'static str> {
    if is_known_key(key) || key.len() > LONGEST {
        return None;
    }
    nearest(key, &KNOWN)
}

fn nearest(key: &str, known: &[Known]) -> Option<&'static str> {
    let written = letters(key);
    let ranked = known.iter().filter_map(|known| Some((rank(key, &written, known)?, known.name)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, name)| name)
}

/// Returns the keys of an `[sso-session NAME]` section that are probably misspelt, and those of rolecall's
/// own that lack our prefix.
pub(crate) fn misspelt_in_sign_in(section: &[Setting<'_>]) -> Vec<Misspelt> {
    let known = SIGN_IN_KEYS.map(|name| Known::new(name, None));
    let is_unknown = |setting: &&Setting<'_>| {
        let key = &*setting.key;
        key.len() <= LONGEST && !SIGN_IN_KEYS.contains(&key) && !is_known_key(key)
    };
    let found = section.iter().filter(is_unknown).take(MOST_UNKNOWN).filter_map(|setting| {
        let lacks_prefix = |name: &&str| name.strip_prefix(PREFIX) == Some(&*setting.key);
        let own = SIGN_IN_KEYS.into_iter().find(lacks_prefix);
        let meant = own.or_else(|| nearest(&setting.key, &known))?;
        Some(Misspelt { key: setting.key.to_string(), at: setting.at.clone(), meant })
    });
    found.collect()
}

/// Returns the known keys that `key` (lower case), as a person just typed it, was probably meant to be:
/// [`nearest_key`], or those that start with it. A file may have such a key for another tool.
pub(crate) fn meant_keys(key: &str) -> Vec<&'static str> {
    if let Some(meant) = nearest_key(key) {
        return vec![meant];
    }
    if is_known_key(key) || key.len() < SHORTEST_START {
        return Vec::new();
    }
    let longer = KNOWN.iter().map(|known| known.name).filter(|name| name.starts_with(key));
    longer.take(MOST_MEANT).collect()
}

/// How far `key` is from `known`: 0 is nearest, and `None` is too far to be a typo.
fn rank(key: &str, written: &str, known: &Known) -> Option<usize> {
    if let Some(typos) = typos(written, &known.letters) {
        return Some(typos);
    }
    let (is_ours, rest) = without_prefixes(key, written);
    let (is_known_ours, known_rest) = without_prefixes(known.name, &known.letters);
    if is_ours != is_known_ours {
        // Like `rolecall_region`: our prefix before a key that has no twin.
        let is_plain = known.setting.is_none_or(|setting| setting.form() == Form::Plain);
        return (is_ours && is_plain && rest == known_rest).then_some(8);
    }
    if let Some(typos) = typos(rest, known_rest) {
        return Some(3 + typos);
    }
    let setting = known.setting?;
    let has_suffix = |suffix| rest.strip_suffix(suffix) == Some(known_rest);
    if setting.form() == Form::Twin && SUFFIXES.into_iter().any(has_suffix) {
        return Some(6);
    }
    let is_flag = |flag: &str| letters(flag) == rest;
    (is_ours && setting.flag().is_some_and(is_flag)).then_some(7)
}

/// The letters and digits of a key: `mfa-serial` and `mfaserial` are the same.
fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Whether `key` has our prefix, and its `letters` without our prefix and AWS's.
fn without_prefixes<'l>(key: &str, letters: &'l str) -> (bool, &'l str) {
    let ours = letters.strip_prefix("rolecall").filter(|_| key.starts_with(PREFIX));
    let rest = ours.unwrap_or(letters);
    (ours.is_some(), rest.strip_prefix("aws").unwrap_or(rest))
}

/// The number of wrong letters; `None` if they are too many for a typo.
fn typos(written: &str, known: &str) -> Option<usize> {
    let most = match known.len() {
        0..5 => 0,
        5..12 => 1,
        _ => 2,
    };
    if written.len().abs_diff(known.len()) > most {
        return None;
    }
    Some(strsim::osa_distance(written, known)).filter(|typos| *typos <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_known_for_what_it_was_meant_to_be() {
        for (key, meant) in [
            ("rolecall_exernal_id", "rolecall_external_id"),
            ("rolecall_aws_external_id", "rolecall_external_id"),
            ("rolcall_role_arn", "rolecall_role_arn"),
            ("role_call_source_profile", "rolecall_source_profile"),
            ("rolecall-external-id", "rolecall_external_id"),
            ("rolecall_sesion", "rolecall_session"),
            ("rolecall_mfa_serial_number", "rolecall_mfa_serial"),
            ("rolecall_duration", "rolecall_duration_seconds"),
            ("rolecall_session_name", "rolecall_role_session_name"),
            ("rolecall_aws_access_key_id", "rolecall_access_key_id"),
            ("rolecall_region", "region"),
            ("rolecall_output", "output"),
            ("aws_external_id", "external_id"),
            ("aws_exernal_id", "external_id"),
            ("aws_region", "region"),
            ("access_key_id", "aws_access_key_id"),
            ("awsaccesskeyid", "aws_access_key_id"),
            ("secret_access_key", "aws_secret_access_key"),
            ("aws_secret_acces_key", "aws_secret_access_key"),
            ("regoin", "region"),
            ("rolearn", "role_arn"),
            ("source-profile", "source_profile"),
            ("sourceprofile", "source_profile"),
            ("mfa_serial_number", "mfa_serial"),
            ("mfa_serial_arn", "mfa_serial"),
            ("credentials_process", "credential_process"),
            ("ouput", "output"),
            ("retry_mod", "retry_mode"),
        ] {
            assert_eq!(nearest_key(key), Some(meant), "{key}");
        }
    }

    #[test]
    fn the_start_of_a_key_finds_it() {
        assert_eq!(meant_keys("mfa_ser"), ["mfa_serial"]);
        assert_eq!(
            meant_keys("rolecall_source"),
            ["rolecall_source_profile", "rolecall_source_identity"]
        );
        assert_eq!(meant_keys("regoin"), ["region"]);
        assert_eq!(meant_keys("region"), Vec::<&str>::new());
        assert_eq!(meant_keys("granted_color"), Vec::<&str>::new());
        assert_eq!(meant_keys("mfa"), Vec::<&str>::new());
    }

    #[test]
    fn known_keys_are_right() {
        for known in KNOWN.iter() {
            assert_eq!(nearest_key(known.name), None, "{}", known.name);
        }
    }

    /// As aws-vault, aws-sso-util, granted, saml2aws, aws-azure-login, awsume, aws-mfa, leapp and the
    /// AWS Toolkits write them, and people for scripts of their own.
    #[test]
    fn keys_of_other_tools_are_left_alone() {
        for key in [
            "include_profile",
            "parent_profile",
            "mfa_process",
            "session_tags",
            "transitive_session_tags",
            "source_identity",
            "sso_account_name",
            "sso_auto_populated",
            "sso_interactive_auth",
            "granted_sso_region",
            "granted_sso_start_url",
            "granted_sso_account_id",
            "granted_sso_role_name",
            "granted_color",
            "aws_saml_url",
            "x_principal_arn",
            "x_security_token_expires",
            "azure_tenant_id",
            "azure_default_role_arn",
            "azure_default_duration_hours",
            "autoawsume",
            "role_duration",
            "aws_mfa_device",
            "assumed_role",
            "assumed_role_arn",
            "aws_expiration",
            "expiration",
            "toolkit_artifact_guid",
            "session",
            "session_name",
            "session_policy",
            "duration",
            "account_id",
            "account",
            "regions",
            "role",
            "color",
            "sqs",
            "s4",
            "key1",
            "rolecall",
            "rolecall_typo",
            "",
            "_",
        ] {
            assert_eq!(nearest_key(key), None, "{key}");
        }
        assert_eq!(nearest_key(&"region".repeat(1000)), None);
    }
}
