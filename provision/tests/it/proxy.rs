//! Stands between rolecall and moto: takes down each call, and makes some of them go wrong.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crate::{moto::decoded, support::run::until_some};

const PATIENCE: Duration = Duration::from_secs(30);

/// What goes wrong.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// The call is answered with this error, and never gets to moto.
    Refuse(u16, &'static str),
    /// The call does what it does, and its answer waits for [`Proxy::release`].
    Hold,
    /// The answer has this text more, before that one: what moto does not say.
    Insert { text: &'static str, before: &'static str },
}

/// Which calls go wrong, and how.
pub(crate) struct Rule {
    /// The call's name.
    pub(crate) call: &'static str,
    /// How many of them are left aside first.
    pub(crate) skip: usize,
    /// How many go wrong then.
    pub(crate) times: usize,
    pub(crate) fault: Fault,
}

/// A call as it came: `CreateUser` or `PUT /bucket`, and its body.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) body: String,
}

#[derive(Default)]
struct State {
    rules: Mutex<Vec<Rule>>,
    calls: Mutex<Vec<Call>>,
    held: Mutex<bool>,
    released: Condvar,
}

/// The proxy; it ends with the test's process.
pub(crate) struct Proxy {
    pub(crate) url: String,
    state: Arc<State>,
}

impl Proxy {
    /// One before the server at `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<State>::default();
        *lock(&state.held) = true;
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (state, server) = (Arc::clone(&shared), server.clone());
                // A caller that goes away is no failure.
                thread::spawn(move || serve(stream, &server, &state).ok());
            }
        });
        Self { url, state }
    }

    /// The next call of this name goes wrong.
    pub(crate) fn fault(&self, call: &'static str, fault: Fault) {
        self.faults(Rule { call, skip: 0, times: 1, fault });
    }

    /// Some calls go wrong.
    pub(crate) fn faults(&self, rule: Rule) {
        lock(&self.state.rules).push(rule);
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        lock(&self.state.calls).clone()
    }

    /// The names of the calls so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.name).collect()
    }

    /// What the last call of that name said in its body.
    #[track_caller]
    pub(crate) fn parameter(&self, call: &str, name: &str) -> Option<String> {
        let calls = self.calls();
        let body = &calls.iter().rfind(|it| it.name == call).expect("it was called").body;
        let start = format!("{name}=");
        let value = body.split('&').find_map(|pair| pair.strip_prefix(&*start))?;
        Some(decoded(&value.replace('+', " ")))
    }

    /// Waits for a call.
    #[track_caller]
    pub(crate) fn until(&self, name: &str) {
        let seen = until_some(PATIENCE, || self.names().iter().any(|n| n == name).then_some(()));
        seen.unwrap_or_else(|| panic!("no {name} in {:?}", self.names()));
    }

    /// Lets held answers go.
    pub(crate) fn release(&self) {
        *lock(&self.state.held) = false;
        self.state.released.notify_all();
    }
}

fn serve(mut stream: TcpStream, server: &str, state: &State) -> std::io::Result<()> {
    let (head, body) = read_request(&mut stream)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let line = head.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let action = text.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let name = match action {
        Some(action) => action.to_owned(),
        None => format!(
            "{method} {}",
            path.split("?x-id").next().unwrap_or_default().trim_end_matches('/')
        ),
    };
    let fault = due(&mut lock(&state.rules), &name);
    lock(&state.calls).push(Call { name: name.clone(), body: text });
    if let Some(Fault::Refuse(status, code)) = fault {
        let body = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>as the test wants</Message></Error>\
             <Code>{code}</Code><Message>as the test wants</Message></ErrorResponse>"
        );
        let answer = format!(
            "HTTP/1.1 {status} No\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        );
        return stream.write_all(answer.as_bytes());
    }
    let mut upstream = TcpStream::connect(server)?;
    let (first, rest) = head.split_once("\r\n").unwrap_or_default();
    upstream.write_all(format!("{first}\r\nConnection: close\r\n{rest}").as_bytes())?;
    upstream.write_all(&body)?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer)?;
    if matches!(fault, Some(Fault::Hold)) {
        // The wait is noticed by the one who waits for it.
        lock(&state.calls).push(Call { name: format!("{name} held"), body: String::new() });
        let waiting = lock(&state.held);
        let wait = state.released.wait_timeout_while(waiting, PATIENCE, |held| *held);
        drop(wait.unwrap_or_else(PoisonError::into_inner));
    }
    if let Some(Fault::Insert { text, before }) = fault {
        answer = with(&answer, text, before);
    }
    stream.write_all(&answer)
}

/// The answer with a text more before another one. It ends with its connection.
fn with(answer: &[u8], text: &str, before: &str) -> Vec<u8> {
    let answer = String::from_utf8(answer.to_vec()).expect("it is text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let lines = head.lines().filter(|it| !it.to_ascii_lowercase().starts_with("content-length"));
    let head = lines.collect::<Vec<_>>().join("\r\n");
    let body = body.replacen(before, &format!("{text}{before}"), 1);
    format!("{head}\r\n\r\n{body}").into_bytes()
}

fn due(rules: &mut [Rule], name: &str) -> Option<Fault> {
    let rule = rules.iter_mut().find(|rule| rule.call == name && rule.times > 0)?;
    if rule.skip > 0 {
        rule.skip -= 1;
        return None;
    }
    rule.times -= 1;
    Some(rule.fault)
}

fn read_request(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&bytes[..end + 4]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
            });
            let mut body = bytes.split_off(end + 4);
            while body.len() < length.unwrap_or(0) {
                let count = stream.read(&mut buffer)?;
                if count == 0 {
                    break;
                }
                body.extend_from_slice(&buffer[..count]);
            }
            return Ok((head, body));
        }
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend_from_slice(&buffer[..count]);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
