//! Moves long-lived keys from the two files into a store.
//!
//! A crash at any moment loses nothing, and a second run continues from there, because of the
//! order: save the key and read it back, name it in the config file, remove it from the files.

use std::path::PathBuf;

use super::{
    key_edits::{KeyLines, PlainKeys, TextsAfter, after, take_out},
    new_profile::program,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    input::{self, Pipe},
    plan::{check_key_id, has_session_token},
    profile::{
        Edited, FileEdit, Files, Key, LARGEST_FILE, Profile, ProfileSet, Which, check_new_name,
    },
    secret::Secret,
    session::LongLivedKeys,
};

/// How to move keys.
pub(crate) struct KeyImport<'a> {
    pub(crate) context: &'a Context,
    /// Where to; `None` for a dry run.
    pub(crate) place: Option<&'a LongLivedKeys<'a>>,
    /// Whether the keys also stay in the files.
    pub(crate) keep: bool,
    /// Whether the profiles call this program by its name instead of its path.
    pub(crate) bare: bool,
}

/// What became of the keys of a profile.
pub(crate) enum Imported {
    /// They were in the store before.
    InStore,
    /// These would be moved, with these changes to the files.
    WouldMove(Vec<String>),
    /// They are in a store now.
    Moved {
        keys: Credentials,
        /// Its name.
        store: &'static str,
        /// Whether they also stay in the files.
        is_copy: bool,
    },
}

impl KeyImport<'_> {
    /// Moves the keys of profile `name`.
    ///
    /// # Errors
    /// If the profile has none that can be moved, the store has another secret for the same key, or the store or a
    /// file can't be written.
    pub(crate) fn one(&self, name: &str) -> Result<Imported> {
        let context = self.context;
        // Read again for each profile, to move what is there now.
        let files = Files::read(context)?;
        let set = ProfileSet::new(&files);
        let profile = set.profile(name)?;
        let profile =
            profile.ok_or_else(|| Error::config(format!("profile '{name}' does not exist")))?;
        let Some(keys) = plain_keys(&profile)? else {
            return Ok(Imported::InStore);
        };
        if check_new_name(name).is_err() {
            return Err(Error::config(format!(
                "profile '{name}' can't have a section in the config file: not every AWS tool reads that name"
            ))
            .at(Some(profile.at.clone()))
            .hint("rename it first: 'rolecall profile rename OLD NEW'"));
        }
        let id = &*keys.access_key_id;
        let lines = KeyLines::new(&program(context, self.bare)?, name, id)?;
        let path = |which: Which| which.path(context);
        let (config, credentials) = (path(Which::Config)?, path(Which::Credentials)?);
        let plain = |which, path| PlainKeys { which, path, name, keys: &keys };
        let in_config = plain(Which::Config, &config);
        let in_credentials = plain(Which::Credentials, &credentials);
        let config_after = after(context, &config, |document| {
            lines.write(document, &config)?;
            take_out(document, in_config)
        })?;
        let credentials_after =
            after(context, &credentials, |document| take_out(document, in_credentials))?;
        let after = TextsAfter { config: config_after, credentials: credentials_after };
        after.plan(context, name, id)?;
        let Some(place) = self.place else {
            return Ok(Imported::WouldMove(self.diffs(&lines, [in_config, in_credentials])?));
        };
        if place.find(id)?.is_some_and(|kept| kept != keys.secret_access_key) {
            return Err(Error::config(format!(
                "the store '{}' and profile '{name}' have different secrets for {id}",
                place.store_name()
            ))
            .at(profile.get(Key::AwsAccessKeyId).map(|(_, setting)| setting.at.clone()))
            .hint(format!(
                "one of the two is wrong: delete that one ('rolecall keys remove {id}')"
            )));
        }
        place.keep(&keys)?;
        FileEdit { path: &config, dry_run: false }
            .apply(context, |document| lines.write(document, &config))?;
        if !self.keep {
            for plain in [in_credentials, in_config] {
                FileEdit { path: plain.path, dry_run: false }
                    .apply(context, |document| take_out(document, plain))?;
            }
        }
        let (store, is_copy) = (place.store_name(), self.keep);
        Ok(Imported::Moved { keys, store, is_copy })
    }

    /// Returns what would change in the files.
    fn diffs(&self, lines: &KeyLines<'_>, all: [PlainKeys<'_>; 2]) -> Result<Vec<String>> {
        let mut diffs = Vec::new();
        for plain in all {
            let edit = FileEdit { path: plain.path, dry_run: true };
            let edited = edit.apply(self.context, |document| {
                if plain.which == Which::Config {
                    lines.write(document, plain.path)?;
                }
                if self.keep { Ok(()) } else { take_out(document, plain) }
            })?;
            if let Edited::WouldWrite(diff) = edited {
                diffs.push(diff);
            }
        }
        Ok(diffs)
    }
}

/// Returns the long-lived keys that `profile` has in the files; `None` if it has one in the store.
fn plain_keys(profile: &Profile<'_>) -> Result<Option<Credentials>> {
    let name = &profile.name;
    let (id, secret) =
        match (profile.get(Key::AwsAccessKeyId), profile.get(Key::AwsSecretAccessKey)) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) if profile.get(Key::AccessKeyId).is_some() => return Ok(None),
            (None, None) => {
                return Err(Error::config(format!(
                    "profile '{name}' has no access keys in the files"
                ))
                .at(Some(profile.at.clone())));
            }
            (Some((_, half)), None) | (None, Some((_, half))) => {
                return Err(Error::config(format!("profile '{name}' has half an access key"))
                    .at(Some(half.at.clone()))
                    .hint("add the other half to the same section"));
            }
        };
    let at = Some(id.1.at.clone());
    if has_session_token(profile) {
        return Err(Error::config(format!("the keys of profile '{name}' belong to a session"))
            .at(at)
            .hint("leave them in the file: they expire"));
    }
    check_key_id(id.0).map_err(|error| error.at(at))?;
    Ok(Some(Credentials {
        access_key_id: id.0.to_owned(),
        secret_access_key: Secret::from(secret.0),
        session_token: None,
        expiration: None,
        account_id: None,
    }))
}

/// Returns the keys whose secrets remain in a comment or an unused section, which are not edited: their IDs, each with
/// the file.
///
/// # Errors
/// If the place of a file is not known.
pub(crate) fn copies_left(
    context: &Context,
    moved: &[Credentials],
) -> Result<Vec<(String, PathBuf)>> {
    let mut left = Vec::new();
    for which in [Which::Config, Which::Credentials] {
        let path = which.path(context)?;
        let Ok(bytes) = input::read(&path, LARGEST_FILE, Pipe::Refuse) else { continue };
        // Several profiles may have shared the key.
        for (at, keys) in moved.iter().enumerate() {
            if moved[..at].iter().any(|other| other.access_key_id == keys.access_key_id) {
                continue;
            }
            let secret = keys.secret_access_key.expose().as_bytes();
            if memchr::memmem::find(&bytes, secret).is_some() {
                left.push((keys.access_key_id.clone(), path.clone()));
            }
        }
    }
    Ok(left)
}
