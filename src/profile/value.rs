//! What the values of rolecall's own settings may be. The rules for AWS's are in [`crate::rules`].

use crate::rules::{
    Invalid, MOST_POLICY_ARNS, check_duration, check_policy_arn, require, seconds_of,
};

/// How long an MFA session lasts, in seconds, and how old one may be by default: a working day.
///
/// Rule: STS API reference, GetSessionToken, where it is the default for `DurationSeconds`.
pub(crate) const MFA_SESSION_SECONDS: u32 = 43_200;

/// Checks the length of a role's session, in seconds.
pub(super) fn check_seconds(text: &str) -> Result<(), Invalid> {
    // Text that is not a number is out of range like a wrong number.
    check_duration(text.parse().unwrap_or_default())
}

/// Checks the age of an MFA session, in seconds.
pub(super) fn check_mfa_seconds(text: &str) -> Result<(), Invalid> {
    require(
        text.parse::<u32>().is_ok_and(|seconds| seconds <= MFA_SESSION_SECONDS),
        "is not a number of seconds from 0 to 43200",
        "must be 0 to 43200; with 0, each AssumeRole call has its own code",
    )
}

/// Checks a list of ARNs of managed policies, separated by commas or line breaks.
pub(super) fn check_policy_arns(text: &str) -> Result<(), Invalid> {
    let arns = text.split([',', '\n']).map(str::trim).filter(|arn| !arn.is_empty());
    require(
        arns.clone().count() <= MOST_POLICY_ARNS
            && arns.into_iter().all(|arn| check_policy_arn(arn).is_ok()),
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
        "is neither a policy nor read-only or refuse",
        "must be read-only, refuse, the name or ARN of a managed policy, JSON or the path of its file",
    )
}

/// Checks a switch, without regard to case.
pub(super) fn check_switch(text: &str) -> Result<(), Invalid> {
    require(
        ["on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        "is neither on nor off",
        "must be 'on' or 'off'",
    )
}

/// Checks which hand-outs are noted, without regard to case.
pub(super) fn check_audit(text: &str) -> Result<(), Invalid> {
    require(
        ["all", "new", "off"].iter().any(|word| text.eq_ignore_ascii_case(word)),
        "is neither all, new nor off",
        "must be 'all', 'new' or 'off'",
    )
}

/// Checks the source of a role's credentials.
///
/// Rule: AWS SDKs and Tools reference, "Assume role credential provider", `credential_source`.
pub(super) fn check_credential_source(text: &str) -> Result<(), Invalid> {
    let known = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];
    require(
        known.iter().any(|name| text.eq_ignore_ascii_case(name)),
        "is not a source of credentials",
        "must be Environment, Ec2InstanceMetadata or EcsContainer",
    )
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

impl ConfirmRule {
    /// Parses the value of `rolecall_confirm`; `None` if it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            _ if text.eq_ignore_ascii_case("off") => Some(Self::Off),
            _ if text.eq_ignore_ascii_case("always") => Some(Self::Always),
            _ => match seconds_of(text)? {
                0 => Some(Self::Always),
                seconds => Some(Self::Seconds(seconds)).filter(|_| seconds <= LONGEST_CONFIRMATION),
            },
        }
    }
}

/// Checks when a person is asked before credentials are handed out.
pub(super) fn check_confirm(text: &str) -> Result<(), Invalid> {
    require(
        ConfirmRule::parse(text).is_some(),
        "is neither a time of at most 12 hours, nor 'always', nor 'off'",
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
            assert_eq!(ConfirmRule::parse(text), Some(rule), "{text}");
        }
        for text in ["on", "yes", "-1", "12h1s", "1d", "15 m", "5M", "15min", "1m1h"] {
            assert!(check_confirm(text).is_err(), "{text}");
        }
    }
}
