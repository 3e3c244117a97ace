//! `rolecall help TOPIC`: what is not about one verb, in short, without a network or other files.

use std::ffi::OsString;

use clap::Command;

use crate::{
    error::{Error, Kind, Result},
    output::Streams,
    rules::nearest_of,
};

/// What each exit code means. A test holds docs/exit-codes.md to it.
pub(super) const EXIT_CODES: [(&str, &str); 11] = [
    ("0", "done"),
    ("1", "any other failure"),
    ("2", "wrong usage"),
    ("3", "a prompt is needed, but nobody can be prompted"),
    ("4", "AWS refused"),
    (
        "5",
        "profile or config file: missing, invalid, or a loop; or something that is not supported yet",
    ),
    ("6", "the store was needed but is locked, denied or unavailable"),
    ("7", "AWS could not be reached"),
    ("126", "exec: the program is not executable"),
    ("127", "exec: the program was not found"),
    ("130", "interrupted"),
];

/// A topic of the help.
pub(super) struct Topic {
    pub(super) name: &'static str,
    /// What it is about, in one line.
    pub(super) about: &'static str,
    text: &'static str,
}

/// All topics. The text of `exit-codes` is made from the table that man pages have.
pub(super) const ALL: [Topic; 5] = [
    Topic {
        name: "files",
        about: "Every file that rolecall reads or writes",
        text: include_str!("topics/files.txt"),
    },
    Topic {
        name: "mfa",
        about: "Where MFA codes come from, and how long one lasts",
        text: include_str!("topics/mfa.txt"),
    },
    Topic {
        name: "stores",
        about: "Where sessions and keys are stored",
        text: include_str!("topics/stores.txt"),
    },
    Topic { name: "exit-codes", about: "What each exit code means", text: "" },
    Topic {
        name: "recipes",
        about: "Commands for common programs and situations",
        text: include_str!("topics/recipes.txt"),
    },
];

impl Topic {
    fn text(&self) -> String {
        if self.name != "exit-codes" {
            return self.text.to_owned();
        }
        let rows = EXIT_CODES.iter().map(|(code, means)| format!("  {code:>3}  {means}\n"));
        let rows = rows.collect::<Vec<_>>().concat();
        format!(
            "EXIT CODES\n\n{rows}\n\
             Once 'rolecall exec' has started its program, the exit code is the program's own.\n\
             If a command does several things, it tries all of them and returns the highest code.\n\
             'rolecall doctor' returns the code of the worst problem that it finds.\n"
        )
    }
}

/// Returns the names of the topics, for a list in a sentence.
pub(super) fn names() -> String {
    ALL.map(|topic| topic.name).join(", ")
}

/// Prints the topic that the command line asks for (`rolecall help TOPIC`). Returns `None` if it asks
/// for something else. `command` describes the whole command line.
pub(super) fn print(
    arguments: &[OsString],
    command: fn() -> Command,
    streams: &mut Streams<'_>,
) -> Option<Result<()>> {
    let [_, help, word] = arguments else { return None };
    let word = word.to_str().filter(|word| help == "help" && !word.starts_with('-'))?;
    if let Some(topic) = ALL.iter().find(|topic| topic.name == word) {
        return Some(streams.print(&topic.text()));
    }
    let root = command();
    let verbs: Vec<&str> = root.get_subcommands().map(Command::get_name).collect();
    if verbs.contains(&word) || word == "help" {
        return None;
    }
    let near = nearest_of(verbs.into_iter().chain(ALL.iter().map(|topic| topic.name)), word);
    let hint = if near.is_empty() {
        format!("topics are {}; 'rolecall --help' lists the commands", names())
    } else {
        format!("did you mean 'rolecall help {}'?", near.join("' or 'rolecall help "))
    };
    let message = format!("there is no command or topic '{word}'");
    Some(Err(Error::new(Kind::Usage, message).hint(hint)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_whole_and_fit_on_a_terminal() {
        for topic in &ALL {
            let text = topic.text();
            assert!(text.lines().count() > 8, "{}", topic.name);
            let heading = topic.name.to_uppercase().replace('-', " ");
            assert!(text.starts_with(&format!("{heading}\n\n")), "{}", topic.name);
            assert!(text.ends_with('\n') && text.is_ascii(), "{}", topic.name);
            for line in text.lines() {
                assert!(line.len() <= 100, "{}: {line}", topic.name);
            }
        }
    }
}
