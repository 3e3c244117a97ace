//! The server itself: connections, and the limits of each.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use http_body_util::Full;
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    runtime,
    sync::Semaphore,
    task::spawn_blocking,
    time::{sleep, timeout},
};

use super::{
    answer::{Answer, Note},
    door::{Door, Route, Verdict},
    listeners::Listeners,
    slot::Slot,
};
use crate::peer::{Peer, process_at};

/// How long the head of a request may take to arrive.
const HEAD_LIMIT: Duration = Duration::from_secs(2);
/// How long a connection may take in all.
const CONNECTION_LIMIT: Duration = Duration::from_secs(10);
/// How many bytes the head of a request may have; hyper allows no fewer.
const MAX_HEAD: usize = 8 * 1024;
/// How many headers it may have.
const MAX_HEADERS: usize = 48;
/// How many connections there may be at once.
const MAX_CONNECTIONS: usize = 256;
/// How many more there may be of other users. Unless they may have the sessions, they get nothing, and few
/// places are enough.
const MAX_FOREIGN: usize = 8;
/// How long it may take to note who gets a session. A client that waits longer than two seconds gives up.
const NOTE_LIMIT: Duration = Duration::from_millis(500);
/// The pause after a connection could not be accepted: the process may have too many files open.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Something that its owner wants to know of.
pub(crate) enum ServerEvent {
    /// Every session was handed out once, as asked for.
    AllSpent,
    /// It could not be started.
    Failed(io::Error),
}

/// A server.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) listeners: Listeners,
    /// The paths of the slots, and their tokens, in the same order.
    pub(crate) routes: Vec<Route>,
    /// The sessions.
    pub(crate) slots: Vec<Arc<Slot>>,
    /// Whether other users of this machine may have them, if they have the token.
    pub(crate) any_user: bool,
    /// Whether each session is handed out only once.
    pub(crate) once: bool,
    /// Whether nothing is handed out any more.
    pub(crate) is_closed: Arc<AtomicBool>,
    /// Called when something happens.
    pub(crate) on_event: Box<dyn Fn(ServerEvent) + Send + Sync>,
}

impl Server {
    /// Serves until the process ends.
    pub(crate) fn run(self) {
        let Self { listeners, routes, slots, any_user, once, is_closed, on_event } = self;
        let door = Door { hosts: listeners.hosts.clone(), routes };
        let state = Arc::new(ServerState {
            door,
            slots,
            any_user,
            once,
            is_closed,
            on_event,
            own: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            foreign: Arc::new(Semaphore::new(if any_user { MAX_CONNECTIONS } else { MAX_FOREIGN })),
        });
        let served = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .and_then(|runtime| runtime.block_on(state.serve(&listeners)));
        if let Err(error) = served {
            (state.on_event)(ServerEvent::Failed(error));
        }
    }
}

/// What all connections share.
struct ServerState {
    door: Door,
    slots: Vec<Arc<Slot>>,
    any_user: bool,
    once: bool,
    is_closed: Arc<AtomicBool>,
    on_event: Box<dyn Fn(ServerEvent) + Send + Sync>,
    own: Arc<Semaphore>,
    foreign: Arc<Semaphore>,
}

impl ServerState {
    /// Serves until the process ends.
    async fn serve(self: &Arc<Self>, listeners: &Listeners) -> io::Result<()> {
        let mut tasks = Vec::new();
        for listener in &listeners.tcp {
            let listener = listener.try_clone()?;
            listener.set_nonblocking(true)?;
            let listener = TcpListener::from_std(listener)?;
            tasks.push(tokio::spawn(Arc::clone(self).accept(listener)));
        }
        #[cfg(unix)]
        if let Some(socket) = &listeners.socket {
            let listener = socket.try_clone()?;
            listener.set_nonblocking(true)?;
            let listener = tokio::net::UnixListener::from_std(listener)?;
            tasks.push(tokio::spawn(Arc::clone(self).accept_on_socket(listener)));
        }
        for task in tasks {
            task.await.map_err(io::Error::other)?;
        }
        Ok(())
    }

    async fn accept(self: Arc<Self>, listener: TcpListener) {
        loop {
            let Ok((stream, peer)) = listener.accept().await else {
                sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let Ok(local) = stream.local_addr() else { continue };
            self.start(stream, is_this_user(peer, local), Client::Address { peer, local });
        }
    }

    #[cfg(unix)]
    async fn accept_on_socket(self: Arc<Self>, listener: tokio::net::UnixListener) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let own = rustix::process::geteuid().as_raw();
            let peer = stream.peer_cred().ok();
            let is_ours = peer.is_some_and(|peer| peer.uid() == own);
            let process = peer.and_then(|peer| u32::try_from(peer.pid()?).ok());
            self.start(stream, is_ours, Client::Process(process));
        }
    }

    /// Starts to serve a connection, or closes it if there are too many. Other users have places of their
    /// own, so that they can't take this user's.
    fn start(
        self: &Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        is_ours: bool,
        client: Client,
    ) {
        let places = if is_ours { &self.own } else { &self.foreign };
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            let connection = Arc::clone(self).connection(stream, is_ours || self.any_user, client);
            drop(tokio::spawn(async move {
                connection.await;
                drop(place);
            }));
        }
    }

    /// Serves one request, and closes the connection.
    async fn connection(
        self: Arc<Self>,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        may_ask: bool,
        client: Client,
    ) {
        let state = Arc::clone(&self);
        let service = service_fn(move |request: Request<Incoming>| {
            let state = Arc::clone(&state);
            async move {
                let answer =
                    if may_ask { state.answer(&request, client).await } else { Answer::refusal() };
                Ok::<_, Infallible>(response(answer))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_LIMIT)
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEADERS)
            .keep_alive(false)
            .serve_connection(TokioIo::new(stream), service);
        // Why a client was cut off is of no use to anybody.
        drop(timeout(CONNECTION_LIMIT, connection).await);
        if self.once && self.slots.iter().all(|slot| slot.is_spent()) {
            (self.on_event)(ServerEvent::AllSpent);
        }
    }

    async fn answer(&self, request: &Request<Incoming>, client: Client) -> Answer {
        let slot = match self.door.judge(request) {
            Verdict::Refused => return Answer::refusal(),
            Verdict::Health => {
                return Answer::health(self.slots.iter().all(|slot| slot.is_ready()));
            }
            Verdict::Credentials(number) => &self.slots[number],
        };
        if self.is_closed.load(Ordering::SeqCst) {
            return Answer::closed("the lifetime of this server (--max-lifetime) is over");
        }
        if self.once && slot.is_spent() {
            return Answer::closed("the session was handed out already (--once)");
        }
        let mut answer = slot.answer().await;
        if self.once && answer.status.is_success() && !slot.spend() {
            return Answer::closed("the session was handed out already (--once)");
        }
        if let Some(Note { log, access_key_id }) = answer.note.take() {
            let is_first = slot.is_first_client(&access_key_id);
            if log.wants(is_first) {
                // Before the client has it, and closes the connection by which its process is found.
                let noted = spawn_blocking(move || log.note(client.process(), is_first));
                drop(timeout(NOTE_LIMIT, noted).await);
            }
        }
        answer
    }
}

/// The other end of a connection.
#[derive(Clone, Copy)]
enum Client {
    /// Its address, and ours.
    Address { peer: SocketAddr, local: SocketAddr },
    /// Its process, if the system tells that.
    #[cfg(unix)]
    Process(Option<u32>),
}

impl Client {
    /// Returns the process at the other end; `None` if the system does not tell.
    fn process(self) -> Option<u32> {
        match self {
            Self::Address { peer, local } => process_at(peer, local),
            #[cfg(unix)]
            Self::Process(process) => process,
        }
    }
}

fn is_this_user(peer: SocketAddr, local: SocketAddr) -> bool {
    match Peer::of(peer, local) {
        Peer::Us => true,
        Peer::Other => false,
        // Linux always tells, unless /proc is missing.
        Peer::Unknown => !cfg!(target_os = "linux"),
    }
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let Answer { status, body, note: _ } = answer;
    let has_body = !body.is_empty();
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if has_body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}
