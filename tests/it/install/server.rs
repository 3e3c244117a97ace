//! A web server with files, some of which it serves badly.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// What is served at a path.
pub(crate) enum Served {
    /// These bytes.
    Whole(Vec<u8>),
    /// The first half of these bytes, then the connection ends.
    Half(Vec<u8>),
    /// Nothing: 404.
    Missing,
    /// Nothing, with this status.
    Status(&'static str),
}

/// A server on a port of this machine. It ends with the process.
pub(crate) struct Server {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    files: Mutex<BTreeMap<String, Served>>,
    requests: AtomicUsize,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                thread::spawn(move || shared.answer(stream));
            }
        });
        Self { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        self.serve(path, Served::Whole(bytes));
    }

    pub(crate) fn serve(&self, path: &str, served: Served) {
        self.shared.files.lock().unwrap().insert(path.to_owned(), served);
    }

    pub(crate) fn get(&self, path: &str) -> Option<Vec<u8>> {
        match self.shared.files.lock().unwrap().get(path)? {
            Served::Whole(bytes) => Some(bytes.clone()),
            _ => None,
        }
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) {
        let mut lines = BufReader::new(&stream).lines();
        let line = lines.next().and_then(Result::ok).unwrap_or_default();
        while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
        drop(lines);
        self.requests.fetch_add(1, Ordering::SeqCst);
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        let files = self.files.lock().unwrap();
        let (bytes, sent) = match files.get(&path) {
            Some(Served::Whole(bytes)) => (bytes, bytes.len()),
            Some(Served::Half(bytes)) => (bytes, bytes.len() / 2),
            Some(Served::Status(status)) => {
                answer_without_body(stream, status);
                return;
            }
            Some(Served::Missing) | None => {
                answer_without_body(stream, "404 Not Found");
                return;
            }
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            bytes.len()
        );
        let answer = [head.as_bytes(), &bytes[..sent]].concat();
        stream.write_all(&answer).ok();
    }
}

fn answer_without_body(mut stream: TcpStream, head: &str) {
    let answer = format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(answer.as_bytes()).ok();
}
