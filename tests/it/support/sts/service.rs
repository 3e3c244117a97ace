//! One request from arrival to answer: which service it is for, and what a fault does to it.

use super::action;
use super::call::{Call, Outcome};
use super::fault::{Delivery, Fault};
use super::givers::{self, Giver};
use super::s3;
use super::sigv4::Authorization;
use super::state::Shared;
use super::text;
use super::wire::{Params, Request, Response};
use super::xml::{self, Failure};

/// What the connection has to do.
pub(super) enum Reply {
    Answer(Response, Delivery),
    Reset,
    Close,
}

/// What a service says: XML, or why not.
pub(super) type Verdict = Result<String, Failure>;

pub(super) fn handle(shared: &Shared, request: &Request) -> Reply {
    let params = Params::of(request);
    let authorization = Authorization::of(request);
    let scope = authorization.as_ref().ok().and_then(Option::as_ref);
    let is_s3 = scope.is_some_and(|scope| scope.service == "s3");
    let (index, fault, latency) =
        shared.arrive(Call::of(request, &params, scope, shared.clock.now()));

    let struck = match &fault {
        _ if !shared.pause(latency) => Some(Reply::Close),
        Some(Fault::Reset) => Some(Reply::Reset),
        Some(Fault::Close) => Some(Reply::Close),
        Some(Fault::Hang(time)) if !shared.pause(*time) => Some(Reply::Close),
        _ => None,
    };
    if let Some(reply) = struck {
        shared.conclude(index, Outcome::Unanswered, None);
        return reply;
    }

    let request_id = text::request_id();
    let now = shared.clock.now();
    let giver = Giver::of(request);
    let refused = fault.as_ref().and_then(Fault::refusal);
    let verdict = if let Some(giver) = giver {
        match refused {
            Some(failure) => Err(failure),
            None => giver.answer(&mut shared.lock(), now, request, &params),
        }
    } else if is_s3 {
        s3::judge(&shared.lock(), now, request, authorization)
    } else {
        match refused {
            Some(failure) => Err(failure),
            None => {
                action::judge(&mut shared.lock(), now, request, &params, authorization, &request_id)
            }
        }
    };
    let outcome = match &verdict {
        Ok(_) => Outcome::Ok,
        Err(failure) => Outcome::Error(failure.code.clone()),
    };
    let issued = verdict.as_ref().ok().and_then(|body| xml::text_of(body, "AccessKeyId"));
    shared.conclude(index, outcome, issued.map(str::to_owned));

    let status = match &verdict {
        Err(failure) => failure.status,
        Ok(_) if giver == Some(Giver::Authorize) => 302,
        Ok(_) => 200,
    };
    let mut response = if giver.is_some() {
        Response {
            status,
            content_type: "application/json",
            date: Some(now),
            headers: match &verdict {
                Ok(location) if status == 302 => vec![("Location", location.clone())],
                Ok(_) => vec![("x-aws-ec2-metadata-token-ttl-seconds", "21600".to_owned())],
                Err(failure) => vec![("x-amzn-ErrorType", failure.code.clone())],
            },
            body: verdict.unwrap_or_else(|failure| givers::error(&failure)),
        }
    } else if is_s3 {
        Response {
            status,
            content_type: "application/xml",
            date: Some(now),
            headers: vec![
                ("x-amz-request-id", s3::request_id(&request_id)),
                ("x-amz-id-2", s3::host_id(&request_id)),
            ],
            body: verdict.unwrap_or_else(|failure| s3::error(&failure, &request_id)),
        }
    } else {
        Response {
            status,
            content_type: "text/xml",
            date: Some(now),
            headers: vec![("x-amzn-RequestId", request_id.clone())],
            body: verdict.unwrap_or_else(|failure| failure.to_xml(&request_id)),
        }
    };
    let delivery = fault.map_or(Delivery::Whole, |fault| fault.spoil(&mut response));
    Reply::Answer(response, delivery)
}
