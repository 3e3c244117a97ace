//! HTTP/1.1 on one connection: requests in, answers out.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::clock;
use super::fault::Delivery;
use super::text;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 1024 * 1024;

/// A request as its bytes say it; nothing is decoded.
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query, as they stand in the first line.
    pub(super) target: String,
    /// Names in lower case, values trimmed.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the client wants to go on with this connection.
    pub(super) keep_alive: bool,
}

impl Request {
    /// The values of a header, joined as HTTP joins them.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> =
            self.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    pub(super) fn path(&self) -> &str {
        self.target.split_once('?').map_or(self.target.as_str(), |(path, _)| path)
    }

    pub(super) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// Takes the head of a request apart, and says how long its body is.
    fn parse(head: &[u8]) -> io::Result<(Self, usize)> {
        let mut slots = [httparse::EMPTY_HEADER; 64];
        let mut parsed = httparse::Request::new(&mut slots);
        parsed.parse(head).map_err(|error| bad(&error.to_string()))?;
        let headers = parsed
            .headers
            .iter()
            .map(|header| {
                let value = String::from_utf8_lossy(header.value).trim().to_owned();
                (header.name.to_ascii_lowercase(), value)
            })
            .collect();
        let mut request = Self {
            method: parsed.method.unwrap_or_default().to_owned(),
            target: parsed.path.unwrap_or_default().to_owned(),
            headers,
            body: Vec::new(),
            keep_alive: parsed.version == Some(1),
        };
        if request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            request.keep_alive = false;
        }
        if request.header("transfer-encoding").is_some() {
            return Err(bad("no AWS client sends STS a chunked body"));
        }
        let length = match request.header("content-length") {
            Some(length) => length.parse().map_err(|_| bad("Content-Length is no number"))?,
            None => 0,
        };
        if length > MAX_BODY { Err(bad("the body is too long")) } else { Ok((request, length)) }
    }
}

/// The parameters of a request to a query API: those of the URL, then those of a form body.
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn of(request: &Request) -> Self {
        let mut params = decode_form(request.query());
        let form = request
            .header("content-type")
            .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        if request.method == "POST" && form {
            params.extend(decode_form(&String::from_utf8_lossy(&request.body)));
        }
        Self(params)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The values of `NAME.member.1SUFFIX`, `NAME.member.2SUFFIX` and so on.
    pub(super) fn list(&self, name: &str, suffix: &str) -> Vec<String> {
        (1..)
            .map_while(|n| self.get(&format!("{name}.member.{n}{suffix}")))
            .map(str::to_owned)
            .collect()
    }

    /// The members of a list of keys and values.
    pub(super) fn pairs(&self, name: &str) -> Vec<(String, String)> {
        let values = self.list(name, ".Value").into_iter().chain(std::iter::repeat(String::new()));
        self.list(name, ".Key").into_iter().zip(values).collect()
    }
}

fn decode_form(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        String::from_utf8_lossy(&text::percent_decode(&part.replace('+', " "))).into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

/// An answer before it is put on the wire.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) date: Option<DateTime<Utc>>,
    /// Headers beyond those that every answer has.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Response {
    fn head(&self, keep_alive: bool) -> String {
        let mut lines = vec![format!("HTTP/1.1 {} {}", self.status, reason(self.status))];
        lines.extend(self.headers.iter().map(|(name, value)| format!("{name}: {value}")));
        lines.push(format!("Content-Type: {}", self.content_type));
        lines.push(format!("Content-Length: {}", self.body.len()));
        lines.extend(self.date.map(|at| format!("Date: {}", clock::http_date(at))));
        if !keep_alive {
            lines.push("Connection: close".to_owned());
        }
        lines.join("\r\n") + "\r\n\r\n"
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        _ => "Status",
    }
}

/// One client's connection.
///
/// The last byte of a request stays in the socket until the request is answered: a socket that is
/// closed with unread data in it resets the connection, which is the one way to a TCP reset that
/// std offers.
pub(super) struct Connection {
    stream: TcpStream,
    unread: bool,
}

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, unread: false }
    }

    /// The next request, or nothing when the client is done.
    pub(super) fn read(&mut self) -> io::Result<Option<Request>> {
        let mut head = Vec::new();
        let end = loop {
            let Some(arrived) = self.peek(&mut head, 8192)? else {
                return Ok(None);
            };
            if let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") {
                let surplus = head.len() - (end + 4);
                self.take(arrived - surplus - 1)?;
                break end + 4;
            }
            self.take(arrived)?;
            if head.len() > MAX_HEAD {
                return Err(bad("the head is too long"));
            }
        };
        self.unread = true;
        let (mut request, length) = Request::parse(&head[..end])?;
        if length > 0 {
            self.settle()?;
            if request.header("expect").is_some() {
                self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
        }
        while request.body.len() < length {
            let missing = length - request.body.len();
            let Some(arrived) = self.peek(&mut request.body, missing)? else {
                return Ok(None);
            };
            self.unread = arrived == missing;
            self.take(arrived - usize::from(self.unread))?;
        }
        Ok(Some(request))
    }

    /// Sends an answer. False: the connection is to end.
    pub(super) fn send(
        &mut self,
        response: &Response,
        keep_alive: bool,
        delivery: Delivery,
        pause: impl FnOnce(Duration) -> bool,
    ) -> io::Result<bool> {
        if delivery != Delivery::ResetHalfway {
            self.settle()?;
        }
        let head = response.head(keep_alive);
        let (first, second) = response.body.as_bytes().split_at(response.body.len() / 2);
        match delivery {
            Delivery::Whole => {
                self.stream.write_all(&[head.as_bytes(), first, second].concat())?;
                return Ok(keep_alive);
            }
            Delivery::StallHalfway(time) => {
                self.stream.write_all(&[head.as_bytes(), first].concat())?;
                if pause(time) {
                    self.stream.write_all(second)?;
                }
            }
            Delivery::CloseHalfway => {
                self.stream.write_all(&[head.as_bytes(), first].concat())?;
            }
            Delivery::ResetHalfway => {
                self.stream.write_all(&[head.as_bytes(), first].concat())?;
                // Lets the client see the first half before the reset discards it.
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(false)
    }

    /// Takes the last byte of the request: from here on a close is a close in good order.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.unread) { self.take(1) } else { Ok(()) }
    }

    /// Appends what has arrived, up to `limit` bytes, and leaves it in the socket. Waits for the
    /// first byte; nothing: the client has closed.
    fn peek(&self, into: &mut Vec<u8>, limit: usize) -> io::Result<Option<usize>> {
        let mut chunk = [0; 8192];
        let limit = limit.min(chunk.len());
        let arrived = self.stream.peek(&mut chunk[..limit])?;
        into.extend_from_slice(&chunk[..arrived]);
        Ok((arrived > 0).then_some(arrived))
    }

    /// Takes `count` bytes that were peeked at.
    fn take(&mut self, count: usize) -> io::Result<()> {
        let mut chunk = [0; 8192];
        self.stream.read_exact(&mut chunk[..count])
    }
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
