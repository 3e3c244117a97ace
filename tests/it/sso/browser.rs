//! A browser of the tests' own: it follows nothing by itself.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    thread,
    time::Duration,
};

/// A page, as it arrived.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) status: u16,
    pub(super) location: String,
    pub(super) body: String,
}

impl Page {
    /// Gets the page at a loopback address.
    pub(super) fn get(address: &str) -> Self {
        let mut text = String::new();
        send(address).read_to_string(&mut text).expect("an answer");
        let (head, body) = text.split_once("\r\n\r\n").expect("the end of the head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
        let location = head.lines().find_map(|line| line.strip_prefix("Location: "));
        Self {
            status: status.expect("a status"),
            location: location.unwrap_or_default().to_owned(),
            body: body.to_owned(),
        }
    }
}

/// Sends the request for a page and does not wait for it.
pub(super) fn send(address: &str) -> TcpStream {
    let rest = address.trim().strip_prefix("http://").expect("a loopback address");
    let (host, path) = rest.split_once('/').expect("a path");
    let mut stream = TcpStream::connect(host).expect("a listener");
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
        .expect("it listens");
    stream
}

/// Waits until the file is there, and returns what it says.
pub(super) fn wait_for_file(path: &Path) -> String {
    for _ in 0..3000 {
        if let Ok(text) = fs::read_to_string(path) {
            return text.trim().to_owned();
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("{} did not come", path.display());
}
