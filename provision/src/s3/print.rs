//! Prints new credentials.

use rolecall::{Bytes, Credentials, Secret, rfc3339};
use serde::Serialize;

use crate::args::Format;

/// Room for the longest session tokens seen: a buffer that grows leaves copies behind.
const CAPACITY: usize = 8 * 1024;

/// What is printed about an access key besides its ID and secret.
pub(super) struct About {
    pub(super) user: String,
    pub(super) status: String,
    pub(super) created: Option<String>,
}

/// An access key or temporary credentials, by AWS's names.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PrintedCredentials<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
    access_key_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    create_date: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<String>,
}

/// Returns the text for an access key, or without `about`, for temporary credentials.
pub(super) fn text(keys: &Credentials, about: Option<&About>, format: Format) -> Bytes {
    let mut bytes = Bytes(Vec::with_capacity(CAPACITY));
    match format {
        Format::Json => {
            let document = PrintedCredentials {
                user_name: about.map(|about| &*about.user),
                access_key_id: &keys.access_key_id,
                status: about.map(|about| &*about.status),
                secret_access_key: keys.secret_access_key.expose(),
                create_date: about.and_then(|about| about.created.as_deref()),
                session_token: keys.session_token.as_ref().map(Secret::expose),
                expiration: keys.expiration.map(rfc3339),
            };
            serde_json::to_writer_pretty(&mut bytes.0, &document).expect("BUG: memory takes all");
            bytes.0.push(b'\n');
        }
        Format::Ini => {
            let mut line = |text: &str| bytes.0.extend_from_slice(text.as_bytes());
            line("[default]\naws_access_key_id=");
            line(&keys.access_key_id);
            line("\naws_secret_access_key=");
            line(keys.secret_access_key.expose());
            if let Some(token) = &keys.session_token {
                line("\naws_session_token=");
                line(token.expose());
            }
            line("\n");
        }
    }
    bytes
}
