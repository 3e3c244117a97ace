//! The section of a new managed role profile: its checks and its lines.

use std::path::{Path, PathBuf};

use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    ini::Document,
    output::Streams,
    plan::{Request, check_flags},
    profile::{Files, Key, ProfileSet, Reference, Which, header, keys_hint, process_line},
};

/// Returns what `credential_process` will run: the path of this program, or with `bare` only its
/// name.
pub(crate) fn program(context: &Context, bare: bool) -> Result<PathBuf> {
    let program = if bare { Some("rolecall".into()) } else { context.executable() };
    program.ok_or_else(|| {
        Error::new(Kind::Other, "the path of this program is unknown").hint("use --bare")
    })
}

/// Warns if the credentials file has a section of this name: keys in it would take precedence.
pub(crate) fn warn_of_losing(name: &str, files: &Files, streams: &mut Streams<'_>) {
    let set = ProfileSet::new(files);
    if let Some(at) = set.section_location(name, Which::Credentials) {
        streams.warn_with_hint(
            &format!(
                "the credentials file also has a section '{name}': keys in it take precedence over \
                 this profile ({at})"
            ),
            &keys_hint(name),
        );
    }
}

/// Returns the lines of a new section, whose `credential_process` runs `program`. A managed profile
/// has the role's settings under our prefix, because SDKs would act on the plain ones and fail.
pub(crate) fn properties(
    program: &Path,
    name: &str,
    request: &Request,
) -> Result<Vec<(&'static str, String)>> {
    check_flags(request)?;
    if request.source_profile.as_deref() == Some(name) {
        return Err(Error::new(Kind::Usage, "a new profile can't be its own source"));
    }
    let line = process_line(program, name)?;
    let (before, after): (Vec<_>, Vec<_>) =
        request.settings().partition(|(key, _)| *key == Key::Region);
    let line = [(Key::CredentialProcess, line)];
    let all = before.into_iter().chain(line).chain(after);
    Ok(all.map(|(key, value)| (key.written(), value)).collect())
}

/// Refuses a source profile that does not exist, which most often is a typo.
pub(crate) fn check_source(files: &Files, name: Option<&str>, source: Option<&str>) -> Result<()> {
    let set = ProfileSet::new(files);
    let names = set.names();
    match source {
        Some(source) if !names.iter().any(|known| known == source) => Err(Error::config(format!(
            "the source profile '{source}' does not exist"
        ))
        .hint(match (set.suggestion(source), name) {
            (Some(suggestion), _) => suggestion,
            (None, Some(name)) => {
                format!("add it first, or correct --source-profile for '{name}'")
            }
            (None, None) => "add it first, or correct --source-profile".to_owned(),
        })),
        _ => Ok(()),
    }
}

pub(crate) fn exists(name: &str, at: Location) -> Error {
    Error::config(format!("profile '{name}' already exists"))
        .at(Some(at))
        .hint("choose another name, or edit that section")
}

/// Adds the section of a profile that the config file's `document` does not have yet.
pub(crate) fn add_section(
    document: &mut Document,
    name: &str,
    properties: &[(&'static str, String)],
) -> Result<()> {
    let properties: Vec<(&str, &str)> = properties.iter().map(|(k, v)| (*k, v.as_str())).collect();
    match document.add_section(&header(name, Which::Config), &properties) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Error::new(Kind::Usage, refusal.to_string())),
    }
}

/// Returns a sentence that names the profiles that use `name` as their source.
pub(crate) fn used_as_source(name: &str, users: &[&Reference]) -> String {
    let mut profiles: Vec<&str> = users.iter().map(|user| user.profile.as_str()).collect();
    profiles.dedup();
    let shown: Vec<_> = profiles.iter().take(5).map(|profile| format!("'{profile}'")).collect();
    let more = match profiles.len() - shown.len() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if profiles.len() == 1 { "takes" } else { "take" };
    format!("{}{more} {verb} credentials from profile '{name}'", shown.join(", "))
}

/// Returns the path of `rolecall` itself, which lies next to `rolecall-provision`.
pub(super) fn sibling_program(context: &Context) -> Result<PathBuf> {
    let own = context.beside("rolecall").map(|own| context.lasting_path(own));
    own.ok_or_else(|| Error::new(Kind::Other, "the path of this program is unknown"))
}
