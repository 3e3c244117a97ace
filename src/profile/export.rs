//! Sessions written into the credentials file as profiles, for programs that can't read anything else.
//!
//! Such a section is marked as ours and has the time when its keys expire. So it can be replaced and
//! removed, and the user's own keys never are.

use std::path::Path;

use super::{
    Edited, FileEdit, Files, ProfileSet, Which,
    key::{Key, Topic},
};
use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    ini::{Document, Header, KeyPath, SectionId, lookup},
    secret::Secret,
};

const EXPIRATION: &str = Key::Expiration.prefixed();
/// The key that marks a section as ours.
const SOURCE: &str = Key::ExportedFrom.prefixed();
/// The keys of such a section. One with any other key is the user's.
const KEYS: [&str; 5] = [
    Key::AwsAccessKeyId.name(),
    Key::AwsSecretAccessKey.name(),
    Key::AwsSessionToken.name(),
    EXPIRATION,
    SOURCE,
];

/// A session to write.
pub(crate) struct Export<'a> {
    /// The name of the profile to write.
    pub(crate) name: &'a str,
    /// The profile that the session belongs to.
    pub(crate) source: &'a str,
    /// The access key ID.
    pub(crate) access_key_id: &'a str,
    /// The secret access key.
    pub(crate) secret_access_key: &'a Secret,
    /// The session token.
    pub(crate) session_token: &'a Secret,
    /// When the session expires: UTC with a `Z`.
    pub(crate) expiration: &'a str,
}

/// A section that [`write_export`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exported {
    /// The profile.
    pub(crate) name: String,
    /// The profile that its keys belong to.
    pub(crate) source: String,
    /// When they expire, as it is written there.
    pub(crate) expiration: String,
}

/// Checks that a session can be written under `name`.
///
/// # Errors
/// The name can't be written, or there is a profile that [`write_export`] did not write.
pub(crate) fn check_export(files: &Files, name: &str) -> Result<()> {
    super::check_new_name(name)?;
    let Some(profile) = ProfileSet::new(files).profile(name)? else { return Ok(()) };
    // Keys in the credentials file take precedence over other credentials of the same profile.
    let gives = |key: &str| {
        Key::of(key).is_some_and(|key| match key {
            Key::RoleArn | Key::SourceProfile | Key::AwsAccessKeyId | Key::AwsSecretAccessKey => {
                true
            }
            Key::Session => false,
            _ => key.topic() == Topic::Base,
        })
    };
    let is_ours = profile.setting(SOURCE).is_some_and(|s| s.which == Which::Credentials);
    let foreign = profile.settings.iter().find(|setting| match setting.which {
        Which::Config => gives(&setting.key),
        Which::Credentials => !is_ours || !KEYS.contains(&&*setting.key),
    });
    match foreign {
        None => Ok(()),
        Some(setting) => Err(occupied(name, &setting.key, Some(setting.at.clone()))),
    }
}

fn occupied(name: &str, key: &str, at: Option<Location>) -> Error {
    Error::config(format!(
        "profile '{name}' already has its own '{key}', so it was not overwritten"
    ))
    .at(at)
    .hint("choose another name for --export-to")
}

/// Writes a session into the credentials file, and removes those that have expired by `now`.
///
/// A file that other users can read is made private first.
///
/// # Errors
/// The file can't be edited, or the profile is the user's own.
pub(crate) fn write_export(context: &Context, export: &Export<'_>, now: &str) -> Result<()> {
    let path = Which::Credentials.path(context)?;
    close(&path)?;
    FileEdit { path: &path, dry_run: false }
        .apply(context, |document| {
            remove_where(document, &|other| other.name != export.name && *other.expiration < *now)?;
            let values = [
                (KEYS[0], export.access_key_id),
                (KEYS[1], export.secret_access_key.expose()),
                (KEYS[2], export.session_token.expose()),
                (KEYS[3], export.expiration),
                (KEYS[4], export.source),
            ];
            let there = document.sections().find(|header| header.name.trim() == export.name);
            let Some(Header { id, .. }) = there else {
                return document.add_section(export.name, &values).map(drop).map_err(refused);
            };
            // Checked in the text that is edited, since another process may have changed it.
            if let Some(key) = foreign_key(document, id) {
                return Err(occupied(export.name, &key, None));
            }
            for (key, value) in values {
                document.set(id, &KeyPath::top(key), value).map_err(refused)?;
            }
            Ok(())
        })
        .map(drop)
}

/// Removes the sessions that are `wanted`, and returns them.
///
/// # Errors
/// The file can't be edited.
pub(crate) fn remove_exports(
    context: &Context,
    files: &Files,
    wanted: &dyn Fn(&Exported) -> bool,
) -> Result<Vec<Exported>> {
    // Usually there are none. Then the file is not locked.
    if !exports(files).iter().any(wanted) {
        return Ok(Vec::new());
    }
    let path = Which::Credentials.path(context)?;
    let mut removed = Vec::new();
    let edited = FileEdit { path: &path, dry_run: false }.apply(context, |document| {
        removed = remove_where(document, wanted)?;
        Ok(())
    })?;
    Ok(if edited == Edited::Unchanged { Vec::new() } else { removed })
}

/// The sessions in the credentials file. Sections that can't be read are skipped.
fn exports(files: &Files) -> Vec<Exported> {
    let file = files.get(Which::Credentials);
    let sections = (0..file.index().len()).filter_map(|i| {
        let properties = file.properties(i).ok()?;
        let text = |key| lookup(&properties, key)?.value.text().map(str::to_owned);
        let name = file.index().name(i).trim().to_owned();
        Some(Exported { name, source: text(SOURCE)?, expiration: text(EXPIRATION)? })
    });
    sections.collect()
}

/// Removes the sessions that are `wanted` from `document`, and returns them.
fn remove_where(
    document: &mut Document,
    wanted: &dyn Fn(&Exported) -> bool,
) -> Result<Vec<Exported>> {
    let marked = document.sections().filter_map(|Header { id, name, .. }| {
        let properties = document.section(id)?.properties().ok()?;
        let text = |key| lookup(&properties, key)?.value.text().map(str::to_owned);
        let (source, expiration) = (text(SOURCE)?, text(EXPIRATION)?);
        Some((id, Exported { name: name.trim().to_owned(), source, expiration }))
    });
    let marked: Vec<_> = marked.filter(|(_, export)| wanted(export)).collect();
    for (id, _) in &marked {
        // If the user has added other keys, those stay.
        if foreign_key(document, *id).is_none() {
            document.remove_section(*id).map_err(refused)?;
            continue;
        }
        for key in KEYS {
            document.unset(*id, &KeyPath::top(key)).map_err(refused)?;
        }
    }
    Ok(marked.into_iter().map(|(_, export)| export).collect())
}

/// A key of this section that we did not write.
fn foreign_key(document: &Document, id: SectionId) -> Option<String> {
    let properties = document.section(id)?.properties().ok()?;
    let is_ours = lookup(&properties, SOURCE).is_some();
    let keys = properties.iter().map(|property| property.key.to_ascii_lowercase());
    keys.into_iter().find(|key| !is_ours || !KEYS.contains(&key.as_str()))
}

fn refused(error: crate::ini::EditError) -> Error {
    Error::new(Kind::Config, error.to_string())
}

/// Takes away other users' access to the file.
#[cfg(unix)]
fn close(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    let mode = metadata.permissions().mode();
    let closed = mode & !0o077;
    if closed == mode {
        return Ok(());
    }
    let closed = std::fs::Permissions::from_mode(closed);
    std::fs::set_permissions(path, closed).map_err(|error| Error::io("close", path, error))
}

/// On Windows, the file inherits the access list of its folder.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn close(_path: &Path) -> Result<()> {
    Ok(())
}
