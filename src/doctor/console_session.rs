//! The file in which `aws login` keeps a console session. Only its times are read.
//!
//! Rule: AWS SDKs and Tools reference, "Login credentials provider"; the keys are those of the AWS
//! CLI.

use chrono::{DateTime, Utc};
use serde::{Deserialize, de::IgnoredAny};

use crate::{
    context::Context,
    identity_center::{KnownSignIn, Renewal},
    input::{self, Pipe},
    session::console_session_file,
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
    let bytes =
        input::read(&console_session_file(context, session)?, LARGEST_FILE, Pipe::Refuse).ok()?;
    let found: Session = serde_json::from_slice(&bytes).ok()?;
    let renewal = match found.refresh_token {
        Some(_) => Renewal::Possible(None),
        None => Renewal::NoToken,
    };
    Some(KnownSignIn { ends: found.access_token.expires_at, renewal })
}
