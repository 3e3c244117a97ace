//! The file in which `aws login` keeps a console session. Only its times are read.
//!
//! Rule: AWS SDKs and Tools reference, "Login credentials provider"; the keys are those of the AWS
//! CLI.

use std::{fmt::Write as _, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, de::IgnoredAny};
use sha2::{Digest as _, Sha256};

use crate::{
    context::Context,
    identity_center::{KnownSignIn, Renewal},
    input::{self, Pipe},
};

/// Larger than any file of a session, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Session {
    access_token: Keys,
    refresh_token: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    expires_at: DateTime<Utc>,
}

/// Returns what is known of the console session for the ARN `session`; `None` if there is none.
pub(super) fn known(context: &Context, session: &str) -> Option<KnownSignIn> {
    let bytes = input::read(&file(context, session)?, LARGEST_FILE, Pipe::Refuse).ok()?;
    let found: Session = serde_json::from_slice(&bytes).ok()?;
    let renewal = match found.refresh_token {
        Some(_) => Renewal::Possible(None),
        None => Renewal::NoToken,
    };
    Some(KnownSignIn { ends: found.access_token.expires_at, renewal })
}

/// Returns the file for the ARN `session`, whether it exists or not; `None` without a home folder.
pub(super) fn file(context: &Context, session: &str) -> Option<PathBuf> {
    let folder = match context.var_os("AWS_LOGIN_CACHE_DIRECTORY") {
        Some(folder) => PathBuf::from(folder),
        None => context.home()?.join(".aws/login/cache"),
    };
    let mut name = String::new();
    for byte in Sha256::digest(session.trim().as_bytes()) {
        write!(name, "{byte:02x}").ok()?;
    }
    Some(folder.join(name + ".json"))
}
