//! A way to moto that can be closed for one kind of call, so that a test can act in its midst.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::Duration,
};

const PATIENCE: Duration = Duration::from_mins(1);

/// Hands all on, save what has `needle` in it: that waits until the gate is opened.
pub(crate) struct Gate {
    pub(crate) url: String,
    state: Arc<(Mutex<State>, Condvar)>,
}

#[derive(Default)]
struct State {
    is_somebody_there: bool,
    is_open: bool,
}

impl Gate {
    pub(crate) fn before(endpoint: &str, needle: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state: Arc<(Mutex<State>, Condvar)> = Arc::default();
        let (gate, upstream) = (Arc::clone(&state), endpoint.replace("http://", ""));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(&upstream) else { return };
                let (gate, back) = (Arc::clone(&gate), client.try_clone().unwrap());
                let answers = server.try_clone().unwrap();
                thread::spawn(move || hand_on(client, server, |part| wait(&gate, part, needle)));
                thread::spawn(move || hand_on(answers, back, |_| ()));
            }
        });
        Self { url, state }
    }

    /// Waits until somebody stands before it.
    #[track_caller]
    pub(crate) fn until_somebody_is_there(&self) {
        let (state, changed) = &*self.state;
        let waited = changed
            .wait_timeout_while(state.lock().unwrap(), PATIENCE, |state| !state.is_somebody_there);
        assert!(waited.unwrap().0.is_somebody_there, "nobody came");
    }

    pub(crate) fn open(&self) {
        self.state.0.lock().unwrap().is_open = true;
        self.state.1.notify_all();
    }
}

fn wait(gate: &(Mutex<State>, Condvar), part: &[u8], needle: &str) {
    if memchr::memmem::find(part, needle.as_bytes()).is_none() {
        return;
    }
    let mut state = gate.0.lock().unwrap();
    state.is_somebody_there = true;
    gate.1.notify_all();
    drop(gate.1.wait_timeout_while(state, PATIENCE, |state| !state.is_open));
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = [0; 65_536];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        look(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    to.shutdown(Shutdown::Both).ok();
}
