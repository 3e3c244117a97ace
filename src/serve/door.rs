//! Who is let in: a pure function of a request's head.
//!
//! What is refused gets no reason: whoever may ask knows the rules, and others learn nothing.

use std::net::SocketAddr;

use hyper::{
    HeaderMap, Method, Request,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, FORWARDED, HOST, HeaderName, HeaderValue, ORIGIN, REFERER,
        TRANSFER_ENCODING,
    },
};

use super::token::Token;

/// Answers whether the server works, to anyone on this machine who may connect.
const HEALTH: &str = "/health";
/// What the paths of profiles begin with.
const CREDENTIALS: &str = "/credentials/";

/// Headers that only browsers and proxies send. The SDKs call directly.
const FOREIGN: [HeaderName; 7] = [
    ORIGIN,
    REFERER,
    FORWARDED,
    HeaderName::from_static("sec-fetch-site"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
];

/// The path of a profile, and the token that opens it.
pub(crate) struct Route {
    /// The path, as [`path_of`] returns it.
    pub(crate) path: String,
    /// The token.
    pub(crate) token: Token,
}

/// Returns the path of a profile.
///
/// Rule: RFC 3986, "Unreserved Characters"; all others are percent-encoded, the slash too.
pub(crate) fn path_of(profile: &str) -> String {
    let mut path = CREDENTIALS.to_owned();
    for byte in profile.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => path.push(byte.into()),
            // A path of dots only would mean another one.
            b'.' if profile.bytes().any(|other| other != b'.') => path.push('.'),
            _ => path.push_str(&format!("%{byte:02X}")),
        }
    }
    path
}

/// What a request is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing that it may have.
    Refused,
    /// Whether the server works.
    Health,
    /// The credentials of the route with this number.
    Credentials(usize),
}

/// The rules for who is let in.
pub(super) struct Door {
    /// The values that `Host` may have; `None` for a socket, which no browser can reach.
    pub(super) hosts: Option<Vec<String>>,
    pub(super) routes: Vec<Route>,
}

impl Door {
    /// Returns what `request` is about.
    pub(super) fn judge<B>(&self, request: &Request<B>) -> Verdict {
        let headers = request.headers();
        // Nothing is read after the head, so there must be nothing.
        let has_body = headers.contains_key(TRANSFER_ENCODING)
            || headers.get_all(CONTENT_LENGTH).iter().any(|length| length != "0");
        let is_direct = request.uri().authority().is_none()
            && !FOREIGN.iter().any(|name| headers.contains_key(name));
        if request.method() != Method::GET || has_body || !is_direct || !self.is_our_host(headers) {
            return Verdict::Refused;
        }
        let path = request.uri().path();
        if path == HEALTH {
            return Verdict::Health;
        }
        let Some(token) = only(headers, &AUTHORIZATION) else { return Verdict::Refused };
        let is_open = |route: &Route| route.path == path && route.token.is(token);
        self.routes.iter().position(is_open).map_or(Verdict::Refused, Verdict::Credentials)
    }

    /// Whether the client means us by name. A browser that was lied to about another name's address (DNS
    /// rebinding) sends that name.
    fn is_our_host(&self, headers: &HeaderMap) -> bool {
        let Some(hosts) = &self.hosts else { return true };
        only(headers, &HOST).is_some_and(|given| {
            hosts.iter().any(|host| host.as_bytes().eq_ignore_ascii_case(given))
        })
    }
}

/// Returns the value of a header that is there once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h [u8]> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none()).map(HeaderValue::as_bytes)
}

/// Returns the values of `Host` by which clients may call a server at `address`.
pub(super) fn hosts_of(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let mut names = vec![match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }];
    if address.ip().is_loopback() {
        names.push("localhost".to_owned());
    }
    let with_port: Vec<_> = names.iter().map(|name| format!("{name}:{port}")).collect();
    // Clients leave out the default port.
    if port == 80 { names.into_iter().chain(with_port).collect() } else { with_port }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> Door {
        let routes = [("my-role", "secret-1"), ("a/b", "secret-2")];
        let routes =
            routes.map(|(name, token)| Route { path: path_of(name), token: Token::of(token) });
        let hosts = hosts_of("127.0.0.1:4711".parse().unwrap());
        Door { hosts: Some(hosts), routes: routes.into() }
    }

    const GOOD: [(&str, &str); 2] = [("Host", "127.0.0.1:4711"), ("Authorization", "secret-1")];

    fn judged(method: &str, uri: &str, headers: &[(&str, &str)]) -> Verdict {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        door().judge(&request.body(()).unwrap())
    }

    #[test]
    fn each_token_opens_its_own_path_only() {
        let with = |token| [("Host", "localhost:4711"), ("Authorization", token)];
        let judged = |path, token| judged("GET", path, &with(token));
        assert_eq!(judged("/credentials/my-role", "secret-1"), Verdict::Credentials(0));
        assert_eq!(judged("/credentials/a%2Fb", "secret-2"), Verdict::Credentials(1));
        for (path, token) in [
            ("/credentials/my-role", "secret-2"),
            ("/credentials/my-role", "Bearer secret-1"),
            ("/credentials/my-role", ""),
            ("/credentials/a/b", "secret-2"),
            ("/credentials/", "secret-1"),
            ("/credentials/my-role/", "secret-1"),
            ("/", "secret-1"),
            ("/role-arn/arn:aws:iam::111111111111:role/X", "secret-1"),
        ] {
            assert_eq!(judged(path, token), Verdict::Refused, "{path} {token}");
        }
    }

    #[test]
    fn what_an_sdk_would_not_send_is_refused() {
        let path = "/credentials/my-role";
        assert_eq!(judged("GET", path, &GOOD), Verdict::Credentials(0));
        for method in ["POST", "HEAD", "OPTIONS", "PUT", "CONNECT"] {
            assert_eq!(judged(method, path, &GOOD), Verdict::Refused, "{method}");
        }
        for more in [
            ("Origin", "http://127.0.0.1:4711"),
            ("Origin", "null"),
            ("Referer", "http://127.0.0.1:4711/"),
            ("Sec-Fetch-Site", "same-origin"),
            ("X-Forwarded-For", "127.0.0.1"),
            ("Forwarded", "for=127.0.0.1"),
            ("Host", "127.0.0.1:4711"),
            ("Authorization", "secret-1"),
            ("Content-Length", "3"),
            ("Transfer-Encoding", "chunked"),
        ] {
            let headers = [&GOOD[..], &[more]].concat();
            assert_eq!(judged("GET", path, &headers), Verdict::Refused, "{more:?}");
        }
        assert_eq!(judged("GET", "http://evil.example/health", &GOOD), Verdict::Refused);
    }

    #[test]
    fn only_the_names_of_this_machine_are_ours() {
        let named = |host| judged("GET", HEALTH, &[("Host", host)]);
        assert_eq!(named("LOCALHOST:4711"), Verdict::Health);
        for host in [
            "evil.example",
            "evil.example:4711",
            "127.0.0.1",
            "127.0.0.1:80",
            "127.0.0.1.nip.io:4711",
        ] {
            assert_eq!(named(host), Verdict::Refused, "{host}");
        }
        assert_eq!(judged("GET", HEALTH, &[]), Verdict::Refused);
        let hosts = |address: &str| hosts_of(address.parse().unwrap());
        assert_eq!(hosts("[::1]:7"), ["[::1]:7", "localhost:7"]);
        assert_eq!(hosts("169.254.170.2:80"), ["169.254.170.2", "169.254.170.2:80"]);
    }

    #[test]
    fn any_name_has_a_path_of_its_own() {
        assert_eq!(path_of("a b.c@d"), "/credentials/a%20b.c%40d");
        assert_eq!(path_of(".."), "/credentials/%2E%2E");
    }
}
