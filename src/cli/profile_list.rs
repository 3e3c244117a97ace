//! `rolecall profile list`: the profiles of both files.

use serde::ser::{SerializeSeq as _, Serializer as _};
use serde_json::{Value, json};

use super::{
    Streams,
    args::{self, Output},
    setup,
};
use crate::{
    context::Context,
    error::Result,
    output::Table,
    plan::account_of,
    profile::{Files, ProcessLine, Profile, ProfileSet, Which, process_line_fault},
};

pub(super) fn run(
    context: &Context,
    args: args::ProfileList,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let files = Files::read(context)?;
    setup::warn_about_duplicates(&files, streams)?;
    let set = ProfileSet::new(&files);
    let profiles = set.profiles().inspect(|profile| {
        if let Some(warning) = profile.as_ref().ok().and_then(warning) {
            streams.warn(&warning);
        }
    });
    let text = match args.output {
        Output::Json => json_text(profiles)?,
        Output::Table => table_text(context.stdout_width(), profiles)?,
    };
    streams.print_bytes(&text)
}

/// An array, written object by object: all of them at once would take many times its size.
fn json_text<'a>(profiles: impl Iterator<Item = Result<Profile<'a>>>) -> Result<Vec<u8>> {
    const TO_MEMORY: &str = "BUG: memory takes all";
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::pretty(&mut text);
    let mut array = serializer.serialize_seq(None).expect(TO_MEMORY);
    for profile in profiles {
        array.serialize_element(&object(&profile?)).expect(TO_MEMORY);
    }
    array.end().expect(TO_MEMORY);
    text.push(b'\n');
    Ok(text)
}

fn table_text<'a>(
    width: Option<usize>,
    profiles: impl Iterator<Item = Result<Profile<'a>>>,
) -> Result<Vec<u8>> {
    let mut table = Table::new(&["NAME", "KIND", "ACCOUNT", "ROLE", "SOURCE", "MFA", "MANAGED"]);
    for profile in profiles {
        let profile = &profile?;
        let text = |key: &str| profile.either(key).map(|(text, _)| text);
        let role = text("role_arn");
        let short = role.and_then(|arn| arn.split_once(":role/")).map(|(_, role)| role);
        let yes = |is: bool| if is { "yes" } else { "-" };
        table.row([
            &profile.name,
            kind(profile),
            account(profile).unwrap_or("-"),
            short.or(role).unwrap_or("-"),
            text("source_profile").or_else(|| text("credential_source")).unwrap_or("-"),
            yes(text("mfa_serial").is_some()),
            yes(is_managed(profile)),
        ]);
    }
    let mut text = Vec::new();
    table.print(width, &mut text).map_err(|error| super::unwritable(&error))?;
    Ok(text)
}

fn object(profile: &Profile<'_>) -> Value {
    let text = |key: &str| profile.either(key).map(|(text, _)| text);
    json!({
        "name": profile.name,
        "kind": kind(profile),
        "account_id": account(profile),
        "role_arn": text("role_arn"),
        "source_profile": text("source_profile"),
        "mfa_serial": text("mfa_serial"),
        "managed": is_managed(profile),
        "file": profile.at.file.to_string_lossy(),
        "line": profile.at.line,
    })
}

/// Where the profile's credentials come from, in one word.
fn kind(profile: &Profile<'_>) -> &'static str {
    let has = |key: &str| profile.either(key).is_some();
    let line = ProcessLine::of(profile);
    match () {
        () if has("web_identity_token_file") => "web-identity",
        () if has("role_arn") => "role",
        () if has("credential_source") => "credential-source",
        () if has("sso_session") || has("sso_start_url") => "sso",
        () if has("login_session") => "login",
        () if matches!(&line, Some(ProcessLine::Ours(named)) if *named != profile.name) => "alias",
        () if line.is_some_and(|line| !matches!(line, ProcessLine::Ours(_))) => "process",
        () if has("aws_access_key_id") || profile.own("access_key_id").is_some() => "keys",
        () => "none",
    }
}

fn account<'p>(profile: &'p Profile<'_>) -> Option<&'p str> {
    let role = profile.either("role_arn").and_then(|(arn, _)| account_of(arn));
    role.or_else(|| profile.either("sso_account_id").map(|(account, _)| account))
        .or_else(|| profile.text("aws_account_id").map(|(account, _)| account))
}

/// Whether the profile's credentials come through us.
fn is_managed(profile: &Profile<'_>) -> bool {
    let line = ProcessLine::of(profile);
    line.is_some_and(|line| line.is_ours() || profile.has_own_settings())
}

/// What would make other tools not see this profile as we do.
fn warning(profile: &Profile<'_>) -> Option<String> {
    let (_, process) = profile.text("credential_process")?;
    if let Some(fault) = process_line_fault(process) {
        return Some(format!("credential_process of '{}' {fault} ({})", profile.name, process.at));
    }
    let (_, keys) = profile.text("aws_access_key_id")?;
    (is_managed(profile) && keys.which == Which::Credentials).then(|| {
        format!(
            "the access keys of '{}' in the credentials file win over its credential_process ({})",
            profile.name, keys.at
        )
    })
}
