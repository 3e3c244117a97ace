//! The verbs: one file each, and what they share.

pub mod access;
pub mod args;
mod credential_process;
pub mod keep;
mod keys;
mod keys_add;
mod keys_export;
mod keys_import;
mod keys_list;
mod keys_remove;
mod login;
mod logout;
mod profile_add;
mod profile_list;
mod profile_show;
mod setup;
mod sibling;
mod status;
mod time;
mod whoami;

use std::{ffi::OsString, io, io::Write};

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    output::{escape, report},
};
use args::{Cli, HELPER, Keys, Profile, Verb};

/// Verbs that are part of the design but come with a later release.
const NOT_YET: [&str; 9] =
    ["exec", "env", "console", "serve", "sso", "doctor", "completions", "man", "iam"];
const KEYS_NOT_YET: [&str; 1] = ["rotate"];
const PROFILE_NOT_YET: [&str; 7] = ["tree", "set", "unset", "remove", "rename", "adopt", "release"];

/// Where a verb writes.
pub struct Streams<'s> {
    /// Data, and nothing else.
    pub stdout: &'s mut dyn Write,
    /// Errors and warnings.
    pub stderr: &'s mut dyn Write,
}

impl Streams<'_> {
    /// Writes `text` to stdout as it is.
    pub fn print(&mut self, text: &str) -> Result<()> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes `bytes` to stdout as they are.
    pub fn print_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.stdout.write_all(bytes).and_then(|()| self.stdout.flush()).map_err(|e| unwritable(&e))
    }

    /// Writes `value` to stdout as JSON for people and programs.
    pub fn print_json(&mut self, value: &impl serde::Serialize) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(value).expect("BUG: memory takes all");
        text.push(b'\n');
        self.print_bytes(&text)
    }

    /// Tells a human what did not go as it should, without failing for it.
    pub fn warn(&mut self, message: &str) {
        // Nobody is left to be told when stderr is gone.
        drop(writeln!(self.stderr, "warning: {}", escape(message)));
    }
}

/// A reader that has gone away (`rolecall … | head -1`) is no failure worth a word.
const CLOSED: &str = "stdout was closed";

fn unwritable(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Error::new(Kind::Other, CLOSED),
        _ => Error::new(Kind::Other, format!("cannot write to stdout: {error}")),
    }
}

/// Runs the verb that `arguments` (the program's name in front) name; gives the exit code.
pub fn run(context: &Context, arguments: Vec<OsString>, streams: &mut Streams<'_>) -> u8 {
    let result = match parse(arguments) {
        Ok(Parsed::Cli(cli)) => dispatch(context, *cli, streams),
        Ok(Parsed::Sibling(arguments)) => match sibling::run(context, &arguments) {
            Ok(code) => return code,
            Err(error) => Err(error),
        },
        Ok(Parsed::Text(text)) => streams.print(&text),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            if error.to_string() != CLOSED {
                drop(report(&error, streams.stderr));
            }
            error.kind().exit_code()
        }
    }
}

enum Parsed {
    Cli(Box<Cli>),
    /// The command line is another program's, all of it.
    Sibling(Vec<OsString>),
    /// Help or the version.
    Text(String),
}

fn parse(arguments: Vec<OsString>) -> Result<Parsed> {
    let word = |i: usize| arguments.get(i).and_then(|word| word.to_str()).unwrap_or_default();
    let (verb, sub_verb) = (word(1).to_owned(), word(2).to_owned());
    if verb == HELPER
        && let Ok(matches) = Cli::helper_command().try_get_matches_from(&arguments)
        && let Ok(cli) = Cli::from_arg_matches(&matches)
    {
        return Ok(Parsed::Cli(Box::new(cli)));
    }
    // Help and errors speak of the whole.
    let parsed = Cli::command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let error = match parsed {
        Ok(Cli { verb: Verb::S3(_), .. }) => return Ok(Parsed::Sibling(arguments)),
        Ok(cli) => return Ok(Parsed::Cli(Box::new(cli))),
        Err(error) => error,
    };
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Parsed::Text(text)),
        ErrorKind::InvalidSubcommand if NOT_YET.contains(&&*verb) => {
            Err(Error::not_supported_yet(format!("'rolecall {verb}'")))
        }
        ErrorKind::InvalidSubcommand if verb == "keys" && KEYS_NOT_YET.contains(&&*sub_verb) => {
            Err(Error::not_supported_yet(format!("'rolecall keys {sub_verb}'")))
        }
        ErrorKind::InvalidSubcommand
            if verb == "profile" && PROFILE_NOT_YET.contains(&&*sub_verb) =>
        {
            Err(Error::not_supported_yet(format!("'rolecall profile {sub_verb}'")))
        }
        _ => Err(usage_error(&text, &verb)),
    }
}

/// clap's error in our form: what is wrong in one line, and where help is.
fn usage_error(text: &str, verb: &str) -> Error {
    let known = Cli::command().get_subcommands().any(|command| command.get_name() == verb);
    let help = if known { format!("rolecall {verb} --help") } else { "rolecall --help".to_owned() };
    let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let message = match first.strip_prefix("error: ") {
        Some(message) => message.split_whitespace().collect::<Vec<_>>().join(" "),
        None => "a verb is missing".to_owned(),
    };
    Error::new(Kind::Usage, message).hint(format!("see '{help}'"))
}

fn dispatch(context: &Context, cli: Cli, streams: &mut Streams<'_>) -> Result<()> {
    if let Some(name) = context.unreadable_variable() {
        return Err(Error::new(Kind::Usage, format!("{name} is not UTF-8")).hint("set it anew"));
    }
    let args::Common { profile, store } = cli.common;
    let common = setup::Common { profile, store };
    match cli.verb {
        Verb::CredentialProcess(args) => credential_process::run(context, common, args, streams),
        Verb::Login(args) => login::run(context, common, args, streams),
        Verb::Logout(args) => logout::run(context, common, args, streams),
        Verb::Status(args) => status::run(context, common, args, streams),
        Verb::Whoami(args) => whoami::run(context, common, args, streams),
        Verb::S3(_) => unreachable!("BUG: the sibling was run"),
        Verb::Keys(Keys::Add(args)) => keys_add::run(context, common, args, streams),
        Verb::Keys(Keys::Import(args)) => keys_import::run(context, common, args, streams),
        Verb::Keys(Keys::List(args)) => keys_list::run(context, common, args, streams),
        Verb::Keys(Keys::Remove(args)) => keys_remove::run(context, common, args, streams),
        Verb::Keys(Keys::Export(args)) => keys_export::run(context, common, args, streams),
        Verb::Profile(Profile::List(_)) if common.profile.is_some() => {
            Err(Error::new(Kind::Usage, "'profile list' goes without --profile")
                .hint("see 'rolecall profile show --help'"))
        }
        Verb::Profile(Profile::List(args)) => profile_list::run(context, args, streams),
        Verb::Profile(Profile::Show(args)) => profile_show::run(context, common, args, streams),
        Verb::Profile(Profile::Add(args)) => profile_add::run(context, common, args, streams),
    }
}
