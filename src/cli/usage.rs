//! What to print for a command line that is wrong or empty.

use std::ffi::OsString;

use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    args::Output,
    complete,
    description::{built_command, command},
    other_words,
};
use crate::{
    context::Context,
    error::{Error, Kind},
    output::{Streams, escape},
    profile::{Files, ProfileSet},
    rules::nearest_of,
};

/// Returns clap's error as one of ours: what is wrong in one line, the likely correction, and where the
/// help is. `arguments` is the whole command line.
pub(super) fn usage_error(error: &clap::Error, arguments: &[OsString]) -> Error {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let root = built_command();
    let (command, verb) = complete::verb_of(&root, &words.collect::<Vec<_>>());
    let path = format!("rolecall {verb}");
    let path = path.trim_end();
    let help = format!("'{path} --help'");
    let Some(message) = message_of(error) else {
        let verbs = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        let verbs: Vec<&str> =
            verbs.map(Command::get_name).filter(|name| *name != "help").collect();
        return Error::new(Kind::Usage, format!("'{path}' needs a command: {}", verbs.join(", ")))
            .hint(format!("see {help}"));
    };
    if let Some(word) = unknown_verb(error) {
        let used: Vec<String> = other_words::commands_for(word, &root, &verb)
            .iter()
            .map(|command| format!("'rolecall {command}'"))
            .collect();
        if !used.is_empty() {
            let hint = format!("use {}. See {help}", used.join(" or "));
            return Error::new(Kind::Usage, message).hint(hint);
        }
    }
    let near = match unknown_verb(error) {
        Some(word) => nearest_verbs(command, word, suggestions(error)),
        None => suggestions(error),
    };
    let hint = match &near[..] {
        [] if path == "rolecall exec" && is_extra_word(error) => {
            format!("put -- before the program and its arguments. See {help}")
        }
        [] => format!("see {help}"),
        near => format!("did you mean '{}'? See {help}", near.join("' or '")),
    };
    Error::new(Kind::Usage, message).hint(hint)
}

/// Returns what clap says is wrong, in one line; `None` if it only shows the help.
pub(super) fn message_of(error: &clap::Error) -> Option<String> {
    let text = error.render().to_string();
    let message = text.split("\n\n").next()?.strip_prefix("error: ")?;
    Some(message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Returns the word that stands where a verb should, if it is none.
fn unknown_verb(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand) {
        Some(ContextValue::String(word)) => Some(word),
        _ => None,
    }
}

/// Returns the verbs of `command` that resemble `word`; those that clap suggests, if there are none.
fn nearest_verbs(command: &Command, word: &str, of_clap: Vec<String>) -> Vec<String> {
    let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
    let near = nearest_of(verbs.map(Command::get_name), word);
    if near.is_empty() { of_clap } else { near }
}

/// Returns whether there is an argument too many, which is not a flag.
fn is_extra_word(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::UnknownArgument
        && matches!(error.get(ContextKind::InvalidArg),
            Some(ContextValue::String(word)) if !word.starts_with('-'))
}

/// Returns the words that clap suggests, the nearest first.
fn suggestions(error: &clap::Error) -> Vec<String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let mut near: Vec<String> = kinds
        .into_iter()
        .filter_map(|kind| match error.get(kind)? {
            ContextValue::String(word) => Some(vec![word.clone()]),
            // The nearest one is last.
            ContextValue::Strings(words) => Some(words.iter().rev().take(2).cloned().collect()),
            _ => None,
        })
        .flatten()
        .collect();
    near.dedup();
    near
}

/// Prints the short help, for a command line without a verb, and how to start if there is no profile.
pub(super) fn overview(context: &Context, streams: &mut Streams<'_>) {
    let command =
        command().after_help("Run 'rolecall COMMAND --help' for a command's flags and examples.");
    let help = command.term_width(80).render_help();
    let mut text = if streams.colors.stderr { help.ansi().to_string() } else { help.to_string() };
    if let Some(steps) = first_steps(context) {
        text.push('\n');
        text.push_str(&steps);
    }
    drop(streams.stderr.write_all(text.as_bytes()));
}

/// Prints how to start, if there is no profile and a person reads the output.
pub(super) fn advise(context: &Context, output: Output, streams: &mut Streams<'_>) {
    if let (Output::Table, Some(steps)) = (output, first_steps(context)) {
        drop(streams.stderr.write_all(steps.as_bytes()));
    }
}

/// Returns the first commands to run, if neither file has a profile.
fn first_steps(context: &Context) -> Option<String> {
    let files = Files::read(context).ok()?;
    ProfileSet::new(&files).is_empty().then(|| {
        let path = escape(&files.config.path.display().to_string()).into_owned();
        format!(
            "There are no AWS profiles yet ({path}). To start:\n\
             \x20 rolecall keys add base            your access keys, or 'aws configure sso'\n\
             \x20 rolecall profile add my-role --source-profile base --role-arn ARN\n\
             \x20 rolecall login my-role            create the session now\n"
        )
    })
}
