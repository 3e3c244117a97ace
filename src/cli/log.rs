//! `rolecall log`: which credentials were handed out, when, and to which program.

use chrono::{DateTime, Local, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use serde_json::json;

use super::{
    args::{self, Output, Since},
    time,
};
use crate::{
    audit::{self, Entry, Given, Recorded},
    context::Context,
    error::Result,
    output::{Column, Paint, Streams, Table},
};

pub(super) fn run(context: &Context, args: args::Log, streams: &mut Streams<'_>) -> Result<()> {
    let args::Log { mut names, since, mut profile, output } = args;
    names.append(&mut profile);
    let now = context.now();
    let since = since.map(|since| start_of(since, now));
    let Recorded { mut entries, unreadable } = audit::recorded(context);
    let is_empty = entries.is_empty();
    entries.retain(|entry| {
        since.is_none_or(|since| entry.time >= since)
            && (names.is_empty() || names.iter().any(|name| name == whose(entry)))
    });
    let path = audit::path(context).map(|path| path.display().to_string());
    if output == Output::Json {
        return streams.print_json(&json!({
            "file": path,
            "unreadable_lines": unreadable,
            "hand_outs": entries,
        }));
    }
    if unreadable > 0 {
        let lines = if unreadable == 1 { "1 line" } else { &*format!("{unreadable} lines") };
        let path = path.as_deref().unwrap_or_default();
        streams.warn(&format!("skipped {lines} of the log that can't be read ({path})"));
    }
    if entries.is_empty() {
        return streams.print(if is_empty {
            "the log is empty; the next new session that is handed out will be logged\n"
        } else {
            "no matching entries; 'rolecall log' shows all of them\n"
        });
    }
    let text = table(&entries, now).text(streams.screen(context.stdout_width()));
    streams.print(&context.with_tildes(&text))
}

/// The name of the profile, or of the role that has none.
fn whose(entry: &Entry) -> &str {
    entry.profile.as_deref().or(entry.role.as_deref()).unwrap_or_default()
}

fn table(entries: &[Entry], now: DateTime<Utc>) -> Table {
    let columns = [
        Column::whole("TIME"),
        Column::wrapped("PROFILE"),
        Column::wrapped("PROGRAM"),
        Column::whole("BY"),
        Column::whole("UNTIL"),
        Column::below("WHERE"),
    ];
    let mut table = Table::new(&columns);
    for entry in entries {
        let program = match (&entry.program, entry.pid) {
            (Some(program), _) => program.clone(),
            (None, pid) => pid.map(|pid| format!("process {pid}")).unwrap_or_default(),
        };
        // Beside its own time, the end needs no date.
        let ends = entry.expiration.map(|ends| time::local(ends, entry.time));
        let ends = ends.unwrap_or_else(|| "no end".to_owned());
        let agent = entry.agent.as_deref().map(|agent| format!("agent {agent}"));
        let place: Vec<&str> =
            entry.folder.as_deref().into_iter().chain(agent.as_deref()).collect();
        let place = place.join(", ");
        let paint = if entry.given == Given::Stored { Paint::Plain } else { Paint::Attention };
        table.painted_row([
            (&*time::local(entry.time, now), Paint::Heading),
            (whose(entry), Paint::Plain),
            (&*program, Paint::Plain),
            (&*entry.verb, Paint::Plain),
            (&*ends, paint),
            (&*place, Paint::Plain),
        ]);
    }
    table
}

/// Returns the time from which on hand-outs are shown.
fn start_of(since: Since, now: DateTime<Utc>) -> DateTime<Utc> {
    let local = |time: NaiveDateTime| {
        // A time that a clock set forward leaves out does not exist.
        let found = Local.from_local_datetime(&time).earliest();
        found.map_or_else(|| time.and_utc(), |time| time.to_utc())
    };
    match since {
        Since::Ago(seconds) => now - TimeDelta::seconds(seconds.into()),
        Since::Local(time) => local(time),
        Since::At(time) => time,
    }
}
