//! Credentials as AWS issues them, and as `credential_process` prints them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::secret::Secret;

/// The longest document that [`Credentials::process_json`] expects to write: room for the longest
/// session tokens seen, because a buffer that grows leaves an unwiped copy behind.
const DOCUMENT_CAPACITY: usize = 8 * 1024;

/// The variables that provide credentials to AWS's programs, or say where to get them. They are all
/// unset before credentials are put into an environment, where any of them could take precedence.
///
/// Rule: AWS SDKs and Tools reference, "Settings reference", and what older SDKs read.
pub(crate) const CREDENTIAL_VARIABLES: [&str; 21] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCESS_KEY",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_ACCOUNT_ID",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_BEARER_TOKEN_BEDROCK",
    "ROLECALL_PROFILE",
    "ROLECALL_ASSUMED",
    "ROLECALL_REGION",
];

/// Credentials: long-lived keys, or a session with a token and an expiration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `AKIA…` for long-lived keys, `ASIA…` for a session's.
    pub access_key_id: String,
    /// The key that signs requests.
    pub secret_access_key: Secret,
    /// Present for temporary credentials.
    pub session_token: Option<Secret>,
    /// When they expire (UTC, whole seconds); `None` if never.
    pub expiration: Option<DateTime<Utc>>,
    /// The 12-digit account that they belong to, if known.
    pub account_id: Option<String>,
}

impl Credentials {
    /// Returns an access key that has no expiration, and whose account is not known.
    pub fn long_lived(access_key_id: String, secret_access_key: Secret) -> Self {
        Self {
            access_key_id,
            secret_access_key,
            session_token: None,
            expiration: None,
            account_id: None,
        }
    }

    /// Returns what a `credential_process` prints: one line of JSON, version 1, with a newline.
    ///
    /// Rule: AWS SDKs and Tools reference, "Process credential provider". `Version` is a number and
    /// `Expiration` is UTC with a `Z`, because some readers accept nothing else. Absent fields are
    /// omitted: without `Expiration`, callers never ask for new credentials.
    pub(crate) fn process_json(&self) -> Zeroizing<Vec<u8>> {
        let document = Document {
            version: 1,
            access_key_id: &self.access_key_id,
            secret_access_key: self.secret_access_key.expose(),
            session_token: self.session_token.as_ref().map(Secret::expose),
            expiration: self.expiration.map(rfc3339),
            account_id: self.account_id.as_deref(),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(DOCUMENT_CAPACITY));
        serde_json::to_writer(&mut *bytes, &document).expect("BUG: strings always serialize");
        bytes.push(b'\n');
        bytes
    }

    /// Returns the variables that pass the credentials to a program.
    ///
    /// Rule: AWS SDKs and Tools reference, "AWS access keys" and "Account-based endpoints";
    /// `AWS_CREDENTIAL_EXPIRATION` is what the AWS CLI exports and boto3 reads.
    pub(crate) fn variables(&self) -> Vec<(&'static str, Secret)> {
        let expiration = self.expiration.map(|time| Secret::new(rfc3339(time)));
        let all = [
            ("AWS_ACCESS_KEY_ID", Some(Secret::from(&*self.access_key_id))),
            ("AWS_SECRET_ACCESS_KEY", Some(self.secret_access_key.clone())),
            ("AWS_SESSION_TOKEN", self.session_token.clone()),
            ("AWS_CREDENTIAL_EXPIRATION", expiration),
            ("AWS_ACCOUNT_ID", self.account_id.as_deref().map(Secret::from)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

/// Formats `time` as AWS does: `YYYY-MM-DDTHH:MM:SSZ`.
pub fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Document<'a> {
    version: u8,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Credentials {
        Credentials {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: "a\"b".into(),
            session_token: None,
            expiration: None,
            account_id: None,
        }
    }

    #[test]
    fn long_lived_keys_have_neither_token_nor_expiration() {
        let json = keys().process_json();
        assert_eq!(
            String::from_utf8_lossy(&json),
            "{\"Version\":1,\"AccessKeyId\":\"AKIDEXAMPLE\",\"SecretAccessKey\":\"a\\\"b\"}\n"
        );
    }

    #[test]
    fn a_session_is_printed_on_one_line_with_a_utc_end() {
        let session = Credentials {
            session_token: Some("tok".into()),
            expiration: DateTime::from_timestamp(1_767_225_600, 0),
            account_id: Some("222222222222".into()),
            ..keys()
        };
        let json = session.process_json();
        let text = String::from_utf8_lossy(&json);
        assert!(text.contains("\"Expiration\":\"2026-01-01T00:00:00Z\""), "{text}");
        assert!(text.ends_with("\"AccountId\":\"222222222222\"}\n"), "{text}");
        assert_eq!(text.lines().count(), 1);
    }
}
