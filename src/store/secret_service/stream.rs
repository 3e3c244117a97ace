//! A Unix socket that never waits past a deadline, not even to connect.

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
use crate::peer;

/// A connected socket and its deadline.
pub(super) struct Stream {
    socket: UnixStream,
    clock: fn() -> Instant,
    deadline: Instant,
}

impl Stream {
    /// Connects to `socket`, if this user or root listens there: anyone else would get the secrets.
    /// `UnixStream::connect` has no time limit, and it blocks if the backlog of a stopped server is
    /// full.
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
        let fd = connected.map_err(|error| match error {
            Errno::AGAIN => Fault::Timeout,
            error => Fault::NoBus(error.kind().to_string()),
        })?;
        match peer::stranger_at(&fd) {
            Ok(None) => Ok(Self { socket: UnixStream::from(fd), clock, deadline }),
            Ok(Some(user)) => {
                let reason =
                    format!("it belongs to another user (uid {user}), so no secret is sent to it");
                Err(Fault::NoBus(reason))
            }
            Err(error) => Err(Fault::NoBus(format!("can't find out who owns it: {error}"))),
        }
    }

    /// Uses a socket that is connected already.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn over(socket: UnixStream, clock: fn() -> Instant, deadline: Instant) -> Self {
        Self { socket, clock, deadline }
    }

    /// Sets the deadline that no later call waits past.
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

    /// Sends as much of `bytes` as possible without waiting.
    pub(super) fn send_at_once(&self, bytes: &[u8]) {
        let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
        // Only used for calls that may be lost.
        let _ = net::send(&self.socket, bytes, flags);
    }

    /// Waits for data, and returns how many bytes were read `into` the buffer.
    pub(super) fn read(&self, into: &mut [u8]) -> Result<usize, Fault> {
        loop {
            let limit = time_left(self.clock, self.deadline)?;
            sockopt::set_socket_timeout(&self.socket, Timeout::Recv, Some(limit))?;
            match (&self.socket).read(into) {
                Ok(0) => return Err(Fault::Closed),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Err(Fault::Timeout),
                Err(_) => return Err(Fault::Closed),
            }
        }
    }
}

fn time_left(clock: fn() -> Instant, deadline: Instant) -> Result<Duration, Fault> {
    let left = deadline.saturating_duration_since(clock());
    if left.is_zero() { Err(Fault::Timeout) } else { Ok(left) }
}
