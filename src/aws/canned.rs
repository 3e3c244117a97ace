//! An answer that every call gets instead of one from the network, for `fuzzing`.

use std::cell::RefCell;

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;

use super::connection;

thread_local! {
    static NEXT: RefCell<Option<Canned>> = const { RefCell::new(None) };
}

/// What a server answers.
#[derive(Clone, Debug)]
struct Canned {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// Runs `calls`, the first of which gets this answer; after it, every call is refused, so that a
/// list of many pages ends. `answer` begins with a line that has the status, and lines of headers
/// up to an empty one.
pub(crate) fn with_answer<T>(answer: &[u8], calls: impl FnOnce() -> T) -> T {
    let canned = Canned::of(answer);
    NEXT.set(Some(canned));
    let outcome = calls();
    NEXT.set(None);
    outcome
}

/// Returns a client that gives the answer, if there is one.
pub(super) fn client() -> Option<SharedHttpClient> {
    NEXT.with_borrow(Option::is_some).then(|| http_client_fn(|_, _| SharedHttpConnector::new(Once)))
}

impl Canned {
    fn of(answer: &[u8]) -> Self {
        let end = answer.windows(2).position(|pair| pair == b"\n\n");
        let (head, body) = match end {
            Some(end) => (&answer[..end], &answer[end + 2..]),
            None => (answer, &[][..]),
        };
        let head = String::from_utf8_lossy(head);
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.trim().parse().ok());
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.filter(|status| (200..600).contains(status)).unwrap_or(200),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.to_vec(),
        }
    }

    fn response(self) -> Option<HttpResponse> {
        let status = StatusCode::try_from(self.status).ok()?;
        let mut response = HttpResponse::new(status, SdkBody::from(self.body));
        for (name, value) in self.headers {
            // A name that HTTP doesn't allow never comes through.
            drop(response.headers_mut().try_append(name, value));
        }
        Some(response)
    }
}

/// Gives the answer to the first request.
#[derive(Debug)]
struct Once;

impl HttpConnector for Once {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let refused = Canned { status: 403, headers: Vec::new(), body: Vec::new() };
        let canned = NEXT.replace(Some(refused)).and_then(Canned::response);
        HttpConnectorFuture::new(async move {
            match canned {
                Some(response) => connection::whole(response, None).await,
                None => Err(ConnectorError::user("no answer".into())),
            }
        })
    }
}
