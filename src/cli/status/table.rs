//! `rolecall status` for people: a table, the MFA sessions in words, the stores, the last warnings.

use std::path::Path;

use super::{differences::details, sessions::Session, sign_ins, state};
use crate::{
    cli::{args::Output, time, usage},
    context::Context,
    error::Result,
    identity_center::SignInRecord,
    output::{Column, Paint, Screen, Streams, Table, escape, painted},
    plan::{Environment, Request, resolve},
    profile::{Files, ProfileSet},
    session::{Freshness, SessionKey, known_keys},
    store::auto::StoreCheck,
};

/// The most profiles to list for an MFA session.
const MOST_NAMED: usize = 6;

/// Everything to print.
pub(super) struct Shown<'s> {
    /// The profile that was named.
    pub(super) profile: Option<&'s str>,
    /// Whether it could have a session, as far as is known.
    pub(super) can_log_in: bool,
    /// Why it has no session, if it never has one.
    pub(super) needs_none: Option<&'static str>,
    pub(super) sessions: &'s [Session<'s>],
    pub(super) files: Option<&'s Files>,
    pub(super) stores: &'s [StoreCheck],
    /// The sign-ins to IAM Identity Center.
    pub(super) sign_ins: &'s [SignInRecord],
    pub(super) log: &'s [String],
}

pub(super) fn print(context: &Context, shown: &Shown<'_>, streams: &mut Streams<'_>) -> Result<()> {
    let mut text = String::new();
    let used = used_store(shown.stores);
    let rows = shown.sessions.iter().zip(details(shown.sessions));
    let rows = rows.map(|(session, details)| Row { session, details });
    let (mfa, others): (Vec<_>, Vec<_>) =
        rows.partition(|row| row.session.record.mfa_serial().is_some());
    let screen = streams.screen(context.stdout_width());
    let mut shown_table = String::new();
    if !others.is_empty() {
        let rows = Sessions { rows: &others, used, files: shown.files, screen };
        shown_table = table(context, &rows);
    }
    for row in mfa {
        let text = screen.wrapped(&mfa_session(context, &row, shown.files));
        let (time, paint) = (end_of(context, row.session), time::paint(row.session.freshness));
        shown_table.push_str(&text.replacen(&time, &painted(&time, paint, screen.color), 1));
    }
    if shown.sessions.is_empty() {
        // For a named profile, the warning says it.
        if shown.profile.is_none() {
            usage::advise(context, Output::Table, streams);
        }
        text.push_str(&match shown.profile {
            None => "no sessions; 'rolecall login PROFILE' creates one\n".to_owned(),
            Some(name) if let Some(why) = shown.needs_none => {
                format!("no session for '{}': {why}\n", escape(name))
            }
            Some(name) if shown.can_log_in => {
                let name = escape(name);
                format!("no session for '{name}'; 'rolecall login {name}' creates one\n")
            }
            Some(name) => format!("no session for '{}'\n", escape(name)),
        });
    }
    text.push_str(&sign_ins::text(shown.sign_ins, context.now()));
    text.push('\n');
    text.push_str(&store_lines(used, shown.stores));
    text.push_str(&state::lines(context));
    for line in shown.log {
        text.push_str(&format!("log: {}\n", escape(line)));
    }
    streams.print(&(shown_table + &screen.wrapped(&context.with_tildes(&text))))
}

/// A session, and what tells it from others.
struct Row<'s> {
    session: &'s Session<'s>,
    details: String,
}

/// The rows of the table, and where it is shown.
struct Sessions<'s> {
    rows: &'s [Row<'s>],
    /// The store that new sessions go to.
    used: &'s str,
    files: Option<&'s Files>,
    screen: Screen,
}

/// Returns the sessions as a table. The store has a column only if the line about the store does
/// not say it.
fn table(context: &Context, sessions: &Sessions<'_>) -> String {
    let &Sessions { rows, used, files, screen } = sessions;
    let now = context.now();
    let with_store = rows.iter().any(|row| row.session.record.kept_in() != Some(used));
    let with_details = rows.iter().any(|row| !row.details.is_empty());
    let mut columns = vec![
        Column::wrapped("PROFILE"),
        Column::whole("ACCOUNT"),
        Column::tail("ROLE"),
        Column::wrapped("SOURCE"),
    ];
    columns.extend(with_store.then_some(Column::whole("STORE")));
    columns.extend([Column::whole("UNTIL"), Column::parts("LEFT")]);
    columns.extend(with_details.then_some(Column::below("DETAILS")));
    let mut table = Table::new(&columns);
    let own_file = files.map(|files| files.config.path.display().to_string());
    let mut other_files: Vec<&str> = Vec::new();
    for Row { session, details } in rows {
        let record = session.record;
        let role = record.role_arn.split_once(":role/").map_or(&*record.role_arn, |(_, r)| r);
        let ends = record.kept_until().unwrap_or(now);
        let file = record.circumstances.config_file.as_str();
        let is_other = own_file.as_ref().is_some_and(|own| own != file) && !file.is_empty();
        let mark = if is_other { "*" } else { "" };
        if is_other && !other_files.contains(&file) {
            other_files.push(file);
        }
        let profile = format!("{}{mark}", record.profile.as_deref().unwrap_or("-"));
        let until = time::local(ends, now);
        let left = time::length(ends - now);
        let left = match session.freshness {
            Freshness::Fresh => left,
            Freshness::Due => format!("{left}, due"),
            Freshness::Ended => format!("{left}, not usable"),
        };
        let paint = time::paint(session.freshness);
        let base = record.base_kind.as_deref().unwrap_or_default();
        let mut cells = vec![
            (profile.as_str(), Paint::Heading),
            (record.account_id.as_deref().unwrap_or_default(), Paint::Plain),
            (if role.is_empty() { base } else { role }, Paint::Plain),
            (&*record.source, Paint::Plain),
        ];
        if with_store {
            cells.push((record.kept_in().unwrap_or("none"), Paint::Plain));
        }
        cells.extend([(until.as_str(), Paint::Plain), (left.as_str(), paint)]);
        cells.extend(with_details.then_some((details.as_str(), Paint::Plain)));
        table.painted_row(cells);
    }
    let mut text = table.text(screen);
    for file in other_files {
        let line = format!("* of {}\n", escape(&context.shown_path(Path::new(file))));
        text.push_str(&screen.wrapped(&line));
    }
    text
}

/// Describes one MFA session: device, expiration, whose keys, and for which profiles.
fn mfa_session(context: &Context, row: &Row<'_>, files: Option<&Files>) -> String {
    let Row { session, details } = row;
    let record = session.record;
    let serial = escape(record.mfa_serial().unwrap_or_default());
    let time = end_of(context, session);
    let source = escape(&record.source);
    let store = record.kept_in().unwrap_or("none");
    let mut text =
        format!("MFA session of {serial}\n  {time}, saved in {store}; keys of '{source}'\n");
    if !details.is_empty() {
        text.push_str(&format!("  {}\n", escape(details)));
    }
    let users = files.map(|files| users(context, files, session.key)).unwrap_or_default();
    if !users.is_empty() {
        let named: Vec<_> = users.iter().take(MOST_NAMED).map(|name| escape(name)).collect();
        let more = users.len().saturating_sub(MOST_NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text.push_str(&format!("  no code needed for: {}{more}\n", named.join(", ")));
    }
    text
}

/// Returns when a session expires, and how long it is until then.
fn end_of(context: &Context, session: &Session<'_>) -> String {
    let now = context.now();
    let ends = session.record.kept_until().unwrap_or(now);
    format!("until {} ({})", time::local(ends, now), time::length(ends - now))
}

/// Returns the profiles that use the session `key`.
fn users(context: &Context, files: &Files, key: &SessionKey) -> Vec<String> {
    let set = ProfileSet::new(files);
    let environment = Environment::of(context);
    let uses = |name: &str| {
        let plan = resolve(&Request::profile(name), &set, environment).ok();
        // MFA sessions are of such keys.
        let plan = plan.filter(|plan| plan.base.source.is_long_lived());
        plan.and_then(|plan| known_keys(context, &plan)).is_some_and(|keys| keys.contains(key))
    };
    set.names().into_iter().filter(|name| uses(name)).map(std::borrow::Cow::into_owned).collect()
}

fn used_store(stores: &[StoreCheck]) -> &'static str {
    stores.iter().find(|(_, result)| result.is_ok()).map_or("none", |(name, _)| name)
}

/// Describes which store new sessions go to, and why not to a better one.
fn store_lines(used: &str, stores: &[StoreCheck]) -> String {
    let mut lines = format!("store: {used}\n");
    for (name, result) in stores.iter().take_while(|(name, _)| *name != used) {
        if let Err(error) = result {
            lines.push_str(&format!("  not {name}: {}\n", escape(&error.to_string())));
        }
    }
    lines
}
