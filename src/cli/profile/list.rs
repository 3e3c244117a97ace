//! `rolecall profile list`: the profiles of both files.

use std::cmp::Reverse;

use serde::ser::{SerializeSeq as _, Serializer as _};
use serde_json::{Value, json};

use super::{filter::Filter, kind_color::paint_of_kind};
use crate::{
    app,
    cli::{
        args::{self, Output, ProfileOrder},
        ends::{Ends, StoredSession},
        time, usage,
    },
    context::Context,
    credentials::rfc3339,
    error::Result,
    output::{Column, FewWarnings, Paint, Screen, Streams, Table},
    profile::{Files, Key, Profile, ProfileSet},
    session::Overview,
};

pub(super) fn run(
    context: &Context,
    args: args::ProfileList,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let filter = Filter::of(&args)?;
    let files = Files::read_whole(context)?;
    let set = ProfileSet::new(&files);
    // It reads the files again, which may be huge.
    if set.is_empty() {
        usage::advise(context, args.output, streams);
    }
    let program = context.executable();
    let mut warnings = app::ProfileWarnings::new(&files, program.as_deref(), streams);
    let screen = streams.screen(context.stdout_width());
    let mut broken = Vec::new();
    let profiles = set.profiles().filter_map(|profile| match profile {
        Ok(profile) if !filter.takes(&profile) => None,
        Ok(profile) => {
            warnings.traps(&profile, streams);
            warnings.misspelt_keys(&profile, streams);
            Some(profile)
        }
        Err(error) => {
            broken.push(error);
            None
        }
    });
    let overview = Overview::read(context, 0);
    let config_file = files.config.path.display().to_string();
    let mut profiles: Box<dyn Iterator<Item = Profile<'_>>> = Box::new(profiles);
    match args.sort {
        // One by one: all of them at once could take many times the memory of the files.
        ProfileOrder::File => {}
        ProfileOrder::Name => {
            let mut sorted: Vec<_> = profiles.collect();
            sorted.sort_by(|one, other| one.name.cmp(&other.name));
            profiles = Box::new(sorted.into_iter());
        }
        ProfileOrder::Recent => {
            let used = overview.last_created(&config_file);
            let mut sorted: Vec<_> = profiles.collect();
            sorted.sort_by_key(|profile| Reverse(used.get(&*profile.name).copied()));
            profiles = Box::new(sorted.into_iter());
        }
    }
    let mut count = 0_usize;
    let profiles = profiles.inspect(|_| count += 1);
    let ends = Ends::of(context.now(), overview, &config_file);
    let text = match args.output {
        Output::Json => json_text(profiles, &ends),
        Output::Table => table_text(screen, profiles, &ends).into_bytes(),
    };
    warnings.finish(streams);
    streams.print_bytes(&text)?;
    if count == 0 && filter.is_any() && args.output == Output::Table {
        streams.note("no profile matches\n");
    }
    // A broken profile does not hide the others.
    let Some(last) = broken.pop() else { return Ok(()) };
    let mut few = FewWarnings::default();
    for error in &broken {
        few.report(error, streams);
    }
    few.finish(app::ALL_WARNINGS, streams);
    Err(last)
}

/// Returns a JSON array, written object by object, because a tree of all of them would take many
/// times the memory.
fn json_text<'a>(profiles: impl Iterator<Item = Profile<'a>>, ends: &Ends) -> Vec<u8> {
    const TO_MEMORY: &str = "BUG: memory takes all";
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::pretty(&mut text);
    let mut array = serializer.serialize_seq(None).expect(TO_MEMORY);
    for profile in profiles {
        array.serialize_element(&object(&profile, ends)).expect(TO_MEMORY);
    }
    array.end().expect(TO_MEMORY);
    text.push(b'\n');
    text
}

fn table_text<'a>(
    screen: Screen,
    profiles: impl Iterator<Item = Profile<'a>>,
    ends: &Ends,
) -> String {
    let mut table = Table::new(&[
        Column::wrapped("NAME"),
        Column::whole("KIND"),
        Column::whole("ACCOUNT"),
        Column::tail("ROLE"),
        Column::wrapped("SOURCE"),
        Column::whole("MFA"),
        Column::whole("MANAGED"),
        Column::below("SESSION"),
    ]);
    for profile in profiles {
        let profile = &profile;
        let text = |key: Key| profile.get(key).map(|(text, _)| text);
        let role = text(Key::RoleArn);
        let short = role.and_then(|arn| arn.split_once(":role/")).map(|(_, role)| role);
        let stored = ends.of_profile(profile);
        let session = stored.map(|StoredSession { ends: end, .. }| {
            format!("until {}, {}", time::local(end, ends.now), time::length(end - ends.now))
        });
        let paint = stored.map_or(Paint::Plain, |stored| time::paint(stored.freshness));
        let yes = |is: bool| if is { "yes" } else { "" };
        let plain = |text| (text, Paint::Plain);
        let source = text(Key::SourceProfile).or_else(|| text(Key::CredentialSource));
        table.painted_row([
            (&*profile.name, Paint::Heading),
            (profile.kind(), paint_of_kind(profile.kind())),
            plain(profile.account_id().unwrap_or_default()),
            plain(short.or(role).unwrap_or_default()),
            plain(source.unwrap_or_default()),
            plain(yes(text(Key::MfaSerial).is_some())),
            plain(yes(profile.is_managed())),
            (session.as_deref().unwrap_or_default(), paint),
        ]);
    }
    table.text(screen)
}

fn object(profile: &Profile<'_>, ends: &Ends) -> Value {
    let session = ends.of_profile(profile).map(|StoredSession { ends: end, .. }| {
        json!({ "expiration": rfc3339(end), "remaining_seconds": (end - ends.now).num_seconds() })
    });
    let text = |key: Key| profile.get(key).map(|(text, _)| text);
    json!({
        "name": profile.name,
        "kind": profile.kind(),
        "account_id": profile.account_id(),
        "role_arn": text(Key::RoleArn),
        "source_profile": text(Key::SourceProfile),
        "mfa_serial": text(Key::MfaSerial),
        "credential_source": text(Key::CredentialSource),
        "managed": profile.is_managed(),
        "session": session,
        "file": profile.at.file.to_string_lossy(),
        "line": profile.at.line,
    })
}
