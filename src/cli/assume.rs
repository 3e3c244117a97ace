//! What the shell function `assume` of [`super::shell_init`] does: the hidden `rolecall __assume`.
//!
//! ```text
//! rolecall __assume SHELL [PROFILE | --unset]
//! ```
//!
//! It prints commands for the shell, which select a profile and its region and clear everything that
//! could take precedence. No keys are put into the shell, so nothing there expires: AWS's programs ask
//! rolecall, through `credential_process`. Everything for people goes to stderr.

use std::ffi::OsString;

use chrono::DateTime;
use clap::{Parser, ValueEnum as _, error::ErrorKind};
use zeroize::Zeroizing;

use super::{
    args::CompletedShell,
    hand_out::{REGIONS, shell_note},
    pick,
    shell_init::language,
    usage::message_of,
};
use crate::{
    app,
    context::Context,
    credentials::CREDENTIAL_VARIABLES,
    error::{Error, Kind, Result},
    output::{Streams, escape},
    plan::{HANDED_OUT_REGION, Request},
    profile::{Conversion, Key, Profile, ProfileSet, as_word},
};

/// The word that the scripts call.
pub(super) const WORD: &str = "__assume";

/// Names the profile that the shell was switched to, for prompts. Among the [`CREDENTIAL_VARIABLES`],
/// so that `exec` and `env` clear it.
const ASSUMED: &str = "ROLECALL_ASSUMED";
/// The user's own regions, which `--unset` restores: the values of [`REGIONS`], separated by a comma.
const OWN_REGIONS: &str = "ROLECALL_OWN_REGIONS";

/// Switch this shell to an AWS profile
#[derive(Debug, Parser)]
#[command(name = "assume", max_term_width = 100, disable_version_flag = true)]
struct Assume {
    /// Profile to use from now on [default: choose from a list]
    #[arg(value_name = "PROFILE", conflicts_with = "unset")]
    name: Option<String>,
    /// Undo it: no profile is selected, and your own region is restored
    #[arg(long)]
    unset: bool,
}

/// Answers a shell; `arguments` are those behind [`WORD`].
///
/// # Errors
/// As every verb that takes a profile. Then stdout is empty, so that the shell runs nothing.
pub(super) fn run(
    context: &Context,
    arguments: &[OsString],
    streams: &mut Streams<'_>,
) -> Result<()> {
    if let Some(name) = context.unreadable_variable() {
        return Err(Error::new(Kind::Usage, format!("{name} is not UTF-8"))
            .hint("set it again, or unset it"));
    }
    let shell = arguments.first().and_then(|word| word.to_str());
    let shell = shell.and_then(|word| CompletedShell::from_str(word, false).ok());
    let shell = shell.ok_or_else(|| {
        Error::new(
            Kind::Usage,
            "the shell function 'assume' did not come from 'rolecall shell-init'",
        )
        .hint("define it again: see 'rolecall shell-init --help'")
    })?;
    let words = [OsString::from("assume")].into_iter().chain(arguments[1..].iter().cloned());
    let args = match Assume::try_parse_from(words) {
        Ok(args) => args,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            streams.note(&error.render().to_string());
            return Ok(());
        }
        Err(error) => return Err(usage_error(&error)),
    };
    let change = if args.unset {
        if is_handed_out(context) {
            tell_of_exec(context, streams);
            return Ok(());
        }
        Change::back(context)
    } else {
        let name = match args.name {
            Some(name) => name,
            None => pick::choose_one(context)?.ok_or_else(no_profile)?,
        };
        switch(context, &name, streams)?
    };
    streams.print_bytes(change.commands(shell)?.as_bytes())
}

fn usage_error(error: &clap::Error) -> Error {
    let message = message_of(error).unwrap_or_else(|| error.to_string());
    Error::new(Kind::Usage, message).hint("see 'assume --help'")
}

fn no_profile() -> Error {
    Error::new(Kind::Usage, "'assume' needs a profile")
        .hint("'rolecall profile list' lists them; 'assume --unset' undoes it")
}

/// Returns the change that selects the profile `name`, after checking that it has credentials.
fn switch(context: &Context, name: &str, streams: &mut Streams<'_>) -> Result<Change> {
    let (files, _) = app::plan(context, &Request::profile(name))?;
    let profile = ProfileSet::new(&files).profile(name)?;
    let profile =
        profile.ok_or_else(|| Error::config(format!("profile '{name}' no longer exists")))?;
    let region = profile.checked(Key::Region)?.map(|(region, _)| region.to_owned());
    if is_handed_out(context) {
        tell_of_exec(context, streams);
    }
    let shown = region.as_ref().map_or_else(String::new, |region| format!(", in {region}"));
    streams.note(&format!("{}: selected in this shell{}\n", escape(name), escape(&shown)));
    warn_unless_managed(context, &profile, streams);
    app::warn_about_exposed_files(context, streams);
    app::warn_about_duplicates(&files, streams);
    Ok(Change::to(context, name, region))
}

/// Warns if AWS's programs would not get the profile's credentials from rolecall.
fn warn_unless_managed(context: &Context, profile: &Profile<'_>, streams: &mut Streams<'_>) {
    let word = as_word(&profile.name);
    if profile.is_managed() {
        app::warn_about_traps(profile, context.executable().as_deref(), streams);
    } else {
        let what = format!(
            "profile '{}' is not managed: AWS tools don't get its credentials from rolecall",
            profile.name
        );
        if Conversion::is_plain_role(profile) {
            streams.warn_with_hint(&what, &format!("'rolecall profile adopt {word}' changes that"));
        } else if profile.get(Key::AwsAccessKeyId).is_some() {
            let hint = format!("'rolecall keys import {word}' moves its keys into the keychain");
            streams.warn_with_hint(&what, &hint);
        } else {
            streams.warn(&what);
        }
    }
}

/// Whether this shell was opened by `rolecall exec`, or has the output of `rolecall env`.
fn is_handed_out(context: &Context) -> bool {
    context.var(app::HANDED_OUT_PROFILE).is_some() && context.var("AWS_ACCESS_KEY_ID").is_some()
}

/// Says until when the credentials are valid that `exec` or `env` put into this shell.
fn tell_of_exec(context: &Context, streams: &mut Streams<'_>) {
    let name = context.var(app::HANDED_OUT_PROFILE).unwrap_or_default();
    let ends = context.var("AWS_CREDENTIAL_EXPIRATION");
    let ends = ends.and_then(|ends| DateTime::parse_from_rfc3339(ends).ok());
    streams.note(&shell_note(name, ends.map(|ends| ends.to_utc()), context.now()));
}

/// A change of the shell's environment.
struct Change {
    set: Vec<(&'static str, String)>,
    unset: Vec<&'static str>,
}

impl Change {
    /// The change that selects the profile `name` with its `region`.
    fn to(context: &Context, name: &str, region: Option<String>) -> Self {
        let mut set = vec![("AWS_PROFILE", name.to_owned()), (ASSUMED, name.to_owned())];
        match region {
            Some(region) => {
                let own = own_regions(context);
                if own.iter().any(|region| !region.is_empty()) {
                    set.push((OWN_REGIONS, own.join(",")));
                }
                set.extend(REGIONS.iter().map(|name| (*name, region.clone())));
                set.push((HANDED_OUT_REGION, region));
            }
            None => set.extend(restored(context)),
        }
        Self::with_all_unset(context, set)
    }

    /// The change that undoes others.
    fn back(context: &Context) -> Self {
        Self::with_all_unset(context, restored(context))
    }

    /// Unsets everything else that selects credentials, and a region that was set with them.
    fn with_all_unset(context: &Context, set: Vec<(&'static str, String)>) -> Self {
        let mut unset: Vec<&'static str> = CREDENTIAL_VARIABLES.to_vec();
        unset.push(OWN_REGIONS);
        let ours = context.var(HANDED_OUT_REGION);
        unset.extend(REGIONS.iter().filter(|name| ours.is_some() && context.var(name) == ours));
        unset.retain(|name| set.iter().all(|(other, _)| other != name));
        Self { set, unset }
    }

    /// The commands for a shell.
    fn commands(&self, shell: CompletedShell) -> Result<Zeroizing<String>> {
        let language = language(shell);
        let mut text = Zeroizing::new(language.unset(&self.unset).unwrap_or_default());
        for (name, value) in &self.set {
            if !language.set(name, value, &mut text) {
                return Err(Error::config(format!("the value of {name} has a zero byte")));
            }
        }
        Ok(text)
    }
}

/// The regions that the user chose: of [`REGIONS`], those that no profile set.
fn own_regions(context: &Context) -> Vec<&str> {
    if let Some((first, second)) = context.var(OWN_REGIONS).and_then(|own| own.split_once(',')) {
        return vec![first, second];
    }
    let ours = context.var(HANDED_OUT_REGION);
    let own = |name: &&str| context.var(name).filter(|it| Some(*it) != ours).unwrap_or_default();
    REGIONS.iter().map(own).collect()
}

/// The variables that get the user's own regions again.
fn restored(context: &Context) -> Vec<(&'static str, String)> {
    let own = REGIONS.iter().zip(own_regions(context)).filter(|(_, region)| !region.is_empty());
    own.map(|(name, region)| (*name, region.to_owned())).collect()
}
