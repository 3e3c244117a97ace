//! Deletes the sessions of profiles.

use super::store_by_name;
use crate::{
    context::Context,
    error::{Error, Result},
    plan::{Environment, Request, resolve},
    profile::{Exported, Files, ProfileSet, remove_exports},
    session::{Forgetter, Forgotten, SessionRecord},
};

/// Which sessions to delete, besides those of the named profiles.
#[derive(Clone, Copy)]
pub(crate) struct LogOut<'l> {
    pub(crate) context: &'l Context,
    pub(crate) files: &'l Files,
    /// Whether to delete all sessions that there are.
    pub(crate) all: bool,
    /// Whether to delete MFA sessions, too, which several profiles may share.
    pub(crate) mfa: bool,
}

/// What was deleted.
pub(crate) struct LoggedOut {
    /// The sessions.
    pub(crate) records: Vec<SessionRecord>,
    /// The profiles whose approvals to hand out credentials were deleted.
    pub(crate) confirmations: Vec<String>,
    /// The sessions in the credentials file.
    pub(crate) exports: Vec<Exported>,
    /// The first error; what could be deleted is.
    pub(crate) outcome: Result<()>,
    /// Whether there are records of sessions: without them, sessions of profiles that have changed aren't found.
    pub(crate) has_records: bool,
    /// Whether sessions are left.
    pub(crate) has_sessions: bool,
}

impl LogOut<'_> {
    /// Deletes the sessions of the profiles, or of roles, with these names.
    pub(crate) fn run(&self, mut names: Vec<String>) -> LoggedOut {
        let Self { context, files, all, mfa } = *self;
        let forgetter = Forgetter::new(context, store_by_name);
        let set = ProfileSet::new(files);
        let mut done = if all { forgetter.forget_all() } else { Forgotten::nothing() };
        if all {
            // Records can be lost, so delete the sessions of every current profile, too.
            names.extend(set.names().into_iter().map(std::borrow::Cow::into_owned));
        }
        let environment = Environment::of(context);
        for name in &names {
            let plan = resolve(&Request::profile(&**name), &set, environment);
            let Forgotten { mut records, mut confirmations, outcome } =
                forgetter.forget(name, plan.as_ref().ok(), mfa || all);
            // A profile that is now gone or broken may still have sessions; a name without any is a
            // typo.
            let found = !(records.is_empty() && confirmations.is_empty())
                || outcome.is_err()
                || all
                || name.starts_with("arn:");
            done.records.append(&mut records);
            done.confirmations.append(&mut confirmations);
            let typo = if found { Ok(()) } else { plan.map(drop) };
            done.outcome = done.outcome.and(outcome).and(typo);
        }
        let exports = remove_exports(context, files, &|export| {
            all || names.iter().any(|name| [&export.name, &export.source].contains(&name))
        });
        let (exports, removed) = match exports {
            Ok(exports) => (exports, Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        LoggedOut {
            records: done.records,
            confirmations: done.confirmations,
            exports,
            outcome: done.outcome.and(removed),
            has_records: forgetter.has_records(),
            has_sessions: forgetter.has_sessions(),
        }
    }
}

/// What became of the session of a profile that no longer has its name.
pub(crate) struct ForgottenName {
    pub(crate) name: String,
    /// Whether there was a session.
    pub(crate) had_session: bool,
    /// Why it may still be in its store.
    pub(crate) error: Option<Error>,
}

/// Deletes the sessions of profiles that no longer have these names, but not those that others share with them.
pub(crate) fn forget_names(context: &Context, names: &[String]) -> Vec<ForgottenName> {
    if names.is_empty() {
        return Vec::new();
    }
    let forgetter = Forgetter::new(context, store_by_name);
    let forget = |name: &String| {
        let Forgotten { records, outcome, .. } = forgetter.forget(name, None, false);
        let (name, had_session) = (name.clone(), !records.is_empty());
        ForgottenName { name, had_session, error: outcome.err() }
    };
    names.iter().map(forget).collect()
}
