//! The `credential_process` line of a managed profile: how it is written and recognized.

use std::{borrow::Cow, ops::Range, path::Path};

use super::{
    ProcessLine, Profile, Setting,
    key::Key,
    name::{is_blank, is_plain_name},
};
use crate::error::{Error, Result};

/// The verb that the line calls.
const VERB: &str = "credential-process";

/// Returns the line that calls `program` for `profile`, quoted so that botocore (which splits it
/// itself), `sh -c` and `cmd.exe` all read the same words.
///
/// Rule: AWS SDKs and Tools reference, "Process credential provider": double quotes around an element
/// with spaces. The three agree on no other quoting.
///
/// # Errors
/// The path or the name can't be quoted that way.
pub(crate) fn process_line(program: &Path, profile: &str) -> Result<String> {
    let refuse = || {
        Error::config(format!(
            "the path {} can't be written into credential_process so that every AWS tool reads it",
            program.display()
        ))
        .hint("install rolecall in a folder without quotes, dollar signs or other special characters in its path")
    };
    let path = program.to_str().ok_or_else(refuse)?;
    let separator = |c: char| cfg!(windows) && matches!(c, '\\' | '(' | ')');
    let plain = |c: char| c.is_alphanumeric() || "/._-+@:,=~".contains(c) || separator(c);
    if !path.chars().all(|c| plain(c) || c == ' ') || path.starts_with('~') || path.contains("  ") {
        return Err(refuse());
    }
    // Rule: `cmd /?`: from a line that starts with a quote, the outermost quotes are removed, unless it
    // has exactly two quotes and none of &<>()@^| between them.
    let is_quoted = path.contains(' ');
    if cfg!(windows) && is_quoted && path.contains(['(', ')', '@']) {
        return Err(refuse());
    }
    let program = if is_quoted { format!("\"{path}\"") } else { path.to_owned() };
    let name = match quoted_name(profile) {
        Ok(name) if cfg!(windows) && is_quoted && name.starts_with('"') => Err(
            "has spaces, and so does the path of rolecall, and cmd.exe can't read a line with both quoted",
        ),
        result => result,
    };
    name.map(|name| format!("{program} {VERB} {name}")).map_err(|why| invalid_name(profile, why))
}

fn invalid_name(profile: &str, why: &str) -> Error {
    Error::config(format!(
        "the name '{profile}' can't be written into credential_process so that every AWS tool \
         reads it: it {why}"
    ))
    .hint("give the profile another name")
}

/// A profile's name as a word of the line. The error says why that is not possible.
fn quoted_name(name: &str) -> std::result::Result<Cow<'_, str>, &'static str> {
    // `cmd.exe` replaces %NAME% with the value of a variable, even in quotes. A single percent sign is
    // safe.
    if name.split('%').nth(2).is_some() {
        return Err("has text between percent signs, which is a variable in cmd.exe");
    }
    if name.starts_with('-') {
        return Err("starts with a dash, like a flag");
    }
    if is_plain_name(name) {
        return Ok(Cow::Borrowed(name));
    }
    // None of the three treats these specially in double quotes.
    let fits = |c: char| is_plain_name(c.encode_utf8(&mut [0; 4])) || " ',()&=".contains(c);
    if let Some(c) = name.chars().find(|&c| !fits(c)) {
        return Err(match c {
            '"' | '\\' | '$' | '`' => "has a character that a shell interprets within quotes too",
            '#' | ';' => "has a character that starts a comment",
            c if c.is_ascii() => "has a character that means more than itself to some of them",
            _ => "has letters beyond ASCII, which they don't all read the same way",
        });
    }
    if name.is_empty() || name.trim() != name || name.contains("  ") {
        return Err("has spaces at its start or end, or several in a row");
    }
    Ok(Cow::Owned(format!("\"{name}\"")))
}

/// Returns a profile's name as an argument of a command, for hints.
pub(crate) fn as_word(name: &str) -> Cow<'_, str> {
    quoted_name(name).unwrap_or(Cow::Borrowed(name))
}

impl ProcessLine {
    /// Returns what the `credential_process` of `profile` runs; `None` if it has none.
    pub(crate) fn of<'p>(profile: &'p Profile<'_>) -> Option<&'p Self> {
        profile.settings.process_line(|| Self::find(profile))
    }

    fn find(profile: &Profile<'_>) -> Option<Self> {
        let (line, _) = profile.get(Key::CredentialProcess)?;
        let words = split(line);
        let mut words = words.iter().map(AsRef::as_ref);
        let is_renamed = profile.has_own_settings();
        if !runs_us(words.by_ref(), is_renamed) {
            return Some(Self::Foreign);
        }
        let mut named = None;
        while let Some(word) = words.next() {
            let (flag, value) = match word.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, Some(value)),
                _ => (word, None),
            };
            let mut value = || value.or_else(|| words.next());
            let name = match flag {
                "--profile" => value(),
                // The store and the region don't change which session it is.
                "--store" | "--region" => {
                    value();
                    continue;
                }
                _ if flag.starts_with('-') => return Some(Self::OursWithFlags),
                _ => Some(word),
            };
            if name.is_none() || named.is_some() {
                return Some(Self::OursWithFlags);
            }
            named = name;
        }
        Some(Self::Ours(named.unwrap_or(&profile.name).to_owned()))
    }
}

/// Returns what is wrong with a `credential_process` that some tools can't run: a relative path, or one
/// that needs a shell.
pub(crate) fn process_line_fault(setting: &Setting<'_>) -> Option<&'static str> {
    let line = setting.text()?;
    let program = first_word(line)?;
    if program.starts_with('~') || line.contains('$') {
        return Some("has '~' or '$', which the AWS CLI does not expand");
    }
    let is_name = !program.contains(['/', '\\']);
    let absolute = is_name || Path::new(&*program).is_absolute();
    (!absolute).then_some("has a relative path, which depends on the folder of the caller")
}

/// Returns the program that a command line starts with; `None` if it starts with something for a shell.
pub(crate) fn program_of(line: &str) -> Option<String> {
    let program = first_word(line)?.into_owned();
    let is_plain =
        |c: char| !matches!(c, '=' | '|' | '&' | ';' | '<' | '>' | '(' | '`' | '$' | '~');
    program.chars().all(is_plain).then_some(program)
}

/// Checks that every AWS tool can read this name in a line of ours.
pub(super) fn check_name(profile: &str) -> Result<()> {
    quoted_name(profile).map(drop).map_err(|why| invalid_name(profile, why))
}

/// The words of a line that may name a profile.
pub(super) fn words_of_names(line: &str) -> Vec<String> {
    let words = split(line).into_iter().skip(2);
    words.map(|word| word.split_once('=').map_or(&*word, |(_, name)| name).to_owned()).collect()
}

/// The line with every word that names the profile `old` replaced by `new`, a plain name; `None` if
/// there is no such word, or the line runs another program.
pub(super) fn with_profile_renamed(line: &str, old: &str, new: &str) -> Option<String> {
    let words = split_with_ranges(line);
    if !runs_us(words.iter().map(|(word, _)| word.as_str()), false) {
        return None;
    }
    let mut renamed = line.to_owned();
    let mut flag = None;
    let mut replaced = Vec::new();
    for (word, place) in &words[2..] {
        let is_profile = match (flag.take(), word.split_once('=')) {
            (Some(flag), _) => names_profile(flag) && word == old,
            (None, Some((flag, value))) if flag.starts_with("--") => {
                if names_profile(flag) && value == old {
                    replaced.push((place.clone(), format!("{flag}={new}")));
                }
                false
            }
            (None, _) if word.starts_with('-') => {
                flag = Some(word.as_str());
                false
            }
            (None, _) => word == old,
        };
        if is_profile {
            replaced.push((place.clone(), new.to_owned()));
        }
    }
    // From the end, so that the ranges before stay valid.
    for (place, word) in replaced.iter().rev() {
        renamed.replace_range(place.clone(), word);
    }
    (!replaced.is_empty()).then_some(renamed)
}

fn names_profile(flag: &str) -> bool {
    matches!(flag, "--profile" | "--source-profile")
}

/// Whether a line with these words calls rolecall for credentials.
///
/// The program may have a version or the like behind its name, or, with `any_name`, another name if its
/// path is given: Granted has a verb of the same name.
fn runs_us<'w>(mut words: impl Iterator<Item = &'w str>, any_name: bool) -> bool {
    let is_ours = |path: &str| {
        let program = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let rest = program.strip_prefix("rolecall");
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphabetic()))
            || any_name && program != path && !program.starts_with("granted")
    };
    words.next().is_some_and(is_ours) && words.next() == Some(VERB)
}

/// The words of a line, split at blanks outside of quotes, as a shell does. Backslashes are not escapes:
/// Windows paths have them, and we never write others.
fn split(line: &str) -> Vec<Cow<'_, str>> {
    if !line.bytes().any(|byte| matches!(byte, b'"' | b'\'')) {
        let words = line.split(is_blank).filter(|word| !word.is_empty());
        return words.map(Cow::Borrowed).collect();
    }
    split_with_ranges(line).into_iter().map(|(word, _)| Cow::Owned(word)).collect()
}

/// The first of the words.
fn first_word(line: &str) -> Option<Cow<'_, str>> {
    let word = line.split(is_blank).find(|word| !word.is_empty())?;
    if word.bytes().any(|byte| matches!(byte, b'"' | b'\'')) {
        return split(line).into_iter().next();
    }
    Some(Cow::Borrowed(word))
}

/// The words, each with its range in the line including quotes.
fn split_with_ranges(line: &str) -> Vec<(String, Range<usize>)> {
    let mut words = Vec::new();
    let mut word: Option<(String, usize)> = None;
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert((String::new(), at));
            }
            (None, ' ' | '\t') => {
                words.extend(word.take().map(|(word, start)| (word, start..at)));
            }
            (_, c) => word.get_or_insert((String::new(), at)).0.push(c),
        }
    }
    words.extend(word.map(|(word, start)| (word, start..line.len())));
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::Location, ini::Value, profile::Which};

    fn setting(line: &str) -> Setting<'_> {
        Setting {
            key: "credential_process".into(),
            value: Value::Text(line.into()),
            which: Which::Config,
            at: Location { file: Path::new("config").into(), line: 2 },
            overrides: None,
        }
    }

    fn of(line: &str) -> ProcessLine {
        let at = Location { file: Path::new("config").into(), line: 1 };
        let profile = Profile { name: "me".into(), at, settings: vec![setting(line)].into() };
        ProcessLine::of(&profile).unwrap().clone()
    }

    #[test]
    fn a_line_of_ours_is_known_by_program_and_verb() {
        for (line, name) in [
            ("/opt/x/rolecall credential-process a", "a"),
            ("\"/opt/my x/rolecall\" credential-process 'a'", "a"),
            ("rolecall credential-process", "me"),
            ("rolecall credential-process --profile a", "a"),
            ("rolecall credential-process --store none --profile=a --region x", "a"),
            ("rolecall credential-process --store none a", "a"),
            ("C:\\bin\\rolecall.exe credential-process a", "a"),
        ] {
            assert_eq!(of(line), ProcessLine::Ours(name.into()), "{line}");
        }
        assert_eq!(of("/opt/other credential-process a"), ProcessLine::Foreign);
        assert_eq!(of("rolecall exec a -- b"), ProcessLine::Foreign);
    }

    #[test]
    fn the_value_of_a_flag_is_never_taken_for_a_profile() {
        for line in [
            "rolecall credential-process --source-profile base --role-arn r",
            "rolecall credential-process --external-id=base real",
            "rolecall credential-process a b",
            "rolecall credential-process a --profile b",
            "rolecall credential-process --profile",
        ] {
            assert_eq!(of(line), ProcessLine::OursWithFlags, "{line}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_written_line_is_quoted_only_where_it_must_be() {
        let line = |path: &str| process_line(Path::new(path), "a");
        assert_eq!(line("/opt/rolecall").unwrap(), "/opt/rolecall credential-process a");
        assert_eq!(line("/o p/rolecall").unwrap(), "\"/o p/rolecall\" credential-process a");
        for path in ["/o\"p/rolecall", "/$x/rolecall", "/a;b/rolecall", "/a\nb/rolecall", "/a'b"] {
            assert!(line(path).is_err(), "{path:?}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_name_is_quoted_only_where_it_must_be() {
        let line = |name: &str| process_line(Path::new("/o p/rolecall"), name);
        for (name, word) in [
            ("team/a.b@c:d+e%f_g-h", "team/a.b@c:d+e%f_g-h"),
            ("my profile", "\"my profile\""),
            ("Bob's R&D (x=1)", "\"Bob's R&D (x=1)\""),
        ] {
            let line = line(name).unwrap();
            assert_eq!(line, format!("\"/o p/rolecall\" credential-process {word}"));
            assert_eq!(of(&line), ProcessLine::Ours(name.into()));
        }
        for (name, why) in [
            ("100%a%b", "percent signs"),
            ("%PATH%", "percent signs"),
            ("-x", "a dash"),
            ("a$b", "a shell"),
            ("a`b", "a shell"),
            ("a\"b", "a shell"),
            ("a\\b", "a shell"),
            ("a #1", "a comment"),
            ("a|b", "more than itself"),
            ("a^b", "more than itself"),
            ("a!b", "more than itself"),
            ("a*b", "more than itself"),
            ("a\tb", "more than itself"),
            ("über", "beyond ASCII"),
            (" a", "spaces"),
            ("a  b", "spaces"),
            ("", "spaces"),
        ] {
            let error = line(name).unwrap_err().to_string();
            assert!(error.contains(why), "{name:?}: {error}");
        }
    }

    #[test]
    fn a_profile_gets_another_name_in_a_line_of_ours_alone() {
        let renamed = |line: &str| with_profile_renamed(line, "my role", "new");
        for (line, after) in [
            ("/x y/rolecall  credential-process", None),
            ("rolecall credential-process  'my role'", Some("rolecall credential-process  new")),
            (
                "\"/x y/rolecall\" credential-process --store none \"my role\" --region  eu",
                Some("\"/x y/rolecall\" credential-process --store none new --region  eu"),
            ),
            (
                "rolecall credential-process --source-profile 'my role' '--profile=my role'",
                Some("rolecall credential-process --source-profile new --profile=new"),
            ),
            ("rolecall credential-process --external-id 'my role'", None),
            ("rolecall credential-process --external-id='my role' other", None),
            ("rolecall exec 'my role'", None),
            ("other credential-process 'my role'", None),
            ("rolecall", None),
            ("", None),
        ] {
            assert_eq!(renamed(line).as_deref(), after, "{line}");
        }
    }

    #[test]
    fn paths_that_want_a_shell_or_a_folder_are_told() {
        for line in ["~/bin/rolecall x", "$HOME/bin/rolecall x", "bin/rolecall x"] {
            assert!(process_line_fault(&setting(line)).is_some(), "{line:?}");
        }
        for line in ["/bin/rolecall x", "rolecall x"] {
            assert!(process_line_fault(&setting(line)).is_none(), "{line:?}");
        }
    }
}
