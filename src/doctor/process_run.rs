//! The `credential_process` of a profile, run as SDKs run it: most through a shell, the AWS CLI and boto3
//! as words that they split themselves.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    process::{Command, Stdio},
    time::Duration,
};

use super::{check::Check, finding::Finding};
use crate::{
    child::{self, ChildProgram, ProgramFailure},
    context::Context,
    error::Kind,
    output::shorten,
    profile::{Key, ProfileSet},
    redact,
};

/// How long it may take: the SDK for Go waits a minute.
const LIMIT: Duration = Duration::from_mins(1);
/// At most this many characters of its error are shown.
const MOST_SHOWN: usize = 300;

/// Returns whether the `credential_process` of the profile `name` gives credentials; `None` if it has none,
/// or one that must not be run.
pub(super) fn check(context: &Context, set: &ProfileSet<'_>, name: &str) -> Option<Finding> {
    let profile = set.profile(name).ok()??;
    let (line, setting) = profile.get(Key::CredentialProcess)?;
    set.check_command(&profile, setting).ok()?;
    let place = |finding: Finding| finding.of_profile(name).at(setting.at.clone());
    let mut environment = context.environment_of_child(&[]);
    // Whoever looks at this has answered already.
    environment.insert("ROLECALL_PROMPT".into(), "never".into());
    let mut ways = vec![("SDKs run it through a shell", Some(child::shell(line)))];
    if cfg!(unix) {
        ways.push(("the AWS CLI and boto3 split it into words", words(line).and_then(command)));
    }
    for (how, command) in ways {
        let why = match command {
            None => "a quote is not closed".to_owned(),
            Some(command) => match credentials(command, &environment) {
                Ok(()) => continue,
                Err(ProgramFailure::Failed { code: Some(code), stderr, .. })
                    if Kind::of_exit_code(code) == Kind::NeedsHuman
                        && stderr.starts_with("rolecall: ") =>
                {
                    let text = "credential_process would prompt someone now, so it was not run";
                    return Some(place(Finding::ok(Check::ProcessRun, text)));
                }
                Err(failure) => reason(failure),
            },
        };
        let text = format!("credential_process of '{name}' fails where {how}: {why}");
        let problem = place(Finding::problem(Check::ProcessRun, text));
        let remedy =
            "run its line by hand; name the program by its absolute path, without '~' or '$'";
        return Some(Finding { kind: Kind::Other, ..problem }.remedy(remedy));
    }
    let text = "credential_process works both through a shell and split into words, the two ways that \
         SDKs run it";
    Some(place(Finding::ok(Check::ProcessRun, text)))
}

fn credentials(
    mut command: Command,
    environment: &BTreeMap<OsString, OsString>,
) -> Result<(), ProgramFailure> {
    command.env_clear().envs(environment).stdin(Stdio::null()).stderr(Stdio::piped());
    let child = ChildProgram { command, input: &[], limit: LIMIT, is_cancelled: &|| false };
    let output = child.output()?;
    child::parse(&output).map(drop).map_err(|why| {
        let stderr = format!("its output {why}");
        ProgramFailure::Failed { how: "exit code 0".to_owned(), code: Some(0), stderr }
    })
}

fn reason(failure: ProgramFailure) -> String {
    match failure {
        ProgramFailure::Failed { how, stderr, .. } => {
            let text = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
            if text.is_empty() { how } else { redact::foreign(&shorten(&text, MOST_SHOWN)) }
        }
        ProgramFailure::NotStarted(why) => format!("it can't be started: {why}"),
        ProgramFailure::TooSlow(limit) => format!("no answer in {} s", limit.as_secs()),
        ProgramFailure::TooMuch => "it printed far more than credentials".to_owned(),
        ProgramFailure::Circle => "it depends on itself".to_owned(),
        ProgramFailure::Cancelled => "it was cancelled".to_owned(),
    }
}

fn command(words: Vec<String>) -> Option<Command> {
    let (program, arguments) = words.split_first()?;
    let mut command = Command::new(program);
    command.args(arguments);
    Some(command)
}

/// The words of a line; `None` if a quote is not closed.
///
/// Rule: Python's `shlex.split`, which botocore uses.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => word.get_or_insert_default().push(c),
            (Some(_), '\\') => {
                let escaped = characters.next_if(|next| matches!(next, '"' | '\\'));
                word.get_or_insert_default().push(escaped.unwrap_or('\\'));
            }
            (None, '\\') => word.get_or_insert_default().push(characters.next()?),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, c) if c.is_ascii_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_split_as_python_splits_it() {
        for (line, expected) in [
            ("a  b\tc", Some(&["a", "b", "c"][..])),
            ("\"/o p/x\" 'a b'c", Some(&["/o p/x", "a bc"])),
            ("a \\\"b \"c\\\"d\\e\" 'f\\g'", Some(&["a", "\"b", "c\"d\\e", "f\\g"])),
            ("a '' ~/b $HOME", Some(&["a", "", "~/b", "$HOME"])),
            ("a \"b", None),
        ] {
            let found = words(line);
            assert_eq!(
                found.as_deref().map(|it| it.iter().map(String::as_str).collect()),
                expected.map(<[&str]>::to_vec),
                "{line}"
            );
        }
    }
}
