//! Starting a server: the sessions first, then the threads that renew and serve them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};

use super::source::{ProfileSource, Voice, held};
use crate::{
    app::{self, Selection, ServedProfile},
    cli::{
        args::{Narrow, ServerFlags, Settings},
        request::narrowed_request,
    },
    context::{Context, steady_now},
    error::{Error, Kind, Result},
    output::Streams,
    plan::Plan,
    prompt::SignalGuard,
    secret::Secret,
    serve::{
        HeldSession, Listeners, Place, Route, Server, ServerEvent, Slot, SocketFile, Token,
        TokenFile, is_asking, keep_fresh, path_of,
    },
    session::SessionRequest,
};

/// How long an open question may take to end.
const QUESTION_LIMIT: Duration = Duration::from_secs(2);
/// How often that is checked.
const QUESTION_TICK: Duration = Duration::from_millis(20);

/// What a command line asks to be served.
pub(in crate::cli) struct Service<'s> {
    pub(in crate::cli) context: &'s Context,
    pub(in crate::cli) selection: &'s Selection,
    /// The profiles; empty: the one of the selection.
    pub(in crate::cli) names: &'s [String],
    pub(in crate::cli) settings: &'s Settings,
    pub(in crate::cli) narrow: &'s Narrow,
    pub(in crate::cli) server: &'s ServerFlags,
    pub(in crate::cli) place: Place,
    pub(in crate::cli) once: bool,
    /// The verb that serves them.
    pub(in crate::cli) verb: &'static str,
    /// Whether a program that is run gets this session and nothing else.
    pub(in crate::cli) is_confined: bool,
}

/// A server that runs.
pub(in crate::cli) struct Started {
    /// Its URL, without a path.
    pub(in crate::cli) base: String,
    pub(in crate::cli) slots: Vec<Arc<Slot>>,
    /// How to use each slot, in the same order.
    pub(in crate::cli) clients: Vec<Client>,
    pub(in crate::cli) events: Receiver<ServerEvent>,
    /// When it stops handing out sessions.
    ends: Option<DateTime<Utc>>,
    is_closed: Arc<AtomicBool>,
    /// Removed with this.
    _socket_file: Option<SocketFile>,
}

/// What a client of one profile needs.
pub(in crate::cli) struct Client {
    /// What the profile resolved to at the start.
    pub(in crate::cli) plan: Plan,
    /// The account of the session, if it is known.
    pub(in crate::cli) account_id: Option<String>,
    /// When the first session expires.
    pub(in crate::cli) ends: DateTime<Utc>,
    pub(in crate::cli) url: String,
    pub(in crate::cli) token: Secret,
    pub(in crate::cli) token_file: Option<TokenFile>,
}

impl Client {
    /// Returns the variables that tell AWS programs where the session is.
    ///
    /// Rule: AWS SDKs and Tools Reference Guide, "Container credential provider".
    pub(in crate::cli) fn variables(&self) -> Vec<(&'static str, Secret)> {
        let token = match &self.token_file {
            Some(file) => {
                let path = file.path().display().to_string();
                ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", Secret::new(path))
            }
            None => ("AWS_CONTAINER_AUTHORIZATION_TOKEN", self.token.clone()),
        };
        vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", Secret::from(&*self.url)), token]
    }
}

impl Service<'_> {
    /// Creates the sessions, asking a person if needed, and starts to serve them.
    ///
    /// # Errors
    /// If a session can't be created, or the server can't be started. Then nothing is served.
    pub(in crate::cli) fn start(&self, streams: &mut Streams<'_>) -> Result<Started> {
        let Self { context, server, once, .. } = *self;
        app::warn_about_environment(context, streams);
        let profiles = self.profiles()?;
        self.check_token_file(profiles.len())?;
        let mut listeners = Listeners::open(&self.place)?;
        let socket_file = listeners.take_socket_file();
        let ready = self.sessions(&profiles, streams)?;
        let base = listeners.base().to_owned();
        let (mut slots, mut clients, mut routes) = (Vec::new(), Vec::new(), Vec::new());
        for (plan, session) in ready {
            let (path, token) = (path_of(plan.name()), Token::random()?);
            if routes.iter().any(|route: &Route| route.path == path) {
                let text = format!("'{}' is named twice", plan.name());
                return Err(Error::new(Kind::Usage, text));
            }
            let token_file = self.token_file(&path, profiles.len(), &token)?;
            let (account_id, ends) =
                (session.credentials.account_id.clone(), session.lifetime.ends);
            slots.push(Arc::new(Slot::new(plan.name().to_owned(), session)));
            let (url, secret) = (format!("{base}{path}"), token.secret().clone());
            clients.push(Client { plan, account_id, ends, url, token: secret, token_file });
            routes.push(Route { path, token });
        }
        let (sender, events) = mpsc::channel();
        let is_closed = Arc::new(AtomicBool::new(false));
        let server = Server {
            listeners,
            routes,
            slots: slots.clone(),
            any_user: server.any_user,
            once,
            is_closed: Arc::clone(&is_closed),
            // Nobody waits for events any more when the process ends.
            on_event: Box::new(move |event| drop(sender.send(event))),
        };
        start_thread(move || server.run())?;
        for (slot, profile) in slots.iter().zip(profiles) {
            let slot = Arc::clone(slot);
            let source = ProfileSource {
                context: context.restarted(),
                profile,
                voice: Voice { colors: streams.colors },
            };
            start_thread(move || keep_fresh(&slot, &source))?;
        }
        let seconds = self.server.max_lifetime.map(i64::from);
        let ends = seconds.map(|seconds| context.now() + TimeDelta::seconds(seconds));
        Ok(Started { base, slots, clients, events, ends, is_closed, _socket_file: socket_file })
    }

    fn profiles(&self) -> Result<Vec<ServedProfile>> {
        let Self { context, selection, names, settings, narrow, .. } = *self;
        if settings.role_arn.is_some() && names.len() > 1 {
            return Err(Error::new(Kind::Usage, "--role-arn only works with one profile"));
        }
        let names: Vec<Option<String>> = match names {
            [] => vec![None],
            names => names.iter().cloned().map(Some).collect(),
        };
        let profiles = names.into_iter().map(|name| {
            let request = narrowed_request(context, settings, narrow)?;
            let request = selection.request(context, name, request)?;
            Ok(ServedProfile { store: selection.store.clone(), request, verb: self.verb })
        });
        profiles.collect()
    }

    /// Creates the sessions; all that fail are reported.
    fn sessions(
        &self,
        profiles: &[ServedProfile],
        streams: &mut Streams<'_>,
    ) -> Result<Vec<(Plan, HeldSession)>> {
        let Self { context, .. } = *self;
        let voice = Voice { colors: streams.colors };
        let (mut ready, mut failed) = (Vec::new(), Vec::new());
        for profile in profiles {
            let human = app::human_request();
            let session_request =
                SessionRequest { deadline: context.elapsed() + human.deadline, ..human };
            let served = profile.session(context, session_request, &mut |context, plan, store| {
                voice.sign_in(context, plan, store)
            });
            match served {
                Ok(served) => {
                    for warning in &served.warnings {
                        streams.warn(warning);
                    }
                    app::warn_about_plan(&served.plan, streams);
                    let plan = served.plan.clone();
                    ready.push((plan, held(served)?));
                }
                Err(error) => {
                    let is_interrupted = error.kind() == Kind::Interrupted;
                    failed.push(error);
                    if is_interrupted {
                        break;
                    }
                }
            }
        }
        streams.report_all_but_worst(failed)?;
        Ok(ready)
    }

    /// With several profiles, `--token-file` names a directory.
    fn check_token_file(&self, profiles: usize) -> Result<()> {
        match &self.server.token_file {
            Some(path) if profiles > 1 && !path.is_dir() => {
                let text = format!("--token-file: {} is not a directory", path.display());
                let hint = "with several profiles, it must be one, for a file for each";
                Err(Error::new(Kind::Usage, text).hint(hint))
            }
            Some(path) if profiles == 1 && path.is_dir() => {
                let text = format!("--token-file: {} is a directory", path.display());
                Err(Error::new(Kind::Usage, text).hint("give it the path of a file"))
            }
            _ => Ok(()),
        }
    }

    fn token_file(&self, path: &str, profiles: usize, token: &Token) -> Result<Option<TokenFile>> {
        let Some(file) = &self.server.token_file else { return Ok(None) };
        let name = path.rsplit('/').next().unwrap_or_default();
        let file = if profiles > 1 { file.join(name) } else { file.clone() };
        TokenFile::write(&file, token).map(Some)
    }
}

impl Started {
    /// Whether `--max-lifetime` is over at `now`. If so, nothing is handed out any more.
    pub(in crate::cli) fn is_over(&self, now: DateTime<Utc>) -> bool {
        let is_over = self.ends.is_some_and(|ends| now >= ends);
        if is_over {
            self.stop();
        }
        is_over
    }

    /// Stops handing out sessions, and wipes those in memory. Ends an open question first, so that the terminal
    /// is as it was before.
    pub(in crate::cli) fn close(self, signals: &SignalGuard) {
        self.stop();
        let deadline = steady_now() + QUESTION_LIMIT;
        while is_asking() && steady_now() < deadline {
            signals.cancel_questions();
            thread::sleep(QUESTION_TICK);
        }
    }

    fn stop(&self) {
        self.is_closed.store(true, Ordering::SeqCst);
        for slot in &self.slots {
            slot.close();
        }
    }
}

fn start_thread(run: impl FnOnce() + Send + 'static) -> Result<()> {
    let started = thread::Builder::new().spawn(run);
    started.map(drop).map_err(|error| {
        Error::new(Kind::Other, format!("a thread of the server can't be started: {error}"))
    })
}
