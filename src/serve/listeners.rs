//! The ports or the socket that a server listens on.

#[cfg(unix)]
use std::os::unix::net::{UnixListener, UnixStream};
#[cfg(unix)]
use std::path::Path;
use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::PathBuf,
};

use super::door::hosts_of;
use crate::error::{Error, Kind, Result};

/// The addresses besides this machine's own that SDKs call over plain HTTP.
///
/// Rule: AWS SDKs and Tools Reference Guide, "Container credential provider".
const CONTAINER_ADDRESSES: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2)),
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];
/// How often another port is tried if the same port is taken over the other version of IP.
const MOST_PORTS: usize = 20;

/// Where to listen.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// This port of 127.0.0.1 and of ::1; 0: any.
    Loopback(u16),
    /// One address.
    Address(SocketAddr),
    /// A socket in the file system.
    #[cfg(unix)]
    Socket(PathBuf),
}

/// Open listeners, whose connections wait until the server runs.
pub(crate) struct Listeners {
    pub(super) tcp: Vec<TcpListener>,
    #[cfg(unix)]
    pub(super) socket: Option<UnixListener>,
    socket_file: Option<SocketFile>,
    /// The values that `Host` may have; `None` for a socket.
    pub(super) hosts: Option<Vec<String>>,
    base: String,
}

/// A socket's file, removed when this is dropped.
pub(crate) struct SocketFile(PathBuf);

impl Listeners {
    /// Opens the listeners of `place`.
    ///
    /// # Errors
    /// Of kind `Usage`, if SDKs would refuse the address; otherwise if it can't be opened.
    pub(crate) fn open(place: &Place) -> Result<Self> {
        match place {
            Place::Loopback(port) => Self::loopback(*port),
            Place::Address(address) => Self::address(*address),
            #[cfg(unix)]
            Place::Socket(path) => Self::socket(path),
        }
    }

    /// Returns the URL of the server, without a path. For a socket, `http://localhost`.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// Returns the socket's file, which the caller keeps as long as the server runs.
    pub(crate) fn take_socket_file(&mut self) -> Option<SocketFile> {
        self.socket_file.take()
    }

    /// Listens on ::1 too, where there is one: clients may prefer it when they are told `localhost`.
    fn loopback(port: u16) -> Result<Self> {
        for _ in 0..MOST_PORTS {
            let first = bind((Ipv4Addr::LOCALHOST, port).into())?;
            let own = first.local_addr().map_err(|error| cannot_listen(port, &error))?.port();
            match TcpListener::bind((Ipv6Addr::LOCALHOST, own)) {
                Ok(second) => return Ok(Self::tcp(own, vec![first, second])),
                Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                    return Ok(Self::tcp(own, vec![first]));
                }
                // Credentials would be asked for at another program.
                Err(error) if port != 0 => {
                    return Err(cannot_listen(format!("[::1]:{own}"), &error));
                }
                Err(_) => {}
            }
        }
        Err(Error::new(Kind::Other, "no local port is free for both IPv4 and IPv6"))
    }

    fn tcp(port: u16, tcp: Vec<TcpListener>) -> Self {
        let hosts = tcp.iter().filter_map(|listener| listener.local_addr().ok()).flat_map(hosts_of);
        Self {
            hosts: Some(hosts.collect()),
            tcp,
            #[cfg(unix)]
            socket: None,
            socket_file: None,
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    fn address(address: SocketAddr) -> Result<Self> {
        let ip = address.ip();
        if !ip.is_loopback() && !CONTAINER_ADDRESSES.contains(&ip) {
            let names = CONTAINER_ADDRESSES.map(|ip| ip.to_string()).join(", ");
            return Err(Error::new(Kind::Usage, format!("SDKs don't call {ip} over plain HTTP"))
                .hint(format!("they only call this machine's loopback addresses, {names}")));
        }
        let listener = bind(address)?;
        let address = listener.local_addr().map_err(|error| cannot_listen(address, &error))?;
        let base = if address.port() == 80 {
            format!("http://{}", hosts_of(address)[0])
        } else {
            format!("http://{address}")
        };
        Ok(Self { base, hosts: Some(hosts_of(address)), ..Self::tcp(0, vec![listener]) })
    }

    /// A socket that nobody listens on is left over from a server that was killed, and replaced.
    #[cfg(unix)]
    fn socket(path: &Path) -> Result<Self> {
        use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
        let failed = |error| {
            Error::new(Kind::Other, format!("can't listen on {}: {error}", path.display()))
                .hint("use another path, or stop the program that has it")
        };
        let path = std::path::absolute(path).map_err(failed)?;
        let is_socket =
            fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.file_type().is_socket());
        let is_dead = || {
            UnixStream::connect(&path)
                .is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
        };
        if is_socket && is_dead() {
            fs::remove_file(&path).map_err(failed)?;
        }
        let listener = UnixListener::bind(&path).map_err(failed)?;
        let file = SocketFile(path);
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let base = "http://localhost".to_owned();
        let (socket, socket_file) = (Some(listener), Some(file));
        Ok(Self { tcp: Vec::new(), socket, socket_file, hosts: None, base })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        drop(fs::remove_file(&self.0));
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).map_err(|error| cannot_listen(address, &error))
}

fn cannot_listen(address: impl std::fmt::Display, error: &io::Error) -> Error {
    let text = format!("can't listen on {address}: {error}");
    let error = match error.kind() {
        io::ErrorKind::AddrNotAvailable => {
            return Error::new(Kind::Other, text).hint("this machine does not have that address");
        }
        io::ErrorKind::AddrInUse => "use another port, or stop the program that has it",
        io::ErrorKind::PermissionDenied => "ports below 1024 are reserved: use another one",
        _ => return Error::new(Kind::Other, text),
    };
    Error::new(Kind::Other, text).hint(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_no_sdk_calls_are_refused() {
        for address in ["0.0.0.0:0", "10.0.0.1:80", "[::]:0", "169.254.169.254:80"] {
            let place = Place::Address(address.parse().unwrap());
            let error = Listeners::open(&place).err().unwrap();
            assert_eq!(error.kind(), Kind::Usage, "{address}");
        }
        let open = Listeners::open(&Place::Address("127.0.0.1:0".parse().unwrap())).unwrap();
        assert!(open.base().starts_with("http://127.0.0.1:"), "{}", open.base());
    }

    #[test]
    fn a_port_is_had_on_both_loopback_addresses_or_not_at_all() {
        let one = Listeners::open(&Place::Loopback(0)).unwrap();
        let port: u16 = one.base().rsplit(':').next().unwrap().parse().unwrap();
        assert!(Listeners::open(&Place::Loopback(port)).is_err());
        if let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) {
            let taken = other.local_addr().unwrap().port();
            let error = Listeners::open(&Place::Loopback(taken)).err().unwrap();
            assert!(error.to_string().contains(&format!("[::1]:{taken}")), "{error}");
        }
    }
}
