//! Where a server gets its sessions from: the profile as it is now, through a call like any other verb's.

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    app::{self, ClientNotes, ServedProfile},
    cli::sso::{self, WantedSignIn},
    context::Context,
    error::{Error, Result},
    identity_center::SignInFlags,
    output::{Colors, Streams},
    plan::{Plan, Source},
    prompt::PromptMode,
    serve::{Attempt, ClientLog, HeldSession, SessionSource, Slot},
    session::SessionRequest,
    store::Store,
};

/// How long a person may take to answer. Others wait for it: a `login` in another terminal must still have time
/// to ask there.
const QUESTION_LIMIT: Duration = Duration::from_mins(1);

/// A profile, and what its renewals are made with.
pub(super) struct ProfileSource {
    /// Of the process; each renewal has one of its own.
    pub(super) context: Context,
    pub(super) profile: ServedProfile,
    pub(super) voice: Voice,
}

impl SessionSource for ProfileSource {
    fn session(&self, attempt: Attempt) -> Result<HeldSession> {
        let context = self.context.restarted();
        let deadline = if attempt.may_ask { QUESTION_LIMIT } else { app::HUMAN_DEADLINE };
        let at_least = attempt.at_least;
        let request = SessionRequest { at_least, ..SessionRequest::by(deadline) };
        let served = if attempt.may_ask {
            self.profile.session(&context, request, &mut |context, plan, store| {
                self.voice.sign_in(context, plan, store)
            })?
        } else {
            let context = context.with_var(PromptMode::VARIABLE, PromptMode::NEVER);
            self.profile.session(&context, request, &mut |_, _, _| Ok(false))?
        };
        held(served)
    }

    fn report(&self, slot: &Slot, error: &Error) {
        let message = format!("the session of '{}' can't be renewed: {error}", slot.name());
        let hints = error.hints().iter().cloned();
        let error = hints.fold(Error::new(error.kind(), message), Error::hint);
        self.voice.speak(|streams| streams.report(&error));
    }
}

/// Returns the session as it is handed out.
pub(super) fn held(served: app::Served) -> Result<HeldSession> {
    let app::Served { plan, acquired, notes, confirmed, .. } = served;
    let Some(lifetime) = acquired.lifetime else {
        return Err(Error::config("the credentials don't expire"));
    };
    let role_arn = plan.hops.last().map(|hop| hop.role_arn.clone());
    let log = Arc::new(Clients(Mutex::new(notes)));
    Ok(HeldSession { credentials: acquired.credentials, lifetime, role_arn, log, confirmed })
}

/// The clients of the server, for the log of hand-outs.
struct Clients(Mutex<ClientNotes>);

impl Clients {
    fn notes(&self) -> MutexGuard<'_, ClientNotes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientLog for Clients {
    fn wants(&self, is_first: bool) -> bool {
        self.notes().want(is_first)
    }

    fn note(&self, process: Option<u32>, is_first: bool) {
        self.notes().note(process, is_first);
    }
}

/// Speaks on standard error alone: standard output has nothing but the variables.
#[derive(Clone, Copy)]
pub(super) struct Voice {
    pub(super) colors: Colors,
}

impl Voice {
    fn speak<T>(self, words: impl FnOnce(&mut Streams<'_>) -> T) -> T {
        let (mut stdout, mut stderr) = (io::sink(), io::stderr());
        words(&mut Streams { stdout: &mut stdout, stderr: &mut stderr, colors: self.colors })
    }

    /// Signs in to IAM Identity Center if a person can be there.
    pub(super) fn sign_in(self, context: &Context, plan: &Plan, store: &dyn Store) -> Result<bool> {
        let is_allowed = PromptMode::of(context).is_ok_and(|mode| mode != PromptMode::Never);
        let can_ask = is_allowed && (context.stderr_is_terminal() || context.has_display());
        let Source::Sso(role) = &plan.base.source else { return Ok(false) };
        if !can_ask {
            return Ok(false);
        }
        let flags = SignInFlags::default();
        let (session, settings) = (&role.session, &plan.aws);
        let wanted = WantedSignIn { session, settings, store, flags, aws_cache: false };
        self.speak(|streams| sso::sign_in(context, &wanted, streams))?;
        Ok(true)
    }
}
