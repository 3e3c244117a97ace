//! What the values of settings may be, and what they mean. The names and forms of AWS's values are
//! checked in [`crate::rules`].

use crate::rules::{
    Invalid, MOST_POLICY_ARNS, check_duration, check_policy_arn, known, require, seconds_of,
};

/// How long an MFA session lasts, in seconds, and how old one may be by default: a working day.
///
/// Rule: STS API reference, GetSessionToken, where it is the default for `DurationSeconds`.
pub(crate) const MFA_SESSION_SECONDS: u32 = 43_200;

/// The instance metadata service.
///
/// Rule: Amazon EC2 user guide, "Access instance metadata for an EC2 instance".
pub(crate) const METADATA_IPV4: &str = "http://169.254.169.254";
const METADATA_IPV6: &str = "http://[fd00:ec2::254]";

/// Returns what one of `words` stands for, without regard to case.
fn one_of<T, const N: usize>(text: &str, words: [(&str, T); N]) -> Option<T> {
    words.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word)).map(|(_, value)| value)
}

/// Parses the length of a role's session, in seconds.
pub(crate) fn role_seconds(text: &str) -> Result<u32, Invalid> {
    // Text that is not a number is out of range like a wrong number.
    let seconds = text.parse().unwrap_or_default();
    check_duration(seconds).map(|()| seconds)
}

/// Parses the age of an MFA session, in seconds.
pub(crate) fn mfa_seconds(text: &str) -> Result<u32, Invalid> {
    known(
        text.parse().ok().filter(|seconds| *seconds <= MFA_SESSION_SECONDS),
        "is not a number of seconds from 0 to 43200",
        "must be 0 to 43200; with 0, each AssumeRole call has its own code",
    )
}

/// Parses a list of ARNs of managed policies, separated by commas or line breaks.
pub(crate) fn policy_arns(text: &str) -> Result<Vec<String>, Invalid> {
    let arns = text.split([',', '\n']).map(str::trim).filter(|arn| !arn.is_empty());
    let is_right = arns.clone().count() <= MOST_POLICY_ARNS
        && arns.clone().all(|arn| check_policy_arn(arn).is_ok());
    known(
        is_right.then(|| arns.map(str::to_owned).collect()),
        "is not a list of at most 10 policy ARNs",
        "must look like arn:aws:iam::aws:policy/NAME, with commas between several",
    )
}

/// Checks what a coding agent gets. Policies are checked where they are read: only a word that can be none is
/// refused here, such as `readonly`.
pub(super) fn check_agent_policy(text: &str) -> Result<(), Invalid> {
    let is_word = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_- ".contains(c));
    require(
        !is_word || ["read-only", "refuse"].contains(&text),
        "is not a policy, read-only or refuse",
        "must be read-only, refuse, the name or ARN of a managed policy, JSON or the path of its file",
    )
}

/// Parses a switch of ours: whether it is on.
pub(crate) fn switch(text: &str) -> Result<bool, Invalid> {
    let value = one_of(text, [("on", true), ("off", false)]);
    known(value, "is not on or off", "must be 'on' or 'off'")
}

/// Parses a switch of AWS's.
pub(crate) fn boolean(text: &str) -> Result<bool, Invalid> {
    let value = one_of(text, [("true", true), ("false", false)]);
    known(value, "is not true or false", "must be true or false")
}

/// Which hand-outs of a profile's credentials are noted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Audit {
    /// All.
    All,
    /// Those of sessions that are not stored: new ones, and the profile's own keys.
    #[default]
    New,
    /// None.
    Off,
}

/// Parses which hand-outs are noted.
pub(crate) fn audit(text: &str) -> Result<Audit, Invalid> {
    let value = one_of(text, [("all", Audit::All), ("new", Audit::New), ("off", Audit::Off)]);
    known(value, "is not all, new or off", "must be 'all', 'new' or 'off'")
}

/// Where the credentials of a role come from, if not from a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialSource {
    /// The variables of access keys.
    Environment,
    /// The metadata service of an EC2 instance.
    Instance,
    /// The service for the containers of a task.
    Container,
}

/// Parses the source of a role's credentials.
///
/// Rule: AWS SDKs and Tools reference, "Assume role credential provider", `credential_source`.
pub(crate) fn credential_source(text: &str) -> Result<CredentialSource, Invalid> {
    let sources = [
        ("Environment", CredentialSource::Environment),
        ("Ec2InstanceMetadata", CredentialSource::Instance),
        ("EcsContainer", CredentialSource::Container),
    ];
    known(
        one_of(text, sources),
        "is not a source of credentials",
        "must be Environment, Ec2InstanceMetadata or EcsContainer",
    )
}

/// Parses how often a call is tried.
///
/// Rule: AWS SDKs and Tools reference, "Retry behavior": a number from 1.
pub(crate) fn attempts(text: &str) -> Result<u32, Invalid> {
    let value = text.parse().ok().filter(|most| *most > 0);
    known(value, "is not a whole number of at least 1", "must be 1 or more; AWS's default is 3")
}

/// Parses a mode of retries. Returns one other than ours, which is `standard`.
///
/// Rule: AWS SDKs and Tools reference, "Retry behavior".
pub(crate) fn other_retry_mode(text: &str) -> Result<Option<&'static str>, Invalid> {
    let modes = [("standard", None), ("legacy", Some("legacy")), ("adaptive", Some("adaptive"))];
    known(one_of(text, modes), "is not a retry mode", "must be standard, legacy or adaptive")
}

/// Parses which endpoint of STS is called: whether it is the old global one.
///
/// Rule: AWS SDKs and Tools reference, "AWS STS Regional endpoints".
pub(crate) fn legacy_sts(text: &str) -> Result<bool, Invalid> {
    let value = one_of(text, [("legacy", true), ("regional", false)]);
    known(value, "is not regional or legacy", "must be regional or legacy")
}

/// Parses the mode of the instance metadata service. Returns its URL.
///
/// Rule: AWS SDKs and Tools reference, "IMDS credential provider".
pub(crate) fn metadata_url(text: &str) -> Result<&'static str, Invalid> {
    let value = one_of(text, [("IPv4", METADATA_IPV4), ("IPv6", METADATA_IPV6)]);
    known(value, "is not IPv4 or IPv6", "must be IPv4 or IPv6")
}

/// The longest time for which one answer counts, in seconds: a working day.
const LONGEST_CONFIRMATION: u32 = 43_200;

/// When a person is asked before credentials are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConfirmRule {
    /// Never.
    Off,
    /// For each hand-out.
    Always,
    /// Once in so many seconds.
    Seconds(u32),
}

/// Parses when a person is asked before credentials are handed out.
pub(crate) fn confirm(text: &str) -> Result<ConfirmRule, Invalid> {
    let words = [("off", ConfirmRule::Off), ("always", ConfirmRule::Always)];
    let value = one_of(text, words).or_else(|| match seconds_of(text)? {
        0 => Some(ConfirmRule::Always),
        seconds => Some(ConfirmRule::Seconds(seconds)).filter(|_| seconds <= LONGEST_CONFIRMATION),
    });
    known(
        value,
        "is not a duration of up to 12 hours, 'always' or 'off'",
        "must be a time such as 900, 15m or 1h30m, at most 12h; or 'always'; or 'off'",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_asked_once_in_a_time_or_always_or_never() {
        for (text, rule) in [
            ("15m", ConfirmRule::Seconds(900)),
            ("900", ConfirmRule::Seconds(900)),
            ("1h30m", ConfirmRule::Seconds(5400)),
            ("12h", ConfirmRule::Seconds(43_200)),
            ("0", ConfirmRule::Always),
            ("Always", ConfirmRule::Always),
            ("OFF", ConfirmRule::Off),
        ] {
            assert_eq!(confirm(text), Ok(rule), "{text}");
        }
        for text in ["on", "yes", "-1", "12h1s", "1d", "15 m", "5M", "15min", "1m1h"] {
            assert!(confirm(text).is_err(), "{text}");
        }
    }
}
