//! The verbs: one file each, and what they share.

pub mod args;
pub mod complete;
mod completions;
mod console;
mod credential_process;
mod env;
pub mod examples;
mod exec;
mod hand_out;
mod keys;
mod login;
mod logout;
mod man;
mod profile;
mod request;
mod sibling;
mod status;
mod status_table;
mod time;
mod usage;
mod whoami;

use std::ffi::OsString;

use clap::{Command, CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use crate::{
    app::Selection,
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, report},
};
use args::{Cli, HELPER, Keys, Verb};

/// Verbs that are part of the design but come with a later release.
const NOT_YET: [&str; 3] = ["serve", "sso", "doctor"];

/// The whole command line, with an example for each verb.
pub fn command() -> Command {
    examples::with_examples(Cli::command())
}

/// The same with all that clap adds by itself.
fn built_command() -> Command {
    let mut command = command();
    command.build();
    command
}

/// Runs the verb that `arguments` (the program's name in front) name; gives the exit code.
pub fn run(context: &Context, arguments: Vec<OsString>, streams: &mut Streams<'_>) -> u8 {
    let result = match parse(arguments) {
        Ok(Parsed::Cli(cli)) => dispatch(context, *cli, streams),
        Ok(Parsed::Completion(words)) => complete::run(context, &words, streams).map(|()| 0),
        Ok(Parsed::Nothing) => {
            usage::overview(context, streams);
            return Kind::Usage.exit_code();
        }
        Ok(Parsed::Sibling(arguments)) => sibling::run(context, &arguments),
        Ok(Parsed::Text(text)) => streams.print(&text).map(|()| 0),
        Err(error) => Err(error),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            if error.kind() != Kind::ClosedPipe {
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
    /// A shell's question, behind its word.
    Completion(Vec<OsString>),
    /// Not one argument.
    Nothing,
}

fn parse(arguments: Vec<OsString>) -> Result<Parsed> {
    let word = |i: usize| arguments.get(i).and_then(|word| word.to_str()).unwrap_or_default();
    let verb = word(1).to_owned();
    if verb == HELPER
        && let Ok(matches) = Cli::helper_command().try_get_matches_from(&arguments)
        && let Ok(cli) = Cli::from_arg_matches(&matches)
    {
        return Ok(Parsed::Cli(Box::new(cli)));
    }
    if let Some(arguments) = sibling::help(&arguments) {
        return Ok(Parsed::Sibling(arguments));
    }
    if verb == complete::WORD {
        return Ok(Parsed::Completion(arguments.into_iter().skip(2).collect()));
    }
    if arguments.len() < 2 {
        return Ok(Parsed::Nothing);
    }
    // Help and errors speak of the whole.
    let parsed = command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let error = match parsed {
        Ok(Cli { verb: Verb::S3(_) | Verb::Iam(_) | Verb::Keys(Keys::Rotate(_)), .. }) => {
            return Ok(Parsed::Sibling(arguments));
        }
        Ok(cli) => return Ok(Parsed::Cli(Box::new(cli))),
        Err(error) => error,
    };
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Parsed::Text(text)),
        ErrorKind::InvalidSubcommand if NOT_YET.contains(&&*verb) => {
            Err(Error::not_supported_yet(format!("'rolecall {verb}'")))
        }
        _ => {
            let words: Vec<String> =
                arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
            Err(usage::usage_error(&error, &words))
        }
    }
}

fn dispatch(context: &Context, cli: Cli, streams: &mut Streams<'_>) -> Result<u8> {
    if let Some(name) = context.unreadable_variable() {
        return Err(Error::new(Kind::Usage, format!("{name} is not UTF-8")).hint("set it anew"));
    }
    let args::GlobalFlags { profile, store } = cli.global;
    let selection = Selection { profile, store };
    let done = match cli.verb {
        Verb::Exec(args) => return exec::run(context, selection, args, streams),
        Verb::Console(args) => console::run(context, selection, args, streams),
        Verb::Env(args) => env::run(context, selection, args, streams),
        Verb::CredentialProcess(args) => credential_process::run(context, selection, args, streams),
        Verb::Login(args) => login::run(context, selection, args, streams),
        Verb::Logout(args) => logout::run(context, selection, args, streams),
        Verb::Status(args) => status::run(context, selection, args, streams),
        Verb::Whoami(args) => whoami::run(context, selection, args, streams),
        Verb::S3(_) | Verb::Iam(_) | Verb::Keys(Keys::Rotate(_)) => {
            unreachable!("BUG: the sibling was run")
        }
        Verb::Keys(verb) => keys::run(context, selection, verb, streams),
        Verb::Profile(verb) => profile::run(context, selection, verb, streams),
        Verb::Completions(args) => completions::run(&args, streams),
        Verb::Man(args) => man::run(args, streams),
    };
    done.map(|()| 0)
}
