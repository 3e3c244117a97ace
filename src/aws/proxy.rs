//! Which proxy a call goes through, by the variables in the environment.
//!
//! curl, botocore and Go agree on most of this, and then so does rolecall. Where they differ: the
//! variable in lower case comes first, as with curl and botocore; an empty one counts as unset, as
//! with curl and Go; `ALL_PROXY` applies to what has no proxy of its own, as with curl. A value that
//! can't be used is an error: without it, the call would go past the proxy.
//!
//! Rules: curl(1), "Environment"; Python's `urllib.request.getproxies`; Go's
//! `golang.org/x/net/http/httpproxy`.

use std::{ffi::OsString, fmt};

use http::Uri;

use super::no_proxy::NoProxy;
use crate::context::process_variable;

/// The schemes of URLs, each with the variables that name its proxy, best first.
const HTTPS: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const HTTP: [&str; 4] = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
/// Set in a CGI program, where a client can set `HTTP_PROXY` by the header `Proxy` (httpoxy.org).
const CGI: &str = "REQUEST_METHOD";

/// The proxies of the environment.
#[derive(Debug)]
pub(super) struct Proxies {
    https: Option<Variable>,
    http: Option<Variable>,
    exceptions: NoProxy,
}

/// A variable that names a proxy, and what it says.
#[derive(Debug)]
struct Variable {
    name: &'static str,
    proxy: Result<Proxy, &'static str>,
}

/// A proxy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// Its URL, with the user and the password, in the one form that the HTTP client reads as it is
    /// meant.
    url: String,
    /// Its host and port: the rest may contain a password.
    address: String,
}

impl Proxies {
    /// Returns those of this process's environment.
    pub(super) fn of_process() -> Self {
        Self::of(&process_variable)
    }

    /// Returns those of an environment. A variable that is empty counts as unset.
    fn of(value: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let value = |name: &str| value(name).filter(|value| !value.is_empty());
        let is_cgi = value(CGI).is_some();
        let first = |names: [&'static str; 4]| {
            let mut names = names.into_iter().filter(|name| !(is_cgi && *name == "HTTP_PROXY"));
            names.find_map(|name| {
                let proxy = match value(name)?.to_str() {
                    Some(text) => Proxy::parse(text),
                    None => Err("it is not UTF-8"),
                };
                Some(Variable { name, proxy })
            })
        };
        let exceptions = value("no_proxy").or_else(|| value("NO_PROXY")).unwrap_or_default();
        let exceptions = NoProxy::parse(&exceptions.to_string_lossy());
        Self { https: first(HTTPS), http: first(HTTP), exceptions }
    }

    /// Returns the proxy for `uri`; `None` if the call goes there directly.
    ///
    /// # Errors
    /// Which variable is no proxy, and why, without its value, which may have a password.
    pub(super) fn proxy_for(&self, uri: &Uri) -> Result<Option<&Proxy>, String> {
        let (variable, usual) = match uri.scheme_str() {
            Some("https") => (&self.https, 443),
            _ => (&self.http, 80),
        };
        let (Some(variable), Some(host)) = (variable, uri.host()) else { return Ok(None) };
        if self.exceptions.contains(host, uri.port_u16().unwrap_or(usual)) {
            return Ok(None);
        }
        match &variable.proxy {
            Ok(proxy) => Ok(Some(proxy)),
            Err(why) => Err(format!("{} is not the URL of a proxy: {why}", variable.name)),
        }
    }
}

impl Proxy {
    /// Reads the value of a variable: a URL, or a host and port.
    ///
    /// # Errors
    /// What is wrong with it. No part of it is repeated.
    pub(crate) fn parse(value: &str) -> Result<Self, &'static str> {
        if value.trim() != value {
            return Err("it has a space before or after it");
        }
        if value.starts_with(['"', '\'']) || value.ends_with(['"', '\'']) {
            return Err("it is in quotes");
        }
        let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
        if rest == value && value.contains(":/") {
            return Err("a slash is missing in it");
        }
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "http" && scheme != "https" {
            return Err("only http:// and https:// are supported");
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains('@') {
            return Err(UNENCODED);
        }
        let (user, address) = match authority.rsplit_once('@') {
            Some((user, address)) => (format!("{}@", user_info(user)?), address),
            None => (String::new(), authority),
        };
        let address = checked_address(address)?.to_ascii_lowercase();
        Ok(Self { url: format!("{scheme}://{user}{address}"), address })
    }

    /// Returns the URL, which may have a password.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the host, with the port if the variable has one.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

/// A password may be in the URL.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proxy").field("address", &self.address).finish_non_exhaustive()
    }
}

const UNENCODED: &str = "its user or password has a character that must be percent-encoded, as in \
                         %5C for a backslash or %40 for an at sign";

/// Returns the user and password of a URL with everything encoded that could be misread.
fn user_info(text: &str) -> Result<String, &'static str> {
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let user = encoded(user)?;
    Ok(match password {
        Some(password) => format!("{user}:{}", encoded(password)?),
        None => user,
    })
}

/// Rule: RFC 3986, section 3.2.1, and an at sign, which curl, Python and Go accept.
fn encoded(text: &str) -> Result<String, &'static str> {
    let mut encoded = String::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let digits = [bytes.next(), bytes.next()].map(Option::unwrap_or_default);
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err("a percent sign in its user or password must be written as %25");
                }
                encoded.extend(['%', char::from(digits[0]), char::from(digits[1])]);
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            byte if b"!$&'()*+,;=:@".contains(&byte) => encoded.push_str(&format!("%{byte:02X}")),
            _ => return Err(UNENCODED),
        }
    }
    Ok(encoded)
}

/// Returns a host and port, after checking them.
fn checked_address(address: &str) -> Result<&str, &'static str> {
    let (host, port) = match address.rfind(']') {
        Some(end) => address.split_at(end + 1),
        None => address.split_at(address.find(':').unwrap_or(address.len())),
    };
    let is_ipv6 = |host: &str| {
        let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        inside.is_some_and(|inside| inside.parse::<std::net::Ipv6Addr>().is_ok())
    };
    let is_name = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    if !is_ipv6(host) && !is_name(host) {
        return Err("it has no valid host");
    }
    match port.strip_prefix(':') {
        None if port.is_empty() => Ok(host),
        Some("") => Ok(host),
        Some(port) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(address),
        _ => Err("it has no valid port"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let variables: Vec<(String, OsString)> =
            variables.iter().map(|(name, value)| ((*name).to_owned(), value.into())).collect();
        Proxies::of(&move |name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        })
    }

    /// The address of the proxy for `uri`, `-` for none, or the error.
    fn proxy(variables: &[(&str, &str)], uri: &str) -> String {
        match proxies(variables).proxy_for(&uri.parse().unwrap()) {
            Ok(Some(proxy)) => proxy.address().to_owned(),
            Ok(None) => "-".to_owned(),
            Err(error) => error,
        }
    }

    const STS: &str = "https://sts.eu-west-1.amazonaws.com/";
    const LOCAL: &str = "http://127.0.0.1:4566/";

    #[test]
    fn the_variable_is_the_one_that_curl_and_botocore_take() {
        for (variables, https, http) in [
            (&[][..], "-", "-"),
            (&[("HTTPS_PROXY", "http://a:1")], "a:1", "-"),
            (&[("HTTPS_PROXY", ""), ("https_proxy", "http://b:1")], "b:1", "-"),
            (&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "")], "a:1", "-"),
            (&[("HTTPS_PROXY", "http://a:1"), ("https_proxy", "http://b:1")], "b:1", "-"),
            (&[("http_proxy", "http://b:1")], "-", "b:1"),
            (&[("HTTP_PROXY", "http://a:1"), ("http_proxy", "b:1")], "-", "b:1"),
            (&[("HTTP_PROXY", "http://a:1")], "-", "a:1"),
            (&[("HTTP_PROXY", "http://a:1"), ("REQUEST_METHOD", "GET")], "-", "-"),
            (&[("http_proxy", "http://a:1"), ("REQUEST_METHOD", "GET")], "-", "a:1"),
            (&[("ALL_PROXY", "a:1")], "a:1", "a:1"),
            (&[("ALL_PROXY", "a:1"), ("all_proxy", "b:1")], "b:1", "b:1"),
            (&[("all_proxy", "b:1"), ("HTTPS_PROXY", "c:1"), ("HTTP_PROXY", "")], "c:1", "b:1"),
            (&[("https_proxy", "a:1"), ("no_proxy", ""), ("NO_PROXY", "*")], "-", "-"),
            (&[("https_proxy", "a:1"), ("no_proxy", "x"), ("NO_PROXY", "*")], "a:1", "-"),
        ] {
            assert_eq!(proxy(variables, STS), https, "{variables:?}");
            assert_eq!(proxy(variables, LOCAL), http, "{variables:?}");
        }
    }

    #[test]
    fn what_can_be_read_is_read_as_it_is_meant() {
        for (value, url) in [
            ("proxy", "http://proxy"),
            ("proxy:3128", "http://proxy:3128"),
            ("HTTP://Proxy.Example.com:3128/", "http://proxy.example.com:3128"),
            ("https://proxy:3128/some/path?x", "https://proxy:3128"),
            ("http://[fd00::1]:3128", "http://[fd00::1]:3128"),
            ("http://proxy:", "http://proxy"),
            ("http://jane:p%40ss@proxy:1", "http://jane:p%40ss@proxy:1"),
            ("http://jane:p@ss@proxy:1", "http://jane:p%40ss@proxy:1"),
            ("http://CORP%5Cjane:a:b!@proxy:1", "http://CORP%5Cjane:a%3Ab%21@proxy:1"),
            ("jane@proxy", "http://jane@proxy"),
        ] {
            assert_eq!(Proxy::parse(value).map(|proxy| proxy.url), Ok(url.to_owned()), "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_names_the_variable_and_no_part_of_its_value() {
        for (value, why) in [
            ("http://CORP\\jane:hunter2@proxy:3128", "percent-encoded"),
            ("http://jane:hunter 2@proxy:3128", "percent-encoded"),
            ("http://jane:hunter/2@proxy:3128", "percent-encoded"),
            ("http://jane:hunter%2@proxy:3128", "%25"),
            ("http://jane:hunter\u{e9}@proxy:3128", "percent-encoded"),
            ("\"http://jane:hunter2@proxy:3128\"", "quotes"),
            ("'proxy:3128'", "quotes"),
            (" http://proxy:3128", "a space"),
            ("http://proxy:3128\n", "a space"),
            (" ", "a space"),
            ("socks5://jane:hunter2@proxy:1080", "only http:// and https://"),
            ("http://", "host"),
            ("http://jane:hunter2@", "host"),
            ("http://pro xy:1", "host"),
            ("http://[proxy]:1", "host"),
            ("http://proxy:port", "port"),
            ("http://proxy:0", "port"),
            ("http://proxy:70000", "port"),
            ("http:/proxy:3128", "a slash"),
            ("::1", "host"),
            ("http://[::1]x", "port"),
        ] {
            let error = proxy(&[("HTTPS_PROXY", value)], STS);
            assert!(error.starts_with("HTTPS_PROXY is not the URL of a proxy: "), "{error}");
            assert!(error.contains(why), "{value:?}: {error}");
            assert!(!error.contains("hunter") && !error.contains("jane"), "{value:?}: {error}");
            // Only the variable that counts.
            assert_eq!(proxy(&[("HTTPS_PROXY", value), ("https_proxy", "b:1")], STS), "b:1");
            assert_eq!(proxy(&[("HTTPS_PROXY", value)], LOCAL), "-");
            assert_eq!(proxy(&[("HTTPS_PROXY", value), ("NO_PROXY", "amazonaws.com")], STS), "-");
        }
    }

    #[test]
    fn a_password_is_not_in_debug_output() {
        let found = proxies(&[("HTTPS_PROXY", "http://jane:hunter2@proxy:3128")]);
        let shown = format!("{found:?}");
        assert!(shown.contains("proxy:3128") && !shown.contains("hunter2"), "{shown}");
    }
}
