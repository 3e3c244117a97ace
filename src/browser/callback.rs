//! A local port that waits for the browser to bring back the code of a sign-in.
//!
//! Rules: RFC 8252, "OAuth 2.0 for Native Apps", sections 7.3 and 8; RFC 6749, section 4.1.2.

use std::{
    io::{self, Write as _},
    net::TcpStream,
    time::Duration,
};

use subtle::ConstantTimeEq as _;

use super::requests::{Request, Requests};
use crate::secret::Secret;

/// The only path that IAM Identity Center accepts.
const PATH: &str = "/oauth/callback";
/// How long writing a page may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(2);

/// The port, and the state that a request must repeat.
pub(crate) struct CallbackListener {
    requests: Requests,
    state: Secret,
}

/// What the browser brought.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Callback {
    /// The authorization code.
    Code(Secret),
    /// The reason why there is none: `error` and `error_description`.
    Refused {
        /// Such as `access_denied`.
        error: String,
        /// In words; may be empty.
        description: String,
    },
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the browser's, and brought this.
    Brought(Callback),
    /// It is not, and gets this status.
    Refused(&'static str),
    /// It has the state of another sign-in, or none.
    OtherSignIn,
}

/// The browser's request, which waits for a page.
pub(crate) struct Reply(TcpStream);

impl CallbackListener {
    /// Opens `port` (0: any) on 127.0.0.1 for a request with `state`.
    pub(crate) fn open(port: u16, state: Secret) -> io::Result<Self> {
        Ok(Self { requests: Requests::open(port, "403 Forbidden")?, state })
    }

    /// Returns the URL that the browser is sent back to.
    pub(crate) fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}{PATH}", self.requests.port())
    }

    /// Returns what the browser brought, if it has come. Never waits. Requests of others, with
    /// another path or another state are refused and change nothing.
    pub(crate) fn poll(&mut self) -> Option<(Callback, Reply)> {
        let mut found = None;
        for request in self.requests.arrived() {
            found = found.or_else(|| self.judge(request));
        }
        found
    }

    /// Returns what a complete request brought, or answers it.
    fn judge(&self, request: Request) -> Option<(Callback, Reply)> {
        let Request { stream, bytes } = request;
        let reply = Reply(stream);
        match self.verdict(&bytes) {
            Verdict::Brought(callback) => Some((callback, reply)),
            Verdict::Refused(status) => {
                reply.send(status, "Nothing to see here", "This page is part of a sign-in.");
                None
            }
            Verdict::OtherSignIn => {
                reply.send(
                    "400 Bad Request",
                    "This is not the sign-in that rolecall waits for",
                    "Close this tab, and use the one that rolecall opened last.",
                );
                None
            }
        }
    }

    /// Returns what becomes of a request of this user with this head.
    pub(crate) fn verdict(&self, head: &[u8]) -> Verdict {
        let text = String::from_utf8_lossy(head);
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let host = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("host"))
            .map(|(_, value)| value.trim().to_owned());
        let port = self.requests.port();
        let own = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        if path != PATH {
            return Verdict::Refused("404 Not Found");
        }
        if method != "GET" {
            return Verdict::Refused("405 Method Not Allowed");
        }
        if host.is_some_and(|host| !own.contains(&host)) {
            return Verdict::Refused("403 Forbidden");
        }
        if !self.has_state(query) {
            return Verdict::OtherSignIn;
        }
        brought(query).map_or(Verdict::Refused("400 Bad Request"), Verdict::Brought)
    }

    /// Returns what a browser would have brought that ended at `address` on another machine; `None` if it is
    /// not the address of this sign-in.
    pub(crate) fn pasted(&self, address: &Secret) -> Option<Callback> {
        let (page, query) = address.expose().trim().split_once('?')?;
        // A terminal may add marks of its own to what is pasted.
        let query = query.split(|c: char| c == '#' || c.is_control()).next().unwrap_or_default();
        (page.ends_with(PATH) && self.has_state(query)).then(|| brought(query))?
    }

    fn has_state(&self, query: &str) -> bool {
        let state = parameter(query, "state").unwrap_or_default();
        // In constant time, so that the time tells nothing.
        !state.is_empty() && bool::from(state.as_bytes().ct_eq(self.state.expose().as_bytes()))
    }
}

/// Returns what the query of an address says; `None` if it says nothing.
fn brought(query: &str) -> Option<Callback> {
    if let Some(error) = parameter(query, "error") {
        let description = parameter(query, "error_description").unwrap_or_default();
        return Some(Callback::Refused { error, description });
    }
    let code = parameter(query, "code").filter(|code| !code.is_empty())?;
    Some(Callback::Code(Secret::new(code)))
}

impl Reply {
    /// Tells the person that the sign-in is complete.
    pub(crate) fn done(self) {
        self.send("200 OK", "Signed in", "Done: you can close this tab.");
    }

    /// Tells the person what failed.
    pub(crate) fn failed(self, what: &str) {
        self.send("200 OK", "Not signed in", what);
    }

    /// A browser that is gone does no harm.
    fn send(self, status: &str, title: &str, text: &str) {
        let Self(mut stream) = self;
        let (title, text) = (html(title), html(text));
        let page = format!(
            "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} - \
             rolecall</title></head><body style=\"font-family:sans-serif;margin:4em\">\
             <h1>{title}</h1><p>{text}</p></body></html>\n"
        );
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; \
             style-src 'unsafe-inline'; frame-ancestors 'none'\r\nConnection: close\r\n\r\n",
            page.len()
        );
        let written = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_write_timeout(Some(WRITE_TIMEOUT)))
            .and_then(|()| stream.write_all((head + &page).as_bytes()));
        drop(written);
    }
}

/// Returns `text` with the characters escaped that mean something in HTML.
fn html(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    escaped.replace('"', "&quot;").replace(|c: char| c.is_control(), " ")
}

/// Returns the first parameter of that name, decoded.
fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| decoded(value))
}

/// Returns a value of a query without its percent-encoding.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        (bytes, rest) = match (first, byte) {
            (b'%', Some(byte)) => (with(bytes, byte), &after[2..]),
            (b'+', _) => (with(bytes, b' '), after),
            _ => (with(bytes, first), after),
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn with(mut bytes: Vec<u8>, byte: u8) -> Vec<u8> {
    bytes.push(byte);
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;
    use crate::context::steady_now;

    fn listener() -> CallbackListener {
        CallbackListener::open(0, Secret::from("the-state")).unwrap()
    }

    /// Sends a request; returns what came of it and the answer that the listener gave by itself.
    fn ask(listener: &mut CallbackListener, request: &str) -> (Option<Callback>, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", listener.requests.port())).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let started = steady_now();
        let mut found = None;
        while found.is_none() && started.elapsed() < Duration::from_millis(200) {
            found = listener.poll();
            std::thread::sleep(Duration::from_millis(2));
        }
        let callback = found.map(|(callback, reply)| {
            reply.done();
            callback
        });
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (callback, answer)
    }

    fn get(target: &str) -> String {
        format!("GET {target} HTTP/1.1\r\n\r\n")
    }

    #[test]
    fn only_the_right_state_brings_a_code_and_all_else_changes_nothing() {
        let mut listener = listener();
        // A connection that never says a word delays nobody.
        let _silent = TcpStream::connect(("127.0.0.1", listener.requests.port())).unwrap();
        for (target, status) in [
            ("/", "404"),
            ("/favicon.ico", "404"),
            ("/oauth/callback?code=evil", "400"),
            ("/oauth/callback?code=evil&state=", "400"),
            ("/oauth/callback?code=evil&state=the-statf", "400"),
            ("/oauth/callback?state=the-state", "400"),
        ] {
            let (callback, answer) = ask(&mut listener, &get(target));
            assert_eq!(callback, None, "{target}");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{target}: {answer}");
        }
        let post = "POST /oauth/callback?code=c&state=the-state HTTP/1.1\r\n\r\n";
        assert!(ask(&mut listener, post).1.starts_with("HTTP/1.1 405 "));
        let rebound = "GET /oauth/callback?code=c&state=the-state HTTP/1.1\r\nHost: evil\r\n\r\n";
        assert!(ask(&mut listener, rebound).1.starts_with("HTTP/1.1 403 "));
        let good = get("/oauth/callback?code=a%2Bb%20c&state=the-state");
        let (callback, answer) = ask(&mut listener, &good);
        assert_eq!(callback, Some(Callback::Code(Secret::from("a+b c"))));
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("no-store"), "{answer}");
        assert!(answer.contains("you can close this") && !answer.contains("a+b"), "{answer}");
    }

    #[test]
    fn the_address_of_another_machines_browser_can_be_pasted() {
        let listener = listener();
        let pasted = |address: &str| listener.pasted(&Secret::from(address));
        let good = "http://127.0.0.1:1234/oauth/callback?code=c%2Bd&state=the-state";
        let code = Some(Callback::Code(Secret::from("c+d")));
        assert_eq!(pasted(good), code);
        assert_eq!(pasted(&format!(" {good}#_ \n")), code);
        assert_eq!(pasted(&format!("\x1b[200~{good}\x1b[201~")), code);
        for wrong in [
            "",
            "c+d",
            "http://127.0.0.1:1234/oauth/callback?code=c",
            "http://127.0.0.1:1234/oauth/callback?code=c&state=another",
            "http://127.0.0.1:1234/oauth/callback?state=the-state",
            "https://oidc.example/authorize?code=c&state=the-state",
        ] {
            assert_eq!(pasted(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_words() {
        let target =
            "/oauth/callback?error=access_denied&error_description=No+%3Cb%3E&state=the-state";
        let (callback, _) = ask(&mut listener(), &get(target));
        let (error, description) = ("access_denied".to_owned(), "No <b>".to_owned());
        assert_eq!(callback, Some(Callback::Refused { error, description }));
        assert_eq!(html("No <b>\n\"&"), "No &lt;b&gt; &quot;&amp;");
    }
}
