//! A client that signs by itself, so that a test can get each part of it wrong.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

use chrono::{DateTime, Utc};

use super::super::Sts;
use super::super::clock;
use super::super::sigv4::{self, Authorization};
use super::request;

/// Who signs, and how.
#[derive(Clone)]
pub(super) struct Signer {
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) at: DateTime<Utc>,
}

/// An answer, taken apart.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Signer {
    /// The sample world's user, with a clock that agrees with the stand-in's.
    pub(super) fn natan(sts: &Sts) -> Self {
        Self {
            key: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
            token: None,
            region: "eu-west-1".to_owned(),
            service: "sts".to_owned(),
            at: sts.now(),
        }
    }

    /// The session that an answer holds.
    pub(super) fn session(sts: &Sts, answer: &Answer) -> Self {
        Self {
            key: answer.element("AccessKeyId"),
            secret: answer.element("SecretAccessKey"),
            token: Some(answer.element("SessionToken")),
            ..Self::natan(sts)
        }
    }

    /// A signed POST to STS with these parameters.
    pub(super) fn post(&self, params: &[(&str, &str)]) -> String {
        self.raw("POST", "/", &form(params))
    }

    /// A signed request, as it goes on the wire.
    pub(super) fn raw(&self, method: &str, target: &str, body: &str) -> String {
        let amz_date = clock::basic(self.at);
        let payload = match self.service.as_str() {
            "s3" => "UNSIGNED-PAYLOAD".to_owned(),
            _ => sigv4::sha256_hex(body.as_bytes()),
        };
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("host", "127.0.0.1"),
            ("x-amz-date", &amz_date),
        ];
        if self.service == "s3" {
            headers.push(("x-amz-content-sha256", &payload));
        }
        if let Some(token) = &self.token {
            headers.push(("x-amz-security-token", token));
        }
        headers.sort_unstable();
        let mut names: Vec<String> = headers.iter().map(|(name, _)| (*name).to_owned()).collect();
        names.sort();
        let mut scope = Authorization {
            access_key_id: self.key.clone(),
            date: amz_date[..8].to_owned(),
            region: self.region.clone(),
            service: self.service.clone(),
            terminator: "aws4_request".to_owned(),
            signed_headers: names,
            signature: String::new(),
        };
        let unsigned = request(method, target, &headers, body.as_bytes());
        scope.signature = scope.expected(&unsigned, &self.secret, &amz_date, &payload);
        let lines: String =
            headers.iter().map(|(name, value)| [name, ": ", value, "\r\n"].concat()).collect();
        format!(
            "{method} {target} HTTP/1.1\r\n{lines}authorization: {} Credential={}/{}/{}/{}/{}, \
             SignedHeaders={}, Signature={}\r\ncontent-length: {}\r\n\r\n{body}",
            sigv4::ALGORITHM,
            scope.access_key_id,
            scope.date,
            scope.region,
            scope.service,
            scope.terminator,
            scope.signed_headers.join(";"),
            scope.signature,
            body.len()
        )
    }
}

impl Answer {
    /// Reads one answer. An answer that ends early is an error.
    pub(super) fn read(stream: &mut TcpStream) -> io::Result<Self> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("Content-Length: "))
            .and_then(|length| length.parse().ok())
            .ok_or(io::ErrorKind::InvalidData)?;
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Ok(Self { status, head, body: String::from_utf8_lossy(&body).into_owned() })
    }

    /// The text of the first element with this name.
    pub(super) fn element(&self, name: &str) -> String {
        let start = self.body.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
        start
            .and_then(|rest| rest.split_once(&format!("</{name}>")))
            .map(|(text, _)| text.to_owned())
            .unwrap_or_default()
    }

    /// The error: status, code, message.
    pub(super) fn error(&self) -> (u16, String, String) {
        (self.status, self.element("Code"), self.element("Message"))
    }
}

/// A form of STS's API, the version with it.
pub(super) fn form(params: &[(&str, &str)]) -> String {
    let version = ("Version", "2011-06-15");
    let given = params.iter().any(|(name, _)| *name == version.0);
    params
        .iter()
        .chain((!given).then_some(&version))
        .map(|(name, value)| {
            let value = super::text::percent_encode(value.as_bytes(), b"");
            format!("{name}={value}")
        })
        .collect::<Vec<_>>()
        .join("&")
}

/// Opens a connection.
pub(super) fn connect(sts: &Sts) -> TcpStream {
    TcpStream::connect(sts.endpoint().trim_start_matches("http://")).expect("the port is open")
}

/// Sends a request on a new connection, and reads the answer.
pub(super) fn try_send(sts: &Sts, raw: &str) -> io::Result<Answer> {
    let mut stream = connect(sts);
    stream.write_all(raw.as_bytes())?;
    Answer::read(&mut stream)
}

/// Sends a request that must be answered.
pub(super) fn send(sts: &Sts, raw: &str) -> Answer {
    try_send(sts, raw).expect("an answer")
}
