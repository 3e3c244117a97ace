//! Hands out credentials: the only place where they leave rolecall.

use std::path::Path;

use chrono::SubsecRound as _;

use crate::{
    audit::{self, Entry, Given},
    context::{Caller, Context},
    error::Result,
    plan::{Audit, Plan, Source},
    rules::{account_of, account_of_key_id},
    session::{Acquired, ConfirmRequest, Confirmed, Origin, SessionRequest},
};

/// Credentials of a profile that are about to leave rolecall, for a program, a file or a browser.
///
/// Every verb that gives credentials away gets them here; `tests/it/hand_outs.rs` fails if one goes around it.
/// Verbs that use credentials only to ask AWS something themselves, such as `whoami`, don't need it.
///
/// What belongs here holds for all of these verbs, and knows nothing of how they print. What can refuse a
/// hand-out runs before the session is searched or created, so that a refusal costs no call to AWS, unless an MFA
/// code is the answer; what notes one runs when the credentials are there, before anyone else has them.
#[derive(Clone, Copy)]
pub(crate) struct HandOut<'h> {
    /// The process's context.
    pub(crate) context: &'h Context,
    /// Whose credentials.
    pub(crate) plan: &'h Plan,
    /// The verb that hands them out, and to whom.
    pub(crate) way: Way<'h>,
    /// The request for the session.
    pub(crate) request: SessionRequest,
}

/// How credentials are handed out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Way<'h> {
    /// The verb, as users write it: `exec --serve`.
    pub(crate) verb: &'static str,
    /// Who gets them.
    pub(crate) to: Recipient<'h>,
}

/// Who gets credentials.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Recipient<'h> {
    /// The program that called this one.
    Caller,
    /// This program, which replaces this process or is started by it.
    Program(&'h Path),
    /// The clients of a server, each of which is noted when it has them: see [`ClientNotes`].
    Clients,
}

impl<'h> Recipient<'h> {
    /// The program that this one runs.
    fn program(self) -> Option<&'h Path> {
        match self {
            Self::Program(program) => Some(program),
            Self::Caller | Self::Clients => None,
        }
    }
}

impl Way<'static> {
    /// Returns the way to the program that called this one.
    pub(crate) fn to_caller(verb: &'static str) -> Self {
        Self { verb, to: Recipient::Caller }
    }
}

impl HandOut<'_> {
    /// Returns the credentials that `acquire` returns, for the verb to hand out.
    ///
    /// # Errors
    /// Those of `acquire`, and of [`ConfirmRequest::confirmed`].
    pub(crate) fn of(self, acquire: impl FnOnce() -> Result<Acquired>) -> Result<Acquired> {
        Ok(self.confirmed(acquire)?.0)
    }

    /// Like [`Self::of`], and also returns how long they may be handed out.
    ///
    /// # Errors
    /// Those of [`Self::of`].
    pub(crate) fn confirmed(
        self,
        acquire: impl FnOnce() -> Result<Acquired>,
    ) -> Result<(Acquired, Confirmed)> {
        let (acquired, confirmed) = self.ask(false, acquire)?;
        self.note(&acquired);
        Ok((acquired, confirmed))
    }

    /// Returns the credentials that `acquire` returns, which are not handed out now, and how long others may hand
    /// them out: a person is asked for these.
    ///
    /// # Errors
    /// Those of [`Self::of`].
    pub(crate) fn ahead(
        self,
        acquire: impl FnOnce() -> Result<Acquired>,
    ) -> Result<(Acquired, Confirmed)> {
        self.ask(true, acquire)
    }

    /// Returns the notes about the session in `acquired`, for a server.
    pub(super) fn client_notes(&self, acquired: &Acquired) -> ClientNotes {
        let Self { context, plan, way: Way { verb, .. }, .. } = *self;
        let entry = entry(plan, acquired, verb);
        ClientNotes { context: context.restarted(), entry, verb, audit: plan.audit }
    }

    fn ask(
        &self,
        is_ahead: bool,
        acquire: impl FnOnce() -> Result<Acquired>,
    ) -> Result<(Acquired, Confirmed)> {
        let Self { context, plan, way: Way { verb, to }, request } = *self;
        ConfirmRequest { context, plan, verb, program: to.program(), request, is_ahead }
            .confirmed(acquire)
    }

    /// Notes what is handed out in the log, if the profile wants that.
    fn note(&self, acquired: &Acquired) {
        let Self { context, plan, way: Way { verb, to }, request: _ } = *self;
        let is_new = acquired.origin != Origin::Stored;
        if !is_wanted(plan.audit, is_new) {
            return;
        }
        let entry = entry(plan, acquired, verb);
        let entry = match to {
            Recipient::Caller => to_caller(context, entry),
            Recipient::Program(program) => to_program(context, entry, program),
            Recipient::Clients => return,
        };
        write(context, entry, verb);
    }
}

/// A long-lived key that leaves rolecall without a plan: to be moved elsewhere.
pub(crate) struct KeyHandOut<'h> {
    /// The process's context.
    pub(crate) context: &'h Context,
    /// The profile that has it.
    pub(crate) profile: &'h str,
    /// Its ID.
    pub(crate) access_key_id: &'h str,
    /// Which hand-outs of the profile are noted.
    pub(crate) audit: Audit,
    /// The verb that hands it out.
    pub(crate) verb: &'static str,
}

impl KeyHandOut<'_> {
    /// Notes it, if the profile wants that.
    pub(crate) fn note(&self) {
        let Self { context, profile, access_key_id, audit, verb } = *self;
        if !is_wanted(audit, true) {
            return;
        }
        let entry = Entry {
            verb: verb.to_owned(),
            profile: Some(profile.to_owned()),
            account_id: account_of_key_id(access_key_id),
            access_key_id: access_key_id.to_owned(),
            given: Given::Keys,
            ..Entry::default()
        };
        write(context, to_caller(context, entry), verb);
    }
}

/// What a server notes of the clients that get a session.
pub(crate) struct ClientNotes {
    context: Context,
    entry: Entry,
    verb: &'static str,
    audit: Audit,
}

impl ClientNotes {
    /// Whether to log a hand-out: the session's first one, or a later one.
    pub(crate) fn want(&self, is_first: bool) -> bool {
        is_wanted(self.audit, is_first)
    }

    /// Notes that a process has got the session; `None`: it is not known which. `given` is `Stored` unless it is
    /// the session's first client.
    pub(crate) fn note(&self, process: Option<u32>, is_first: bool) {
        let given = if is_first { self.entry.given } else { Given::Stored };
        let entry = Entry { given, ..self.entry.clone() };
        let entry = match process.and_then(Caller::of) {
            Some(caller) => entry.to(caller),
            None => Entry { pid: process, ..entry },
        };
        write(&self.context, entry, self.verb);
    }
}

fn is_wanted(audit: Audit, is_new: bool) -> bool {
    match audit {
        Audit::All => true,
        Audit::New => is_new,
        Audit::Off => false,
    }
}

/// Returns what is known before it is known who gets the credentials.
fn entry(plan: &Plan, acquired: &Acquired, verb: &str) -> Entry {
    let credentials = &acquired.credentials;
    let hop = plan.hops.last();
    let role = match (hop, &plan.base.source) {
        (Some(hop), _) => Some(hop.role_arn.clone()),
        (None, Source::Sso(role)) => Some(role.role_name.clone()),
        (None, _) => None,
    };
    let account = hop.and_then(|hop| account_of(&hop.role_arn)).map(str::to_owned);
    let account = account.or_else(|| account_of_key_id(&credentials.access_key_id));
    Entry {
        verb: verb.to_owned(),
        profile: plan.profile.clone(),
        role,
        account_id: credentials.account_id.clone().or(account),
        session_name: hop.map(|hop| hop.session_name.clone()),
        access_key_id: credentials.access_key_id.clone(),
        expiration: credentials.expiration,
        given: match acquired.origin {
            Origin::Keys => Given::Keys,
            Origin::Stored => Given::Stored,
            Origin::Minted => Given::New,
        },
        ..Entry::default()
    }
}

fn to_caller(context: &Context, entry: Entry) -> Entry {
    // It called from this folder, wherever it is itself.
    let folder = context.current_folder();
    match context.caller() {
        Some(caller) => entry.to(Caller { folder, ..caller }),
        None => entry.in_folder(folder),
    }
}

/// The program takes the place of this process, whose caller starts it.
fn to_program(context: &Context, entry: Entry, program: &Path) -> Entry {
    let parent = context.caller().map(Caller::into_parent);
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = context.current_folder();
    // Where the program does not take its place, it has another number.
    let process = if cfg!(unix) { std::process::id() } else { 0 };
    let path = Some(program.to_owned());
    let entry = entry.to(Caller { program: name, process, folder, path, parent });
    Entry { pid: entry.pid.filter(|pid| *pid > 0), ..entry }
}

/// Writes an entry. If that fails, the credentials are handed out all the same: people are told, and the log of
/// messages, if that can be written to.
fn write(context: &Context, entry: Entry, verb: &str) {
    let entry = Entry {
        time: context.now().trunc_subsecs(3),
        agent: context.agent_mark().map(str::to_owned),
        ..entry
    };
    if let Err(error) = audit::note(context, &entry) {
        let warning = format!("the hand-out could not be logged: {error}");
        audit::report(context, &warning);
        // Callers of that verb parse what it writes to stderr.
        if verb != "credential-process" {
            context.warn_later(warning);
        }
    }
}
