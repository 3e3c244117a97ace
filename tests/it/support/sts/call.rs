//! What is remembered of each request.

use chrono::{DateTime, Utc};

use super::fault::Fault;
use super::givers::Giver;
use super::sigv4::Authorization;
use super::wire::{Params, Request};

/// One request as it arrived, and what came of it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The service in the credential scope; `sts` for a request without one.
    pub(crate) service: String,
    /// The action by name; empty when the request names none.
    pub(crate) action: String,
    /// `GET` or `POST`.
    pub(crate) method: String,
    /// The key that the request says it was signed with, whether that is true or not.
    pub(crate) access_key_id: Option<String>,
    /// The region of the credential scope.
    pub(crate) region: Option<String>,
    /// `RoleArn`.
    pub(crate) role_arn: Option<String>,
    /// `RoleSessionName`.
    pub(crate) session_name: Option<String>,
    /// `ExternalId`.
    pub(crate) external_id: Option<String>,
    /// `DurationSeconds`, when it is a number.
    pub(crate) duration: Option<i64>,
    /// `SessionDuration`, of a sign-in to the console.
    pub(crate) console_duration: Option<String>,
    /// `Destination`, of the same.
    pub(crate) destination: Option<String>,
    /// `SerialNumber`.
    pub(crate) serial_number: Option<String>,
    /// `TokenCode`.
    pub(crate) token_code: Option<String>,
    /// `Policy`.
    pub(crate) policy: Option<String>,
    /// `PolicyArns`.
    pub(crate) policy_arns: Vec<String>,
    /// `Tags`, keys and values.
    pub(crate) tags: Vec<(String, String)>,
    /// `TransitiveTagKeys`.
    pub(crate) transitive_tag_keys: Vec<String>,
    /// `SourceIdentity`.
    pub(crate) source_identity: Option<String>,
    /// The `User-Agent` header.
    pub(crate) user_agent: Option<String>,
    /// When it arrived, by the stand-in's clock.
    pub(crate) at: DateTime<Utc>,
    /// What the service decided.
    pub(crate) outcome: Outcome,
    /// The access key id of the session that was issued.
    pub(crate) issued: Option<String>,
    /// What went wrong on purpose.
    pub(crate) fault: Option<Fault>,
}

/// What the service decided about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Nothing yet, or nothing ever: the connection was broken before the request was judged.
    Unanswered,
    /// It was granted. (A fault may still have kept the answer from the client.)
    Ok,
    /// It was refused with this error code.
    Error(String),
}

impl Call {
    /// Notes what a request asks for, before anything of it is judged.
    pub(super) fn of(
        request: &Request,
        params: &Params,
        authorization: Option<&Authorization>,
        at: DateTime<Utc>,
    ) -> Self {
        let service = authorization.map_or("sts", |scope| scope.service.as_str());
        let action = match (params.get("Action"), Giver::of(request)) {
            (_, Some(giver)) => giver.action().to_owned(),
            (None, None) if service == "s3" => "ListBuckets".to_owned(),
            (action, None) => action.unwrap_or_default().to_owned(),
        };
        let text = |name: &str| params.get(name).map(str::to_owned);
        Self {
            service: service.to_owned(),
            action,
            method: request.method.clone(),
            access_key_id: authorization.map(|scope| scope.access_key_id.clone()),
            region: authorization.map(|scope| scope.region.clone()),
            role_arn: text("RoleArn"),
            session_name: text("RoleSessionName"),
            external_id: text("ExternalId"),
            duration: params.get("DurationSeconds").and_then(|text| text.parse().ok()),
            console_duration: text("SessionDuration"),
            destination: text("Destination"),
            serial_number: text("SerialNumber"),
            token_code: text("TokenCode"),
            policy: text("Policy"),
            policy_arns: params.list("PolicyArns", ".arn"),
            tags: params.pairs("Tags"),
            transitive_tag_keys: params.list("TransitiveTagKeys", ""),
            source_identity: text("SourceIdentity"),
            user_agent: request.header("user-agent"),
            at,
            outcome: Outcome::Unanswered,
            issued: None,
            fault: None,
        }
    }
}
