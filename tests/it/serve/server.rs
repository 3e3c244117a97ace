//! A `rolecall serve` that runs, and what it printed.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::http::{Answer, request, send};
use crate::support::{run::Running, stage::Stage};

/// A running server. Ends with the test.
pub(crate) struct Server<'s> {
    pub(crate) running: Running<'s>,
    pub(crate) document: Value,
}

/// How a client gets the session of one profile.
#[derive(Clone, Debug)]
pub(crate) struct Access {
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
}

impl<'s> Server<'s> {
    /// Starts `rolecall serve ARGUMENTS`, and waits until it has printed its variables.
    #[track_caller]
    pub(crate) fn start(stage: &'s Stage, arguments: &[&str]) -> Self {
        let arguments = [&["serve", "--output", "json"], arguments].concat();
        let run = stage.sandbox.rolecall(&arguments).may_print_secrets();
        let running = run.time_limit(Duration::from_mins(2)).spawn();
        let text = running.until_stdout("\n}\n");
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let server = Self { running, document };
        for number in 0..server.document["profiles"].as_array().expect("an array").len() {
            // It may be in a file.
            let token = server.access(number).token;
            if !token.is_empty() {
                stage.sandbox.secret("a token", &token);
            }
        }
        server
    }

    /// How a client gets the session of the profile with this number.
    pub(crate) fn access(&self, number: usize) -> Access {
        let environment = &self.document["profiles"][number]["environment"];
        let text = |name: &str| environment[name].as_str().unwrap_or_default().to_owned();
        let url = text("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        Access::new(url, text("AWS_CONTAINER_AUTHORIZATION_TOKEN"))
    }
}

impl Access {
    pub(crate) fn new(url: String, token: String) -> Self {
        let rest = url.strip_prefix("http://").expect("a URL");
        let (host, path) = rest.split_once('/').expect("a path");
        // A socket has none.
        let address = host.parse().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 80)));
        Self { path: format!("/{path}"), url, token, address }
    }

    /// What the SDKs send.
    pub(crate) fn headers(&self) -> [(&'static str, String); 3] {
        [
            ("Host", self.address.to_string()),
            ("Accept", "application/json".to_owned()),
            ("Authorization", self.token.clone()),
        ]
    }

    /// Asks as an SDK does.
    pub(crate) fn get(&self) -> Answer {
        self.ask("GET", &self.path, &[])
    }

    /// Asks with these headers in addition, or instead of those of the same name.
    pub(crate) fn ask(&self, method: &str, path: &str, more: &[(&str, &str)]) -> Answer {
        let own = self.headers();
        let own = own.iter().map(|(name, value)| (*name, value.as_str()));
        let own = own.filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
        let headers: Vec<_> = own.chain(more.iter().copied()).collect();
        send(self.address, &request(method, path, &headers))
    }

    /// Asks until the answer has this status.
    #[track_caller]
    pub(crate) fn get_until(&self, status: u16, limit: Duration) -> Answer {
        let started = Instant::now();
        loop {
            let answer = self.get();
            if answer.status == status {
                return answer;
            }
            assert!(started.elapsed() < limit, "{answer:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The variables for an AWS program.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 2] {
        [
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &self.url),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", &self.token),
        ]
    }
}
