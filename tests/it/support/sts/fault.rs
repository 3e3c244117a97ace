//! Things that go wrong between a client and STS, made to order.

use std::time::Duration;

use super::wire::Response;
use super::xml::{self, Failure};

/// One thing that goes wrong with one STS request.
///
/// The first group strikes before STS has judged the request: nothing is issued and no MFA code is
/// used up. The second group strikes after: the session exists and the code is gone, and the client
/// doesn't get a proper answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers with this HTTP status and the error of STS that goes with it.
    Status(u16),
    /// Answers `Throttling`.
    Throttled,
    /// Refuses with this error code.
    Refused(&'static str),
    /// Waits this long, then answers as if nothing had happened.
    Hang(Duration),
    /// Breaks the connection with a TCP reset.
    Reset,
    /// Closes the connection in good order, without an answer.
    Close,

    /// Sends the head and half of the body, then a TCP reset.
    ResetInBody,
    /// Sends the head and half of the body, then closes in good order.
    TruncatedBody,
    /// Sends the head and half of the body, then nothing for this long, then the rest.
    StallInBody(Duration),
    /// Answers 200 with an HTML page, as a captive portal does.
    NotXml,
    /// Leaves out the `Date` header.
    MissingDate,
    /// Leaves an element out of the XML, with all that is in it.
    MissingElement(String),
    /// Puts another text into an element of the XML, or under a key of the JSON.
    OtherText(&'static str, String),
}

/// A page that is neither STS's XML nor XML at all.
const PORTAL: &str = "<!DOCTYPE html><html><body><p>Welcome! Please log in<br></body>\n";

/// How an answer reaches the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Whole,
    ResetHalfway,
    CloseHalfway,
    StallHalfway(Duration),
}

impl Fault {
    /// The refusal that this fault puts in place of STS's judgement.
    pub(super) fn refusal(&self) -> Option<Failure> {
        match self {
            Self::Status(status) => Some(status_failure(*status)),
            Self::Refused(code) => Some(Failure::new(400, code, "It is refused.")),
            Self::Throttled => Some(Failure::new(400, "Throttling", "Rate exceeded")),
            _ => None,
        }
    }

    /// Spoils an answer that STS has made, and says how to deliver it.
    pub(super) fn spoil(&self, response: &mut Response) -> Delivery {
        match self {
            Self::ResetInBody => return Delivery::ResetHalfway,
            Self::TruncatedBody => return Delivery::CloseHalfway,
            Self::StallInBody(time) => return Delivery::StallHalfway(*time),
            Self::NotXml => {
                response.status = 200;
                response.content_type = "text/html";
                response.body = String::from(PORTAL);
            }
            Self::MissingDate => response.date = None,
            Self::MissingElement(name) => response.body = xml::without(&response.body, name),
            Self::OtherText(name, text) => response.body = xml::with(&response.body, name, text),
            _ => {}
        }
        Delivery::Whole
    }
}

fn status_failure(status: u16) -> Failure {
    let (code, message) = match status {
        500 => (
            "InternalFailure",
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        503 => (
            "ServiceUnavailable",
            "The request has failed due to a temporary failure of the server.",
        ),
        429 => ("TooManyRequestsException", "Rate exceeded"),
        403 => ("AccessDenied", "Access denied."),
        400..=499 => ("ValidationError", "The request is not valid."),
        _ => ("ServiceFailure", "The service could not answer."),
    };
    Failure::new(status, code, message)
}
