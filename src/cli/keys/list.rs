//! `rolecall keys list`: access keys and where they are, without asking a keychain.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    cli::{
        args::{self, Output},
        invocation::Invocation,
        time,
    },
    context::Context,
    credentials::rfc3339,
    error::{Error, Kind, Location, Result},
    output::{Column, Streams, Table, escape},
    profile::{Files, Key, ProfileSet},
    session::{KeyRecords, Rotation, RotationStep, Rotations},
};

/// What is known about one key.
#[derive(Default)]
struct Row {
    profiles: Vec<String>,
    store: Option<String>,
    since: Option<DateTime<Utc>>,
    /// Where it is in plain text.
    plain: Option<Location>,
    /// The rotation in progress, if any.
    rotation: Option<Rotation>,
}

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::KeysList,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if selection.profile.is_some() {
        return Err(Error::new(Kind::Usage, "'keys list' doesn't accept --profile"));
    }
    let files = Files::read(context)?;
    // By place and id, those in the store first.
    let mut rows: BTreeMap<(bool, String), Row> = BTreeMap::new();
    for profile in ProfileSet::new(&files).profiles() {
        let profile = profile?;
        if let Some((id, _)) = profile.get(Key::AccessKeyId) {
            let row = rows.entry((false, id.to_owned())).or_default();
            row.profiles.push(profile.name.clone());
        }
        if let Some((id, setting)) = profile.get(Key::AwsAccessKeyId) {
            let row = rows.entry((true, id.to_owned())).or_default();
            row.plain.get_or_insert(setting.at.clone());
            row.profiles.push(profile.name.clone());
        }
    }
    // A store that does not exist is a typo, though this asks none.
    drop(selection.store(context)?);
    let rotations = Rotations::find(context);
    let rotations: Vec<_> =
        rotations.iter().flat_map(Rotations::all).map(|(_, rotation)| rotation).collect();
    for (_, record) in KeyRecords::find(context).iter().flat_map(KeyRecords::all) {
        let row = rows.entry((false, record.access_key_id)).or_default();
        row.store = Some(record.store);
        row.since = Some(record.since);
    }
    for ((_, id), row) in &mut rows {
        row.rotation = rotations.iter().find(|rotation| rotation.is_about(id)).cloned();
    }
    match args.output {
        Output::Json => streams.print_json(&rows.iter().map(object).collect::<Vec<_>>()),
        Output::Table => print_table(context, &rows, streams),
    }
}

fn object(((_, id), row): (&(bool, String), &Row)) -> Value {
    json!({
        "access_key_id": id,
        "profiles": row.profiles,
        "where": if row.plain.is_some() { Some("file") } else { row.store.as_deref() },
        "since": row.since.map(rfc3339),
        "file": row.plain.as_ref().map(|at| at.file.to_string_lossy()),
        "line": row.plain.as_ref().map(|at| at.line),
        "rotation": row.rotation.as_ref().map(|rotation| json!({
            "old": rotation.old,
            "new": rotation.new,
            "step": rotation.step.name(),
            "keep_old": rotation.keeps_old,
            "since": rfc3339(rotation.began),
        })),
    })
}

/// Describes how far a rotation has come, and how to continue.
fn told(rotation: &Rotation, rows: &BTreeMap<(bool, String), Row>) -> String {
    let old = &rotation.old;
    let new = rotation.new.as_deref().unwrap_or("-");
    let how_far = match rotation.step {
        RotationStep::Begun => "no new key yet".to_owned(),
        RotationStep::Made => format!("new key {new} created, profiles not switched"),
        RotationStep::Switched => format!("switched to {new}, old key still active"),
        RotationStep::Deactivated => format!("switched to {new}, old key inactive"),
    };
    let users = rows.iter().filter(|((_, id), _)| rotation.is_about(id));
    let profile = users.flat_map(|(_, row)| &row.profiles).next();
    let name = escape(profile.unwrap_or(old));
    if rotation.is_kept() {
        format!("{old} is inactive, replaced by {new}; 'rolecall keys rotate {name}' deletes it\n")
    } else {
        format!("{old} is being rotated: {how_far}; 'rolecall keys rotate {name}' continues\n")
    }
}

fn print_table(
    context: &Context,
    rows: &BTreeMap<(bool, String), Row>,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if rows.is_empty() {
        return streams.print("no access keys\n");
    }
    let mut table = Table::new(&[
        Column::whole("KEY"),
        Column::wrapped("PROFILES"),
        Column::tail("WHERE"),
        Column::whole("SINCE"),
    ]);
    for ((_, id), row) in rows {
        let place = match (&row.plain, &row.store) {
            (Some(at), _) => format!("{}:{}", context.shown_path(&at.file), at.line),
            (None, Some(store)) => store.clone(),
            // Its record is lost, or the config comes from another machine.
            (None, None) => String::new(),
        };
        let profiles = row.profiles.join(", ");
        let since = row.since.map(|since| time::local(since, context.now()));
        table.row([id, &profiles, &place, since.as_deref().unwrap_or_default()]);
    }
    let screen = streams.screen(context.stdout_width());
    let mut below = String::new();
    if rows.values().any(|row| row.plain.is_some()) {
        below.push_str("\n'rolecall keys import' moves keys from a file into the keychain\n");
    }
    let mut rotations: Vec<_> = rows.values().filter_map(|row| row.rotation.as_ref()).collect();
    rotations.sort_by(|one, other| one.old.cmp(&other.old));
    rotations.dedup();
    for (i, rotation) in rotations.into_iter().enumerate() {
        below.push_str(if i == 0 { "\n" } else { "" });
        below.push_str(&told(rotation, rows));
    }
    streams.print(&(table.text(screen) + &screen.wrapped(&below)))
}
