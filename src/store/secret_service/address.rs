//! Parses D-Bus server addresses, such as `DBUS_SESSION_BUS_ADDRESS`.
//!
//! The rules are those of "Server Addresses" in the D-Bus specification: entries separated by `;`,
//! each a transport, `:`, and `key=value` pairs separated by `,`, with `%XX` for any byte of a
//! value.

use std::{fmt::Write as _, os::unix::ffi::OsStringExt, path::PathBuf};

/// One address where a bus may listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    pub(super) socket: Socket,
    /// The server's ID if the address has one; a server with another ID is refused.
    pub(super) guid: Option<String>,
}

/// The two kinds of Unix socket that a client can connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Socket {
    /// A socket in the file system.
    Path(PathBuf),
    /// A name in Linux's abstract namespace, without the leading zero byte.
    Abstract(Vec<u8>),
}

/// Returns the usable addresses in `text`, in order.
///
/// An entry that is invalid, or whose transport is not `unix`, is skipped: the specification says
/// to try the entries one after the other. The error says why no entry can be used.
pub(super) fn parse(text: &str) -> Result<Vec<Address>, String> {
    let mut usable = Vec::new();
    let mut reasons = String::new();
    for entry in text.split(';').filter(|entry| !entry.is_empty()) {
        match parse_entry(entry) {
            Ok(address) => usable.push(address),
            Err(reason) => {
                let separator = if reasons.is_empty() { "" } else { ", " };
                // Writing into a String cannot fail.
                let _ = write!(reasons, "{separator}{reason}");
            }
        }
    }
    match (usable.is_empty(), reasons.is_empty()) {
        (false, _) => Ok(usable),
        (true, true) => Err("it is empty".to_owned()),
        (true, false) => Err(reasons),
    }
}

fn parse_entry(entry: &str) -> Result<Address, &'static str> {
    let (transport, pairs) = entry.split_once(':').ok_or("an entry has no transport")?;
    if transport != "unix" {
        return Err("only unix sockets are supported");
    }
    let (mut path, mut name, mut guid) = (None, None, None);
    for pair in pairs.split(',').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or("a setting has no value")?;
        let value = unescape(value).ok_or("a %-escape is broken")?;
        let slot = match key {
            "path" => &mut path,
            "abstract" => &mut name,
            "guid" => &mut guid,
            _ => continue, // keys we don't need
        };
        if slot.replace(value).is_some() {
            return Err("a setting occurs twice");
        }
    }
    let socket = match (path, name) {
        (Some(path), None) if !path.is_empty() => {
            Socket::Path(PathBuf::from(std::ffi::OsString::from_vec(path)))
        }
        (None, Some(name)) if !name.is_empty() => Socket::Abstract(name),
        _ => return Err("a unix entry needs either path or abstract"),
    };
    let guid = guid.map(|guid| String::from_utf8_lossy(&guid).into_owned());
    Ok(Address { socket, guid })
}

/// Decodes `%XX`; `None` if an escape is invalid. Bytes that should have been escaped are accepted:
/// the text was already split at the separators.
fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut plain = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            other => other,
        });
    }
    Some(plain)
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(path: &str) -> Socket {
        Socket::Path(PathBuf::from(path))
    }

    fn sockets(text: &str) -> Vec<Socket> {
        parse(text).unwrap().into_iter().map(|address| address.socket).collect()
    }

    #[test]
    fn the_usual_address() {
        let found = parse("unix:path=/run/user/1000/bus").unwrap();
        assert_eq!(found, [Address { socket: path("/run/user/1000/bus"), guid: None }]);
    }

    #[test]
    fn several_entries_keep_their_order_and_guid() {
        let found = parse("unix:abstract=/tmp/dbus-x,guid=0123;unix:path=/a,guid=4567;").unwrap();
        assert_eq!(found[0].socket, Socket::Abstract(b"/tmp/dbus-x".to_vec()));
        assert_eq!(found[0].guid.as_deref(), Some("0123"));
        assert_eq!(found[1].socket, path("/a"));
        assert_eq!(found[1].guid.as_deref(), Some("4567"));
    }

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(sockets("unix:path=/tmp/a%20b%2cc%3B"), [path("/tmp/a b,c;")]);
        for broken in ["unix:path=/a%", "unix:path=/a%2", "unix:path=/a%zz", "unix:path=/a%+1"] {
            assert_eq!(parse(broken).unwrap_err(), "a %-escape is broken");
        }
    }

    #[test]
    fn other_transports_are_skipped() {
        assert_eq!(sockets("tcp:host=localhost,port=1;unix:path=/a"), [path("/a")]);
        assert_eq!(parse("autolaunch:").unwrap_err(), "only unix sockets are supported");
    }

    #[test]
    fn invalid_addresses_are_errors() {
        for text in ["", ";;", "unix", "unix:", "unix:path=", "unix:path", "unix:tmpdir=/tmp"] {
            assert!(parse(text).is_err(), "{text:?}");
        }
        assert!(parse("unix:path=/a,abstract=b").is_err());
        assert!(parse("unix:path=/a,path=/b").is_err());
    }

    #[test]
    fn unknown_settings_are_ignored() {
        assert_eq!(sockets("unix:path=/a,color=green"), [path("/a")]);
    }
}
