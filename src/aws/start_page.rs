//! What a start URL of IAM Identity Center answers: a redirect from a name of an organization's own, or the
//! page of the access portal.

use aws_smithy_runtime_api::client::{
    http::HttpConnector as _,
    orchestrator::{HttpRequest, HttpResponse},
};
use aws_smithy_types::body::SdkBody;

use super::{
    Call, Failure,
    client::{block_on, connector},
    failure::request_failure,
};

/// The marks around the region in the page of the access portal.
const REGION: [&str; 2] = ["<meta name=\"region\" content=\"", "\""];

/// Returns where the URL of `call` redirects to; `None` if it doesn't. The redirect is not followed.
///
/// Rule: the AWS CLI, `customizations/sso/resolve.py`: HEAD, and GET where that is not allowed.
pub(crate) fn redirect_of(call: Call<'_>) -> Result<Option<String>, Failure> {
    block_on(call.budget.limit, async {
        let mut answer = request(call, "HEAD").await?;
        if matches!(answer.status().as_u16(), 405 | 501) {
            answer = request(call, "GET").await?;
        }
        let is_redirect = (300..400).contains(&answer.status().as_u16());
        let location = answer.headers().get("location").filter(|_| is_redirect);
        Ok(location.map(str::to_owned))
    })
}

/// Returns the region that the page at the URL of `call` names; `None` if it names none. It is not
/// documented, so it is no more than a guess.
pub(crate) fn region_of_page(call: Call<'_>) -> Result<Option<String>, Failure> {
    block_on(call.budget.limit, async {
        let answer = request(call, "GET").await?;
        let page = answer.body().bytes().map(String::from_utf8_lossy).unwrap_or_default();
        let rest = page.split_once(REGION[0]).map(|(_, rest)| rest);
        Ok(rest.and_then(|rest| rest.split_once(REGION[1])).map(|(region, _)| region.to_owned()))
    })
}

async fn request(call: Call<'_>, method: &str) -> Result<HttpResponse, Failure> {
    let mut request = HttpRequest::new(SdkBody::empty());
    let url = call.endpoint.url.as_deref().unwrap_or_default();
    let settled = request.set_uri(url.to_owned()).and_then(|()| request.set_method(method));
    settled.map_err(|_| Failure::broken("the start URL is not a URL"))?;
    connector(call)?.call(request).await.map_err(|error| request_failure(&error))
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        time::Duration,
    };

    use super::*;
    use crate::aws::{Budget, Endpoint};

    #[test]
    fn the_page_of_the_portal_names_its_region() {
        for (page, expected) in [
            ("<head><meta name=\"region\" content=\"eu-west-1\"/></head>", Some("eu-west-1")),
            ("<head></head>", None),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let url = format!("http://{}/start", listener.local_addr().unwrap());
            let server = std::thread::spawn(move || {
                let (mut stream, _) = listener.accept().unwrap();
                let _ = stream.read(&mut [0; 4096]).unwrap();
                let length = page.len();
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{page}")
                    .unwrap();
            });
            let endpoint = Endpoint { url: Some(url), ..Endpoint::default() };
            let budget = Budget::new(Duration::from_secs(10), 1);
            let region = region_of_page(Call { endpoint: &endpoint, budget }).unwrap();
            assert_eq!(region.as_deref(), expected);
            server.join().unwrap();
        }
    }
}
