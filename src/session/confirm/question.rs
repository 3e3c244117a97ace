//! The question: who asks for what, and for how long one answer counts.

use chrono::TimeDelta;

use crate::{
    context::{Caller, Context},
    plan::{Confirm, Plan, Source},
};

/// Returns the program that asks, in the middle of a sentence.
pub(in crate::session) fn asker(context: &Context) -> String {
    let Some(Caller { program, process, folder, .. }) = context.caller() else {
        return "a program".to_owned();
    };
    let folder = folder.map(|folder| format!(" in {}", context.shown_path(&folder)));
    let agent = context.agent_mark().map(|mark| format!(", run by a coding agent: {mark}"));
    let (folder, agent) = (folder.unwrap_or_default(), agent.unwrap_or_default());
    format!("{program} (process {process}{agent}){folder}")
}

/// Returns who asks for the credentials of `plan`, in one line. `verb` is the verb that hands them out.
pub(super) fn who_asks(context: &Context, plan: &Plan, verb: &str) -> String {
    let (asker, name) = (asker(context), plan.name());
    format!("rolecall {verb}: {asker} is asking for the credentials of '{name}'")
}

/// Returns what the credentials of `plan` are, in one line.
pub(super) fn what(plan: &Plan) -> String {
    let base = &plan.base;
    let Some(hop) = plan.hops.last() else {
        return match &base.source {
            Source::Keys(keys) => format!("Access key {}", keys.access_key_id),
            Source::StoredKeys { access_key_id, .. } => format!("Access key {access_key_id}"),
            Source::Sso(role) => format!("Role {} in account {}", role.role_name, role.account_id),
            Source::Login { session } => format!("Console session of {session}"),
            Source::Process { .. } => {
                format!("Credentials printed by the credential_process of '{}'", base.profile)
            }
            Source::Container { .. } => "The role of this container".to_owned(),
            Source::InstanceMetadata { .. } => "The role of this instance".to_owned(),
            Source::WebIdentity { .. } => format!("The web identity of '{}'", base.profile),
        };
    };
    let attributes = &hop.attributes;
    let is_narrowed = attributes.policy.is_some() || !attributes.policy_arns.is_empty();
    let narrowed = if is_narrowed { ", narrowed by a session policy" } else { "" };
    format!("Role {}{narrowed}", hop.role_arn)
}

/// Returns the question itself.
pub(super) fn prompt(confirm: &Confirm) -> String {
    match confirm.seconds {
        Some(seconds) => format!("Allow every program to use them for {}?", length(seconds)),
        None => "Allow this once?".to_owned(),
    }
}

/// Returns a length of time as people say it, to the second.
pub(in crate::session) fn length(seconds: u32) -> String {
    let length = TimeDelta::seconds(seconds.into());
    let parts = [
        (length.num_hours(), "h"),
        (length.num_minutes() % 60, "min"),
        (length.num_seconds() % 60, "s"),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    parts.map(|(number, unit)| format!("{number} {unit}")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_the_units_that_it_needs() {
        for (seconds, text) in [
            (45, "45 s"),
            (900, "15 min"),
            (3600, "1 h"),
            (5400, "1 h 30 min"),
            (3661, "1 h 1 min 1 s"),
        ] {
            assert_eq!(length(seconds), text);
        }
    }
}
