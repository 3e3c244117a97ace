//! `rolecall profile adopt`: plain role profiles become managed ones.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use crate::{
    app::{self},
    cli::{args, invocation::Invocation},
    error::{Error, Kind, Location, Result},
    ini::Document,
    output::{FewWarnings, Streams, escape},
    plan::{check_source, check_values},
    profile::{
        ConfigFile, Conversion, Edited, File, FileEdit, Files, Key, Profile, ProfileSet, Sections,
        Which, as_word,
    },
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileAdopt,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let context = invocation.context;
    let program = app::program(context, args.bare)?;
    let verb = Verb {
        dry_run: args.dry_run,
        done: "adopted",
        none: "no profile has a role that can be adopted",
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

/// The conversion that a profile needs, if any.
type Convert<'v> = dyn Fn(ConfigFile<'_>, &Profile<'_>) -> Result<Option<Conversion>> + 'v;

/// How `adopt` and `release` differ.
pub(super) struct Verb<'v> {
    /// Whether to print the changes instead of making them.
    pub(super) dry_run: bool,
    /// What was done, in a word.
    pub(super) done: &'static str,
    /// The message if there was nothing to do.
    pub(super) none: &'static str,
    /// Whether `--all` means this profile.
    pub(super) is_meant: fn(&Profile<'_>) -> bool,
    pub(super) convert: &'v Convert<'v>,
}

/// The outcome for one version of the config file.
#[derive(Default)]
struct Outcome {
    converted: Vec<String>,
    /// Profiles that need no change.
    unchanged: Vec<String>,
    /// Profiles that were skipped, and why.
    skipped: Vec<(String, Error)>,
}

impl Verb<'_> {
    /// Converts the profiles in one edit, and returns the names of those converted.
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
        let path = Which::Config.path(context)?;
        let credentials = Which::Credentials.path(context)?;
        let mut outcome = Outcome::default();
        let edited =
            FileEdit { path: &path, dry_run: self.dry_run }.apply(context, |document| {
                let files = files_of(document, &path, &credentials)?;
                let set = ProfileSet::new(&files);
                outcome = if which.all {
                    self.all(document, &set)?
                } else {
                    self.named(document, &set, &names)?
                };
                Ok(())
            })?;
        let mut few = FewWarnings::default();
        for (what, error) in &outcome.skipped {
            let hint = error.hints().first().map_or("leave it as it is", String::as_str);
            few.warn(&format!("skipped {what}: {error}"), hint, streams);
        }
        few.finish("name one of them to see why it is skipped", streams);
        if let Edited::WouldWrite(diff) = edited {
            streams.print_diff(&diff)?;
            return Ok(HashSet::new());
        }
        let Outcome { converted, unchanged, skipped: _ } = outcome;
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

    fn all(&self, document: &mut Document, set: &ProfileSet<'_>) -> Result<Outcome> {
        let sections = Sections::of(document);
        let mut outcome = Outcome::default();
        for profile in set.profiles() {
            let profile = match profile {
                Ok(profile) if (self.is_meant)(&profile) => profile,
                Ok(_) => continue,
                Err(error) => {
                    outcome.skipped.push(("a profile that can't be read".to_owned(), error));
                    continue;
                }
            };
            match (self.convert)(ConfigFile { document, sections: &sections }, &profile) {
                Ok(Some(conversion)) => {
                    conversion.apply(document)?;
                    outcome.converted.push(profile.name);
                }
                Ok(None) => {}
                Err(error) => outcome.skipped.push((format!("'{}'", profile.name), error)),
            }
        }
        Ok(outcome)
    }

    fn named(
        &self,
        document: &mut Document,
        set: &ProfileSet<'_>,
        names: &[String],
    ) -> Result<Outcome> {
        let sections = Sections::of(document);
        let mut outcome = Outcome::default();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                continue;
            }
            let Some(profile) = set.profile(name)? else {
                return Err(Error::config(format!("profile '{name}' does not exist"))
                    .hint("'rolecall profile list' shows the profiles"));
            };
            match (self.convert)(ConfigFile { document, sections: &sections }, &profile)? {
                Some(conversion) => {
                    conversion.apply(document)?;
                    outcome.converted.push(profile.name);
                }
                None => outcome.unchanged.push(profile.name),
            }
        }
        Ok(outcome)
    }
}

/// Returns both files, with the config file as it is in the document being edited.
fn files_of(document: &Document, config: &Path, credentials: &Path) -> Result<Files> {
    if let Some(line) = document.invalid_utf8_line() {
        return Err(Error::config("not valid UTF-8")
            .at(Some(Location { file: config.into(), line }))
            .hint("save the file as UTF-8: AWS tools skip or refuse it as it is"));
    }
    let text = String::from_utf8(document.to_bytes()).expect("BUG: checked just above");
    Ok(Files {
        config: File::of_text(Which::Config, config.to_owned(), text)?,
        credentials: File::read(Which::Credentials, PathBuf::from(credentials))?,
    })
}
