//! The files in which the AWS CLI and the SDKs keep the tokens of sign-ins, in plain text.
//!
//! Rule: AWS SDKs and Tools reference, "IAM Identity Center credential provider"; the keys are those
//! of the AWS CLI.

use std::{fs, io, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use sha1::{Digest as _, Sha1};

use super::token::SignIn;
use crate::{
    aws::Registration,
    context::Context,
    credentials::rfc3339,
    input::{self, Pipe},
    plan::SsoSession,
    private,
    secret::{Secret, hex},
};

/// Larger than any file of a token, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
/// The AWS CLI writes in place, so a file that can't be parsed may be whole a moment later.
const PAUSE: Duration = Duration::from_millis(40);
/// How often such a file is read.
const READS: u32 = 5;

/// The file of one sign-in.
pub(super) struct AwsCache {
    path: PathBuf,
    start_url: String,
    region: String,
}

impl AwsCache {
    /// Returns the file for `session`, whether it exists or not; `None` without a home folder.
    pub(super) fn of(context: &Context, session: &SsoSession) -> Option<Self> {
        let name = format!("{}.json", digest(session));
        Some(Self {
            path: context.home()?.join(".aws/sso/cache").join(name),
            start_url: session.start_url.clone(),
            region: session.region.clone(),
        })
    }

    /// Returns the token in the file; `None` if there is none, or it is for another start URL.
    pub(super) fn read(&self) -> Option<SignIn> {
        token(&self.document()?, &self.start_url)
    }

    /// Replaces the token in the file, which is created with mode 0600 if it is missing. Whatever
    /// else is in it stays.
    pub(super) fn write(&self, token: &SignIn) -> io::Result<()> {
        let mut document = self.document().unwrap_or_default();
        let mut set = |key: &str, value: Option<Value>| {
            document.retain(|name, _| !name.eq_ignore_ascii_case(key));
            if let Some(value) = value {
                document.insert(key.to_owned(), value);
            }
        };
        let client = token.registration.as_ref();
        set("startUrl", Some(self.start_url.clone().into()));
        set("region", Some(self.region.clone().into()));
        set("accessToken", Some(token.access_token.expose().into()));
        set("expiresAt", Some(rfc3339(token.ends).into()));
        set("clientId", client.map(|client| client.client_id.as_str().into()));
        set("clientSecret", client.map(|client| client.client_secret.expose().into()));
        set("registrationExpiresAt", client.map(|client| rfc3339(client.ends).into()));
        set("refreshToken", token.refresh_token.as_ref().map(|token| token.expose().into()));
        if let Some(folder) = self.path.parent()
            && !folder.exists()
        {
            private::make_parents(folder.parent().unwrap_or(folder))?;
            private::make_folder(folder)?;
        }
        private::replace(&self.path, &serde_json::to_vec(&document)?)
    }

    /// Removes the file if it has this token.
    pub(super) fn remove(&self) -> io::Result<bool> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The file's path.
    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    fn document(&self) -> Option<Map<String, Value>> {
        for read in 0..READS {
            if read > 0 {
                std::thread::sleep(PAUSE);
            }
            let bytes = input::read(&self.path, LARGEST_FILE, Pipe::Refuse).ok()?;
            if let Ok(document) = serde_json::from_slice(&bytes) {
                return Some(document);
            }
        }
        None
    }
}

/// Returns the name of the file, and of the lock for renewals.
pub(super) fn digest(session: &SsoSession) -> String {
    hex(&Sha1::digest(session.token_name().as_bytes()))
}

fn token(document: &Map<String, Value>, start_url: &str) -> Option<SignIn> {
    // The SDK for Rust takes the keys in any case.
    let text = |key: &str| {
        let found = document.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        found.and_then(|(_, value)| value.as_str()).filter(|text| !text.is_empty())
    };
    let time = |key: &str| -> Option<DateTime<Utc>> {
        // `aws-cli` 1 and early 2 wrote "UTC" for the zone.
        let text = text(key)?.replace("UTC", "Z");
        Some(DateTime::parse_from_rfc3339(&text).ok()?.to_utc())
    };
    let plain = |url: &str| url.trim_end_matches(['#', '/']).to_owned();
    if text("startUrl").is_some_and(|url| plain(url) != plain(start_url)) {
        return None;
    }
    let registration = || {
        Some(Registration {
            client_id: text("clientId")?.to_owned(),
            client_secret: Secret::from(text("clientSecret")?),
            ends: time("registrationExpiresAt")?,
            authorization_endpoint: None,
        })
    };
    Some(SignIn {
        access_token: Secret::from(text("accessToken")?),
        ends: time("expiresAt")?,
        refresh_token: text("refreshToken").map(Secret::from),
        registration: registration(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity_center::token::tests;

    fn cache(root: &std::path::Path, name: Option<&str>) -> AwsCache {
        let environment = [("HOME", root.to_str().unwrap())];
        let context = Context::made_up(environment, || DateTime::UNIX_EPOCH);
        AwsCache::of(&context, &tests::session(name)).unwrap()
    }

    #[test]
    fn the_file_is_named_as_the_aws_cli_names_it() {
        let root = tempfile::tempdir().unwrap();
        let of_session = cache(root.path(), Some("corp"));
        let name = "ee0bfd2552fbd840c02cc48b6e823320543c450f.json";
        assert!(of_session.path().ends_with(name), "{}", of_session.path().display());
    }

    #[test]
    fn a_token_is_read_back_and_other_keys_stay() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path(), None);
        assert_eq!(cache.read(), None);
        cache.write(&tests::token()).unwrap();
        assert_eq!(cache.read(), Some(tests::token()));
        let text = fs::read_to_string(cache.path()).unwrap();
        assert!(text.contains("\"expiresAt\":\"2026-01-01T00:00:00Z\""), "{text}");
        let more = text.replace('{', "{\"theirs\":1,").replace("accessToken", "AccessToken");
        fs::write(cache.path(), more).unwrap();
        cache.write(&SignIn { access_token: "new".into(), ..tests::token() }).unwrap();
        let text = fs::read_to_string(cache.path()).unwrap();
        assert!(text.contains("\"theirs\":1") && !text.contains("AccessToken"), "{text}");
        assert_eq!(cache.read().unwrap().access_token, "new".into());
        assert!(cache.remove().unwrap() && !cache.remove().unwrap());
    }

    #[test]
    fn what_is_no_token_or_anothers_is_none() {
        let root = tempfile::tempdir().unwrap();
        let cache = cache(root.path(), None);
        cache.write(&tests::token()).unwrap();
        let text = fs::read_to_string(cache.path()).unwrap();
        let other = text.replace("d-1.awsapps", "d-2.awsapps");
        for wrong in [&text[..40], "{}", "[]", "{\"clientId\":\"a\",\"expiresAt\":\"x\"}", &other] {
            fs::write(cache.path(), wrong).unwrap();
            assert_eq!(cache.read(), None, "{wrong}");
        }
        let slashed = text.replace("/start\"", "/start/#\"").replace("00Z", "00UTC");
        fs::write(cache.path(), slashed).unwrap();
        assert_eq!(cache.read(), Some(tests::token()));
    }
}
