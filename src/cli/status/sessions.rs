//! The sessions that `rolecall status` shows.

use crate::{
    context::Context,
    error::{Error, Result},
    plan::{Environment, Plan, Request, resolve},
    profile::{Files, ProfileSet, Which},
    session::{Freshness, Overview, ProfileSessions, SessionKey, SessionRecord, known_keys},
};

fn plan_of(context: &Context, files: &Files, name: &str) -> Result<Plan> {
    resolve(&Request::profile(name), &ProfileSet::new(files), Environment::of(context))
}

/// The profile that was named, and its sessions.
pub(super) struct Wanted {
    pub(super) name: String,
    config_file: Option<String>,
    /// What it resolves to; or the error of a profile that is gone or broken, which may still have
    /// sessions.
    pub(super) plan: Result<Plan>,
    /// The keys of its sessions, its own last; `None` if they aren't known.
    keys: Option<Vec<SessionKey>>,
}

impl Wanted {
    pub(super) fn new(context: &Context, files: Option<&Files>, name: String) -> Self {
        let unread = || Err(Error::config("the AWS files can't be read"));
        let plan = files.map_or_else(unread, |files| plan_of(context, files, &name));
        let config_file = files.map(|files| files.config.path.display().to_string());
        Self { name, config_file, plan, keys: None }.with_keys(context)
    }

    /// Like [`Self::new`], with what is needed of both files, which are read for that.
    pub(super) fn look_up(context: &Context, name: String) -> Self {
        let found = Files::look_up(context, |files| plan_of(context, files, &name));
        let path = Which::Config.path(context).ok();
        let config_file = path.map(|path| path.display().to_string());
        let plan = found.map(|(_, plan)| plan);
        Self { name, config_file, plan, keys: None }.with_keys(context)
    }

    fn with_keys(self, context: &Context) -> Self {
        let keys = self.plan.as_ref().ok().and_then(|plan| known_keys(context, plan));
        Self { keys, ..self }
    }

    /// Returns why the profile never has a session, if it doesn't.
    pub(super) fn needs_none(&self) -> Option<&'static str> {
        let plan = self.plan.as_ref().ok()?;
        match plan.steps() {
            0 => Some("it has access keys, and needs no session"),
            1 if plan.base.source.is_asked_each_time() => {
                Some("its source is called each time, and nothing is stored")
            }
            _ => None,
        }
    }

    /// Returns what its sessions are known by.
    pub(super) fn known(&self) -> ProfileSessions<'_> {
        ProfileSessions { name: &self.name, keys: self.keys.as_deref().unwrap_or_default() }
    }

    fn takes(&self, key: &SessionKey, record: &SessionRecord) -> bool {
        let is_step = self.keys.as_ref().is_some_and(|keys| keys.contains(key));
        is_step || record.profile.as_ref() == Some(&self.name)
    }

    /// Returns the session that the profile's callers get: that of its last step or, if its key isn't
    /// known, the newest one made for a profile of this name.
    fn own<'r>(&self, records: &[(&'r SessionKey, &'r SessionRecord)]) -> Option<&'r SessionKey> {
        let found = match &self.keys {
            Some(keys) => records.iter().find(|(key, _)| Some(*key) == keys.last()),
            None => {
                records.iter().filter(|(_, record)| self.made(record)).max_by_key(|(_, r)| r.minted)
            }
        };
        found.map(|(key, _)| *key)
    }

    /// Whether `record` describes a session made for this profile as it was in the files.
    fn made(&self, record: &SessionRecord) -> bool {
        let circumstances = &record.circumstances;
        let is_of_file =
            self.config_file.as_ref().is_none_or(|file| *file == circumstances.config_file);
        record.profile.as_ref() == Some(&self.name) && !circumstances.adjusted && is_of_file
    }
}

/// A stored session that has not expired.
pub(super) struct Session<'r> {
    pub(super) key: &'r SessionKey,
    pub(super) record: &'r SessionRecord,
    pub(super) freshness: Freshness,
    /// Whether it is what callers of the named profile get.
    pub(super) own: bool,
}

/// Returns the sessions to show, the named profile's own first.
pub(super) fn sessions<'r>(
    context: &Context,
    overview: &'r Overview,
    wanted: Option<&Wanted>,
) -> Vec<Session<'r>> {
    let now = context.now();
    let records = overview.records.iter().map(|(key, record)| (key, record));
    let records: Vec<_> = records
        .filter(|(key, record)| wanted.is_none_or(|wanted| wanted.takes(key, record)))
        .filter(|(_, record)| record.kept_until().is_some_and(|ends| ends > now))
        .collect();
    let own = wanted.and_then(|wanted| wanted.own(&records));
    let session = |(key, record): (&'r SessionKey, &'r SessionRecord)| Session {
        key,
        record,
        freshness: record.freshness(now),
        own: Some(key) == own,
    };
    let mut sessions: Vec<_> = records.into_iter().map(session).collect();
    sessions.sort_by_key(|session| !session.own);
    sessions
}
