//! `rolecall profile adopt`: plain role profiles become managed ones.

use std::collections::HashSet;

use crate::{
    app::{self, ConversionReport, Conversions},
    cli::{args, invocation::Invocation},
    error::{Error, Kind, Location, Result},
    output::{FewWarnings, Streams, escape},
    plan::{check_source, check_values},
    profile::{Conversion, Edited, Files, Key, ProfileSet, as_word},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileAdopt,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let context = invocation.context;
    let program = app::program(context, args.bare)?;
    let conversions = Conversions {
        dry_run: args.dry_run,
        is_meant: Conversion::is_plain_role,
        convert: &|file, profile| {
            let conversion = Conversion::adopting(file, profile, &program)?;
            // A role without a source is broken, and a credential_process would only hide that.
            if conversion.is_some() {
                if profile.plain(Key::RoleArn).is_some() {
                    check_source(profile)?;
                }
                check_values(profile)?;
            }
            Ok(conversion)
        },
    };
    let none = "no profile has a role that can be adopted";
    let verb = Verb { conversions, done: "adopted", none };
    let converted = verb.run(invocation, args.which, streams)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let mut sessions: Vec<(String, Location)> = Vec::new();
    let mut warnings = app::ProfileWarnings::new(&files, Some(&program), streams);
    // All of them could be read a moment ago.
    for profile in set.profiles().flatten().filter(|profile| converted.contains(&profile.name)) {
        warnings.traps(&profile, streams);
        warnings.foreign_settings(&profile, streams);
        if let Some((session, setting)) = profile.get(Key::SsoSession)
            && !sessions.iter().any(|(seen, _)| seen == session)
        {
            sessions.push((session.to_owned(), setting.at.clone()));
        }
    }
    for (session, at) in sessions {
        streams.warn_with_hint(
            &format!("'aws sso login --profile …' no longer signs in to '{session}' ({at})"),
            &format!("'aws sso login --sso-session {}' does", as_word(&session)),
        );
    }
    warnings.finish(streams);
    Ok(())
}

/// A conversion, and the words for it.
pub(super) struct Verb<'v> {
    pub(super) conversions: Conversions<'v>,
    /// What was done, in a word.
    pub(super) done: &'static str,
    /// The message if there was nothing to do.
    pub(super) none: &'static str,
}

impl Verb<'_> {
    /// Converts the profiles that the command line names, and returns the names of those converted.
    pub(super) fn run(
        &self,
        invocation: Invocation<'_>,
        which: args::ProfileSelection,
        streams: &mut Streams<'_>,
    ) -> Result<HashSet<String>> {
        let Invocation { context, selection } = invocation;
        let names: Vec<String> = which.names.into_iter().chain(selection.profile.clone()).collect();
        if names.is_empty() != which.all {
            return Err(Error::new(Kind::Usage, "expected either profile names or --all"));
        }
        let (ConversionReport { converted, unchanged, skipped }, edited) =
            self.conversions.run(context, &names)?;
        let mut few = FewWarnings::default();
        for (what, error) in &skipped {
            let hint = error.hints().first().map_or("leave it as it is", String::as_str);
            few.warn(&format!("skipped {what}: {error}"), hint, streams);
        }
        few.finish("name one of them to see why it is skipped", streams);
        if let Edited::WouldWrite(diff) = edited {
            streams.print_diff(&diff)?;
            return Ok(HashSet::new());
        }
        let mut text = String::new();
        for name in &converted {
            text.push_str(&format!("{} profile '{}'\n", self.done, escape(name)));
        }
        for name in &unchanged {
            text.push_str(&format!("profile '{}' is already managed\n", escape(name)));
        }
        if text.is_empty() {
            text = format!("{}\n", self.none);
        }
        streams.print(&text)?;
        Ok(converted.into_iter().collect())
    }
}
