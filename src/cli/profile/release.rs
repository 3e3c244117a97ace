//! `rolecall profile release`: managed role profiles become plain ones, which other tools use
//! directly.

use super::adopt::Verb;
use crate::{
    app::Conversions,
    cli::{args, invocation::Invocation},
    error::Result,
    output::Streams,
    profile::{Conversion, Files, ProcessLine, Profile, ProfileSet, ours_alone},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileRelease,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let conversions = Conversions {
        dry_run: args.dry_run,
        is_meant,
        convert: &|file, profile| Conversion::releasing(file, profile).map(Some),
    };
    let verb = Verb { conversions, done: "released", none: "no profile is managed" };
    let converted = verb.run(invocation, args.which, streams)?;
    let files = Files::read(invocation.context)?;
    let set = ProfileSet::new(&files);
    // All of them could be read a moment ago.
    for profile in set.profiles().flatten().filter(|profile| converted.contains(&profile.name)) {
        let name = &profile.name;
        for setting in ours_alone(&profile) {
            streams.warn_with_hint(
                &format!(
                    "other tools assume the role of '{name}' without its '{}' ({})",
                    setting.key, setting.at
                ),
                "adopt it again if that is needed",
            );
        }
    }
    Ok(())
}

fn is_meant(profile: &Profile<'_>) -> bool {
    ProcessLine::of(profile) == Some(&ProcessLine::Ours(profile.name.clone()))
}
