//! Who is at the other end of a connection within this machine.

use std::net::SocketAddr;

/// The user at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "elsewhere it is unknown"))]
pub(crate) enum Peer {
    /// This user.
    Us,
    /// Another user, or nobody that this machine knows: the connection is closed already, or comes from
    /// elsewhere.
    Other,
    /// There is no way to find out.
    Unknown,
}

impl Peer {
    /// Returns who connected from `peer` to `local`, both as this process sees them.
    pub(crate) fn of(peer: SocketAddr, local: SocketAddr) -> Self {
        Connections::now().peer(peer, local)
    }
}

/// The connections of this machine at one moment.
///
/// Reading them takes a moment, too, so many new connections are looked up in the same list. It must be
/// read after they were accepted.
pub(crate) struct Connections {
    /// The kernel's tables, as text; `None` if there are none.
    #[cfg(target_os = "linux")]
    tables: Option<Vec<String>>,
}

impl Connections {
    /// Returns the present connections.
    ///
    /// Rule: proc(5), `/proc/net/tcp`: addresses in hexadecimal, and the user of the socket.
    #[cfg(target_os = "linux")]
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
    pub(crate) fn now() -> Self {
        let files = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
        let tables: Vec<_> = files.filter_map(|file| std::fs::read_to_string(file).ok()).collect();
        Self { tables: Some(tables).filter(|tables| !tables.is_empty()) }
    }

    /// Returns who connected from `peer` to `local`, both as this process sees them.
    #[cfg(target_os = "linux")]
    pub(crate) fn peer(&self, peer: SocketAddr, local: SocketAddr) -> Peer {
        let Some(tables) = &self.tables else { return Peer::Unknown };
        let own = rustix::process::geteuid().as_raw().to_string();
        // The socket of the peer: the same addresses, the other way round.
        let (from, to) = (linux::forms(peer), linux::forms(local));
        match tables.iter().find_map(|table| linux::user_in(table, &from, &to)) {
            Some(user) if user == own => Peer::Us,
            _ => Peer::Other,
        }
    }

    /// There is no way to find out without unsafe code.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn now() -> Self {
        Self {}
    }

    /// There is no way to find out without unsafe code.
    #[cfg(not(target_os = "linux"))]
    #[expect(clippy::unused_self, reason = "on Linux it is used")]
    pub(crate) fn peer(&self, _: SocketAddr, _: SocketAddr) -> Peer {
        Peer::Unknown
    }
}

/// Returns the process of this user that connected from `peer` to `local`, both as this process sees them; `None` if
/// there is no way to find out.
///
/// Rules: proc(5), `/proc/net/tcp` has the number of each socket, and `/proc/PID/fd` those that a process has open.
#[cfg(target_os = "linux")]
pub(crate) fn process_at(peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let tables = Connections::now().tables?;
    let (from, to) = (linux::forms(peer), linux::forms(local));
    let socket = tables.iter().find_map(|table| linux::socket_in(table, &from, &to))?;
    linux::process_with(&format!("socket:[{socket}]"))
}

/// There is no way to find out without unsafe code.
#[cfg(not(target_os = "linux"))]
pub(crate) fn process_at(_: SocketAddr, _: SocketAddr) -> Option<u32> {
    None
}

/// Returns the user who listens at the other end of a Unix socket, if that is neither this user nor
/// root: no secret may be sent there.
///
/// Rule: unix(7), `SO_PEERCRED`: the kernel notes who called `listen`, whoever owns the file.
#[cfg(target_os = "linux")]
pub(crate) fn stranger_at(socket: impl rustix::fd::AsFd) -> std::io::Result<Option<u32>> {
    let user = rustix::net::sockopt::socket_peercred(socket)?.uid;
    let is_trusted = user.is_root() || user == rustix::process::geteuid();
    Ok(if is_trusted { None } else { Some(user.as_raw()) })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        fs,
        net::{IpAddr, SocketAddr},
        path::Path,
    };

    /// Returns the user of the socket that is bound to one of `from` and connected to one of `to`.
    pub(super) fn user_in<'t>(table: &'t str, from: &[String], to: &[String]) -> Option<&'t str> {
        row_of(table, from, to)?.get(7).copied()
    }

    /// Returns the number of that socket.
    pub(super) fn socket_in<'t>(table: &'t str, from: &[String], to: &[String]) -> Option<&'t str> {
        row_of(table, from, to)?.get(9).copied()
    }

    fn row_of<'t>(table: &'t str, from: &[String], to: &[String]) -> Option<Vec<&'t str>> {
        let rows = table.lines().map(|line| line.split_ascii_whitespace().collect::<Vec<_>>());
        { rows }.find(|fields| {
            let is = |field: usize, addresses: &[String]| {
                addresses.iter().any(|address| Some(&address.as_str()) == fields.get(field))
            };
            is(1, from) && is(2, to)
        })
    }

    /// Returns the process that has `file` open, and not one that it has just started, which shares all its open
    /// files for a moment. The processes of other users can't be looked into.
    pub(super) fn process_with(file: &str) -> Option<u32> {
        let has = |id: u32| {
            let open = fs::read_dir(format!("/proc/{id}/fd"));
            let mut open = open.into_iter().flatten().flatten();
            open.any(|entry| fs::read_link(entry.path()).is_ok_and(|link| link == Path::new(file)))
        };
        let all = fs::read_dir("/proc").ok()?.flatten();
        let mut all: Vec<u32> =
            all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
        // A client is mostly young.
        all.sort_unstable_by(|one, other| other.cmp(one));
        let mut found = all.into_iter().find(|id| has(*id))?;
        while let Some(parent) = parent_of(found).filter(|parent| has(*parent)) {
            found = parent;
        }
        Some(found)
    }

    /// Rule: proc(5), `/proc/PID/stat`. The name of a program may contain brackets.
    #[expect(clippy::disallowed_methods, reason = "a file of the kernel's, which never blocks")]
    fn parent_of(id: u32) -> Option<u32> {
        let stat = fs::read(format!("/proc/{id}/stat")).ok()?;
        let stat = String::from_utf8_lossy(&stat);
        stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
    }

    /// Returns an address as the tables have it; one of IPv4 also as an IPv6 socket sees it.
    pub(super) fn forms(address: SocketAddr) -> Vec<String> {
        let port = address.port();
        let form = |bytes: &[u8]| {
            let words = bytes.chunks_exact(4).map(|word| {
                let word = u32::from_ne_bytes([word[0], word[1], word[2], word[3]]);
                format!("{word:08X}")
            });
            format!("{}:{port:04X}", words.collect::<String>())
        };
        match address.ip() {
            IpAddr::V4(ip) => vec![form(&ip.octets()), form(&ip.to_ipv6_mapped().octets())],
            IpAddr::V6(ip) => {
                let short = ip.to_ipv4_mapped().map(|ip| form(&ip.octets()));
                [form(&ip.octets())].into_iter().chain(short).collect()
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn our_own_connections_are_ours_over_both_versions_of_ip() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            // A machine may have no IPv6.
            let Ok(listener) = TcpListener::bind(address) else { continue };
            let local = listener.local_addr().unwrap();
            let client = TcpStream::connect(local).unwrap();
            let (_stream, peer) = listener.accept().unwrap();
            assert_eq!(Peer::of(peer, local), Peer::Us, "{address}");
            assert_eq!(Peer::of(local, peer), Peer::Us, "{address}");
            assert_eq!(process_at(peer, local), Some(std::process::id()), "{address}");
            drop(client);
            let mut other = peer;
            other.set_port(1);
            assert_eq!(Peer::of(other, local), Peer::Other, "{address}");
        }
    }

    #[test]
    fn a_socket_of_our_own_has_no_stranger_at_it() {
        let (one, _other) = std::os::unix::net::UnixStream::pair().unwrap();
        assert_eq!(stranger_at(&one).unwrap(), None);
    }

    #[test]
    fn a_socket_of_another_user_is_found_by_both_addresses() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n\
                     0: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000 0 1\n\
                     1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001 0 2\n";
        let forms = |text: &str| linux::forms(text.parse().unwrap());
        let user = |from: &str, to: &str| linux::user_in(table, &forms(from), &forms(to));
        assert_eq!(user("127.0.0.1:50000", "127.0.0.1:8080"), Some("1001"));
        assert_eq!(user("127.0.0.1:8080", "127.0.0.1:50000"), Some("1000"));
        assert_eq!(user("127.0.0.1:50001", "127.0.0.1:8080"), None);
        assert_eq!(user("127.0.0.2:50000", "127.0.0.1:8080"), None);
        let ipv6 = linux::forms("[::1]:80".parse().unwrap());
        assert_eq!(ipv6, ["00000000000000000000000001000000:0050"]);
    }
}
