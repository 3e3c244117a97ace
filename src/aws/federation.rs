//! Signing in to the web console: AWS's federation endpoint, which no SDK calls.
//!
//! Rule: IAM user guide, "Enable custom identity broker access to the AWS console".

use aws_smithy_runtime_api::client::{http::HttpConnector as _, orchestrator::HttpRequest};
use aws_smithy_types::{body::SdkBody, byte_stream::ByteStream};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Budget, Endpoint, Failure,
    client::connector,
    failure::{broken, unanswered},
};
use crate::{credentials::Credentials, secret::Secret};

/// The longest answer that is read. A token has some hundred characters.
const LONGEST_ANSWER: usize = 64 * 1024;

/// A session as the endpoint reads it.
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

/// The token for which a browser gets a console session. It goes into the body of a POST, which no
/// proxy and no server writes into its log, as they do with addresses.
pub(super) async fn sign_in_token(
    endpoint: &Endpoint,
    session: &Credentials,
    seconds: Option<u32>,
    budget: Budget,
) -> Result<Secret, Failure> {
    let url = endpoint.url.as_deref().unwrap_or_default();
    let mut request = HttpRequest::new(SdkBody::from(form(session, seconds).as_str()));
    let settled = request
        .set_uri(format!("{}/federation", url.trim_end_matches('/')))
        .and_then(|()| request.set_method("POST"));
    settled.map_err(|_| broken("its address is not a URL"))?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded");
    headers.insert("accept", "application/json");

    let answer = connector(endpoint, budget)?.call(request).await;
    let answer = answer.map_err(|error| unanswered(&error))?;
    let status = answer.status().as_u16();
    match status {
        200 => {}
        400..=499 if status != 429 => {
            // It may quote the request: its words are left where they are.
            return Err(Failure::Refused {
                code: status.to_string(),
                message: String::new(),
                date: None,
            });
        }
        429 | 500.. => return Err(Failure::Unable { cause: format!("HTTP {status}") }),
        _ => return Err(broken(&format!("HTTP {status}"))),
    }
    let mut body = ByteStream::new(answer.into_body());
    let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_ANSWER));
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| broken("the answer was cut off"))?;
        if bytes.len() + piece.len() > LONGEST_ANSWER {
            return Err(broken("the answer is not AWS's"));
        }
        bytes.extend_from_slice(&piece);
    }
    let answer: Answer =
        serde_json::from_slice(&bytes).map_err(|_| broken("the answer is not AWS's"))?;
    if answer.sign_in_token.is_empty() {
        return Err(broken("the answer is not AWS's"));
    }
    Ok(Secret::new(answer.sign_in_token))
}

fn form(session: &Credentials, seconds: Option<u32>) -> Zeroizing<String> {
    let session = Session {
        id: &session.access_key_id,
        key: session.secret_access_key.expose(),
        token: session.session_token.as_ref().map_or("", Secret::expose),
    };
    // Room for all of it at once: a buffer that grows leaves copies behind.
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

/// Appends `bytes` as they may stand in the value of a form or of an address's query.
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

/// The address that signs a browser in, good for 15 minutes.
pub fn sign_in_address(url: &str, destination: &str, token: &Secret) -> Secret {
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
