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
        .hint(
            "install rolecall in a directory without quotes, dollar signs or other special \
             characters in its path",
        )
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
    .hint("rename the profile")
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
    (!absolute).then_some("has a relative path, which depends on the directory of the caller")
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
        return plain_words(line).map(Cow::Borrowed).collect();
    }
    split_with_ranges(line).into_iter().map(|(word, _)| Cow::Owned(word)).collect()
}

/// The words of a line without quotes. By bytes, because a list does this for each of 5,000 profiles.
fn plain_words(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.bytes().position(|byte| !is_blank(byte.into()))?;
        let word = &rest[start..];
        let end = word.bytes().position(|byte| is_blank(byte.into())).unwrap_or(word.len());
        rest = &word[end..];
        Some(&word[..end])
    })
}

/// The first of the words.
fn first_word(line: &str) -> Option<Cow<'_, str>> {
    let word = plain_words(line).next()?;
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
mod tests;
