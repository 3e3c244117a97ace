//! Creates a session: one call, its answer checked against the clock, stored and recorded.

mod answer;
mod assume;
mod describe;
mod fetch;
mod maker;
mod mfa;
mod own_keys;
mod provider_files;
mod sent_codes;
mod sign_in;

pub(super) use maker::Maker;
pub(crate) use maker::endpoint;
pub(crate) use own_keys::expired_in_file;
pub(crate) use provider_files::console_session_file;

use self::{
    describe::{Attempt, Created},
    maker::{NewSession, SessionOf},
};
use super::{
    entry::Entry,
    find::{Finder, waiting_for_store},
    record::Circumstances,
    request::{Acquired, BaseAnswer, Origin, StepRequest},
    sweep::sweep,
};
use crate::{
    error::Result,
    identity_center::sign_in_id,
    plan::{Plan, Source, Step},
    store::{self, ErrorKind, NewItem},
};

impl Maker<'_> {
    /// Creates the session of `step` and stores it. The caller holds its lock, if locks can be
    /// used. `session_of` returns the session of the previous step.
    pub(super) fn make(
        &self,
        step: &StepRequest<'_>,
        session_of: &SessionOf<'_>,
    ) -> Result<Acquired> {
        let (state, key) = (&self.finder.state, step.key());
        let mut record = state.record(key);
        record.holder = Some(std::process::id());
        state.write_record(key, &record);
        let result = match step.step() {
            Step::Fetch(base) => self.fetch(step, base),
            Step::Mfa(mfa) => self.mfa_session(step, mfa),
            Step::Session(session) => self.key_session(step, session),
            Step::Assume(hop) => self.assume(step, hop, session_of),
        };
        let attempt = Attempt { step, ended: self.now() };
        record.holder = None;
        // If Ctrl-Z stopped the job at a prompt, it prompts again later: waiters learn nothing yet.
        if !self.stopped.get() {
            record.generation += 1;
        }
        let session = match result {
            Ok(session) => session,
            Err(error) => {
                if !self.stopped.get() {
                    attempt.note_failure(&mut record, &error);
                }
                state.write_record(key, &record);
                return Err(error);
            }
        };
        // A session of somebody who has signed in meanwhile doesn't belong under this key.
        let store = if self.is_key_right(step) { self.put(step, &session) } else { None };
        let circumstances = self.circumstances(step);
        attempt.note_success(&mut record, Created { session: &session, store, circumstances });
        state.write_record(key, &record);
        // Once per call: a long chain creates many sessions.
        if step.is_last() {
            sweep(&self.finder, key, &record);
        }
        let NewSession { credentials, lifetime } = session;
        let (origin, is_code_typed) = (Origin::Minted, false);
        Ok(Acquired { credentials, lifetime, origin, store, key: None, is_code_typed })
    }

    /// Whether the base still says what the key of `step` was made of.
    fn is_key_right(&self, step: &StepRequest<'_>) -> bool {
        let Finder { context, store, .. } = self.finder;
        match (step.of.base, &step.plan().base.source) {
            (BaseAnswer::SignIn(id), Source::Sso(role)) => {
                id.is_some() && *id == sign_in_id(context, Some(store), &role.session)
            }
            _ => true,
        }
    }

    /// Stores a new session; returns the store's name. A store that fails causes a warning, never
    /// the loss of the credentials. Credentials without an expiration are not stored, because they
    /// may be a user's long-lived keys.
    fn put(&self, step: &StepRequest<'_>, session: &NewSession) -> Option<&'static str> {
        let name = step.step().name();
        let label = format!("rolecall session for {name}");
        let (credentials, lifetime) = (session.credentials.clone(), session.lifetime?);
        let bytes = Entry { credentials, lifetime }.to_bytes(step.key());
        let item = NewItem { label: &label, secret: &bytes, ends: Some(lifetime.ends) };
        let options = self.finder.options(step.deadline(), !step.of.is_early_renewal);
        let waiting = waiting_for_store(self.finder.context, self.finder.store, options);
        let stored = self.finder.store.put(step.key().as_str(), &item, options);
        drop(waiting);
        match stored {
            Ok(name) => (name != store::none::NAME).then_some(name),
            Err(error) => {
                let advice = match error.kind {
                    ErrorKind::Locked => "; unlock it to save sessions",
                    ErrorKind::Full | ErrorKind::Denied | ErrorKind::Unavailable => "",
                };
                let whose = match step.step() {
                    Step::Mfa(_) => format!("MFA session of {}", step.plan().base.profile),
                    _ => format!("session of {name}"),
                };
                let text = format!("the {whose} could not be saved: {error}{advice}");
                self.finder.state.warn(text);
                None
            }
        }
    }

    fn circumstances(&self, step: &StepRequest<'_>) -> Circumstances {
        let plan = step.plan();
        let (session_name, base) = match step.step() {
            // A session from before the command or start URL was edited is replaced, too.
            Step::Fetch(_) => (String::new(), String::new()),
            Step::Mfa(mfa) => (mfa.serial.clone(), base_of(plan)),
            Step::Session(_) => (String::new(), base_of(plan)),
            Step::Assume(hop) => (hop.session_name.clone(), base_of(plan)),
        };
        Circumstances {
            config_file: self.config_file.clone(),
            endpoint_url: plan.aws.endpoint_url.clone(),
            session_name,
            adjusted: plan.adjusted && step.is_last(),
            base,
            position: step.index,
        }
    }
}

/// Returns the identity of the first credentials of `plan`, in one line.
fn base_of(plan: &Plan) -> String {
    let identity = plan.base.source.identity();
    let values: Vec<&str> = identity.into_iter().filter_map(|(_, value)| value).collect();
    values.join(" ")
}
