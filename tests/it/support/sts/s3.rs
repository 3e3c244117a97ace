//! As much of S3 as shows that a session works: `ListBuckets`, and S3's way of saying no.

use chrono::{DateTime, Utc};

use super::auth::{self, Caller, Kind, Refusal, Rules};
use super::policies;
use super::service::Verdict;
use super::sigv4::Authorization;
use super::state::State;
use super::text;
use super::wire::Request;
use super::xml::{Failure, Xml};

const RULES: Rules = Rules { service: "s3", skew_minutes: 15, content_header: true };

pub(super) fn judge(
    state: &State,
    now: DateTime<Utc>,
    request: &Request,
    authorization: Result<Option<Authorization>, String>,
) -> Verdict {
    let caller = auth::authenticate(state, now, request, authorization, &RULES)
        .map_err(|refusal| in_words(&refusal))?;
    if caller.kind == Kind::User {
        return Err(Failure::denied("Access Denied"));
    }
    if state.world.judges_session_policies && request.path() != "/" {
        return judge_object(request, &caller);
    }
    if request.method != "GET" || request.path() != "/" {
        return Err(Failure::new(
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented.",
        ));
    }
    let mut xml = declared();
    xml.open_with("ListAllMyBucketsResult", "http://s3.amazonaws.com/doc/2006-03-01/");
    xml.open("Owner").leaf("ID", &text::hex(&owner(&caller.account))).close("Owner");
    xml.open("Buckets");
    for bucket in &state.world.buckets {
        xml.open("Bucket").leaf("Name", bucket);
        xml.leaf("CreationDate", "2026-01-01T00:00:00.000Z").close("Bucket");
    }
    xml.close("Buckets").close("ListAllMyBucketsResult");
    Ok(xml.finish())
}

/// What is asked of a bucket, or of the object `report.csv` that is in it.
fn judge_object(request: &Request, caller: &Caller) -> Verdict {
    let path = request.path().trim_start_matches('/').trim_end_matches('/');
    let action = match (&*request.method, path.contains('/')) {
        ("GET", false) => "s3:ListBucket",
        ("GET", true) => "s3:GetObject",
        ("PUT", true) => "s3:PutObject",
        ("DELETE", true) => "s3:DeleteObject",
        _ => return Err(Failure::new(501, "NotImplemented", "It is not implemented.")),
    };
    let resource = format!("arn:aws:s3:::{path}");
    if !policies::allow(caller, action, &resource) {
        return Err(Failure::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: \"{resource}\" because no session policy \
             allows the {action} action",
            caller.arn
        )));
    }
    if action != "s3:ListBucket" {
        return Ok(String::new());
    }
    let mut xml = declared();
    xml.open_with("ListBucketResult", "http://s3.amazonaws.com/doc/2006-03-01/");
    xml.leaf("Name", path).leaf("KeyCount", "1").leaf("MaxKeys", "1000");
    xml.leaf("IsTruncated", "false").open("Contents").leaf("Key", "report.csv");
    xml.leaf("LastModified", "2026-01-01T00:00:00.000Z").leaf("Size", "42").close("Contents");
    xml.close("ListBucketResult");
    Ok(xml.finish())
}

/// A refusal as S3's XML, which has no namespace and another shape than STS's.
pub(super) fn error(failure: &Failure, id: &str) -> String {
    let mut xml = declared();
    xml.open("Error");
    xml.leaf("Code", &failure.code).leaf("Message", &failure.message);
    xml.leaf("RequestId", &request_id(id)).leaf("HostId", &host_id(id));
    xml.close("Error");
    xml.finish()
}

/// S3's short kind of request id.
pub(super) fn request_id(id: &str) -> String {
    id.replace('-', "").to_uppercase().chars().take(16).collect()
}

/// S3's second, longer id.
pub(super) fn host_id(id: &str) -> String {
    text::base64(id.repeat(2).as_bytes())
}

fn declared() -> Xml {
    let mut xml = Xml::new();
    xml.declare();
    xml
}

/// A canonical user id: 32 bytes that are the same for the same account.
fn owner(account: &str) -> Vec<u8> {
    account.bytes().cycle().take(32).collect()
}

fn in_words(refusal: &Refusal) -> Failure {
    match refusal {
        Refusal::Missing => Failure::denied("Access Denied"),
        Refusal::Incomplete(message) | Refusal::Misscoped(message) => {
            Failure::new(400, "AuthorizationHeaderMalformed", message)
        }
        Refusal::Skewed(_) => Failure::new(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        Refusal::UnknownKey => Failure::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Refusal::WrongToken => Failure::new(
            400,
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ),
        Refusal::Expired => Failure::new(400, "ExpiredToken", "The provided token has expired."),
        Refusal::WrongBody => Failure::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ),
        Refusal::Mismatch => Failure::new(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. \
             Check your key and signing method.",
        ),
    }
}
