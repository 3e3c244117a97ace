//! The requests to a local port of this machine, as they arrive.
//!
//! Any user of the machine can connect to the port, and keep connections open without a word. So each
//! connection is judged before anything is read from it: only those of this user may wait, and what
//! one of them does delays no other.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use crate::{
    context::steady_now,
    peer::{Connections, Peer},
};

/// How many bytes of a request are read.
const MAX_REQUEST: usize = 16 * 1024;
/// How long a request may take to arrive. Browsers also open connections that they may never use.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// How many unfinished requests of this user there may be. The oldest makes room for a new one.
const MAX_PENDING: usize = 32;
/// How many connections are accepted at a time: between two times, the caller does its own work.
const MAX_ACCEPTED: usize = 64;
/// How many refused connections stay open until their clients have read the answer.
const MAX_REFUSED: usize = 8;
/// How long they stay open at most.
const REFUSED_TIMEOUT: Duration = Duration::from_secs(1);

/// A port of 127.0.0.1, and the requests to it that have not arrived completely.
pub(super) struct Requests {
    listener: TcpListener,
    port: u16,
    /// The status of the answer to other users, such as `403 Forbidden`.
    refusal: &'static str,
    pending: Vec<Pending>,
    refused: Vec<Pending>,
}

/// A request of this user, of which the head has arrived.
pub(super) struct Request {
    /// The connection that waits for an answer. It does not block.
    pub(super) stream: TcpStream,
    /// The head, and perhaps more.
    pub(super) bytes: Vec<u8>,
}

/// A request that has not arrived completely.
struct Pending {
    stream: TcpStream,
    since: Instant,
    bytes: Vec<u8>,
}

impl Requests {
    /// Opens `port` (0: any). Other users get an answer with the status `refusal`.
    pub(super) fn open(port: u16, refusal: &'static str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        Ok(Self { listener, port, refusal, pending: Vec::new(), refused: Vec::new() })
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Returns the requests of this user that have arrived since the last call. Never waits.
    pub(super) fn arrived(&mut self) -> Vec<Request> {
        self.accept();
        let mut arrived = Vec::new();
        for mut pending in std::mem::take(&mut self.pending) {
            match pending.read() {
                Ok(true) => {
                    let Pending { stream, bytes, .. } = pending;
                    arrived.push(Request { stream, bytes });
                }
                Ok(false) => self.pending.push(pending),
                Err(_) => {}
            }
        }
        arrived
    }

    /// Takes new connections, and refuses those of other users.
    fn accept(&mut self) {
        let accepted = std::iter::from_fn(|| self.listener.accept().ok()).take(MAX_ACCEPTED);
        let accepted: Vec<_> =
            accepted.filter(|(stream, _)| stream.set_nonblocking(true).is_ok()).collect();
        self.refused.retain_mut(Pending::is_reading);
        if accepted.is_empty() {
            return;
        }
        let connections = Connections::now();
        let refusal =
            format!("HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", self.refusal);
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        for (stream, peer) in accepted {
            let pending = Pending { stream, since: steady_now(), bytes: Vec::new() };
            // Other users can also read the browser's arguments, and could be faster.
            if connections.peer(peer, local) == Peer::Other {
                // One that takes no answer gets none.
                drop((&pending.stream).write_all(refusal.as_bytes()));
                drop(pending.stream.shutdown(Shutdown::Write));
                push(&mut self.refused, pending, MAX_REFUSED);
            } else {
                push(&mut self.pending, pending, MAX_PENDING);
            }
        }
    }
}

/// Appends to a list that has at most `most` entries.
fn push(list: &mut Vec<Pending>, pending: Pending, most: usize) {
    if list.len() == most {
        drop(list.remove(0));
    }
    list.push(pending);
}

impl Pending {
    /// Reads what has arrived. Returns whether the head of the request is complete.
    fn read(&mut self) -> io::Result<bool> {
        let mut piece = [0; 2048];
        loop {
            if self.bytes.windows(4).any(|window| window == b"\r\n\r\n") {
                return Ok(true);
            }
            if self.bytes.len() > MAX_REQUEST || self.since.elapsed() > REQUEST_TIMEOUT {
                return Err(io::ErrorKind::TimedOut.into());
            }
            match self.stream.read(&mut piece) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.bytes.extend_from_slice(&piece[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether a client that was refused may still be reading the answer. What it sends is thrown away: if
    /// it stayed unread, closing the connection could take the answer away again.
    fn is_reading(&mut self) -> bool {
        let read = self.stream.read(&mut [0; 2048]);
        let is_open = match read {
            Ok(length) => length > 0,
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        };
        is_open && self.since.elapsed() < REFUSED_TIMEOUT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the requests that arrive until there is one.
    fn next(requests: &mut Requests) -> Vec<Request> {
        let started = steady_now();
        loop {
            let arrived = requests.arrived();
            if !arrived.is_empty() || started.elapsed() > Duration::from_secs(20) {
                return arrived;
            }
        }
    }

    fn connect(requests: &Requests) -> TcpStream {
        TcpStream::connect(("127.0.0.1", requests.port())).unwrap()
    }

    #[test]
    fn connections_that_say_nothing_delay_none_that_does() {
        let mut requests = Requests::open(0, "403 Forbidden").unwrap();
        let silent: Vec<_> = (0..3 * MAX_PENDING).map(|_| connect(&requests)).collect();
        let mut slow = connect(&requests);
        slow.write_all(b"GET /slow HTTP/1.1\r\n").unwrap();
        assert!(requests.arrived().is_empty());
        let mut quick = connect(&requests);
        quick.write_all(b"GET /quick HTTP/1.1\r\n\r\n").unwrap();
        let arrived = next(&mut requests);
        assert_eq!(arrived.len(), 1);
        assert!(arrived[0].bytes.starts_with(b"GET /quick "));
        slow.write_all(b"\r\n").unwrap();
        assert!(next(&mut requests)[0].bytes.starts_with(b"GET /slow "));
        drop(silent);
    }

    #[test]
    fn a_request_that_does_not_end_is_given_up() {
        let mut requests = Requests::open(0, "403 Forbidden").unwrap();
        let mut endless = connect(&requests);
        endless.write_all(&vec![b'x'; MAX_REQUEST + 1]).unwrap();
        let started = steady_now();
        while !requests.pending.is_empty() || started.elapsed() < Duration::from_millis(50) {
            assert!(requests.arrived().is_empty());
            assert!(started.elapsed() < Duration::from_secs(20));
        }
    }
}
