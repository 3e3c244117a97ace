//! A local port that answers one request, with a redirect.

use std::{
    fmt::Write as _,
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{context::steady_now, peer::Peer, secret::Secret};

/// How many bytes of a request are read.
const MAX_REQUEST: usize = 16 * 1024;
/// How long a request may take to arrive, because the next one waits for it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct Redirect<'a> {
    listener: TcpListener,
    port: u16,
    /// Random, so that nobody can guess it.
    path: String,
    target: &'a Secret,
}

impl<'a> Redirect<'a> {
    pub(super) fn new(target: &'a Secret) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let port = listener.local_addr()?.port();
        let mut random = [0; 24];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let path = random.iter().fold(String::from("/"), |mut path, byte| {
            write!(path, "{byte:02x}").expect("BUG: a string takes whatever is written to it");
            path
        });
        Ok(Self { listener, port, path, target })
    }

    /// Returns the URL for the browser.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}{}", self.port, self.path)
    }

    /// Answers the next request, if there is one. Returns whether it was the browser's.
    pub(super) fn serve(&self) -> bool {
        match self.listener.accept() {
            // Not the browser; or it will try again.
            Ok((stream, peer)) => self.answer(stream, peer).unwrap_or(false),
            Err(_) => false,
        }
    }

    fn answer(&self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<bool> {
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(REQUEST_TIMEOUT))?;
        let request = read_request(&mut stream)?;
        let line = request.split(|&byte| byte == b'\r').next().unwrap_or_default();
        let wanted = format!("GET {} HTTP/1.", self.path);
        let local = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        // Other users can also read the browser's arguments, and could be faster.
        if !line.starts_with(wanted.as_bytes()) || Peer::of(peer, local) == Peer::Other {
            let not_found =
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(not_found.as_bytes())?;
            return Ok(false);
        }
        let target = self.target.expose();
        let mut answer = Zeroizing::new(String::with_capacity(target.len() + 512));
        answer.push_str("HTTP/1.1 302 Found\r\nLocation: ");
        answer.push_str(target);
        answer.push_str("\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n");
        answer.push_str("Content-Length: 0\r\nConnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes())?;
        Ok(true)
    }
}

/// Reads the head of a request.
fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let started = steady_now();
    let mut request = Vec::new();
    let mut piece = [0; 2048];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        let left = REQUEST_TIMEOUT.saturating_sub(started.elapsed());
        if left.is_zero() || request.len() > MAX_REQUEST {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_read_timeout(Some(left))?;
        match stream.read(&mut piece)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            length => request.extend_from_slice(&piece[..length]),
        }
    }
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the answer to a request for `path`, and whether it counted as the browser's.
    fn ask(redirect: &Redirect<'_>, path: &str) -> (String, bool) {
        let mut stream = TcpStream::connect(("127.0.0.1", redirect.port)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").unwrap();
        let is_browser = redirect.serve();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        (answer, is_browser)
    }

    #[test]
    fn only_the_random_path_is_redirected() {
        let target = Secret::from("https://example.com/?SigninToken=x");
        let redirect = Redirect::new(&target).unwrap();
        for path in ["/", "/favicon.ico", &redirect.path[..20]] {
            let (answer, is_browser) = ask(&redirect, path);
            assert!(answer.starts_with("HTTP/1.1 404 ") && !is_browser, "{path}: {answer}");
            assert!(!answer.contains("SigninToken"));
        }
        let (answer, is_browser) = ask(&redirect, &redirect.path);
        assert!(answer.starts_with("HTTP/1.1 302 ") && is_browser, "{answer}");
        assert!(answer.contains("\r\nLocation: https://example.com/?SigninToken=x\r\n"));
        assert!(answer.contains("no-store") && answer.contains("no-referrer"));
        assert_ne!(redirect.path, Redirect::new(&target).unwrap().path);
    }
}
