//! `rolecall env`: credentials as shell commands or a `.env` file.

use std::path::Path;

use zeroize::Zeroizing;

use super::{
    args::{self, Shell},
    hand_out::{Asked, Change},
    invocation::Invocation,
};
use crate::{
    app::Way,
    context::Context,
    error::{Error, Kind, Result},
    output::Language,
    output::Streams,
};

/// Room for the longest tokens seen, so that the buffer never moves and leaves a copy behind.
const CAPACITY: usize = 16 * 1024;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Env,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let language = language_for(context, args.shell)?;
    let change = if args.unset {
        if selection.profile.is_some() {
            return Err(Error::new(Kind::Usage, "--unset can't be combined with a profile"));
        }
        Change::back(context)
    } else {
        let args::Env { name, ref settings, ref narrow, at_least, .. } = args;
        let asked = Asked { way: Way::to_caller("env"), name, settings, narrow, at_least };
        Change::of_profile(invocation, asked, streams)?
    };
    // All of it or nothing: a shell would run the first half.
    let mut text = Zeroizing::new(String::with_capacity(CAPACITY));
    match language.unset(&change.unset) {
        Some(lines) => text.push_str(&lines),
        None if args.unset => {
            return Err(Error::new(Kind::Usage, "a .env file can't unset variables")
                .hint("use a shell, for example --shell bash"));
        }
        None => {}
    }
    for (name, value) in &change.set {
        if !language.set(name, value.expose(), &mut text) {
            return Err(Error::config(format!(
                "the value of {name} has characters that this format can't express"
            ))
            .hint("check the profile's name and region for quotes and line breaks")
            .naming_doctor(None));
        }
    }
    streams.print_bytes(text.as_bytes())
}

/// Returns the language of `shell`; `None` stands for the shell that runs this.
pub(super) fn language_for(context: &Context, shell: Option<Shell>) -> Result<Language> {
    shell.map_or_else(|| own_language(context), |shell| Ok(language(shell)))
}

fn language(shell: Shell) -> Language {
    match shell {
        Shell::Bash | Shell::Zsh | Shell::Sh => Language::Posix,
        Shell::Fish => Language::Fish,
        Shell::Powershell => Language::PowerShell,
        Shell::Dotenv => Language::Dotenv,
    }
}

/// Returns the language of the shell that runs this, or of the user's login shell if another program
/// runs it. The two differ if one was started from the other.
fn own_language(context: &Context) -> Result<Language> {
    if let Some(language) = context.parent_program().and_then(|name| language_of(&name)) {
        return Ok(language);
    }
    let shell = context.var("SHELL").and_then(|path| Path::new(path).file_stem()?.to_str());
    match shell {
        None if cfg!(windows) => Ok(Language::PowerShell),
        shell => shell.and_then(language_of).ok_or_else(unknown_shell),
    }
}

/// The language of the shell with this name; `None` if `env` does not know it.
fn language_of(shell: &str) -> Option<Language> {
    match shell {
        "bash" | "zsh" | "sh" | "dash" | "ash" | "ksh" | "mksh" | "busybox" => {
            Some(Language::Posix)
        }
        "fish" => Some(Language::Fish),
        "pwsh" | "powershell" => Some(Language::PowerShell),
        _ => None,
    }
}

fn unknown_shell() -> Error {
    Error::new(Kind::Usage, "the shell can't be determined from SHELL")
        .hint("use --shell bash, zsh, sh, fish, powershell or dotenv")
}
