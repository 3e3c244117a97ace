//! The rows of a list of profiles.

use std::cmp::Reverse;

use crate::{
    cli::{ends::Ends, time},
    context::Context,
    profile::{Files, Key, Profile, ProfileSet},
    prompt::Row,
    session::Overview,
};

/// Returns a row for each profile that has credentials: those whose sessions were created last come first,
/// the others in the order of the files. Profiles that can't be read are left out.
pub(in crate::cli) fn rows(context: &Context, files: &Files) -> Vec<Row> {
    rows_of(context, files, row)
}

/// Returns the same rows without that of the profile `name`, with the kinds of the profiles: those whose
/// credentials may assume the role of a new profile.
pub(in crate::cli) fn source_rows(context: &Context, files: &Files, name: &str) -> Vec<Row> {
    let mut rows = rows_of(context, files, |profile, left| {
        let mut row = row(profile, left);
        row.label = format!("{} ({})", profile.name, profile.kind());
        if row.details[1] == profile.kind() {
            row.details[1].clear();
        }
        row.search = format!("{} {}", row.label, row.search);
        row
    });
    rows.retain(|row| row.name != name);
    rows
}

/// Makes the rows with `row`, from a profile and the time left of its session.
fn rows_of(
    context: &Context,
    files: &Files,
    row: impl Fn(&Profile<'_>, String) -> Row,
) -> Vec<Row> {
    let (now, overview) = (context.now(), Overview::read(context, 0));
    let config_file = files.config.path.display().to_string();
    let set = ProfileSet::new(files);
    let mut profiles: Vec<_> =
        set.profiles().flatten().filter(|profile| profile.kind() != "none").collect();
    let created = overview.last_created(&config_file);
    profiles.sort_by_key(|profile| Reverse(created.get(&*profile.name).copied()));
    let ends = Ends::of(now, overview, &config_file);
    let left = |profile| ends.of_profile(profile).map(|it| time::length(it.ends - now));
    profiles.iter().map(|profile| row(profile, left(profile).unwrap_or_default())).collect()
}

fn row(profile: &Profile<'_>, left: String) -> Row {
    let text = |key: Key| profile.get(key).map(|(text, _)| text);
    let arn = text(Key::RoleArn).or_else(|| text(Key::SsoRoleName)).unwrap_or_default();
    let account = profile.account_id().unwrap_or_default();
    let role = match arn.split_once(":role/") {
        Some((_, role)) => role,
        // What it is, if it is no role.
        None if arn.is_empty() => profile.kind(),
        None => arn,
    };
    Row {
        name: profile.name.clone(),
        number: String::new(),
        label: profile.name.clone(),
        details: [account.to_owned(), role.to_owned(), left],
        search: format!("{} {account} {role} {arn}", profile.name),
    }
}
