//! A strict stand-in for AWS STS on a loopback port.
//!
//! It answers `AssumeRole`, `GetSessionToken` and `GetCallerIdentity` in the words and the XML of
//! the real service, and refuses what the real one refuses: it recomputes every `SigV4` signature
//! from the bytes that arrived, remembers which sessions it issued and when they end, takes each
//! MFA code once, and judges trust, external IDs, durations and role chaining. A request that is
//! signed for S3 is answered as S3 would answer `ListBuckets`, so that `aws s3 ls` can prove that
//! a session works. Beside STS it plays those who give out credentials without it: IAM Identity
//! Center, AWS Sign-In, instance metadata, a container's service (`givers`).
//!
//! ```text
//! server ─ a thread a connection ─ wire (HTTP) ─ fault (what may go wrong on purpose)
//!    └ service ─ auth (sigv4) ─ action ─ assume ─ {validate, trust, mfa} ─ session ─ xml
//! ```
//!
//! What it leaves out: query-string (presigned) signatures, SAML and GetFederationToken, what is
//! inside a web identity's token, identity policies (whom a role trusts may assume it, and its session may do all), and
//! the content of tags beyond their form. Session policies are judged if the world says so (`policies`).

#![allow(
    dead_code,
    unused_imports,
    reason = "two programs include this module and each uses a part of it"
)]

mod action;
mod arn;
mod assume;
mod auth;
mod call;
mod clock;
mod directory;
pub(crate) mod evaluator;
mod fault;
mod federation;
mod givers;
mod identity_center;
mod mfa;
mod policies;
mod s3;
mod server;
mod service;
mod session;
mod sigv4;
mod state;
#[cfg(test)]
mod tests;
mod text;
mod trust;
mod validate;
mod wire;
mod world;
mod xml;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

pub(crate) use call::{Call, Outcome};
pub(crate) use directory::Portal;
pub(crate) use fault::Fault;
pub(crate) use text::{base32, hex};
pub(crate) use world::{Mfa, Person, Role, SignInRules, User, World};

use server::Server;
use state::Shared;

/// The running stand-in. Dropping it closes its port and ends its connections.
pub(crate) struct Sts {
    shared: Arc<Shared>,
    server: Server,
}

impl Sts {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Panics
    /// When no port can be had: a test can't go on without one.
    pub(crate) fn start(world: World) -> Self {
        Self::start_on("127.0.0.1:0", world).expect("a loopback port for the STS stand-in")
    }

    /// Starts on `addr`, which names a port or leaves the choice to the system (`:0`).
    pub(crate) fn start_on(addr: &str, world: World) -> io::Result<Self> {
        let shared = Arc::new(Shared::new(world));
        let server = Server::start(addr, Arc::clone(&shared))?;
        Ok(Self { shared, server })
    }

    /// The URL to give to clients, without a slash at the end.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every request so far in order of arrival, those that were refused included.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.shared.lock().calls.clone()
    }

    /// How many requests for `action` arrived.
    pub(crate) fn count(&self, action: &str) -> usize {
        self.shared.lock().calls.iter().filter(|call| call.action == action).count()
    }

    /// Waits until `count` requests for `action` have arrived, answered or not. False: they had
    /// not after `limit`.
    pub(crate) fn wait_for(&self, action: &str, count: usize, limit: Duration) -> bool {
        self.shared.wait_for(action, count, limit)
    }

    /// Calls `hook` for each request, once its outcome is known.
    pub(crate) fn on_call(&self, hook: impl Fn(&Call) + Send + Sync + 'static) {
        self.shared.set_hook(Arc::new(hook));
    }

    /// Changes users, roles or buckets while the stand-in runs. Sessions that were issued stay.
    pub(crate) fn with_world(&self, change: impl FnOnce(&mut World)) {
        let mut state = self.shared.lock();
        change(&mut state.world);
        state.remember_secrets();
    }

    /// How long an STS request waits between being counted and being judged. S3 does not wait.
    pub(crate) fn set_latency(&self, latency: Duration) {
        self.shared.lock().latency = latency;
    }

    /// Queues one thing that goes wrong; each applies to one STS request, in order of arrival.
    pub(crate) fn fault(&self, fault: Fault) {
        self.shared.lock().faults.push_back(fault);
    }

    /// Takes back the things that were queued and have not gone wrong yet.
    pub(crate) fn forget_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// How many things are queued.
    pub(crate) fn faults_left(&self) -> usize {
        self.shared.lock().faults.len()
    }

    /// The session with this access key id: the role that it is of (none: the user's own), and
    /// when it ends.
    pub(crate) fn session(&self, access_key_id: &str) -> Option<(Option<String>, DateTime<Utc>)> {
        let state = self.shared.lock();
        let session = state.sessions.get(access_key_id)?;
        Some((session.caller.role_arn().map(str::to_owned), session.ends))
    }

    /// Sets the stand-in's clock to real time plus `offset`. It decides all that STS's clock
    /// decides: `Date`, `Expiration`, the judgement of `X-Amz-Date`, the end of sessions, TOTP.
    pub(crate) fn set_clock_offset(&self, offset: chrono::Duration) {
        self.shared.clock.set_offset(offset);
    }

    /// What the stand-in's clock says now.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Gives sessions this many seconds to live, whatever the request asks for (and however short
    /// that is); `None` goes back to what is asked for. `Expiration` always tells the true end.
    pub(crate) fn set_session_seconds(&self, seconds: Option<i64>) {
        self.shared.lock().session_seconds = seconds;
    }

    /// Every secret that the stand-in has known or issued: secret keys, session tokens, and TOTP
    /// secrets in the forms that they can be met in. For checks that none of them leaks.
    pub(crate) fn secrets(&self) -> Vec<String> {
        self.shared.lock().secrets.iter().cloned().collect()
    }

    /// [`Sts::secrets`] for a hook, which can't hold the stand-in itself.
    pub(crate) fn secret_source(&self) -> impl Fn() -> Vec<String> + Send + Sync + use<> {
        let shared = Arc::clone(&self.shared);
        move || shared.lock().secrets.iter().cloned().collect()
    }

    /// Ends every session at once, as AWS does when a role's sessions are revoked.
    pub(crate) fn forget_sessions(&self) {
        self.shared.lock().sessions.clear();
    }

    /// The code that the MFA device `serial` shows at the time `at`.
    ///
    /// # Panics
    /// When no user has this device.
    pub(crate) fn totp(&self, serial: &str, at: DateTime<Utc>) -> String {
        let state = self.shared.lock();
        let device = state.world.device(serial).expect("a user with this MFA device");
        mfa::code(&device.totp_secret, mfa::step(at))
    }

    /// Closes the port and every connection, and waits until their threads are done.
    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }
}
