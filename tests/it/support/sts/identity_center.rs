//! A strict IAM Identity Center: clients and their secrets, both ways to sign in, PKCE, refresh
//! tokens that are good for one use.
//!
//! Rules: IAM Identity Center OIDC API reference; RFC 6749, 7636, 8252 and 8628.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::state::State;
use super::text;
use super::wire::{Params, Request};
use super::world::Person;
use super::xml::Failure;

/// The address that clients register, without a port.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// What it knows.
#[derive(Default)]
pub(super) struct IdentityCenter {
    clients: HashMap<String, Client>,
    devices: HashMap<String, Device>,
    codes: HashMap<String, Code>,
    /// The refresh tokens that are good, with their client.
    refresh: HashMap<String, String>,
    /// Those that were used up.
    used: HashSet<String>,
}

struct Client {
    secret: String,
    scopes: Vec<String>,
    grants: Vec<String>,
    redirects: bool,
    ends: DateTime<Utc>,
}

struct Device {
    client: String,
    ends: DateTime<Utc>,
    interval: TimeDelta,
    polled: DateTime<Utc>,
}

struct Code {
    client: String,
    redirect_uri: String,
    challenge: String,
}

/// The OAuth name of an exception: `invalid_grant` for `InvalidGrantException`.
pub(super) fn oauth_error(code: &str) -> String {
    let mut text = String::new();
    for letter in code.trim_end_matches("Exception").chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

fn refuse<T>(code: &str, message: &str) -> Result<T, Failure> {
    let status = if code == "InvalidClientException" { 401 } else { 400 };
    Err(Failure::new(status, code, message))
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap_or_default()
}

fn list(value: &Value) -> Vec<String> {
    let values = value.as_array().into_iter().flatten();
    values.filter_map(|value| Some(value.as_str()?.to_owned())).collect()
}

fn secret(state: &mut State, prefix: &str) -> String {
    let token = format!("{prefix}{}", text::base32(&text::random::<40>()));
    state.secrets.insert(token.clone());
    token
}

pub(super) fn register_client(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request,
) -> Result<String, Failure> {
    let body = body(request);
    if body["clientType"] != "public" || body["clientName"].as_str().is_none_or(str::is_empty) {
        return refuse("InvalidRequestException", "only public clients with a name");
    }
    let mut grants = list(&body["grantTypes"]);
    if grants.is_empty() {
        // As the AWS CLI registers for a device code.
        grants = vec![DEVICE_CODE.to_owned(), "refresh_token".to_owned()];
    }
    let has = |grant: &str| grants.iter().any(|one| one == grant);
    if has("authorization_code") && has(DEVICE_CODE) {
        return refuse("InvalidRequestException", "one flow for each registration");
    }
    let redirects = list(&body["redirectUris"]);
    if has("authorization_code") && redirects != [REDIRECT_URI] {
        return refuse("InvalidRedirectUriException", "the redirect URI has no port");
    }
    if has("authorization_code") && body["issuerUrl"].as_str().is_none_or(str::is_empty) {
        return refuse("InvalidRequestException", "no issuerUrl");
    }
    check_start_url(state, &body["issuerUrl"])?;
    let (id, secret) = (text::base32(&text::random::<20>()), secret(state, "eyJclient-"));
    let client = Client {
        secret: secret.clone(),
        scopes: list(&body["scopes"]),
        grants,
        redirects: !redirects.is_empty(),
        ends: now + TimeDelta::days(90),
    };
    let ends = client.ends.timestamp();
    state.identity_center.clients.insert(id.clone(), client);
    Ok(json!({
        "clientId": id,
        "clientSecret": secret,
        "clientIdIssuedAt": now.timestamp(),
        "clientSecretExpiresAt": ends,
    })
    .to_string())
}

fn check_start_url(state: &State, given: &Value) -> Result<(), Failure> {
    let known = state.world.sso_sign_in.start_url.as_deref();
    match (known, given.as_str()) {
        (Some(known), Some(given)) if known != given => {
            refuse("InvalidRequestException", "Invalid start url provided")
        }
        _ => Ok(()),
    }
}

/// The client that a body names with its secret.
fn client<'s>(state: &'s State, now: DateTime<Utc>, body: &Value) -> Result<&'s Client, Failure> {
    let found = state.identity_center.clients.get(body["clientId"].as_str().unwrap_or_default());
    match found.filter(|client| body["clientSecret"] == client.secret.as_str()) {
        Some(client) if client.ends > now => Ok(client),
        _ => refuse("InvalidClientException", "Invalid client provided"),
    }
}

pub(super) fn start_device(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request,
) -> Result<String, Failure> {
    let body = body(request);
    if !client(state, now, &body)?.grants.iter().any(|grant| grant == DEVICE_CODE) {
        return refuse("UnauthorizedClientException", "registered for another flow");
    }
    if body["startUrl"].as_str().is_none_or(str::is_empty) {
        return refuse("InvalidRequestException", "Invalid start url provided");
    }
    check_start_url(state, &body["startUrl"])?;
    let rules = state.world.sso_sign_in.clone();
    let code = secret(state, "device-");
    let device = Device {
        client: body["clientId"].as_str().unwrap_or_default().to_owned(),
        ends: now + TimeDelta::seconds(rules.code_seconds.into()),
        interval: TimeDelta::seconds(rules.interval.into()),
        polled: now,
    };
    state.identity_center.devices.insert(code.clone(), device);
    Ok(json!({
        "deviceCode": code,
        "userCode": "ABCD-EFGH",
        "verificationUri": "https://d-abc123.awsapps.com/start/#/device",
        "verificationUriComplete": "https://d-abc123.awsapps.com/start/#/device?user_code=ABCD-EFGH",
        "expiresIn": rules.code_seconds,
        "interval": rules.interval,
    })
    .to_string())
}

/// The page of the sign-in; returns where it sends the browser.
pub(super) fn authorize(state: &mut State, params: &Params) -> Result<String, Failure> {
    let get = |name: &str| params.get(name).unwrap_or_default().to_owned();
    let id = get("client_id");
    let Some(client) = state.identity_center.clients.get(&id) else {
        return refuse("InvalidClientException", "Invalid client provided");
    };
    let redirect_uri = get("redirect_uri");
    let port = redirect_uri
        .strip_prefix("http://127.0.0.1:")
        .and_then(|rest| rest.strip_suffix("/oauth/callback"))
        .and_then(|port| port.parse::<u16>().ok());
    if !client.redirects || port.is_none() {
        return refuse("InvalidRequestException", "the redirect URI is not registered");
    }
    let challenge = get("code_challenge");
    let is_digest = challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if get("response_type") != "code"
        || get("code_challenge_method") != "S256"
        || !is_digest
        || get("scopes") != client.scopes.join(" ")
        || get("state").is_empty()
    {
        return refuse("InvalidRequestException", "the request is not complete");
    }
    let back = format!("{redirect_uri}?state={}", get("state"));
    if state.world.sso_sign_in.person != Person::Consents {
        return Ok(format!("{back}&error=access_denied&error_description=The+person+refused"));
    }
    let code = secret(state, "code-");
    let known = Code { client: id, redirect_uri, challenge };
    state.identity_center.codes.insert(code.clone(), known);
    Ok(format!("{back}&code={code}"))
}

pub(super) fn create_token(
    state: &mut State,
    now: DateTime<Utc>,
    request: &Request,
) -> Result<String, Failure> {
    let body = body(request);
    let text = |key: &str| body[key].as_str().unwrap_or_default().to_owned();
    let id = text("clientId");
    let grant = text("grantType");
    if grant == "refresh_token" && state.world.sso_refresh_token.is_some() {
        return renew_of_world(state, &text("refreshToken"));
    }
    let known = client(state, now, &body)?;
    if !known.grants.contains(&grant) {
        return refuse("UnauthorizedClientException", "registered for another grant");
    }
    let renews = state.world.sso_sign_in.renews
        && known.grants.iter().any(|grant| grant == "refresh_token")
        && known.scopes.iter().any(|scope| scope == "sso:account:access");
    match grant.as_str() {
        DEVICE_CODE => poll(state, now, &text("deviceCode"), &id)?,
        "authorization_code" => {
            let code = state.identity_center.codes.remove(&text("code"));
            let code = code.filter(|code| code.client == id);
            let digest = Sha256::digest(text("codeVerifier").as_bytes());
            let challenge = text::base64(&digest).replace('+', "-").replace('/', "_");
            let fits = code.is_some_and(|code| {
                code.redirect_uri == text("redirectUri")
                    && code.challenge == challenge.trim_end_matches('=')
            });
            if !fits {
                return refuse("InvalidGrantException", "Invalid authorization code provided");
            }
        }
        _ => {
            let token = text("refreshToken");
            let owner = state.identity_center.refresh.remove(&token);
            if owner.as_ref() != Some(&id) {
                let is_used = state.identity_center.used.contains(&token);
                let why =
                    if is_used { "it was used before" } else { "Invalid refresh token provided" };
                return refuse("InvalidGrantException", why);
            }
            state.identity_center.used.insert(token);
        }
    }
    let access_token = secret(state, "aoaAAAAAG");
    state.world.sso_tokens.push(access_token.clone());
    let mut answer = json!({
        "accessToken": access_token,
        "tokenType": "Bearer",
        "expiresIn": state.world.sso_sign_in.token_seconds,
    });
    if renews {
        let refresh_token = secret(state, "aorAAAAAG");
        state.identity_center.refresh.insert(refresh_token.clone(), id);
        answer["refreshToken"] = refresh_token.into();
    }
    Ok(answer.to_string())
}

/// The token of a sign-in that was not made here.
fn renew_of_world(state: &mut State, given: &str) -> Result<String, Failure> {
    if state.world.sso_refresh_token.as_deref() != Some(given) {
        return refuse("InvalidGrantException", "Invalid refresh token provided");
    }
    let token = secret(state, "aoaAAAAAG");
    state.world.sso_tokens.push(token.clone());
    Ok(json!({ "accessToken": token, "tokenType": "Bearer", "expiresIn": 3600 }).to_string())
}

fn poll(state: &mut State, now: DateTime<Utc>, code: &str, client: &str) -> Result<(), Failure> {
    let person = state.world.sso_sign_in.person;
    let Some(device) = state.identity_center.devices.get_mut(code) else {
        return refuse("InvalidGrantException", "Invalid device code provided");
    };
    if device.client != client {
        return refuse("InvalidGrantException", "another client's device code");
    }
    if device.ends <= now {
        return refuse("ExpiredTokenException", "Device code expired");
    }
    // Clocks of two processes: a little less than the interval is no offence.
    let is_too_soon = now - device.polled < device.interval - TimeDelta::milliseconds(100);
    device.polled = now;
    if is_too_soon {
        device.interval += TimeDelta::seconds(5);
        return refuse("SlowDownException", "Slow down");
    }
    match person {
        Person::Waits => refuse("AuthorizationPendingException", "Authorization pending"),
        Person::Refuses => refuse("AccessDeniedException", "Access denied"),
        Person::Consents => {
            state.identity_center.devices.remove(code);
            Ok(())
        }
    }
}

pub(super) fn logout(state: &mut State, request: &Request) -> Result<String, Failure> {
    let token = request.header("x-amz-sso_bearer_token").unwrap_or_default();
    let known = state.world.sso_tokens.len();
    state.world.sso_tokens.retain(|one| *one != token);
    if state.world.sso_tokens.len() == known {
        let message = "Session token not found or invalid";
        return Err(Failure::new(401, "UnauthorizedException", message));
    }
    Ok(String::new())
}
