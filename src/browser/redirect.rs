//! A local port that answers one request, with a redirect.

use std::{
    io::{self, Write},
    time::Duration,
};

use zeroize::Zeroizing;

use super::requests::{Request, Requests};
use crate::secret::{Secret, random_hex};

/// The status of every answer but one.
const NOT_FOUND: &str = "404 Not Found";
/// How long writing an answer may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Redirect<'a> {
    requests: Requests,
    /// Random, so that nobody can guess it.
    path: String,
    target: &'a Secret,
}

impl<'a> Redirect<'a> {
    pub(super) fn new(target: &'a Secret) -> io::Result<Self> {
        let path = format!("/{}", random_hex(24)?.expose());
        Ok(Self { requests: Requests::open(0, NOT_FOUND)?, path, target })
    }

    /// Returns the URL for the browser.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.requests.port(), self.path)
    }

    /// Answers the requests that have arrived. Returns whether the browser's was among them. Never waits for
    /// one.
    pub(super) fn serve(&mut self) -> bool {
        let arrived = self.requests.arrived();
        // If the answer can't be written, the browser tries again.
        arrived.into_iter().any(|request| self.answer(request).unwrap_or(false))
    }

    fn answer(&self, request: Request) -> io::Result<bool> {
        let Request { mut stream, bytes } = request;
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITE_TIMEOUT))?;
        if !asks_for(&self.path, &bytes) {
            let head = "Content-Length: 0\r\nConnection: close\r\n\r\n";
            write!(stream, "HTTP/1.1 {NOT_FOUND}\r\n{head}")?;
            return Ok(false);
        }
        let target = self.target.expose();
        let mut answer = Zeroizing::new(String::with_capacity(target.len() + 512));
        answer.push_str("HTTP/1.1 302 Found\r\nLocation: ");
        answer.push_str(target);
        answer.push_str("\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n");
        answer.push_str("Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes())?;
        Ok(true)
    }
}

/// Returns whether the request with this head is for `path`.
pub(crate) fn asks_for(path: &str, head: &[u8]) -> bool {
    let line = head.split(|&byte| byte == b'\r').next().unwrap_or_default();
    line.starts_with(format!("GET {path} HTTP/1.").as_bytes())
}

#[cfg(test)]
mod tests {
    use std::{io::Read as _, net::TcpStream};

    use super::*;
    use crate::context::steady_now;

    /// Returns the answer to a request for `path`, and whether it counted as the browser's.
    fn ask(redirect: &mut Redirect<'_>, path: &str) -> (String, bool) {
        let mut stream = TcpStream::connect(("127.0.0.1", redirect.requests.port())).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        stream.set_nonblocking(true).unwrap();
        let (mut answer, mut is_browser) = (String::new(), false);
        let started = steady_now();
        while stream.read_to_string(&mut answer).is_err() {
            is_browser |= redirect.serve();
            assert!(started.elapsed() < Duration::from_secs(20));
        }
        (answer, is_browser)
    }

    #[test]
    fn only_the_random_path_is_redirected() {
        let target = Secret::from("https://example.com/?SigninToken=x");
        let mut redirect = Redirect::new(&target).unwrap();
        let own = redirect.path.clone();
        for path in ["/", "/favicon.ico", &own[..20]] {
            let (answer, is_browser) = ask(&mut redirect, path);
            assert!(answer.starts_with("HTTP/1.1 404 ") && !is_browser, "{path}: {answer}");
            assert!(!answer.contains("SigninToken"));
        }
        let (answer, is_browser) = ask(&mut redirect, &own);
        assert!(answer.starts_with("HTTP/1.1 302 ") && is_browser, "{answer}");
        assert!(answer.contains("\r\nLocation: https://example.com/?SigninToken=x\r\n"));
        assert!(answer.contains("no-store") && answer.contains("no-referrer"));
        assert_ne!(redirect.path, Redirect::new(&target).unwrap().path);
    }
}
