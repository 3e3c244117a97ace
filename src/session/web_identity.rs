//! The token that a role is assumed with (AssumeRoleWithWebIdentity), and whom it is about.

use std::{collections::BTreeMap, path::Path};

use aws_smithy_types::base64;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::{
    error::{Error, Result},
    input::{self, Pipe},
    plan::Base,
    secret::{Secret, hex},
};

/// The largest token that is read, in bytes. STS accepts 20,000 characters.
const LARGEST_TOKEN: u64 = 64 * 1024;
/// The claims that differ between two tokens about the same subject.
///
/// Rules: RFC 7519, section 4.1; OpenID Connect Core 1.0, section 2.
const OF_ONE_TOKEN: [&str; 5] = ["exp", "iat", "nbf", "jti", "auth_time"];

/// Returns the web identity token of `base` in `file`, which the identity provider replaces from time to
/// time.
///
/// # Errors
/// Of kind `Config`, if there is none.
pub(super) fn web_identity_token(base: &Base, file: &Path, pipe: Pipe) -> Result<Secret> {
    let wrong = |why: &str| {
        Error::config(format!(
            "the token file {} of profile '{}' {why}",
            file.display(),
            base.profile
        ))
        .at(base.at.clone())
        .hint("check that the program that writes the file has run")
    };
    let text = input::read_text(file, LARGEST_TOKEN, pipe)
        .map_err(|error| wrong(&format!("can't be read: {error}")))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("is empty"));
    }
    Ok(Secret::from(token))
}

/// Returns a digest of what `token` says about its subject: all claims except those that are new in
/// each token. Of what is not a JSON web token, everything counts.
pub(super) fn subject_of(token: &Secret) -> String {
    let text = token.expose();
    let claims = claims(text).unwrap_or_else(|| text.to_owned());
    hex(&Sha256::digest(claims.as_bytes())[..16])
}

fn claims(token: &str) -> Option<String> {
    let payload = token.split('.').nth(1)?;
    let padding = "=".repeat(payload.len().wrapping_neg() % 4);
    let bytes = base64::decode(payload.replace('-', "+").replace('_', "/") + &padding).ok()?;
    let Ok(Value::Object(claims)) = serde_json::from_slice(&bytes) else { return None };
    let about_subject: BTreeMap<String, Value> =
        claims.into_iter().filter(|(name, _)| !OF_ONE_TOKEN.contains(&name.as_str())).collect();
    serde_json::to_string(&about_subject).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> Secret {
        let encoded = base64::encode(claims).replace('+', "-").replace('/', "_");
        Secret::new(format!("e30.{}.c2ln", encoded.trim_end_matches('=')))
    }

    #[test]
    fn tokens_about_one_subject_are_alike_and_others_differ() {
        let one = subject_of(&token(r#"{"iss":"i","sub":"a?~>","exp":1,"iat":1,"jti":"x"}"#));
        let next = subject_of(&token(r#"{"sub":"a?~>","exp":2,"iss":"i","iat":2,"jti":"y"}"#));
        assert_eq!(one, next);
        for other in [
            r#"{"iss":"i","sub":"b"}"#,
            r#"{"iss":"j","sub":"a?~>"}"#,
            r#"{"iss":"i","sub":"a?~>","aud":"sts"}"#,
            r#"{"iss":"i","sub":"a?~>","https://aws.amazon.com/tags":{"principal_tags":{}}}"#,
        ] {
            assert_ne!(subject_of(&token(other)), one, "{other}");
        }
        for other in ["opaque-1", "opaque-2", "a.b.c", "a.!.c"] {
            assert_ne!(subject_of(&Secret::from(other)), one);
        }
        assert_ne!(subject_of(&"opaque-1".into()), subject_of(&"opaque-2".into()));
    }
}
