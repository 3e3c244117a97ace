//! From a request to a plan, and the sessions to run it with.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use super::{HandOut, Way};
use crate::{
    aws::Sdk,
    context::Context,
    error::{Error, Kind, Result},
    output::escape,
    plan::{self, Environment, Plan, Request, Source, SsoRole, resolve_handed_out},
    profile::{Files, ProfileSet},
    session::{Acquired, SessionContext, SessionRequest, Sessions},
    store::Store,
};

/// How long `credential-process` may take, counted from the start of the process: the AWS SDK for
/// Go kills it after 60 s.
pub(crate) const HELPER_DEADLINE: Duration = Duration::from_secs(50);
/// How long an interactive command may take.
pub(crate) const HUMAN_DEADLINE: Duration = Duration::from_mins(2);

/// How long verbs for people wait for the answer to one call to AWS. A person's answer may take longer.
pub(crate) const CALL_LIMIT: Duration = Duration::from_secs(30);

/// Returns a request for a session as verbs for people make it.
pub(crate) fn human_request() -> SessionRequest {
    SessionRequest {
        call_limit: Some(CALL_LIMIT),
        on_wait: Some(report_wait),
        ..SessionRequest::by(HUMAN_DEADLINE)
    }
}

/// Tells the user what is being waited for, in the middle of a call that has no streams.
fn report_wait(message: &str) {
    drop(writeln!(io::stderr(), "waiting: {}", escape(message)));
}

/// Reads both files and resolves `request` to the plan of credentials that are handed out: those of a coding agent
/// are narrowed as the profile says.
pub(crate) fn plan(context: &Context, request: &Request) -> Result<(Files, Plan)> {
    Files::look_up(context, |files| {
        resolve_handed_out(request, &ProfileSet::new(files), Environment::of(context))
    })
}

/// Returns `error` with hints about misspelt keys in the profiles of `plan`, if AWS refused it: a
/// misspelt external ID or MFA serial is not sent.
pub(crate) fn with_misspelt_keys(error: Error, files: &Files, plan: &Plan) -> Error {
    if error.kind() != Kind::Denied {
        return error;
    }
    plan::with_misspelt_keys(error, &plan.chain, &ProfileSet::new(files))
}

/// A resolved profile, with the files that it was read from and the store of its sessions.
pub(crate) struct Resolved<'c> {
    pub(crate) context: &'c Context,
    pub(crate) store: Box<dyn Store>,
    pub(crate) files: Files,
    pub(crate) plan: Plan,
}

impl<'c> Resolved<'c> {
    /// Reads both files and resolves `request`.
    pub(crate) fn of(
        context: &'c Context,
        store: Box<dyn Store>,
        request: &Request,
    ) -> Result<Self> {
        let (files, plan) = plan(context, request)?;
        Ok(Self { context, store, files, plan })
    }

    /// Returns a session of the profile for a verb to hand out. Problems that are not errors go to `warn`.
    pub(crate) fn hand_out(
        &self,
        way: Way<'_>,
        request: SessionRequest,
        warn: impl FnMut(&str),
    ) -> Result<Acquired> {
        let Self { context, plan, .. } = self;
        HandOut { context, plan, way, request }.of(|| self.acquire(request, warn))
    }

    /// Returns a session of the profile, for rolecall's own calls to AWS; see [`Self::hand_out`]. Problems that
    /// are not errors go to `warn`.
    pub(crate) fn acquire(
        &self,
        request: SessionRequest,
        mut warn: impl FnMut(&str),
    ) -> Result<Acquired> {
        let Self { context, store, files, plan } = self;
        let sessions = sessions(context, &**store, files);
        let acquired = sessions.acquire(plan, request);
        for warning in sessions.take_warnings() {
            warn(&warning);
        }
        acquired.map_err(|error| with_misspelt_keys(error, files, plan))
    }
}

/// A session that is wanted for a plan, which may need a sign-in to IAM Identity Center first.
#[derive(Clone, Copy)]
pub(crate) struct Acquisition<'a> {
    pub(crate) context: &'a Context,
    pub(crate) sessions: &'a Sessions<'a>,
    /// What the plan was resolved from.
    pub(crate) files: &'a Files,
    pub(crate) plan: &'a Plan,
    pub(crate) request: SessionRequest,
}

impl Acquisition<'_> {
    /// Returns the session. If it can't be had without a sign-in, `sign_in` gets the role and asks a person to sign
    /// in; it returns whether that was done, and if so, the session is created with a deadline of its own.
    ///
    /// # Errors
    /// Those of [`Sessions::acquire`], with the misspelt keys of the profile, and those of `sign_in`.
    pub(crate) fn signing_in(
        self,
        sign_in: impl FnOnce(&SsoRole) -> Result<bool>,
    ) -> Result<Acquired> {
        let Self { context, sessions, files, plan, request } = self;
        let acquired = sessions.acquire(plan, request).or_else(|error| {
            match &plan.base.source {
                // Only a sign-in can be missing there, for MFA does not pass through a role.
                Source::Sso(role) if error.kind() == Kind::NeedsHuman && sign_in(role)? => {
                    let deadline = context.elapsed() + HUMAN_DEADLINE;
                    sessions.acquire(plan, SessionRequest { deadline, ..request })
                }
                _ => Err(error),
            }
        });
        acquired.map_err(|error| with_misspelt_keys(error, files, plan))
    }
}

/// Returns the sessions that belong to the config file of `files`.
pub(crate) fn sessions<'a>(
    context: &'a Context,
    store: &'a dyn Store,
    files: &Files,
) -> Sessions<'a> {
    let config_file = files.config.path.display().to_string();
    Sessions::new(SessionContext { context, store, aws: &Sdk, config_file })
}
