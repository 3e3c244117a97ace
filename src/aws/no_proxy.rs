//! The hosts that are called without a proxy: `NO_PROXY`.
//!
//! Every form that curl, botocore or Go reads is read, so that a list made for one of them works.

use std::net::IpAddr;

/// A list of hosts.
#[derive(Debug, Default)]
pub(super) struct NoProxy(Vec<Entry>);

/// One entry of the list.
#[derive(Debug, PartialEq, Eq)]
enum Entry {
    /// Every host: `*`.
    All,
    /// The addresses that begin with these bits: `10.0.0.0/8`.
    Network { address: IpAddr, bits: u32 },
    /// One address, or one port of it: `127.0.0.1:4566`, `[::1]:80`.
    Address { address: IpAddr, port: Option<u16> },
    /// A host and the hosts below it, or one port of them: `example.com:443`, `.example.com`. Of
    /// `*.example.com` only those below it.
    Domain { name: String, only_below: bool, port: Option<u16> },
}

impl NoProxy {
    /// Reads a list: entries between commas or spaces. What can't be read names no host.
    pub(super) fn parse(list: &str) -> Self {
        let entries = list.split(|c: char| c == ',' || c.is_whitespace());
        Self(entries.filter_map(|entry| Entry::parse(&entry.to_ascii_lowercase())).collect())
    }

    /// Whether a port of a host is called directly. IPv6 addresses may be in brackets.
    pub(super) fn contains(&self, host: &str, port: u16) -> bool {
        let host = host.to_ascii_lowercase();
        let host = host.trim_matches(['[', ']']);
        let host = host.strip_suffix('.').unwrap_or(host);
        match host.parse::<IpAddr>() {
            Ok(address) => self.0.iter().any(|entry| entry.has_address(address, port)),
            Err(_) => self.0.iter().any(|entry| entry.has_name(host, port)),
        }
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        if let Some((address, bits)) = text.split_once('/') {
            let address: IpAddr = address.parse().ok()?;
            let bits = bits.parse().ok().filter(|bits| *bits <= width(address))?;
            return Some(Self::Network { address, bits });
        }
        if let Ok(address) = text.parse() {
            return Some(Self::Address { address, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        if let Ok(address) = host.trim_matches(['[', ']']).parse() {
            return Some(Self::Address { address, port });
        }
        let (name, only_below) = match host.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (host.trim_start_matches('.'), false),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        (!name.is_empty()).then(|| Self::Domain { name: name.to_owned(), only_below, port })
    }

    fn has_address(&self, address: IpAddr, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Network { address: network, bits } => {
                let shift = width(address) - bits.min(&width(address));
                width(*network) == width(address)
                    && number(*network).checked_shr(shift).unwrap_or(0)
                        == number(address).checked_shr(shift).unwrap_or(0)
            }
            Self::Address { address: own, port: own_port } => {
                *own == address && own_port.is_none_or(|own| own == port)
            }
            Self::Domain { .. } => false,
        }
    }

    fn has_name(&self, host: &str, port: u16) -> bool {
        match self {
            Self::All => true,
            Self::Domain { name, only_below, port: own_port } => {
                let is_it = host == name && !only_below;
                let is_below =
                    host.strip_suffix(name.as_str()).is_some_and(|rest| rest.ends_with('.'));
                (is_it || is_below) && own_port.is_none_or(|own| own == port)
            }
            Self::Network { .. } | Self::Address { .. } => false,
        }
    }
}

/// The number of bits of an address.
fn width(address: IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_names_the_hosts_that_it_names_for_one_of_the_others() {
        for (list, host, port, expected) in [
            ("", "a.com", 443, false),
            ("*", "a.com", 443, true),
            ("*", "10.0.0.1", 443, true),
            ("x,*", "a.com", 443, true),
            ("a.com", "a.com", 443, true),
            ("A.com", "a.COM", 443, true),
            ("a.com", "b.a.com", 443, true),
            ("a.com", "ba.com", 443, false),
            (".a.com", "b.a.com", 443, true),
            (".a.com", "a.com", 443, true),
            ("*.a.com", "b.a.com", 443, true),
            ("*.a.com", "a.com", 443, false),
            ("a.com.", "a.com", 443, true),
            ("a.com", "a.com.", 443, true),
            ("x, a.com", "a.com", 443, true),
            ("x a.com\ty", "a.com", 443, true),
            (",, ,a.com", "a.com", 443, true),
            ("a.com:443", "a.com", 443, true),
            ("a.com:443", "b.a.com", 443, true),
            ("a.com:80", "a.com", 443, false),
            ("a.com:port", "a.com", 443, false),
            ("127.0.0.1", "127.0.0.1", 80, true),
            ("127.0.0.1:4566", "127.0.0.1", 4566, true),
            ("127.0.0.1:4566", "127.0.0.1", 80, false),
            ("0.0.1", "127.0.0.1", 80, false),
            ("10.0.0.0/8", "10.1.2.3", 80, true),
            ("10.0.0.0/8", "11.1.2.3", 80, false),
            ("10.1.2.0/23", "10.1.3.9", 80, true),
            ("0.0.0.0/0", "8.8.8.8", 80, true),
            ("10.0.0.1/32", "10.0.0.1", 80, true),
            ("10.0.0.0/33", "10.0.0.1", 80, false),
            ("0.0.0.0/0", "::1", 80, false),
            ("::1", "[::1]", 80, true),
            ("[::1]", "[::1]", 80, true),
            ("[::1]:80", "[::1]", 80, true),
            ("[::1]:81", "[::1]", 80, false),
            ("0:0:0:0:0:0:0:1", "[::1]", 80, true),
            ("fd00::/8", "[fd12::1]", 80, true),
            ("::/0", "[fd12::1]", 80, true),
            ("localhost", "127.0.0.1", 80, false),
            ("localhost", "localhost", 80, true),
            (".", "a.com", 443, false),
        ] {
            assert_eq!(NoProxy::parse(list).contains(host, port), expected, "{list} {host}:{port}");
        }
    }
}
