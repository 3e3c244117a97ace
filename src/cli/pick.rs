//! The profile that a command line leaves open, chosen by a person at the terminal.

mod rows;

use std::{ffi::OsString, time::Duration};

use super::args::{Cli, Login, Profile as ProfileVerb, Settings, Verb, provision};
use crate::{
    app,
    context::Context,
    error::{Error, Kind, Result},
    profile::{DEFAULT_PROFILE, Files, ProfileSet},
    prompt::{List, Terminal, Unanswered, can_choose},
};
use rows::rows;
pub(super) use rows::source_rows;

/// How the profile of a verb is given.
enum Wanted<'v> {
    /// One, as `--profile` gives it.
    One,
    /// One or more, as the arguments of `login` give them.
    Several(&'v mut Login),
    /// One, for `rolecall-provision`, which reads the same command line.
    Sibling,
}

/// Lets a person choose the profile if `cli` needs one, and neither it nor the environment names one, and
/// there is no profile `default`. Returns the words to add to the command line for `rolecall-provision`.
///
/// Changes nothing if nobody can be asked or there is nothing to choose from: the verb then reports what is
/// missing.
///
/// # Errors
/// Of kind `Interrupted`, if no profile was chosen.
pub(super) fn complete(context: &Context, cli: &mut Cli) -> Result<Vec<OsString>> {
    let none = Vec::new();
    // A variable that can't be read is reported by the verb.
    let is_named = cli.global.profile.is_some()
        || app::PROFILE_VARIABLES.iter().any(|name| context.var_os(name).is_some());
    if is_named {
        return Ok(none);
    }
    let Some(wanted) = wanted(&mut cli.verb) else { return Ok(none) };
    let takes_several = matches!(&wanted, Wanted::Several(login) if login.export_to.is_none());
    let can_choose = can_choose(context).map_err(|why| Error::new(Kind::Usage, why))?;
    let is_missing = matches!(wanted, Wanted::Sibling)
        && !app::sibling_path(context).is_ok_and(|program| program.exists());
    if !can_choose || is_missing || has_default(context) {
        return Ok(none);
    }
    let Some(mut names) = choose(context, takes_several)? else { return Ok(none) };
    match wanted {
        Wanted::Several(login) => login.names = names,
        Wanted::One => cli.global.profile = names.pop(),
        Wanted::Sibling => {
            let name = names.pop().map(OsString::from);
            return Ok(["--profile".into()].into_iter().chain(name).collect());
        }
    }
    Ok(none)
}

/// Lets a person choose a profile, whatever the environment names; `None` if nobody can be asked or there
/// is nothing to choose from.
///
/// # Errors
/// Of kind `Interrupted`, if no profile was chosen.
pub(super) fn choose_one(context: &Context) -> Result<Option<String>> {
    if !can_choose(context).map_err(|why| Error::new(Kind::Usage, why))? {
        return Ok(None);
    }
    Ok(choose(context, false)?.and_then(|mut names| names.pop()))
}

/// Returns how the profile of `verb` is given, if it needs one that its command line doesn't name.
fn wanted(verb: &mut Verb) -> Option<Wanted<'_>> {
    let is_open = |name: &Option<String>, settings: &Settings| {
        let is_named =
            name.is_some() || settings.role_arn.is_some() && settings.source_profile.is_some();
        (!is_named).then_some(Wanted::One)
    };
    match verb {
        Verb::Login(login) => {
            let settings = &login.settings;
            let is_role = settings.role_arn.is_some() && settings.source_profile.is_some();
            (login.names.is_empty() && !is_role).then_some(Wanted::Several(login))
        }
        Verb::Exec(args) => is_open(&args.name, &args.settings),
        Verb::Serve(args) => is_open(&args.names.first().cloned(), &args.settings),
        Verb::Env(args) if args.unset => None,
        Verb::Env(args) => is_open(&args.name, &args.settings),
        Verb::Console(args) => is_open(&args.name, &args.settings),
        Verb::Whoami(args) => is_open(&args.name, &args.settings),
        Verb::Logout(args) => (args.names.is_empty() && !args.all).then_some(Wanted::One),
        Verb::Profile(ProfileVerb::Show(args)) => args.name.is_none().then_some(Wanted::One),
        Verb::S3 { verb: provision::S3::Policy(_), .. }
        | Verb::Iam { verb: provision::Iam::MfaSerial | provision::Iam::WhyDenied, .. }
        | Verb::CredentialProcess(_)
        | Verb::Status(_)
        | Verb::Log(_)
        | Verb::Doctor(_)
        | Verb::Keys(_)
        | Verb::Sso(_)
        | Verb::Profile(
            ProfileVerb::List(_)
            | ProfileVerb::Tree(_)
            | ProfileVerb::Add(_)
            | ProfileVerb::Adopt(_)
            | ProfileVerb::Release(_)
            | ProfileVerb::Set(_)
            | ProfileVerb::Unset(_)
            | ProfileVerb::Remove(_)
            | ProfileVerb::Rename(_),
        )
        | Verb::ShellInit(_)
        | Verb::Completions(_)
        | Verb::Man(_) => None,
        Verb::S3 { access, .. } | Verb::Iam { access, .. } => {
            let is_named = access.profile.is_some() || access.access_key.is_some();
            (!is_named).then_some(Wanted::Sibling)
        }
    }
}

/// Whether the profile `default` exists. Files that can't be read are reported by the verb.
fn has_default(context: &Context) -> bool {
    let Ok(files) = Files::read(context) else { return true };
    !matches!(ProfileSet::new(&files).profile(DEFAULT_PROFILE), Ok(None))
}

/// Shows the list of profiles and returns the names of those that were chosen; `None` if there are none,
/// or nobody can be asked after all.
fn choose(context: &Context, takes_several: bool) -> Result<Option<Vec<String>>> {
    let Ok(files) = Files::read(context) else { return Ok(None) };
    let rows = rows(context, &files);
    if rows.is_empty() {
        return Ok(None);
    }
    let heading = if takes_several { "Profiles" } else { "Profile" };
    let list = List { heading, item: "profile", rows: &rows, takes_several, is_numbered: false };
    let chosen = Terminal::open(context, Duration::MAX).and_then(|terminal| {
        let chosen = terminal.choose(&list);
        terminal.close(chosen)
    });
    match chosen {
        Ok(chosen) => Ok(Some(chosen.into_iter().map(|row| rows[row].name.clone()).collect())),
        Err(Unanswered::Nobody(_)) => Ok(None),
        Err(unanswered) => {
            Err(unanswered.into_error("there are no profiles", "no profile was chosen"))
        }
    }
}
