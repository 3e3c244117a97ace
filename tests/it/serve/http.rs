//! A client that sends what a test says, and nothing else.

use std::{
    io::{self, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// 0 if it closed the connection without one.
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Reads an answer until the connection is closed.
    pub(crate) fn read(mut stream: impl io::Read) -> Self {
        let mut bytes = Vec::new();
        // A server that closes early may reset the connection.
        drop(stream.read_to_end(&mut bytes));
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        Self { status, head: head.to_owned(), body: body.to_owned() }
    }
}

/// A connection that has sent nothing yet.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("not zero");
    stream
}

/// Sends these bytes and reads the answer.
pub(crate) fn send(address: SocketAddr, request: &str) -> Answer {
    let mut stream = connect(address);
    // It may be answered, and closed, before all is sent.
    drop(stream.write_all(request.as_bytes()));
    Answer::read(stream)
}

/// A request with these headers.
pub(crate) fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let first = format!("{method} {path} HTTP/1.1");
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}"));
    let lines: Vec<_> = [first].into_iter().chain(headers).collect();
    format!("{}\r\n\r\n", lines.join("\r\n"))
}
