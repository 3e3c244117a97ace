//! `rolecall status`: sessions and the log's last lines; for people, the stores as well.
//!
//! The JSON is for shell prompts, which wait for it at each line: it only reads the state directory
//! and, for a named profile, the two files. What it writes, it writes for the next one to read less.

mod differences;
mod sessions;
mod sign_ins;
mod state;
mod table;

use serde_json::{Value, json};

use super::args::{self, Output};
use crate::{
    cli::invocation::Invocation,
    context::Context,
    credentials::rfc3339,
    error::Result,
    output::Streams,
    profile::Files,
    session::{Freshness, Overview},
    store::auto::StoreCheck,
};

use sessions::{Session, Wanted, sessions};
use table::Shown;

/// How many lines of the log to show.
const LOG_LINES: usize = 3;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Status,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let profile = selection.named_profile(args.name)?;
    // An unknown store is a typo, even though no store is asked here.
    drop(selection.store(context)?);
    if args.output == Output::Json {
        // Only a profile's name needs them, and a stored session outlives a broken file.
        let wanted = profile.map(|name| Wanted::look_up(context, name));
        let overview = match &wanted {
            Some(wanted) => Overview::read_for(context, LOG_LINES, wanted.known()),
            None => Overview::read(context, LOG_LINES),
        };
        let sessions = sessions(context, &overview, wanted.as_ref());
        let stores = if args.stores { Some(selection.check_stores(context)?) } else { None };
        let wanted = wanted.as_ref();
        let report = Report { wanted, sessions: &sessions, stores, log: &overview.log };
        return streams.print_json(&report.json(context));
    }
    let overview = Overview::read(context, LOG_LINES);
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
    table::print(
        context,
        &Shown {
            profile: wanted.as_ref().map(|wanted| wanted.name.as_str()),
            can_log_in: trouble.is_none(),
            needs_none: wanted.as_ref().and_then(Wanted::needs_none),
            sessions: &sessions,
            files: files.as_ref().ok(),
            stores: &stores,
            sign_ins: &if wanted.is_none() { sign_ins::usable(context) } else { Vec::new() },
            log: &overview.log,
        },
        streams,
    )
}

/// What `--output json` prints.
struct Report<'r> {
    wanted: Option<&'r Wanted>,
    sessions: &'r [Session<'r>],
    /// `None` unless they were checked.
    stores: Option<Vec<StoreCheck>>,
    log: &'r [String],
}

impl Report<'_> {
    fn json(&self, context: &Context) -> Value {
        let shown: Vec<_> = self.sessions.iter().map(|session| json(context, session)).collect();
        let own = self.sessions.iter().position(|session| session.own);
        let now = context.now();
        let sign_ins = sign_ins::usable(context);
        let sign_ins: Vec<_> = sign_ins.iter().map(|one| sign_ins::json(one, now)).collect();
        let mut document = json!({
            "profile": self.wanted.map(|wanted| &wanted.name),
            "session": own.map(|i| shown[i].clone()),
            "sessions": shown,
            "sign_ins": sign_ins,
            "state_directory": state::json(context),
            "log": self.log,
        });
        if let Some(stores) = &self.stores {
            document["stores"] = stores.iter().map(store_json).collect();
        }
        document
    }
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
