//! `rolecall status`: the sessions, the store, the last warnings.

use serde_json::{Value, json};

use super::{
    Streams,
    args::{self, Output},
    setup, time,
};
use crate::{
    aws::Sdk,
    context::Context,
    credentials::rfc3339,
    error::Result,
    output::{Table, escape},
    plan::{Environment, Request, resolve},
    profile::{Files, ProfileSet},
    session::{Freshness, Record, SessionKey},
    store::auto::Verdict,
};

/// How many of the log's lines are shown.
const LOG_LINES: usize = 3;

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::Status,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let wanted = common.named_profile(args.name)?;
    let store = common.store(context)?;
    let survey = common.survey(context)?;
    let files = Files::read(context)?;
    let sessions = setup::sessions(context, &*store, &Sdk, &files);
    let records = sessions.records().map(|records| records.all()).unwrap_or_default();
    let now = context.now();
    let own_keys = match &wanted {
        Some(name) => keys_of(context, &files, name),
        None => Vec::new(),
    };
    let shown: Vec<&Record> = records
        .iter()
        .filter(|(key, record)| {
            wanted.is_none() || record.profile == wanted || own_keys.contains(key)
        })
        .map(|(_, record)| record)
        .filter(|record| record.kept_until().is_some_and(|ends| ends > now))
        .collect();
    let log = sessions.state().map(|state| state.last_log_lines(LOG_LINES)).unwrap_or_default();
    match args.output {
        Output::Json => streams.print_json(&json!({
            "sessions": shown.iter().map(|record| session(context, record)).collect::<Vec<_>>(),
            "stores": survey.iter().map(verdict).collect::<Vec<_>>(),
            "log": log,
        })),
        Output::Table => print(context, &shown, &survey, &log, streams),
    }
}

/// The keys of the sessions that `profile` would use now, whoever made them.
fn keys_of(context: &Context, files: &Files, profile: &str) -> Vec<SessionKey> {
    let environment = Environment::of(context);
    // A profile that is gone or broken may have had sessions.
    let plan = resolve(&Request::profile(profile), &ProfileSet::new(files), environment);
    plan.map(|plan| SessionKey::of_steps(&plan)).unwrap_or_default()
}

fn session(context: &Context, record: &Record) -> Value {
    let remaining = record.kept_until().map(|ends| (ends - context.now()).num_seconds());
    json!({
        "profile": record.profile,
        "role_arn": Some(&record.role_arn).filter(|arn| !arn.is_empty()),
        "base_kind": record.base_kind,
        "account_id": record.account_id,
        "source": record.source,
        "store": record.kept_in(),
        "minted": record.minted.map(rfc3339),
        "expiration": record.kept_until().map(rfc3339),
        "remaining_seconds": remaining,
        "due": is_due(context, record),
    })
}

fn is_due(context: &Context, record: &Record) -> bool {
    record.lifetime().is_some_and(|life| life.freshness(context.now()) != Freshness::Fresh)
}

fn verdict((name, result): &Verdict) -> Value {
    let reason = result.as_ref().err().map(ToString::to_string);
    json!({ "name": name, "usable": result.is_ok(), "reason": reason })
}

fn print(
    context: &Context,
    records: &[&Record],
    survey: &[Verdict],
    log: &[String],
    streams: &mut Streams<'_>,
) -> Result<()> {
    let now = context.now();
    let mut text = Vec::new();
    if records.is_empty() {
        text.extend_from_slice(b"no sessions\n");
    } else {
        let headings = ["PROFILE", "ACCOUNT", "ROLE", "SOURCE", "STORE", "UNTIL", "LEFT"];
        let mut table = Table::new(&headings);
        for record in records {
            let role = record.role_arn.split_once(":role/").map_or(&*record.role_arn, |(_, r)| r);
            let ends = record.kept_until().unwrap_or(now);
            let due = if is_due(context, record) { ", due" } else { "" };
            table.row([
                record.profile.as_deref().unwrap_or("-"),
                record.account_id.as_deref().unwrap_or("-"),
                if role.is_empty() { record.base_kind.as_deref().unwrap_or("-") } else { role },
                &record.source,
                record.kept_in().unwrap_or("none"),
                &time::local(ends, now),
                &format!("{}{due}", time::length(ends - now)),
            ]);
        }
        table
            .print(context.stdout_width(), &mut text)
            .map_err(|error| super::unwritable(&error))?;
    }
    let mut lines = String::from_utf8_lossy(&text).into_owned();
    lines.push('\n');
    lines.push_str(&store_line(survey));
    for line in log {
        lines.push_str(&format!("log: {}\n", escape(line)));
    }
    streams.print(&lines)
}

/// Which store new sessions go to, and why not to a better one.
fn store_line(survey: &[Verdict]) -> String {
    let used = survey.iter().find(|(_, result)| result.is_ok()).map_or("none", |(name, _)| name);
    let mut line = format!("store: {used}\n");
    for (name, result) in survey.iter().take_while(|(name, _)| *name != used) {
        if let Err(error) = result {
            line.push_str(&format!("  not {name}: {}\n", escape(&error.to_string())));
        }
    }
    line
}
