//! The verbs: one file each, and what they share.

pub mod access;
pub mod args;
pub mod complete;
mod completions;
mod console;
mod credential_process;
mod edit_args;
mod env;
pub mod examples;
mod exec;
mod hand_out;
pub mod keep;
mod keys;
mod keys_add;
mod keys_export;
mod keys_import;
mod keys_list;
mod keys_remove;
pub mod leftovers;
mod login;
mod logout;
mod man;
mod mfa_device;
mod profile_add;
mod profile_add_questions;
mod profile_adopt;
mod profile_edit;
mod profile_list;
mod profile_release;
mod profile_remove;
mod profile_rename;
mod profile_set;
mod profile_settings;
mod profile_show;
mod profile_tree;
mod profile_unset;
pub mod role_profiles;
mod setup;
mod sibling;
mod status;
mod status_table;
pub mod stored_keys;
mod time;
mod usage;
mod whoami;

use std::{ffi::OsString, io, io::Write};

use clap::{Command, CommandFactory as _, FromArgMatches as _, error::ErrorKind};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    output::{escape, report},
};
use args::{Cli, HELPER, Keys, Profile, Verb};

/// Verbs that are part of the design but come with a later release.
const NOT_YET: [&str; 3] = ["serve", "sso", "doctor"];

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

    /// Of several failures, tells all but the worst, which is given back: the highest exit code counts.
    fn the_worst(&mut self, mut failed: Vec<Error>) -> Result<()> {
        let codes = failed.iter().map(|error| error.kind().exit_code());
        let worst = codes.enumerate().max_by_key(|(_, code)| *code);
        let Some((worst, _)) = worst else { return Ok(()) };
        let worst = failed.remove(worst);
        for error in &failed {
            // Nobody is left to be told when stderr is gone.
            drop(report(error, self.stderr));
        }
        Err(worst)
    }

    /// Tells a human what did not go as it should, without failing for it.
    pub fn warn(&mut self, message: &str) {
        // Nobody is left to be told when stderr is gone.
        drop(writeln!(self.stderr, "warning: {}", escape(message)));
    }

    /// The same, with what to do about it.
    fn advise(&mut self, message: &str, hint: &str) {
        drop(writeln!(self.stderr, "warning: {}\nhint: {}", escape(message), escape(hint)));
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
    let args::Common { profile, store } = cli.common;
    let common = setup::Common { profile, store };
    let done = match cli.verb {
        Verb::Exec(args) => return exec::run(context, common, args, streams),
        Verb::Console(args) => console::run(context, common, args, streams),
        Verb::Env(args) => env::run(context, common, args, streams),
        Verb::CredentialProcess(args) => credential_process::run(context, common, args, streams),
        Verb::Login(args) => login::run(context, common, args, streams),
        Verb::Logout(args) => logout::run(context, common, args, streams),
        Verb::Status(args) => status::run(context, common, args, streams),
        Verb::Whoami(args) => whoami::run(context, common, args, streams),
        Verb::S3(_) | Verb::Iam(_) | Verb::Keys(Keys::Rotate(_)) => {
            unreachable!("BUG: the sibling was run")
        }
        Verb::Keys(Keys::Add(args)) => keys_add::run(context, common, args, streams),
        Verb::Keys(Keys::Import(args)) => keys_import::run(context, common, args, streams),
        Verb::Keys(Keys::List(args)) => keys_list::run(context, common, args, streams),
        Verb::Keys(Keys::Remove(args)) => keys_remove::run(context, common, args, streams),
        Verb::Keys(Keys::Export(args)) => keys_export::run(context, common, args, streams),
        Verb::Profile(Profile::List(_) | Profile::Tree(_)) if common.profile.is_some() => {
            Err(Error::new(Kind::Usage, "this verb goes without --profile")
                .hint("see 'rolecall profile show --help'"))
        }
        Verb::Profile(Profile::List(args)) => {
            usage::advise(context, args.output, streams);
            profile_list::run(context, args, streams)
        }
        Verb::Profile(Profile::Show(args)) => profile_show::run(context, common, args, streams),
        Verb::Profile(Profile::Tree(args)) => profile_tree::run(context, args, streams),
        Verb::Profile(Profile::Adopt(args)) => profile_adopt::run(context, common, args, streams),
        Verb::Profile(Profile::Release(args)) => {
            profile_release::run(context, common, args, streams)
        }
        Verb::Profile(Profile::Add(args)) => profile_add::run(context, common, args, streams),
        Verb::Profile(Profile::Set(args)) => profile_set::run(context, common, args, streams),
        Verb::Profile(Profile::Unset(args)) => profile_unset::run(context, common, args, streams),
        Verb::Profile(Profile::Remove(args)) => profile_remove::run(context, common, args, streams),
        Verb::Profile(Profile::Rename(args)) => profile_rename::run(context, common, args, streams),
        Verb::Completions(args) => completions::run(&args, streams),
        Verb::Man(args) => man::run(args, streams),
    };
    done.map(|()| 0)
}
