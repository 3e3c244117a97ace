//! The usual command lines of what programs and shell prompts start all the time, read without clap.
//!
//! Describing a verb to clap and letting it parse takes longer than finding a session. So lines that
//! can mean only one thing are read here, and all others, also those with an error, are left to clap.

use std::ffi::OsString;

use super::args::{Cli, CredentialProcess, GlobalFlags, HELPER, Output, Settings, Status, Verb};

/// The verb that shell prompts run.
const STATUS: &str = "status";

/// Returns what a command line (with the program's name first) says if it consists of a verb, at most
/// one profile, and a few flags, each once; else `None`.
pub(super) fn read(arguments: &[OsString]) -> Option<Cli> {
    let mut words = arguments.iter().skip(1).map(|word| word.to_str());
    let verb = words.next()??;
    if ![HELPER, STATUS].contains(&verb) {
        return None;
    }
    let (mut name, mut output, mut stores) = (None, None, None);
    let mut global = GlobalFlags { profile: None, store: None, color: None };
    while let Some(word) = words.next() {
        let word = word?;
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
            _ => (word, None),
        };
        let mut value = || value.or_else(|| words.next().flatten()).filter(|it| is_value(it));
        match flag {
            "--profile" => put(&mut global.profile, value()?.to_owned())?,
            "--store" => put(&mut global.store, value()?.to_owned())?,
            "--output" if verb == STATUS => put(&mut output, format(value()?)?)?,
            "--stores" if verb == STATUS && word == flag => put(&mut stores, true)?,
            _ if is_value(flag) => put(&mut name, word.to_owned())?,
            _ => return None,
        }
    }
    let verb = match verb {
        STATUS => Verb::Status(Status {
            name,
            output: output.unwrap_or_default(),
            stores: stores.unwrap_or_default(),
        }),
        _ => Verb::CredentialProcess(CredentialProcess { name, settings: Settings::default() }),
    };
    Some(Cli { verb, global })
}

/// Whether a word is a value, and neither empty nor like a flag.
fn is_value(word: &str) -> bool {
    !word.is_empty() && !word.starts_with('-')
}

/// Sets what is not set yet.
fn put<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

fn format(word: &str) -> Option<Output> {
    match word {
        "json" => Some(Output::Json),
        "table" => Some(Output::Table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command, FromArgMatches as _, Parser as _};

    use super::*;

    const WORDS: [&str; 18] = [
        "a",
        "help",
        "a=b",
        "",
        "-",
        "--",
        "-h",
        "--help",
        "--profile",
        "--profile=b",
        "--profile=",
        "--store",
        "--store=file",
        "--output",
        "--output=json",
        "json",
        "--stores",
        "--stores=x",
    ];

    /// The command line with both verbs alone: describing all verbs for each line would take minutes.
    fn command() -> Command {
        let status = Status::augment_args(Command::new(STATUS));
        Cli::helper_command().subcommand(status)
    }

    /// What clap makes of a line.
    fn by_clap(command: &mut Command, line: &[OsString]) -> Option<String> {
        let matches = command.try_get_matches_from_mut(line).ok()?;
        Some(format!("{:?}", Cli::from_arg_matches(&matches).ok()?))
    }

    #[test]
    fn every_line_that_is_read_means_the_same_to_clap() {
        let mut command = command();
        let mut read_lines = 0;
        let mut lines: Vec<Vec<&'static str>> = vec![vec![HELPER], vec![STATUS]];
        for more_words in (0..=3).rev() {
            for line in &lines {
                let words: Vec<OsString> =
                    ["rolecall"].iter().chain(line).map(OsString::from).collect();
                let Some(read) = read(&words) else { continue };
                read_lines += 1;
                assert_eq!(Some(format!("{read:?}")), by_clap(&mut command, &words), "{line:?}");
            }
            if more_words > 0 {
                let longer = |line: &Vec<&'static str>| {
                    let line = line.clone();
                    WORDS.map(|word| [&*line, &[word]].concat())
                };
                lines = lines.iter().flat_map(longer).collect();
            }
        }
        assert!(read_lines > 100, "{read_lines}");
    }

    #[test]
    fn the_lines_of_the_docs_are_read_and_mean_the_same_in_the_whole_command_line() {
        for line in [
            "rolecall credential-process my-role",
            "rolecall credential-process --profile my-role",
            "rolecall credential-process my-role --store keyutils",
            "rolecall status",
            "rolecall status my-role --output json",
            "rolecall status --output=json --stores --profile my-role --store=file",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            let read = read(&words).unwrap_or_else(|| panic!("{line} is left to clap"));
            let parsed = Cli::try_parse_from(&words).expect("a good command line");
            assert_eq!(format!("{read:?}"), format!("{parsed:?}"), "{line}");
        }
    }

    #[test]
    fn what_else_there_may_be_is_left_to_clap() {
        for line in [
            "rolecall",
            "rolecall credential-process --duration 15m a",
            "rolecall credential-process --color never a",
            "rolecall credential-process a b",
            "rolecall --profile a credential-process",
            "rolecall status --output yaml",
            "rolecall status -h",
            "rolecall login a",
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert!(read(&words).is_none(), "{line}");
        }
    }
}
