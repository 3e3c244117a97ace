//! The verbs: one file each, and what they share.

pub(crate) mod args;
mod assume;
mod color;
pub(crate) mod complete;
mod completions;
mod console;
mod credential_process;
mod description;
mod doctor;
mod ends;
mod env;
pub(crate) mod examples;
mod exec;
mod hand_out;
mod invocation;
mod keys;
mod log;
mod login;
mod logout;
mod man;
mod other_words;
mod panics;
mod parse;
mod pick;
mod plain;
mod profile;
mod request;
mod serve;
mod shell_init;
mod short_session;
mod sibling;
mod sso;
mod status;
#[cfg(test)]
mod tests;
mod time;
mod topics;
mod usage;
mod version;
mod whoami;

use std::ffi::OsString;

use clap::FromArgMatches as _;

use crate::{
    app::{self, Selection},
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
};
pub use color::colors;
pub use description::command;
pub use panics::exit_on_panic;
pub use parse::{ProvisionVerb, Provisioning, parse_provisioning};

use args::{Cli, HELPER, Keys, Verb};
use invocation::Invocation;
use parse::parse;

/// Runs the verb that `arguments` name (with the program's name first); returns the exit code.
pub(crate) fn run(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> u8 {
    let done = run_verb(context, arguments, streams);
    context.take_warnings().iter().for_each(|warning| streams.warn(warning));
    match done {
        Ok(code) => code,
        Err(error) => {
            if error.kind() != Kind::ClosedPipe {
                streams.report(&error);
            }
            error.kind().exit_code()
        }
    }
}

/// The command line of [`HELPER`], if it is one without errors; else [`parse`] explains it.
fn parse_helper(arguments: &[OsString]) -> Option<Cli> {
    let matches = Cli::helper_command().try_get_matches_from(arguments).ok()?;
    Cli::from_arg_matches(&matches).ok()
}

fn run_verb(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> Result<u8> {
    // Scripts ask for it often, and describing all verbs to clap takes longer than a hit.
    if let [_, word] = arguments
        && (word == "--version" || word == "-V")
    {
        streams.print(version::LINE)?;
        return Ok(0);
    }
    if version::wants_details(arguments) {
        streams.print(&version::details())?;
        return Ok(0);
    }
    let verb = arguments.get(1).and_then(|word| word.to_str());
    if verb == Some(HELPER)
        && let Some(cli) = plain::read(arguments).or_else(|| parse_helper(arguments))
    {
        return dispatch(context, Call { cli, arguments }, streams);
    }
    if verb == Some(complete::WORD) {
        return complete::run(context, &arguments[2..], streams).map(|()| 0);
    }
    if verb == Some(assume::WORD) {
        return assume::run(context, &arguments[2..], streams).map(|()| 0);
    }
    if arguments.len() < 2 {
        usage::overview(context, streams);
        return Ok(Kind::Usage.exit_code());
    }
    let parsed = match plain::read(arguments) {
        Some(cli) => Some(cli),
        None => parse(arguments, streams)?,
    };
    let Some(mut cli) = parsed else { return Ok(0) };
    if !matches!(cli.verb, Verb::CredentialProcess(_)) {
        context.allow_progress();
    }
    let more = pick::complete(context, &mut cli)?;
    let arguments: Vec<_> = arguments.iter().cloned().chain(more).collect();
    dispatch(context, Call { cli, arguments: &arguments }, streams)
}

/// A command line, parsed and as it is.
struct Call<'c> {
    cli: Cli,
    arguments: &'c [OsString],
}

fn dispatch(context: &Context, call: Call<'_>, streams: &mut Streams<'_>) -> Result<u8> {
    let Call { cli, arguments } = call;
    if let Some(name) = context.unreadable_variable() {
        return Err(Error::new(Kind::Usage, format!("{name} is not UTF-8"))
            .hint("set it again, or unset it"));
    }
    let args::GlobalFlags { profile, store, color: _ } = cli.global;
    let selection = &Selection { profile, store };
    let invocation = Invocation { context, selection };
    if reads_files(&cli.verb) {
        app::warn_about_exposed_files(context, streams);
    }
    let done = match cli.verb {
        Verb::Exec(args) => return exec::run(invocation, args, streams),
        Verb::Doctor(args) => return doctor::run(invocation, args, streams),
        Verb::Serve(args) => return serve::run(invocation, args, streams),
        Verb::Console(args) => console::run(invocation, args, streams),
        Verb::Env(args) => env::run(invocation, args, streams),
        Verb::CredentialProcess(args) => credential_process::run(invocation, args, streams),
        Verb::Login(args) => login::run(invocation, args, streams),
        Verb::Logout(args) => logout::run(invocation, args, streams),
        Verb::Status(args) => status::run(invocation, args, streams),
        Verb::Log(args) => log::run(context, args, streams),
        Verb::Whoami(args) => whoami::run(invocation, args, streams),
        Verb::S3 { .. } | Verb::Iam { .. } | Verb::Keys(Keys::Rotate(_)) => {
            return sibling::run(context, arguments);
        }
        Verb::Keys(verb) => keys::run(invocation, verb, streams),
        Verb::Sso(verb) => sso::run(invocation, verb, streams),
        Verb::Profile(verb) => profile::run(invocation, verb, streams),
        Verb::ShellInit(args) => shell_init::run(context, &args, streams),
        Verb::Completions(args) => completions::run(&args, streams),
        Verb::Man(args) => man::run(args, streams),
    };
    done.map(|()| 0)
}

/// Whether a person runs the verb, and it reads the two AWS files. The doctor says more about them.
fn reads_files(verb: &Verb) -> bool {
    match verb {
        Verb::CredentialProcess(_)
        | Verb::Doctor(_)
        | Verb::Log(_)
        | Verb::ShellInit(_)
        | Verb::Completions(_)
        | Verb::Man(_) => false,
        Verb::Login(_)
        | Verb::Logout(_)
        | Verb::Status(_)
        | Verb::Whoami(_)
        | Verb::Keys(_)
        | Verb::Sso(_)
        | Verb::Exec(_)
        | Verb::Serve(_)
        | Verb::Env(_)
        | Verb::Console(_)
        | Verb::Profile(_)
        | Verb::S3 { .. }
        | Verb::Iam { .. } => true,
    }
}
