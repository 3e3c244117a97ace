//! Completions: the hidden `rolecall __complete`, which the scripts of [`super::completions`] call.
//!
//! ```text
//! rolecall __complete bash --breaks=COMP_WORDBREAKS --current=LINE_UP_TO_THE_CURSOR
//! rolecall __complete zsh|fish|powershell --current=WORD -- rolecall WORD...
//! ```
//!
//! The answer is a line that names the kind of completion, then the candidates, one per line. A
//! user who pressed Tab is in the middle of a line, so whatever goes wrong, the answer is empty and
//! nothing is written to stderr.

mod bash;
mod values;
mod walk;

use std::ffi::OsString;

use clap::Command;

use crate::{
    cli::description::built_command,
    context::Context,
    error::Result,
    output::{Streams, escape},
};
use values::{Candidate, Cursor, Values};
use walk::{Place, Wanted};

pub(super) use values::values_of;

/// The word that asks for completions.
pub(super) const WORD: &str = "__complete";

/// The verb that `words` (without the program's name) lead to, with its path, as `profile add`.
pub(super) fn verb_of<'c>(root: &'c Command, words: &[String]) -> (&'c Command, String) {
    let place = Place::behind(root, words);
    (place.command, place.path)
}

/// The shell that asks.
enum Dialect {
    /// It splits words and expects the rest of the last part, quoted.
    Bash(bash::Line),
    /// It matches and quotes by itself.
    Zsh,
    /// It matches and quotes by itself, but whole words: `--flag=value`.
    Fish,
    PowerShell,
}

/// Answers a shell; `arguments` are those behind [`WORD`].
pub(super) fn run(
    context: &Context,
    arguments: &[OsString],
    streams: &mut Streams<'_>,
) -> Result<()> {
    let words: Vec<String> =
        arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let Some((shell, before, current)) = question(&words) else { return Ok(()) };
    let command = built_command();
    let place = Place::behind(&command, &before);
    let with_flag = place.flag_in(&current);
    let typed = with_flag.map_or(&*current, |(_, value)| value);
    let flag = &current[..current.len() - typed.len()];
    let wanted = match with_flag {
        Some((flag, _)) => Wanted::Values(values_of(&place.path, flag).unwrap_or(Values::Free)),
        None => place.wanted(typed),
    };
    let mut is_partial = false;
    let candidates = match wanted {
        Wanted::Values(Values::Files) => return streams.print("files\n"),
        Wanted::Values(Values::Directories) => return streams.print("directories\n"),
        Wanted::Values(Values::Command) => {
            return streams.print(&format!("command {}\n", place.command_at));
        }
        Wanted::Values(values) => {
            // The value follows the key without a space.
            is_partial = values == Values::Settings && !typed.contains('=');
            let cursor = Cursor { root: &command, given: &place.given, typed };
            values.candidates(context, &cursor)
        }
        Wanted::Words(candidates) => candidates,
    };
    let kind = if is_partial {
        "partial"
    } else if candidates.iter().any(|candidate| !candidate.about.is_empty()) {
        "described"
    } else {
        "values"
    };
    streams.print(&Answer { kind, flag, typed }.text(&shell, &candidates))
}

/// Returns the shell, the words before the current one without the program's name, and the current
/// one.
fn question(words: &[String]) -> Option<(Dialect, Vec<String>, String)> {
    let (shell, rest) = words.split_first()?;
    let told = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name));
    let current = told("--current=")?;
    let mut before: Vec<String> =
        rest.iter().skip_while(|word| *word != "--").skip(2).cloned().collect();
    match &**shell {
        "bash" => {
            let mut line = bash::Line::read(current, told("--breaks=").unwrap_or_default());
            before = std::mem::take(&mut line.before);
            let current = line.current.clone();
            Some((Dialect::Bash(line), before, current))
        }
        "zsh" => Some((Dialect::Zsh, before, current.to_owned())),
        "fish" => Some((Dialect::Fish, before, current.to_owned())),
        "powershell" => {
            let current = current.trim_start_matches(['\'', '"']);
            Some((Dialect::PowerShell, before, current.to_owned()))
        }
        _ => None,
    }
}

/// How the candidates are to be printed.
struct Answer<'a> {
    /// Their kind: the first line of the answer.
    kind: &'static str,
    /// The `--flag=` before a value that is being typed.
    flag: &'a str,
    /// The start of that value.
    typed: &'a str,
}

impl Answer<'_> {
    /// Returns the candidates in the shell's format.
    fn text(&self, shell: &Dialect, candidates: &[Candidate]) -> String {
        let Self { kind, flag, typed } = *self;
        let described = kind != "values";
        let mut text = match shell {
            _ if kind == "partial" => "partial\n".to_owned(),
            Dialect::Zsh => format!("{kind}\n"),
            _ => "values\n".to_owned(),
        };
        // A name with characters that could deceive on a terminal is not offered.
        for candidate in
            candidates.iter().filter(|candidate| escape(&candidate.text) == candidate.text)
        {
            let Candidate { text: value, about } = candidate;
            let line = match shell {
                Dialect::Zsh if described => Some(format!("{}:{about}", value.replace(':', "\\:"))),
                Dialect::Zsh => Some(value.clone()),
                Dialect::Fish => Some(format!("{flag}{value}\t{about}")),
                Dialect::Bash(line) => line.reply(&format!("{flag}{value}")),
                Dialect::PowerShell if value.starts_with(typed) => {
                    Some(format!("{}\t{value}\t{about}", for_powershell(&format!("{flag}{value}"))))
                }
                Dialect::PowerShell => None,
            };
            if let Some(line) = line {
                text.push_str(line.trim_end_matches('\t'));
                text.push('\n');
            }
        }
        text
    }
}

/// Quotes a word for PowerShell, unless it is plain.
fn for_powershell(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_/.:+=%".contains(c);
    if word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(folder: &std::path::Path) -> Context {
        let home = folder.to_str().unwrap().to_owned();
        Context::made_up([("HOME", &*home)], || chrono::DateTime::UNIX_EPOCH)
    }

    /// The lines of the answer to `words`.
    fn ask(config: &str, words: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".aws")).unwrap();
        let file = std::fs::File::create(folder.path().join(".aws/config"));
        std::io::Write::write_all(&mut file.unwrap(), config.as_bytes()).unwrap();
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut streams = Streams::new(&mut stdout, &mut stderr);
        run(&context(folder.path()), &words, &mut streams).unwrap();
        assert!(stderr.is_empty());
        String::from_utf8(stdout).unwrap().lines().map(str::to_owned).collect()
    }

    const CONFIG: &str =
        "[profile team:a]\nregion = eu-west-1\n[profile \"my own\"]\n[profile a@b]\n";

    #[test]
    fn powershell_gets_what_fits_in_quotes_where_it_needs_them() {
        let ask = |current| ask(CONFIG, &["powershell", current, "--", "rolecall", "login"]);
        assert_eq!(ask("--current=team"), ["values", "team:a\tteam:a"]);
        assert_eq!(ask("--current='my"), ["values", "'my own'\tmy own"]);
        assert_eq!(ask("--current=a"), ["values", "'a@b'\ta@b"]);
        assert_eq!(ask("--current=--profile=team"), ["values", "--profile=team:a\tteam:a"]);
    }

    #[test]
    fn zsh_and_fish_get_all_for_they_match_by_themselves() {
        let words = ["--current=te", "--", "rolecall", "login"];
        let names = ["team:a", "my own", "a@b"];
        let expected: Vec<_> = ["values"].iter().chain(&names).copied().collect();
        assert_eq!(ask(CONFIG, &[&["zsh"][..], &words].concat()), expected);
        assert_eq!(ask(CONFIG, &[&["fish"][..], &words].concat()), expected);
    }

    #[test]
    fn verbs_and_flags_are_described() {
        let shown = ask("", &["zsh", "--current=", "--", "rolecall", "profile"]);
        assert_eq!(shown[0], "described");
        assert!(
            shown.contains(
                &"list:List the profiles in the config and credentials \
                files"
                    .to_owned()
            ),
            "{shown:?}"
        );
        let shown = ask("", &["fish", "--current=--", "--", "rolecall", "login", "--force"]);
        assert!(shown.iter().any(|line| line.starts_with("--at-least\tCreate")), "{shown:?}");
        assert!(!shown.iter().any(|line| line.starts_with("--force")), "given already: {shown:?}");
    }

    #[test]
    fn values_of_flags_are_completed() {
        let values = |flag| ask(CONFIG, &["zsh", "--current=", "--", "rolecall", "whoami", flag]);
        assert_eq!(values("--region"), ["values", "eu-west-1"]);
        assert_eq!(values("--source-profile").len(), 4);
        assert!(values("--store").contains(&"file".to_owned()));
        assert!(values("--output").iter().any(|line| line.starts_with("json")));
        assert_eq!(values("--session-policy"), ["files"]);
        assert_eq!(values("--external-id"), ["values"]);
    }

    #[test]
    fn provisioning_is_completed_too() {
        let shown = ask("", &["fish", "--current=--", "--", "rolecall", "s3", "create"]);
        for flag in ["--bucket-region\t", "--save-as\t", "--access-key\t", "--profile\t"] {
            assert!(shown.iter().any(|line| line.starts_with(flag)), "{flag} in {shown:?}");
        }
        let values = |words: &[&str]| {
            ask(CONFIG, &[&["zsh", "--current=", "--", "rolecall"][..], words].concat())
        };
        assert_eq!(values(&["iam", "apply"]), ["files"]);
        assert_eq!(values(&["s3", "policy", "b", "--policy"]), ["files"]);
        assert_eq!(values(&["s3", "create"]), ["values"], "buckets are not known");
        assert_eq!(values(&["s3", "create", "b", "--profile"]).len(), 4);
        assert_eq!(values(&["iam", "remove"]).len(), 4, "a service account has a profile");
    }

    #[test]
    fn settings_are_completed_to_their_equals_sign_and_then_to_a_value() {
        let set = |current: &str| {
            ask(
                CONFIG,
                &[
                    "fish",
                    &format!("--current={current}"),
                    "--",
                    "rolecall",
                    "profile",
                    "set",
                    "a@b",
                ],
            )
        };
        let keys = set("");
        assert_eq!(keys[0], "partial");
        for line in [
            "rolecall_external_id=\tthe external ID that the role's trust policy requires",
            "external_id=\tthe external ID that the role's trust policy requires",
            "rolecall_session=\ton: hand out a GetSessionToken session instead of access keys without MFA",
            "output=\tread by AWS tools",
        ] {
            assert!(keys.contains(&line.to_owned()), "{line}: {keys:?}");
        }
        for secret in ["aws_secret_access_key", "aws_session_token", "rolecall_expiration"] {
            assert!(!keys.iter().any(|line| line.starts_with(secret)), "{secret}");
        }
        assert_eq!(set("region="), ["values", "region=eu-west-1"]);
        assert_eq!(set("rolecall_source_profile=").len(), 4);
        assert_eq!(set("output="), ["values"]);
    }

    #[test]
    fn the_keys_that_can_be_unset_are_those_of_the_profile() {
        let unset =
            |name| ask(CONFIG, &["zsh", "--current=", "--", "rolecall", "profile", "unset", name]);
        assert_eq!(unset("team:a"), ["values", "region"]);
        assert_eq!(unset("nobody"), ["values"]);
    }

    #[test]
    fn what_cannot_be_read_or_could_deceive_is_no_candidate() {
        assert_eq!(ask("nonsense", &["zsh", "--current=", "--", "rolecall", "login"]), ["values"]);
        let hostile = "[profile \"a\u{202e}b\"]\n[profile \"a\u{200b}b\"]\n[profile c]\n";
        assert_eq!(
            ask(hostile, &["zsh", "--current=", "--", "rolecall", "login"]),
            ["values", "c"]
        );
        assert_eq!(ask("", &["tcsh", "--current="]), Vec::<String>::new());
        assert_eq!(ask("", &[]), Vec::<String>::new());
    }
}
