//! The memory that requests are answered from: the session of one profile.

use std::{
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::{sync::watch, time::timeout};

use super::{answer::Answer, held::HeldSession};
use crate::{context::wall_now, error::Error};

/// How long a request waits for a session if there is none: less than boto3 does, which gives up after two
/// seconds.
const ANSWER_LIMIT: Duration = Duration::from_millis(1200);
/// How long the thread that renews sleeps at most. A clock that was set, or a machine that slept, is
/// noticed by then.
const LONGEST_SLEEP: Duration = Duration::from_secs(20);

/// What is known about a profile's session.
#[derive(Default)]
pub(super) struct Memory {
    pub(super) session: Option<HeldSession>,
    /// Why the last attempt to renew it failed, until one succeeds.
    pub(super) failure: Option<Error>,
    /// Whether a request found no session since the last attempt.
    pub(super) is_wanted: bool,
    /// Whether a person is being asked, which can take long.
    pub(super) is_asking: bool,
    pub(super) is_closed: bool,
}

/// A profile that is served.
pub(crate) struct Slot {
    /// The profile or role, for messages.
    name: String,
    memory: Mutex<Memory>,
    wake: Condvar,
    /// Counts the attempts to renew the session.
    attempts: watch::Sender<u64>,
    /// Whether the session may be handed out only once, and has been.
    is_spent: AtomicBool,
    /// The access key of the session that a client got last.
    last_key: Mutex<String>,
}

impl Slot {
    /// Returns the slot of the profile `name`, with its first session.
    pub(crate) fn new(name: String, session: HeldSession) -> Self {
        let memory = Memory { session: Some(session), ..Memory::default() };
        let (attempts, _) = watch::channel(0);
        Self {
            name,
            memory: Mutex::new(memory),
            wake: Condvar::new(),
            attempts,
            is_spent: AtomicBool::new(false),
            last_key: Mutex::default(),
        }
    }

    /// Returns the name of the profile or role.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Ends the thread that renews the session, and forgets it.
    pub(crate) fn close(&self) {
        let mut memory = self.memory();
        *memory = Memory { is_closed: true, ..Memory::default() };
        self.wake.notify_all();
    }

    /// Whether a request would get a session now.
    pub(super) fn is_ready(&self) -> bool {
        let memory = self.memory();
        memory.session.as_ref().is_some_and(|session| session.is_usable(wall_now()))
    }

    /// Marks the session as handed out; `false` if it was already.
    pub(super) fn spend(&self) -> bool {
        !self.is_spent.swap(true, Ordering::SeqCst)
    }

    /// Marks the session with this access key as handed out to a client. Returns whether that is its first.
    pub(super) fn is_first_client(&self, access_key_id: &str) -> bool {
        let mut last = self.last_key.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = *last != access_key_id;
        access_key_id.clone_into(&mut last);
        is_first
    }

    /// Whether the session was handed out, if it may be only once.
    pub(super) fn is_spent(&self) -> bool {
        self.is_spent.load(Ordering::SeqCst)
    }

    /// Returns the answer to a request. If there is no session, wakes the thread that renews it, and waits a
    /// moment for what it finds.
    pub(super) async fn answer(&self) -> Answer {
        let mut attempts = self.attempts.subscribe();
        if let Some(answer) = self.session_now() {
            return answer;
        }
        if self.want() {
            // The sender is in this slot, so it can't be gone.
            drop(timeout(ANSWER_LIMIT, attempts.changed()).await);
        }
        if let Some(answer) = self.session_now() {
            return answer;
        }
        match &self.memory().failure {
            Some(error) => Answer::failure(error, &self.name),
            None => Answer::not_yet(),
        }
    }

    fn session_now(&self) -> Option<Answer> {
        let memory = self.memory();
        let session = memory.session.as_ref().filter(|session| session.is_usable(wall_now()));
        session.map(Answer::session)
    }

    /// Asks for an attempt to renew the session. Returns whether one may come soon.
    fn want(&self) -> bool {
        let mut memory = self.memory();
        memory.is_wanted = true;
        self.wake.notify_all();
        !memory.is_asking
    }

    /// Changes what is known after an attempt, and wakes the requests that wait for it.
    pub(super) fn update(&self, change: impl FnOnce(&mut Memory)) {
        let mut memory = self.memory();
        if !memory.is_closed {
            memory.is_wanted = false;
            memory.is_asking = false;
            change(&mut memory);
        }
        drop(memory);
        self.attempts.send_modify(|attempts| *attempts += 1);
    }

    /// Waits until `time_of` what is known has come, by the wall clock (`None`: never). Returns what it
    /// returned beside the time, or `None` when the slot is closed.
    pub(super) fn wait<T>(
        &self,
        mut time_of: impl FnMut(&Memory) -> (Option<DateTime<Utc>>, T),
    ) -> Option<T> {
        let mut memory = self.memory();
        loop {
            if memory.is_closed {
                return None;
            }
            let (time, result) = time_of(&memory);
            let left = time.map(|time| time - wall_now());
            let left = left.map(|left| left.to_std().unwrap_or_default());
            if left.is_some_and(|left| left.is_zero()) {
                return Some(result);
            }
            if memory.is_wanted && left.is_none_or(|left| left > ANSWER_LIMIT) {
                // The request gets the reason at once.
                memory.is_wanted = false;
                self.attempts.send_modify(|attempts| *attempts += 1);
            }
            let sleep = left.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
            let waited = self.wake.wait_timeout(memory, sleep);
            memory = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
