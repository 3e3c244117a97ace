//! A Unix socket on which nothing waits past a deadline: not even connecting.

use std::{
    io::{ErrorKind, Read as _},
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use rustix::{
    fd::OwnedFd,
    io::Errno,
    net::{
        self, AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
        sockopt::{self, Timeout},
    },
};

use super::{address::Socket, fault::Fault};

/// A connected socket and its deadline.
pub(super) struct Stream {
    socket: UnixStream,
    clock: fn() -> Instant,
    deadline: Instant,
}

impl Stream {
    /// Connects to `socket`. `UnixStream::connect` would have no time limit, and it does block: a
    /// server that was stopped leaves its backlog to fill up.
    pub(super) fn connect(
        socket: &Socket,
        clock: fn() -> Instant,
        deadline: Instant,
    ) -> Result<Self, Fault> {
        let limit = time_left(clock, deadline)?;
        let address = match socket {
            Socket::Path(path) => SocketAddrUnix::new(path),
            Socket::Abstract(name) => SocketAddrUnix::new_abstract_name(name),
        };
        let connected = address.and_then(|address| {
            let kind = SocketType::STREAM;
            let fd = net::socket_with(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None)?;
            sockopt::set_socket_timeout(&fd, Timeout::Send, Some(limit))?;
            net::connect(&fd, &address)?;
            Ok::<OwnedFd, Errno>(fd)
        });
        match connected {
            Ok(fd) => Ok(Self { socket: UnixStream::from(fd), clock, deadline }),
            Err(Errno::AGAIN) => Err(Fault::Silent),
            Err(error) => Err(Fault::NoBus(error.kind().to_string())),
        }
    }

    /// From now on nothing waits past `deadline`.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// Sends all of `bytes`.
    pub(super) fn send(&self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let limit = time_left(self.clock, self.deadline)?;
            sockopt::set_socket_timeout(&self.socket, Timeout::Send, Some(limit))?;
            match net::send(&self.socket, bytes, SendFlags::NOSIGNAL) {
                Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Sends what of `bytes` can be sent without waiting.
    pub(super) fn send_at_once(&self, bytes: &[u8]) {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        // Only for what does no harm when it is lost.
        let _ = net::send(&self.socket, bytes, flags);
    }

    /// Reads what is there, once there is something.
    pub(super) fn read(&self, into: &mut [u8]) -> Result<usize, Fault> {
        loop {
            let limit = time_left(self.clock, self.deadline)?;
            sockopt::set_socket_timeout(&self.socket, Timeout::Recv, Some(limit))?;
            match (&self.socket).read(into) {
                Ok(0) => return Err(Fault::Closed),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(Fault::Silent),
                Err(_) => return Err(Fault::Closed),
            }
        }
    }
}

fn time_left(clock: fn() -> Instant, deadline: Instant) -> Result<Duration, Fault> {
    let left = deadline.saturating_duration_since(clock());
    if left.is_zero() { Err(Fault::Silent) } else { Ok(left) }
}
