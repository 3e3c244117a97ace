//! Who signed a request, and whether that is true.

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

use super::arn;
use super::clock::basic;
use super::session;
use super::sigv4::{self, Authorization};
use super::state::State;
use super::wire::Request;
use super::world::User;
use super::xml::Failure;

/// A caller whose signature holds.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub(super) arn: String,
    pub(super) user_id: String,
    pub(super) account: String,
    pub(super) partition: String,
    pub(super) kind: Kind,
    /// The documents of its session policies, if they are judged.
    pub(super) session_policies: Option<Vec<serde_json::Value>>,
}

/// What the caller's credentials came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A user's long-lived key.
    User,
    /// `GetSessionToken`, with MFA at this time or without.
    UserSession { mfa_at: Option<DateTime<Utc>> },
    /// `AssumeRole`. MFA does not pass through it.
    RoleSession { role_arn: String },
}

impl Caller {
    /// The role whose session it is.
    pub(super) fn role_arn(&self) -> Option<&str> {
        match &self.kind {
            Kind::RoleSession { role_arn } => Some(role_arn),
            Kind::User | Kind::UserSession { .. } => None,
        }
    }

    pub(super) fn of_user(user: &User) -> Self {
        let arn = user.arn();
        Self {
            user_id: session::unique_id("AIDA", &arn),
            arn,
            account: user.account.clone(),
            partition: user.partition.clone(),
            kind: Kind::User,
            session_policies: None,
        }
    }
}

/// Why a caller was not recognised; each service has its own words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// No `Authorization` header.
    Missing,
    /// A header that makes no sense, or no date.
    Incomplete(String),
    /// The request's clock and ours are too far apart.
    Skewed(String),
    /// The credential scope is wrong, or a header should have been signed.
    Misscoped(String),
    /// No such key in this partition, or it is switched off.
    UnknownKey,
    /// A session's key without the session's token, or a token with another key.
    WrongToken,
    /// The session has ended.
    Expired,
    /// The body is not the one that was signed.
    WrongBody,
    /// The signature is wrong.
    Mismatch,
}

/// What a service asks of a signature.
pub(super) struct Rules {
    pub(super) service: &'static str,
    /// How many minutes the clocks may be apart.
    pub(super) skew_minutes: i64,
    /// Whether `x-amz-content-sha256` is asked for and may say `UNSIGNED-PAYLOAD`.
    pub(super) content_header: bool,
}

/// Finds out who signed `request`. Checks in the order of AWS: form, time, scope, key, signature.
pub(super) fn authenticate(
    state: &State,
    now: DateTime<Utc>,
    request: &Request,
    authorization: Result<Option<Authorization>, String>,
    rules: &Rules,
) -> Result<Caller, Refusal> {
    let authorization = authorization.map_err(Refusal::Incomplete)?.ok_or(Refusal::Missing)?;
    let signed_at = signing_time(request)?;
    check_skew(signed_at, now, rules.skew_minutes)?;
    check_signed_headers(request, &authorization)?;
    check_scope(&authorization, signed_at, rules)?;
    let (caller, secret) = identify(state, now, request, &authorization)?;
    let payload_hash = payload_hash(request, rules)?;
    let expected = authorization.expected(request, &secret, &basic(signed_at), &payload_hash);
    if expected == authorization.signature { Ok(caller) } else { Err(Refusal::Mismatch) }
}

fn signing_time(request: &Request) -> Result<DateTime<Utc>, Refusal> {
    if let Some(text) = request.header("x-amz-date") {
        let time = NaiveDateTime::parse_from_str(&text, "%Y%m%dT%H%M%SZ");
        return time.map(|time| time.and_utc()).map_err(|_| {
            Refusal::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{text}'. \
                 See http://en.wikipedia.org/wiki/ISO_8601"
            ))
        });
    }
    request
        .header("date")
        .and_then(|text| DateTime::parse_from_rfc2822(&text).ok())
        .map(|time| time.to_utc())
        .ok_or_else(|| {
            Refusal::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' \
                 header."
                    .to_owned(),
            )
        })
}

fn check_skew(at: DateTime<Utc>, now: DateTime<Utc>, minutes: i64) -> Result<(), Refusal> {
    let (earliest, latest) = (now - Duration::minutes(minutes), now + Duration::minutes(minutes));
    let (at_text, now_text) = (basic(at), basic(now));
    if at < earliest {
        return Err(Refusal::Skewed(format!(
            "Signature expired: {at_text} is now earlier than {} ({now_text} - {minutes} min.)",
            basic(earliest)
        )));
    }
    if at > latest {
        return Err(Refusal::Skewed(format!(
            "Signature not yet current: {at_text} is still later than {} ({now_text} + {minutes} \
             min.)",
            basic(latest)
        )));
    }
    Ok(())
}

fn check_signed_headers(request: &Request, scope: &Authorization) -> Result<(), Refusal> {
    let signed = |name: &str| scope.signed_headers.iter().any(|n| n.eq_ignore_ascii_case(name));
    if !signed("host") {
        return Err(Refusal::Misscoped(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.".to_owned(),
        ));
    }
    let unsigned =
        request.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !signed(name)).map(
            |(name, _)| format!("'{name}' must be a 'SignedHeader' in the AWS Authorization."),
        );
    unsigned.map_or(Ok(()), |message| Err(Refusal::Misscoped(message)))
}

fn check_scope(
    scope: &Authorization,
    signed_at: DateTime<Utc>,
    rules: &Rules,
) -> Result<(), Refusal> {
    let mut problems = Vec::new();
    if scope.service != rules.service {
        problems
            .push(format!("Credential should be scoped to correct service: '{}'.", rules.service));
    }
    if scope.terminator != "aws4_request" {
        problems.push(format!(
            "Credential should be scoped with a valid terminator: 'aws4_request', not '{}'.",
            scope.terminator
        ));
    }
    let day = signed_at.format("%Y%m%d").to_string();
    if scope.date != day {
        problems.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from \
             HTTP: '{}' != '{day}', from '{}'.",
            scope.date,
            basic(signed_at)
        ));
    }
    if problems.is_empty() { Ok(()) } else { Err(Refusal::Misscoped(problems.join(" "))) }
}

/// The caller and the secret that belong to a key, if the token goes with it.
fn identify(
    state: &State,
    now: DateTime<Utc>,
    request: &Request,
    scope: &Authorization,
) -> Result<(Caller, String), Refusal> {
    let token = request.header("x-amz-security-token");
    let (caller, secret) = if let Some(session) = state.sessions.get(&scope.access_key_id) {
        if token.as_ref() != Some(&session.token) {
            return Err(Refusal::WrongToken);
        }
        if session.ends <= now {
            return Err(Refusal::Expired);
        }
        (session.caller.clone(), session.secret_access_key.clone())
    } else {
        let user = state.world.user_of_key(&scope.access_key_id).filter(|user| user.active);
        let user = user.ok_or(Refusal::UnknownKey)?;
        if token.is_some() {
            return Err(Refusal::WrongToken);
        }
        (Caller::of_user(user), user.secret_access_key.clone())
    };
    if caller.partition == arn::partition_of(&scope.region) {
        Ok((caller, secret))
    } else {
        Err(Refusal::UnknownKey)
    }
}

fn payload_hash(request: &Request, rules: &Rules) -> Result<String, Refusal> {
    let hash = sigv4::sha256_hex(&request.body);
    match request.header("x-amz-content-sha256") {
        Some(said) if rules.content_header && said == "UNSIGNED-PAYLOAD" => Ok(said),
        Some(said) if said == hash => Ok(said),
        None if !rules.content_header => Ok(hash),
        _ => Err(Refusal::WrongBody),
    }
}

impl Refusal {
    /// In STS's words.
    pub(super) fn to_sts(&self) -> Failure {
        let invalid_token = "The security token included in the request is invalid.";
        let mismatch = |message: &str| Failure::new(403, "SignatureDoesNotMatch", message);
        match self {
            Self::Missing => Failure::new(
                403,
                "MissingAuthenticationToken",
                "Request is missing Authentication Token",
            ),
            Self::Incomplete(message) => Failure::new(400, "IncompleteSignature", message),
            Self::Skewed(message) | Self::Misscoped(message) => mismatch(message),
            Self::UnknownKey | Self::WrongToken => {
                Failure::new(403, "InvalidClientTokenId", invalid_token)
            }
            Self::Expired => Failure::new(
                403,
                "ExpiredToken",
                "The security token included in the request is expired",
            ),
            Self::WrongBody | Self::Mismatch => mismatch(
                "The request signature we calculated does not match the signature you provided. \
                 Check your AWS Secret Access Key and signing method. Consult the service \
                 documentation for details.",
            ),
        }
    }
}
