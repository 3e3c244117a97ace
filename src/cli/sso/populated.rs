//! What `rolecall sso populate` reports.

use serde_json::json;

use crate::{
    app::{Change, Populated, PopulatedProfile},
    cli::args::Output,
    context::Context,
    error::Result,
    output::{Streams, escape},
    profile::{Edited, Which},
};

/// How many names are printed.
const MOST_NAMED: usize = 20;

/// A run that is over.
pub(super) struct Report<'r> {
    /// The name of the `sso-session` section.
    pub(super) session: &'r str,
    pub(super) populated: &'r Populated,
    pub(super) edited: &'r Edited,
    /// Whether the roles of all accounts could be listed.
    pub(super) is_complete: bool,
}

impl Report<'_> {
    /// Prints what changed, or with `--dry-run` what would change. Warns of profiles whose roles are gone.
    pub(super) fn print(
        &self,
        context: &Context,
        output: Output,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        let in_use = self.names(Change::InUse);
        if !in_use.is_empty() {
            let names = named(&in_use);
            streams.warn(&format!("not removed, because other profiles use them: {names}"));
        }
        let gone = self.names(Change::Gone);
        if !gone.is_empty() {
            streams.warn_with_hint(
                &format!("the roles of these profiles are gone: {}", named(&gone)),
                "--prune removes them",
            );
        }
        match (output, self.edited) {
            (Output::Json, _) => self.print_json(context, streams),
            (Output::Table, Edited::WouldWrite(diff)) => streams.print_diff(diff),
            (Output::Table, _) => self.print_text(context, streams),
        }
    }

    fn print_text(&self, context: &Context, streams: &mut Streams<'_>) -> Result<()> {
        let [added, removed] = [Change::Added, Change::Removed].map(|change| self.names(change));
        let renamed: Vec<&PopulatedProfile> = self.populated.with(Change::Renamed).collect();
        let lines = |done: &str, names: &[&str]| {
            let lines = names.iter().map(|name| format!("{done} profile '{}'", escape(name)));
            lines.collect::<Vec<_>>()
        };
        let of_renamed = renamed.iter().map(|profile| {
            let old = profile.old_name.as_deref().unwrap_or_default();
            format!("renamed profile '{}' to '{}'", escape(old), escape(&profile.name))
        });
        let mut text = String::new();
        for (done, lines) in [
            ("added", lines("added", &added)),
            ("renamed", of_renamed.collect()),
            ("removed", lines("removed", &removed)),
        ] {
            for line in lines.iter().take(MOST_NAMED) {
                text.push_str(&format!("{line}\n"));
            }
            if lines.len() > MOST_NAMED {
                text.push_str(&format!("{done} {} more profiles\n", lines.len() - MOST_NAMED));
            }
        }
        let of_renamed = match renamed.len() {
            0 => String::new(),
            count => format!("{count} renamed, "),
        };
        text.push_str(&format!(
            "{}: {} added, {of_renamed}{} removed, {} unchanged\n",
            escape(&Which::Config.path(context)?.display().to_string()),
            count(added.len()),
            removed.len(),
            self.populated.with(Change::Unchanged).count(),
        ));
        streams.print(&text)
    }

    fn print_json(&self, context: &Context, streams: &mut Streams<'_>) -> Result<()> {
        let profiles = self.populated.profiles.iter().map(|profile| {
            let assignment = profile.assignment.as_ref();
            json!({
                "name": profile.name,
                "old_name": profile.old_name,
                "account_id": assignment.map(|it| &it.account_id),
                "role_name": assignment.map(|it| &it.role_name),
                "change": word(profile.change),
            })
        });
        streams.print_json(&json!({
            "sso_session": self.session,
            "file": Which::Config.path(context)?.display().to_string(),
            "written": *self.edited == Edited::Written,
            "complete": self.is_complete,
            "profiles": profiles.collect::<Vec<_>>(),
        }))
    }

    fn names(&self, change: Change) -> Vec<&str> {
        self.populated.with(change).map(|profile| &*profile.name).collect()
    }
}

/// How the JSON names a change.
fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Renamed => "renamed",
        Change::Unchanged => "unchanged",
        Change::Removed => "removed",
        Change::InUse => "in-use",
        Change::Gone => "gone",
    }
}

fn count(profiles: usize) -> String {
    if profiles == 1 { "1 profile".to_owned() } else { format!("{profiles} profiles") }
}

/// Returns the first names, and how many more there are.
fn named(names: &[&str]) -> String {
    let more = names.len().saturating_sub(MOST_NAMED);
    let first = &names[..names.len() - more];
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", first.join(", "))
}
