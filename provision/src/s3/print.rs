//! New credentials on stdout.

use rolecall::{
    credentials::{Credentials, rfc3339},
    error::Result,
    output::Streams,
    secret::{Bytes, Secret},
};
use serde::Serialize;

use crate::args::Format;

/// Room for the longest session tokens seen: a buffer that grows leaves copies behind.
const CAPACITY: usize = 8 * 1024;

/// What is said of an access key besides itself.
pub(super) struct About<'a> {
    pub(super) user: &'a str,
    pub(super) status: &'a str,
    pub(super) created: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct NewKey<'a> {
    user_name: &'a str,
    access_key_id: &'a str,
    status: &'a str,
    secret_access_key: &'a str,
    create_date: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Temporary<'a> {
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: Option<&'a str>,
    expiration: Option<String>,
}

/// Prints an access key.
pub(super) fn key(
    keys: &Credentials,
    about: &About<'_>,
    format: Format,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let document = NewKey {
        user_name: about.user,
        access_key_id: &keys.access_key_id,
        status: about.status,
        secret_access_key: keys.secret_access_key.expose(),
        create_date: about.created.as_deref(),
    };
    print(&document, keys, format, streams)
}

/// Prints temporary credentials.
pub(super) fn session(
    session: &Credentials,
    format: Format,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let document = Temporary {
        access_key_id: &session.access_key_id,
        secret_access_key: session.secret_access_key.expose(),
        session_token: session.session_token.as_ref().map(Secret::expose),
        expiration: session.expiration.map(rfc3339),
    };
    print(&document, session, format, streams)
}

fn print(
    document: &impl Serialize,
    credentials: &Credentials,
    format: Format,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut bytes = Bytes(Vec::with_capacity(CAPACITY));
    match format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut bytes.0, document).expect("BUG: memory takes all");
            bytes.0.push(b'\n');
        }
        Format::Ini => {
            let mut line = |text: &str| bytes.0.extend_from_slice(text.as_bytes());
            line("[default]\naws_access_key_id=");
            line(&credentials.access_key_id);
            line("\naws_secret_access_key=");
            line(credentials.secret_access_key.expose());
            if let Some(token) = &credentials.session_token {
                line("\naws_session_token=");
                line(token.expose());
            }
            line("\n");
        }
    }
    streams.print_bytes(&bytes)
}
