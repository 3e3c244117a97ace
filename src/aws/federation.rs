//! Sign-in to the web console through AWS's federation endpoint, which no SDK calls.
//!
//! Rule: IAM user guide, "Enable custom identity broker access to the AWS console".

use aws_smithy_runtime_api::client::{http::HttpConnector as _, orchestrator::HttpRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Call, Failure, client::connector, failure::request_failure};
use crate::{credentials::Credentials, secret::Secret};

/// The longest answer that is read, in bytes. A token has several hundred characters.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A session in the endpoint's format.
#[derive(Serialize)]
struct Session<'a> {
    #[serde(rename = "sessionId")]
    id: &'a str,
    #[serde(rename = "sessionKey")]
    key: &'a str,
    #[serde(rename = "sessionToken")]
    token: &'a str,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "SigninToken")]
    sign_in_token: String,
}

/// Returns the token for which a browser gets a console session. The session is sent in the body of
/// a POST, because proxies and servers log URLs.
pub(super) async fn sign_in_token(
    call: Call<'_>,
    session: &Credentials,
    seconds: Option<u32>,
) -> Result<Secret, Failure> {
    let url = call.endpoint.url.as_deref().unwrap_or_default();
    let mut request = HttpRequest::new(SdkBody::from(form(session, seconds).as_str()));
    let settled = request
        .set_uri(format!("{}/federation", url.trim_end_matches('/')))
        .and_then(|()| request.set_method("POST"));
    settled.map_err(|_| Failure::broken("its address is not a URL"))?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("accept", "application/json");

    let answer = connector(call)?.call(request).await;
    let answer = answer.map_err(|error| request_failure(&error))?;
    let status = answer.status().as_u16();
    match status {
        200 => {}
        400..=499 if status != 429 => {
            // The answer may quote the request, so its text is not shown.
            return Err(Failure::Refused {
                code: status.to_string(),
                message: String::new(),
                date: None,
            });
        }
        429 | 500.. => return Err(Failure::Unable { cause: format!("HTTP {status}") }),
        _ => return Err(Failure::broken(format!("HTTP {status}"))),
    }
    let mut body = ByteStream::new(answer.into_body());
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_ANSWER));
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| Failure::broken("the answer was cut off"))?;
        if bytes.len() + piece.len() > LONGEST_ANSWER {
            return Err(Failure::broken("the answer is not AWS's"));
        }
        bytes.extend_from_slice(&piece);
    }
    let answer: Answer =
        serde_json::from_slice(&bytes).map_err(|_| Failure::broken("the answer is not AWS's"))?;
    if answer.sign_in_token.is_empty() {
        return Err(Failure::broken("the answer is not AWS's"));
    }
    Ok(Secret::new(answer.sign_in_token))
}

fn form(session: &Credentials, seconds: Option<u32>) -> Zeroizing<String> {
    let session = Session {
        id: &session.access_key_id,
        key: session.secret_access_key.expose(),
        token: session.session_token.as_ref().map_or("", Secret::expose),
    };
    // The capacity is enough for all of it: a buffer that grows leaves unwiped copies behind.
    let mut json = Zeroizing::new(Vec::with_capacity(LONGEST_ANSWER));
    serde_json::to_writer(&mut *json, &session).expect("BUG: strings always serialize");
    let mut form = Zeroizing::new(String::with_capacity(LONGEST_ANSWER));
    form.push_str("Action=getSigninToken");
    if let Some(seconds) = seconds {
        form.push_str(&format!("&SessionDuration={seconds}"));
    }
    form.push_str("&Session=");
    encode(&json, &mut form);
    form
}

/// Appends `bytes`, percent-encoded for a form or the query of a URL.
pub(super) fn encode(bytes: &[u8], to: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            to.push(char::from(byte));
        } else {
            to.push('%');
            to.push(char::from(HEX[usize::from(byte >> 4)]));
            to.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Returns the URL that signs in a browser. It is valid for 15 minutes.
pub(crate) fn sign_in_address(url: &str, destination: &str, token: &Secret) -> Secret {
    let mut address = String::with_capacity(LONGEST_ANSWER);
    address.push_str(url.trim_end_matches('/'));
    address.push_str("/federation?Action=login&Destination=");
    encode(destination.as_bytes(), &mut address);
    address.push_str("&SigninToken=");
    encode(token.expose().as_bytes(), &mut address);
    Secret::new(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_nothing_in_it_that_ends_its_parts() {
        let token = Secret::from("a+b/c=&d e");
        let address = sign_in_address("https://h/", "https://c/s3/home?region=x", &token);
        assert_eq!(
            address.expose(),
            "https://h/federation?Action=login&Destination=https%3A%2F%2Fc%2Fs3%2Fhome%3Fregion%3Dx\
             &SigninToken=a%2Bb%2Fc%3D%26d%20e"
        );
    }
}
