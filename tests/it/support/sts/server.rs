//! The listener, and a thread for each connection.

use std::collections::HashMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::fault::Delivery;
use super::service::{self, Reply};
use super::state::{Shared, lock};
use super::wire::{Connection, Response};

/// The listening port.
pub(super) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    open: Arc<Open>,
    acceptor: Option<JoinHandle<()>>,
}

/// The connections that are open, so that a stop can end them.
#[derive(Default)]
struct Open {
    streams: Mutex<HashMap<u64, TcpStream>>,
    closed: Condvar,
}

impl Server {
    pub(super) fn start(address: &str, shared: Arc<Shared>) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        let open = Arc::new(Open::default());
        let acceptor = {
            let (shared, open) = (Arc::clone(&shared), Arc::clone(&open));
            thread::Builder::new()
                .name("sts-accept".to_owned())
                .spawn(move || accept(&listener, &shared, &open))?
        };
        Ok(Self { address, shared, open, acceptor: Some(acceptor) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn stop(&mut self) {
        let Some(acceptor) = self.acceptor.take() else {
            return;
        };
        self.shared.begin_stop();
        // A connection of our own ends the wait for the next one.
        let woken = TcpStream::connect(self.address);
        acceptor.join().ok();
        drop(woken);
        let mut streams = lock(&self.open.streams);
        for stream in streams.values() {
            stream.shutdown(Shutdown::Both).ok();
        }
        streams = self
            .open
            .closed
            .wait_timeout_while(streams, Duration::from_secs(5), |streams| !streams.is_empty())
            .unwrap_or_else(PoisonError::into_inner)
            .0;
        streams.clear();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, open: &Arc<Open>) {
    for (id, stream) in (0..).zip(listener.incoming()) {
        if shared.is_stopping() {
            return;
        }
        // A client that is gone before it was accepted is no reason to end.
        let Ok(stream) = stream else { continue };
        let Ok(twin) = stream.try_clone() else {
            continue;
        };
        stream.set_nodelay(true).ok();
        lock(&open.streams).insert(id, twin);
        let handler = {
            let (shared, open) = (Arc::clone(shared), Arc::clone(open));
            move || {
                let mut connection = Connection::new(stream);
                serve(&mut connection, &shared).ok();
                // The twin first: the socket closes, or resets, with its last handle.
                let twin = lock(&open.streams).remove(&id);
                drop(twin);
                drop(connection);
                open.closed.notify_all();
            }
        };
        if thread::Builder::new().name(format!("sts-{id}")).spawn(handler).is_err() {
            lock(&open.streams).remove(&id);
        }
    }
}

fn serve(connection: &mut Connection, shared: &Shared) -> io::Result<()> {
    while !shared.is_stopping() {
        let request = match connection.read() {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                let response = Response {
                    status: 400,
                    content_type: "text/plain",
                    date: Some(shared.clock.now()),
                    headers: Vec::new(),
                    body: format!("{error}\n"),
                };
                connection.send(&response, false, Delivery::Whole, |_| true)?;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        match service::handle(shared, &request) {
            Reply::Answer(response, delivery) => {
                let pause = |time| shared.pause(time);
                if !connection.send(&response, request.keep_alive, delivery, pause)? {
                    return Ok(());
                }
            }
            Reply::Reset => return Ok(()),
            Reply::Close => return connection.settle(),
        }
    }
    Ok(())
}
