//! Sessions as profiles of the credentials file, for programs that can read nothing else.
//!
//! Such a section is marked as ours, with the end of its keys: so it can be replaced and taken out
//! again, and no keys of the user's own ever are.

use std::path::Path;

use super::{
    Edited, Files, ProfileSet, Which, edit,
    key::{Key, Topic},
};
use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    ini::{Document, Header, KeyPath, SectionId, lookup},
    secret::Secret,
};

const EXPIRATION: &str = Key::Expiration.prefixed();
/// The mark of a section that is ours.
const SOURCE: &str = Key::ExportedFrom.prefixed();
/// The keys of such a section. With any other it is the user's.
const KEYS: [&str; 5] = [
    Key::AwsAccessKeyId.name(),
    Key::AwsSecretAccessKey.name(),
    Key::AwsSessionToken.name(),
    EXPIRATION,
    SOURCE,
];

/// A session to be written.
pub struct Export<'a> {
    /// The profile that it gets.
    pub name: &'a str,
    /// The profile that it is of.
    pub source: &'a str,
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a Secret,
    /// The session token.
    pub session_token: &'a Secret,
    /// When it ends: UTC with a `Z`.
    pub expiration: &'a str,
}

/// A section that was written by [`write_export`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The profile.
    pub name: String,
    /// The profile that its keys are of.
    pub source: String,
    /// When they end, as it was written.
    pub expiration: String,
}

/// Whether a session may be written under `name`: nothing is there, or what [`write_export`] wrote.
pub fn check_export(files: &Files, name: &str) -> Result<()> {
    super::check_new_name(name)?;
    let Some(profile) = ProfileSet::new(files).profile(name)? else { return Ok(()) };
    // Keys in the credentials file win over whatever else a profile of that name has.
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
        Which::Credentials => !is_ours || !KEYS.contains(&setting.key.as_str()),
    });
    match foreign {
        None => Ok(()),
        Some(setting) => Err(occupied(name, &setting.key, Some(setting.at.clone()))),
    }
}

fn occupied(name: &str, key: &str, at: Option<Location>) -> Error {
    Error::config(format!("profile '{name}' has a '{key}' of its own, and is not overwritten"))
        .at(at)
        .hint("choose another name for --export-to")
}

/// Writes a session into the credentials file, and takes out those that have ended by `now`.
///
/// A file that others can read is closed to them first.
pub fn write_export(context: &Context, export: &Export<'_>, now: &str) -> Result<()> {
    let path = Which::Credentials.path(context)?;
    close(&path)?;
    edit(context, &path, false, |document| {
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
        // Looked up in the very text that is edited: another process may have been here meanwhile.
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

/// Takes out the sessions that are `wanted`, and gives them.
pub fn remove_exports(
    context: &Context,
    files: &Files,
    wanted: &dyn Fn(&Exported) -> bool,
) -> Result<Vec<Exported>> {
    // Most often there are none, and nobody's file is locked for that.
    if !exports(files).iter().any(wanted) {
        return Ok(Vec::new());
    }
    let path = Which::Credentials.path(context)?;
    let mut removed = Vec::new();
    let edited = edit(context, &path, false, |document| {
        removed = remove_where(document, wanted)?;
        Ok(())
    })?;
    Ok(if edited == Edited::Unchanged { Vec::new() } else { removed })
}

/// The sessions in the credentials file as it was read. A section that makes no sense is none.
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

/// Takes out of `document` the keys of sessions that are `wanted`; gives whose they were.
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
        // What the user has put beside the keys stays.
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

/// A key of this section that was not written by us.
fn foreign_key(document: &Document, id: SectionId) -> Option<String> {
    let properties = document.section(id)?.properties().ok()?;
    let is_ours = lookup(&properties, SOURCE).is_some();
    let keys = properties.iter().map(|property| property.key.to_ascii_lowercase());
    keys.into_iter().find(|key| !is_ours || !KEYS.contains(&key.as_str()))
}

fn refused(error: crate::ini::EditError) -> Error {
    Error::new(Kind::Config, error.to_string())
}

/// Closes the file to other users.
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

/// Its folder's access list is inherited.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn close(_path: &Path) -> Result<()> {
    Ok(())
}
