//! The URLs of endpoints.

use std::net::IpAddr;

use http::Uri;

use super::{Invalid, require};

/// Checks that `text` is the URL of an endpoint. The error shows no part of it, because it may have a
/// password.
///
/// Rule: AWS SDKs and Tools reference, "Service-specific endpoints": a URL with its scheme.
pub(crate) fn check_endpoint_url(text: &str) -> Result<(), Invalid> {
    let form = "must look like https://HOST or http://127.0.0.1:PORT";
    require(is_endpoint_url(text), "is not the URL of an endpoint", form)
}

fn is_endpoint_url(text: &str) -> bool {
    let Ok(uri) = text.parse::<Uri>() else { return false };
    matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|it| !it.is_empty())
}

/// Whether calls to `url` cross a network in plain text: its scheme is `http`, and its host is not this
/// machine.
pub(crate) fn is_plain_http(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    let is_loopback = match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        // Rule: RFC 6761, section 6.3.
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    };
    uri.scheme_str() == Some("http") && !is_loopback
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_have_a_scheme_and_a_host() {
        for url in [
            "https://sts.eu-west-1.amazonaws.com",
            "http://127.0.0.1:4566",
            "http://[::1]:4566/",
            "http://localhost",
            "https://vpce-0a1b2c-d3e4f5.sts.eu-west-1.vpce.amazonaws.com/a/b?c",
            "HTTPS://x",
        ] {
            assert_eq!(check_endpoint_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "nonsense",
            "127.0.0.1:4566",
            "localhost:4566",
            "ftp://x",
            "https://",
            "https:/x",
            "\"https://x\"",
            "https://x\u{a0}",
            "https://a b",
        ] {
            assert!(check_endpoint_url(url).is_err(), "{url:?}");
        }
    }

    #[test]
    fn only_http_to_another_machine_is_plain() {
        for url in ["http://sts.example.com", "http://10.0.0.1:80", "http://[fd00::1]", "HTTP://x"]
        {
            assert!(is_plain_http(url), "{url}");
        }
        for url in [
            "https://sts.example.com",
            "http://127.0.0.1:4566",
            "http://127.9.9.9",
            "http://[::1]:80",
            "http://localhost:80",
            "http://sts.localhost",
            "sts.example.com",
        ] {
            assert!(!is_plain_http(url), "{url}");
        }
    }
}
