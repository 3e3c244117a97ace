//! Sets up in AWS what rolecall's profiles need.
//!
//! A program of its own, so that the helper that every SDK calls neither links nor loads the clients
//! of IAM and S3. `rolecall s3 …`, `rolecall iam …` and `rolecall keys rotate` run it as their sibling
//! with the same arguments. Credentials come from a profile of rolecall's
//! ([`rolecall::app`]), or from the command line and stdin.
//!
//! [`args`] is the command line; [`caller`] finds the credentials and makes the clients; [`s3`],
//! [`iam`] and `keys` have the verbs, one file each; [`new_key`] makes access keys and loses none;
//! [`undo`] unmakes what a command made before it failed.

mod account;
pub mod args;
pub mod ask;
mod buckets;
mod caller;
mod change;
mod deletion;
mod engine;
mod given;
mod holder;
mod iam;
mod keys;
mod new_key;
mod password;
mod permissions;
pub mod policy;
pub mod policy_text;
mod progress;
mod rows;
mod s3;
mod several;
mod team;
mod undo;

use std::{ffi::OsString, io::Write};

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};
use rolecall::{
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, report_in_full},
};

use args::{Area, Cli, Keys};

/// Runs with these arguments (the program's name in front); gives the exit code.
pub fn run(
    context: &Context,
    arguments: Vec<OsString>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> u8 {
    let mut streams = Streams { stdout, stderr };
    let parsed = Cli::command()
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let verb = verb_of(&arguments);
    let result = match parsed {
        Ok(cli) => dispatch(context, cli, &mut streams),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                streams.print(&error.render().to_string())
            }
            _ => Err(usage_error(&error.render().to_string(), &verb)),
        },
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            // Nobody is left to be told when stderr is gone.
            drop(report_in_full(&error, streams.stderr));
            error.kind().exit_code()
        }
    }
}

fn dispatch(context: &Context, cli: Cli, streams: &mut Streams<'_>) -> Result<()> {
    match cli.area {
        Area::S3(verb) => s3::run(context, &cli.access, verb, streams),
        Area::Iam(verb) => iam::run(context, &cli.access, verb, streams),
        Area::Keys(Keys::Rotate(args)) => keys::rotate(context, &cli.access, &args, streams),
    }
}

/// clap's error in rolecall's form: what is wrong in one line, and where help is.
fn usage_error(text: &str, verb: &str) -> Error {
    let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let message = match first.strip_prefix("error: ") {
        Some(message) => message.split_whitespace().collect::<Vec<_>>().join(" "),
        None => "a verb is missing".to_owned(),
    };
    Error::new(Kind::Usage, message).hint(format!("see 'rolecall {verb} --help'"))
}

/// The verb that the arguments are about, as far as they name one: `iam remove`, or `s3`.
fn verb_of(arguments: &[OsString]) -> String {
    let mut names = Vec::new();
    let mut command = &Cli::command();
    for word in arguments.iter().skip(1) {
        if let Some(verb) = command.get_subcommands().find(|verb| *word == *verb.get_name()) {
            names.push(verb.get_name().to_owned());
            command = verb;
        }
    }
    if names.is_empty() { "s3".to_owned() } else { names.join(" ") }
}
