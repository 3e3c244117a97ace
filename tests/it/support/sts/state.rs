//! What changes while the stand-in runs, behind one lock.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::call::{Call, Outcome};
use super::clock::Clock;
use super::fault::Fault;
use super::identity_center::IdentityCenter;
use super::session::Session;
use super::text;
use super::world::World;

/// A test's own eye on each request.
pub(super) type Hook = Arc<dyn Fn(&Call) + Send + Sync>;

/// What every connection's thread shares with the handle.
pub(super) struct Shared {
    pub(super) clock: Clock,
    state: Mutex<State>,
    arrived: Condvar,
    hook: Mutex<Option<Hook>>,
    stopping: Mutex<bool>,
    stopped: Condvar,
}

/// Everything under the lock.
pub(super) struct State {
    pub(super) world: World,
    /// Sessions by access key id.
    pub(super) sessions: HashMap<String, Session>,
    /// Access key ids of the sessions that were assumed straight with a user's long-lived keys.
    pub(super) direct: HashSet<String>,
    /// Tokens of the federation endpoint: when each ends.
    pub(super) sign_in_tokens: HashMap<String, DateTime<Utc>>,
    /// MFA codes that were accepted: serial and time step.
    pub(super) used_codes: HashSet<(String, u64)>,
    pub(super) calls: Vec<Call>,
    pub(super) faults: VecDeque<Fault>,
    pub(super) latency: Duration,
    pub(super) session_seconds: Option<i64>,
    /// Tokens of the metadata service.
    pub(super) metadata_tokens: HashSet<String>,
    /// What IAM Identity Center knows of clients and sign-ins.
    pub(super) identity_center: IdentityCenter,
    /// When its portal listed something in the last second.
    pub(super) listed: Vec<Instant>,
    pub(super) secrets: BTreeSet<String>,
}

impl State {
    /// Adds the world's secrets to those ever known; a secret that is replaced stays one.
    pub(super) fn remember_secrets(&mut self) {
        for user in &self.world.users {
            self.secrets.insert(user.secret_access_key.clone());
            if let Some(mfa) = &user.mfa {
                self.secrets.insert(text::base32(&mfa.totp_secret));
                self.secrets.insert(text::hex(&mfa.totp_secret));
                self.secrets.extend(String::from_utf8(mfa.totp_secret.clone()));
            }
        }
        let world = &self.world;
        let tokens = world.web_identity_tokens.iter().chain(&world.sso_tokens);
        let tokens = tokens.chain(&world.sso_refresh_token).chain(&world.sign_in_refresh_token);
        self.secrets.extend(tokens.chain(&world.container_token).cloned());
    }
}

impl Shared {
    pub(super) fn new(world: World) -> Self {
        let mut state = State {
            world,
            sessions: HashMap::new(),
            direct: HashSet::new(),
            sign_in_tokens: HashMap::new(),
            used_codes: HashSet::new(),
            calls: Vec::new(),
            faults: VecDeque::new(),
            latency: Duration::ZERO,
            session_seconds: None,
            metadata_tokens: HashSet::new(),
            identity_center: IdentityCenter::default(),
            listed: Vec::new(),
            secrets: BTreeSet::new(),
        };
        state.remember_secrets();
        Self {
            clock: Clock::default(),
            state: Mutex::new(state),
            arrived: Condvar::new(),
            hook: Mutex::new(None),
            stopping: Mutex::new(false),
            stopped: Condvar::new(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Counts a request. An STS request takes the next fault and the latency with it.
    pub(super) fn arrive(&self, mut call: Call) -> (usize, Option<Fault>, Duration) {
        let mut state = self.lock();
        let is_s3 = call.service == "s3";
        call.fault = if is_s3 { None } else { state.faults.pop_front() };
        let fault = call.fault.clone();
        let latency = if is_s3 { Duration::ZERO } else { state.latency };
        state.calls.push(call);
        let index = state.calls.len() - 1;
        drop(state);
        self.arrived.notify_all();
        (index, fault, latency)
    }

    /// Notes what came of a request, and tells the hook.
    pub(super) fn conclude(&self, index: usize, outcome: Outcome, issued: Option<String>) {
        let mut state = self.lock();
        state.calls[index].outcome = outcome;
        state.calls[index].issued = issued;
        let call = state.calls[index].clone();
        drop(state);
        let hook = lock(&self.hook).clone();
        if let Some(hook) = hook {
            hook(&call);
        }
    }

    pub(super) fn set_hook(&self, hook: Hook) {
        *lock(&self.hook) = Some(hook);
    }

    /// Waits until `count` requests for `action` have arrived, or `limit` is over.
    pub(super) fn wait_for(&self, action: &str, count: usize, limit: Duration) -> bool {
        let missing = |state: &mut State| {
            state.calls.iter().filter(|call| call.action == action).count() < count
        };
        let (_state, result) = self
            .arrived
            .wait_timeout_while(self.lock(), limit, missing)
            .unwrap_or_else(PoisonError::into_inner);
        !result.timed_out()
    }

    /// Sleeps; false: the stand-in stops.
    pub(super) fn pause(&self, time: Duration) -> bool {
        let (stopping, _) = self
            .stopped
            .wait_timeout_while(lock(&self.stopping), time, |stopping| !*stopping)
            .unwrap_or_else(PoisonError::into_inner);
        !*stopping
    }

    pub(super) fn begin_stop(&self) {
        *lock(&self.stopping) = true;
        self.stopped.notify_all();
    }

    pub(super) fn is_stopping(&self) -> bool {
        *lock(&self.stopping)
    }
}

/// A test that panicked elsewhere must not hide its reason behind a poisoned lock.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
