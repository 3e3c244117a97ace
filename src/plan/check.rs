//! What a setting may say, for those who write one: the same rules that a plan is held to.

use super::{
    DURATION_SECONDS, MFA_SESSION_SECONDS, check_serial, is_external_id, is_role_arn,
    is_session_name, is_source_identity,
};
use crate::{
    error::{Error, Kind, Result},
    profile::{PREFIX, TWINS},
};

/// Keys that are ours alone.
const OWN: [&str; 9] = [
    "access_key_id",
    "session",
    "mfa_process",
    "mfa_session_seconds",
    "session_policy",
    "session_policy_arns",
    "session_tags",
    "transitive_tag_keys",
    "source_identity",
];

/// Whether `key` (lower case) is a standard key that has a twin with our prefix, which wins.
pub fn has_twin(key: &str) -> bool {
    TWINS.contains(&key)
}

/// Whether `key` may say `value`. Strict about what we read; what is for others to read may say
/// anything. An empty value says nothing, and may always stand. The value is never repeated.
pub fn check_setting(key: &str, value: &str) -> Result<()> {
    let lower = key.to_ascii_lowercase();
    let own = lower.strip_prefix(PREFIX);
    let bare = own.unwrap_or(&lower);
    if own.is_some() && !TWINS.contains(&bare) && !OWN.contains(&bare) {
        return Err(Error::new(Kind::Usage, format!("rolecall has no key '{key}'"))
            .hint("docs/configuration.md lists its keys"));
    }
    if value.is_empty() || own.is_none() && !TWINS.contains(&bare) {
        return Ok(());
    }
    let wrong = |what: &str, hint: &str| {
        Err(Error::new(Kind::Usage, format!("the value of '{key}' is not {what}")).hint(hint))
    };
    let seconds = value.parse::<u32>().ok();
    match bare {
        "role_arn" if !is_role_arn(value) => {
            wrong("the ARN of a role", "it looks like arn:aws:iam::222222222222:role/NAME")
        }
        "mfa_serial" => check_serial(value).map_err(|error| error.with_kind(Kind::Usage)),
        "external_id" if !is_external_id(value) => wrong(
            "an external ID that STS takes",
            "it has 2 to 1224 letters, digits and _ + = , . @ : / -",
        ),
        "role_session_name" if !is_session_name(value) => wrong(
            "a session name that STS takes",
            "it has 2 to 64 letters, digits and _ + = , . @ -",
        ),
        "source_identity" if !is_source_identity(value) => wrong(
            "a source identity that STS takes",
            "it has 2 to 64 letters, digits and _ + = , . @ -, and not 'aws:' in front",
        ),
        "duration_seconds" if !seconds.is_some_and(|number| DURATION_SECONDS.contains(&number)) => {
            wrong("a number of seconds that STS takes", "it is from 900 to 43200 (12 hours)")
        }
        "mfa_session_seconds" if seconds.is_none_or(|number| number > MFA_SESSION_SECONDS) => {
            wrong("a number of seconds from 0 to 43200", "0 asks for a code of its own each time")
        }
        "credential_source" if !is_credential_source(value) => wrong(
            "a source of credentials",
            "it is Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        _ => Ok(()),
    }
}

/// Rule: AWS SDKs and Tools reference, "Assume role credential provider", `credential_source`.
fn is_credential_source(value: &str) -> bool {
    let known = ["environment", "ec2instancemetadata", "ecscontainer"];
    known.contains(&value.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_plan_would_refuse_is_refused_without_being_repeated() {
        for (key, value) in [
            ("role_arn", "bad-value"),
            ("Rolecall_Role_Arn", "bad-value"),
            ("rolecall_mfa_serial", "badvalue"),
            ("external_id", "bad value"),
            ("duration_seconds", "899"),
            ("duration_seconds", "1h"),
            ("rolecall_duration_seconds", "43201"),
            ("role_session_name", "bad value"),
            ("credential_source", "bad-value"),
            ("rolecall_mfa_session_seconds", "43201"),
            ("rolecall_source_identity", "aws:bad-value"),
            ("rolecall_typo", "bad-value"),
        ] {
            let error = check_setting(key, value).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{key}");
            assert!(!error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn what_we_do_not_read_may_say_anything() {
        for (key, value) in [
            ("region", "nowhere"),
            ("mfa_session_seconds", "of somebody else"),
            ("session", "x"),
            ("cli_pager", ""),
            ("role_arn", ""),
            ("rolecall_role_arn", "arn:aws-cn:iam::222222222222:role/a/b"),
            ("rolecall_mfa_session_seconds", "0"),
            ("credential_source", "EcsContainer"),
        ] {
            assert_eq!(check_setting(key, value), Ok(()), "{key}");
        }
    }
}
