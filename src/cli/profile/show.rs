//! `rolecall profile show`: a profile's settings, and the chain of credentials that they describe.

use std::collections::{BTreeMap, HashMap};

use chrono::TimeDelta;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::settings::Settings;
use crate::{
    app::{self},
    cli::args::{self, Output},
    cli::invocation::Invocation,
    cli::time,
    context::Context,
    credentials::rfc3339,
    error::{Error, Result},
    output::{Column, Streams, Table, escape},
    plan::{Base, Confirm, Environment, Hop, Mfa, Plan, Request, Source, resolve},
    profile::{DEFAULT_PROFILE, Files, ProfileSet},
    session::confirmed_until,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileShow,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let name = selection.profile_name(context, args.name)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let Some(profile) = set.profile(&name)? else {
        // The plan's error says the same and lists the existing names.
        resolve(&Request::profile(name.clone()), &set, Environment::of(context))?;
        return Err(Error::config(format!("profile '{name}' does not exist")));
    };
    app::warn_about_misspelt_keys(&profile, streams);
    let plan = resolve(&Request::profile(name.clone()), &set, Environment::of(context));
    let mut losers: HashMap<_, Vec<_>> = HashMap::new();
    for loser in set.overridden(&profile)? {
        losers.entry(loser.key.to_string()).or_default().push(loser);
    }
    let settings = Settings { profile: &profile, losers, context, show_secrets: args.show_secrets };
    match args.output {
        Output::Json => {
            let properties = Properties(&settings);
            let plan = plan.as_ref().map_or_else(plan_error, |plan| plan_object(context, plan));
            streams.print_json(&Shown { name: &name, properties, plan })
        }
        Output::Table => {
            let mut table = Table::new(&[
                Column::wrapped("KEY"),
                Column::wrapped("VALUE"),
                Column::tail("WHERE"),
            ]);
            for setting in profile.settings.iter() {
                settings.add_rows(&mut table, setting);
            }
            let screen = streams.screen(context.stdout_width());
            let mut text = table.text(screen);
            if let Some(at) = set.ignored_default().filter(|_| name == DEFAULT_PROFILE) {
                let at = escape(&at.to_string()).into_owned();
                let note = format!("\n[default] is ignored because of [profile default] ({at})\n");
                text.push_str(&screen.wrapped(&context.with_tildes(&note)));
            }
            text.push('\n');
            let plan = match &plan {
                Ok(plan) => plan_text(context, plan),
                Err(error) => format!("plan: {}\n", escape(&error.to_string())),
            };
            text.push_str(&screen.wrapped(&context.with_tildes(&plan)));
            streams.print(&text)
        }
    }
}

/// What `--output json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    name: &'a str,
    properties: Properties<'a>,
    plan: Value,
}

/// Serialized one by one: as one value, a million of them would take a hundred times the file's
/// size.
struct Properties<'a>(&'a Settings<'a>);

impl Serialize for Properties<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let settings = self.0;
        let entries = settings.profile.settings.iter();
        serializer.collect_map(entries.map(|setting| (&setting.key, settings.object(setting))))
    }
}

fn plan_error(error: &Error) -> Value {
    json!({ "error": error.to_string(), "hints": error.hints() })
}

fn plan_object(context: &Context, plan: &Plan) -> Value {
    json!({
        "chain": plan.chain,
        "base": base_object(&plan.base),
        "mfa": plan.mfa.as_ref().map(|mfa| json!({
            "serial": mfa.serial,
            "own_code": mfa.direct,
            "session_seconds": mfa.max_age,
        })),
        "session_seconds": plan.session.as_ref().map(|session| session.seconds),
        "confirm": plan.confirm.as_ref().map(|confirm| json!({
            "seconds": confirm.seconds,
            "confirmed_until": confirmed_until(context, plan).map(rfc3339),
        })),
        "hops": plan.hops.iter().map(hop_object).collect::<Vec<_>>(),
        "agent_policy": plan.agent_policy.as_ref().map(|policy| &policy.text),
        "region": plan.aws.region,
        "endpoint_url": plan.aws.endpoint_url,
    })
}

/// Returns the base with what identifies it, but no secret: for keys, their id.
fn base_object(base: &Base) -> Value {
    let mut object = match &base.source {
        Source::Keys(credentials) => json!({ "access_key_id": credentials.access_key_id }),
        Source::StoredKeys { access_key_id, .. } => {
            json!({ "access_key_id": access_key_id, "stored": true })
        }
        Source::WebIdentity { token_file } => json!({ "token_file": token_file }),
        Source::Sso(role) => json!({
            "sso_session": role.session.name,
            "start_url": role.session.start_url,
            "region": role.session.region,
            "account_id": role.account_id,
            "role_name": role.role_name,
        }),
        Source::Login { session } => json!({ "login_session": session }),
        // A command line may contain a password, despite all advice.
        Source::Process { is_kept, .. } => json!({ "stored": is_kept }),
        Source::Container { uri } => json!({ "uri": uri }),
        Source::InstanceMetadata { endpoint } => json!({ "endpoint": endpoint }),
    };
    object["kind"] = base.source.kind().into();
    object["profile"] = base.profile.as_str().into();
    object
}

fn hop_object(hop: &Hop) -> Value {
    json!({
        "profile": hop.profile,
        "role_arn": hop.role_arn,
        "external_id": hop.external_id,
        "session_name": hop.session_name,
        "duration_seconds": hop.duration_seconds,
        "capped_from": hop.capped_from,
        "session_policy": hop.attributes.policy,
        "session_policy_arns": hop.attributes.policy_arns,
        "session_tags": hop.attributes.tags.iter().cloned().collect::<BTreeMap<_, _>>(),
        "transitive_tag_keys": hop.attributes.transitive_tag_keys,
        "source_identity": hop.attributes.source_identity,
    })
}

/// Returns a note about a device that a later role names, because MFA does not pass through a role.
fn whose(plan: &Plan, mfa: &Mfa) -> &'static str {
    let is_later =
        plan.hops.first().is_some_and(|hop| mfa.profile.is_some() && hop.profile != mfa.profile);
    if is_later { " (the user's, because MFA does not pass through a role)" } else { "" }
}

fn base_words(base: &Base) -> String {
    match &base.source {
        Source::Keys(credentials) => format!("keys {}", escape(&credentials.access_key_id)),
        Source::StoredKeys { access_key_id, .. } => {
            format!("keys {} in the store", escape(access_key_id))
        }
        Source::WebIdentity { token_file } => {
            format!("web identity in {}", escape(&token_file.display().to_string()))
        }
        Source::Sso(role) => format!(
            "IAM Identity Center role {} in {}",
            escape(&role.role_name),
            escape(&role.account_id)
        ),
        Source::Login { session } => format!("console session of {}", escape(session)),
        Source::Process { .. } => "the program".to_owned(),
        Source::Container { .. } => "the container's service".to_owned(),
        Source::InstanceMetadata { .. } => "the instance's metadata".to_owned(),
    }
}

/// Returns the plan as a tree, from the keys to the last role.
fn plan_text(context: &Context, plan: &Plan) -> String {
    let mut text =
        format!("plan: {} of '{}'\n", base_words(&plan.base), escape(&plan.base.profile));
    let mut depth = 2;
    if let Some(mfa) = plan.mfa.as_ref().filter(|mfa| !mfa.direct) {
        text.push_str(&format!(
            "      └─ MFA session with {}{}\n",
            escape(&mfa.serial),
            whose(plan, mfa)
        ));
        depth += 1;
    }
    if let Some(session) = &plan.session {
        text.push_str(&format!("      └─ session of {} s without MFA\n", session.seconds));
    }
    for (i, hop) in plan.hops.iter().enumerate() {
        let indent = "   ".repeat(depth + i);
        text.push_str(&format!("{indent}└─ assume {}", escape(&hop.role_arn)));
        text.push_str(&format!(" as '{}'", escape(&hop.session_name)));
        if let Some(profile) = &hop.profile {
            text.push_str(&format!(", for '{}'", escape(profile)));
        }
        if hop.external_id.is_some() {
            text.push_str(", with an external ID");
        }
        if let Some(seconds) = hop.duration_seconds {
            text.push_str(&format!(", for {seconds} s"));
        }
        if let Some(mfa) = plan.direct_mfa(i) {
            text.push_str(&format!(", with a code of {}", escape(&mfa.serial)));
        }
        let attributes = &hop.attributes;
        if attributes.policy.is_some() || !attributes.policy_arns.is_empty() {
            text.push_str(", with a session policy");
        }
        if !attributes.tags.is_empty() {
            text.push_str(", with tags");
        }
        if let Some(identity) = &attributes.source_identity {
            text.push_str(&format!(", as source identity '{}'", escape(identity)));
        }
        if let Some(asked) = hop.capped_from {
            text.push_str(&format!(" (not {asked} s: role chaining limits it to 1 hour)"));
        }
        if let Some(at) = &hop.places.role_arn {
            text.push_str(&format!("  {}", escape(&at.to_string())));
        }
        text.push('\n');
    }
    if let Some(policy) = &plan.agent_policy {
        let (given, at) = (escape(&policy.text), escape(&policy.at.to_string()).into_owned());
        text.push_str(&format!("coding agents get: {given}  {at}\n"));
    }
    if let Some(confirm) = &plan.confirm {
        text.push_str(&confirm_text(context, plan, confirm));
    }
    text
}

/// Returns when a person is asked.
fn confirm_text(context: &Context, plan: &Plan, confirm: &Confirm) -> String {
    let now = context.now();
    let often = match confirm.seconds {
        Some(seconds) => format!("once every {}", time::length(TimeDelta::seconds(seconds.into()))),
        None => "every time".to_owned(),
    };
    let until = confirmed_until(context, plan);
    let until = until.map(|until| format!("; already given until {}", time::local(until, now)));
    let at = confirm.at.as_ref().map(|at| format!("  {}", escape(&at.to_string())));
    let (until, at) = (until.unwrap_or_default(), at.unwrap_or_default());
    format!("approval required before credentials are handed out, {often}{until}{at}\n")
}
