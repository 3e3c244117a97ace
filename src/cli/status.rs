//! `rolecall status`: sessions and the log's last lines; for people, the stores as well.
//!
//! The JSON is for shell prompts, which wait for it at each line: it only reads the state files and,
//! for a named profile, the two config files.

use serde_json::{Value, json};

use super::{
    args::{self, Output},
    status_table::{self, Shown},
};
use crate::{
    app::Selection,
    context::Context,
    credentials::rfc3339,
    error::{Error, Result},
    output::Streams,
    plan::{Environment, Request, resolve},
    profile::{Files, ProfileSet},
    session::{Freshness, Overview, SessionKey, SessionRecord},
    store::auto::StoreCheck,
};

/// How many lines of the log to show.
const LOG_LINES: usize = 3;

pub(super) fn run(
    context: &Context,
    selection: Selection,
    args: args::Status,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let profile = selection.named_profile(args.name)?;
    // An unknown store is a typo, even though no store is asked here.
    drop(selection.store(context)?);
    let overview = Overview::read(context, LOG_LINES);
    if args.output == Output::Json {
        // Only a profile's name needs them, and a stored session outlives a broken file.
        let files = profile.is_some().then(|| Files::read(context).ok()).flatten();
        let wanted = profile.map(|name| Wanted::new(context, files.as_ref(), name));
        let sessions = sessions(context, &overview, wanted.as_ref());
        let stores = if args.stores { Some(selection.check_stores(context)?) } else { None };
        return print_json(context, wanted.as_ref(), &sessions, stores, &overview.log, streams);
    }
    let files = Files::read(context);
    let wanted = profile.map(|name| Wanted::new(context, files.as_ref().ok(), name));
    let sessions = sessions(context, &overview, wanted.as_ref());
    // People want to know why a profile can't have sessions.
    let trouble = match (files.as_ref(), &wanted) {
        (Err(error), _) | (Ok(_), Some(Wanted { plan: Err(error), .. })) => Some(error),
        (Ok(_), _) => None,
    };
    if let Some(error) = trouble {
        match error.hints().first() {
            Some(hint) => streams.warn_with_hint(&error.to_string(), hint),
            None => streams.warn(&error.to_string()),
        }
    }
    let stores = selection.check_stores(context)?;
    status_table::print(
        context,
        &Shown {
            profile: wanted.as_ref().map(|wanted| wanted.name.as_str()),
            can_log_in: trouble.is_none(),
            needs_none: wanted
                .as_ref()
                .is_some_and(|wanted| wanted.plan.as_ref().is_ok_and(Vec::is_empty)),
            sessions: &sessions,
            files: files.as_ref().ok(),
            stores: &stores,
            log: &overview.log,
        },
        streams,
    )
}

/// The profile that was named, and its sessions.
struct Wanted {
    name: String,
    config_file: Option<String>,
    /// The keys of its sessions, its own last; or the error of a profile that is gone or broken, which
    /// may still have sessions.
    plan: Result<Vec<SessionKey>>,
}

impl Wanted {
    fn new(context: &Context, files: Option<&Files>, name: String) -> Self {
        let environment = Environment::of(context);
        let resolve = |files: &Files| {
            let plan = resolve(&Request::profile(&*name), &ProfileSet::new(files), environment)?;
            Ok(SessionKey::of_steps(&plan))
        };
        let unread = || Err(Error::config("the two AWS files can't be read"));
        let plan = files.map_or_else(unread, resolve);
        let config_file = files.map(|files| files.config.path.display().to_string());
        Self { name, config_file, plan }
    }

    fn takes(&self, key: &SessionKey, record: &SessionRecord) -> bool {
        let is_step = self.plan.as_ref().is_ok_and(|keys| keys.contains(key));
        is_step || record.profile.as_ref() == Some(&self.name)
    }

    /// Returns the session that the profile's callers get: that of its last step or, if the profile can't
    /// be resolved, the newest one made for a profile of this name.
    fn own<'r>(&self, records: &[(&'r SessionKey, &'r SessionRecord)]) -> Option<&'r SessionKey> {
        let found = match &self.plan {
            Ok(keys) => records.iter().find(|(key, _)| Some(*key) == keys.last()),
            Err(_) => {
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
fn sessions<'r>(
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

fn print_json(
    context: &Context,
    wanted: Option<&Wanted>,
    sessions: &[Session<'_>],
    stores: Option<Vec<StoreCheck>>,
    log: &[String],
    streams: &mut Streams<'_>,
) -> Result<()> {
    let shown: Vec<Value> = sessions.iter().map(|session| json(context, session)).collect();
    let own = sessions.iter().position(|session| session.own);
    let mut document = json!({
        "profile": wanted.map(|wanted| &wanted.name),
        "session": own.map(|i| shown[i].clone()),
        "sessions": shown,
        "log": log,
    });
    if let Some(stores) = stores {
        document["stores"] = stores.iter().map(store_json).collect();
    }
    streams.print_json(&document)
}

fn json(context: &Context, session: &Session<'_>) -> Value {
    let record = session.record;
    let remaining = record.kept_until().map(|ends| (ends - context.now()).num_seconds());
    json!({
        "profile": record.profile,
        "own": session.own,
        "role_arn": Some(&record.role_arn).filter(|arn| !arn.is_empty()),
        "base_kind": record.base_kind,
        "mfa_serial": record.mfa_serial(),
        "account_id": record.account_id,
        "source": record.source,
        "config_file": record.circumstances.config_file,
        "store": record.kept_in(),
        "minted": record.minted.map(rfc3339),
        "expiration": record.kept_until().map(rfc3339),
        "remaining_seconds": remaining,
        "usable": session.freshness != Freshness::Ended,
        "due": session.freshness != Freshness::Fresh,
    })
}

fn store_json((name, result): &StoreCheck) -> Value {
    let reason = result.as_ref().err().map(ToString::to_string);
    json!({ "name": name, "usable": result.is_ok(), "reason": reason })
}
