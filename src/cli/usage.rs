//! A command line that is wrong, or empty: what to say.

use std::ffi::OsString;

use clap::{
    Command,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{args::Output, complete};
use crate::{
    context::Context,
    error::{Error, Kind},
    output::{Streams, escape},
    profile::{Files, ProfileSet},
};

/// Returns clap's error in our form: what is wrong in one line, what may have been meant, where the
/// help is. `arguments` is the whole command line.
pub(super) fn usage_error(error: &clap::Error, arguments: &[OsString]) -> Error {
    let words = arguments.iter().skip(1).map(|word| word.to_string_lossy().into_owned());
    let root = super::built_command();
    let (command, verb) = complete::verb_of(&root, &words.collect::<Vec<_>>());
    let path = format!("rolecall {verb}");
    let path = path.trim_end();
    let help = format!("'{path} --help'");
    let text = error.render().to_string();
    let first = text.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let Some(message) = first.strip_prefix("error: ") else {
        let verbs = command.get_subcommands().filter(|sub| !sub.is_hide_set());
        let verbs: Vec<&str> =
            verbs.map(Command::get_name).filter(|name| *name != "help").collect();
        return Error::new(Kind::Usage, format!("'{path}' needs a verb: {}", verbs.join(", ")))
            .hint(format!("see {help}"));
    };
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let near = near(error);
    let hint = match &near[..] {
        [] if path == "rolecall exec" && is_word_too_many(error) => {
            format!("write -- in front of the program and its arguments. See {help}")
        }
        [] => format!("see {help}"),
        near => format!("did you mean '{}'? See {help}", near.join("' or '")),
    };
    Error::new(Kind::Usage, message).hint(hint)
}

/// Whether a word, and no flag, stands where none is looked for.
fn is_word_too_many(error: &clap::Error) -> bool {
    error.kind() == ErrorKind::UnknownArgument
        && matches!(error.get(ContextKind::InvalidArg),
            Some(ContextValue::String(word)) if !word.starts_with('-'))
}

/// What clap takes for the nearest words.
fn near(error: &clap::Error) -> Vec<String> {
    let kinds =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    let mut near: Vec<String> = kinds
        .into_iter()
        .filter_map(|kind| match error.get(kind)? {
            ContextValue::String(word) => Some(vec![word.clone()]),
            // The nearest one stands last.
            ContextValue::Strings(words) => Some(words.iter().rev().take(2).cloned().collect()),
            _ => None,
        })
        .flatten()
        .collect();
    near.dedup();
    near
}

/// Without a verb: the help in short, and how to start where there is nothing yet.
pub(super) fn overview(context: &Context, streams: &mut Streams<'_>) {
    let command = super::command().after_help("'rolecall VERB --help' explains a verb.");
    let mut text = command.term_width(80).render_help().to_string();
    if let Some(steps) = first_steps(context) {
        text.push('\n');
        text.push_str(&steps);
    }
    drop(streams.stderr.write_all(text.as_bytes()));
}

/// Tells a human how to start, where there is nothing to show yet.
pub(super) fn advise(context: &Context, output: Output, streams: &mut Streams<'_>) {
    if let (Output::Table, Some(steps)) = (output, first_steps(context)) {
        drop(streams.stderr.write_all(steps.as_bytes()));
    }
}

/// The commands to start with, where neither file holds a profile.
fn first_steps(context: &Context) -> Option<String> {
    let files = Files::read(context).ok()?;
    ProfileSet::new(&files).is_empty().then(|| {
        let path = escape(&files.config.path.display().to_string()).into_owned();
        format!(
            "There are no AWS profiles yet ({path}). To start:\n\
             \x20 aws configure --profile base      your access keys, or 'aws configure sso'\n\
             \x20 rolecall profile add my-role --source-profile base --role-arn ARN\n\
             \x20 rolecall login my-role            makes the session now\n"
        )
    })
}
