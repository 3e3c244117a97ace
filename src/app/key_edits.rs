//! Long-lived keys in profiles: finding, writing and removing the lines that name them.

use std::path::Path;

use super::stores::store_by_name;
use crate::{
    context::Context,
    credentials::Credentials,
    error::{Error, Location, Result},
    ini::{Document, EditError, KeyPath, SectionId, lookup},
    plan::{Environment, Plan, Request, Source, check_key_id, resolve},
    profile::{
        DEFAULT_PROFILE, File, FileEdit, Files, Key, ProcessLine, Profile, ProfileSet, SectionKind,
        Which, header, process_line, section_kind,
    },
    session::{Forgetter, Forgotten, LongLivedKeys},
};

/// The setting that names a profile's access key.
const ID: &str = Key::AccessKeyId.prefixed();
const PROCESS: &str = Key::CredentialProcess.name();
/// An access key in a file.
const PLAIN_KEY: [Key; 2] = [Key::AwsAccessKeyId, Key::AwsSecretAccessKey];

/// The lines of a profile whose key is in the store.
pub(crate) struct KeyLines<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: &'a str,
    pub(crate) process: String,
    pub(crate) region: Option<String>,
    pub(crate) mfa_serial: Option<String>,
}

impl<'a> KeyLines<'a> {
    /// Returns the lines of profile `name`, whose `credential_process` runs `program`.
    pub(crate) fn new(program: &Path, name: &'a str, id: &'a str) -> Result<Self> {
        let process = process_line(program, name)?;
        Ok(Self { name, id, process, region: None, mfa_serial: None })
    }

    /// Writes the lines into the config file's `document`, which may already have the profile.
    pub(crate) fn write(&self, document: &mut Document, path: &Path) -> Result<()> {
        let files = files_of(document, path)?;
        let profile = ProfileSet::new(&files).profile(self.name)?;
        let calls_us =
            profile.as_ref().is_some_and(|profile| profile.get(Key::CredentialProcess).is_some());
        if let Some(profile) = &profile {
            self.check(profile)?;
        }
        let all = [
            (Key::Region.name(), self.region.as_deref()),
            (PROCESS, Some(&*self.process).filter(|_| !calls_us)),
            (ID, Some(self.id)),
            (Key::MfaSerial.prefixed(), self.mfa_serial.as_deref()),
        ];
        let settings = all.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let sections = sections(document, self.name, Which::Config);
        let Some(section) = in_force(document, &sections) else {
            let header = header(self.name, Which::Config);
            let settings: Vec<_> = settings.collect();
            return document.add_section(&header, &settings).map(drop).map_err(|e| refused(&e));
        };
        for (key, value) in settings {
            document.set(section, &KeyPath::top(key), value).map_err(|e| refused(&e))?;
        }
        Ok(())
    }

    /// Returns an error if `profile` can't be given this key.
    fn check(&self, profile: &Profile<'_>) -> Result<()> {
        let name = &profile.name;
        if let Some((other, setting)) = profile.get(Key::AccessKeyId)
            && other != self.id
        {
            return Err(Error::config(format!(
                "profile '{name}' already has the access key {other}"
            ))
            .at(Some(setting.at.clone()))
            .hint(format!("delete that key first: 'rolecall keys remove {name}'")));
        }
        match ProcessLine::of(profile) {
            Some(ProcessLine::Ours(named)) if named == name => Ok(()),
            None => Ok(()),
            Some(_) => Err(Error::config(format!(
                "profile '{name}' has a 'credential_process' that runs something else"
            ))
            .at(profile.setting(PROCESS).map(|setting| setting.at.clone()))
            .hint("remove it, or store the key in a separate profile")),
        }
    }
}

/// Refuses a profile that has keys in a file: they would take precedence over a stored key.
pub(crate) fn refuse_plain_keys(files: &Files, name: &str) -> Result<()> {
    let Some(profile) = ProfileSet::new(files).profile(name)? else { return Ok(()) };
    match PLAIN_KEY.into_iter().find_map(|key| profile.get(key)) {
        Some((_, setting)) => Err(Error::config(format!(
            "profile '{name}' has access keys in a file, which take precedence"
        ))
        .at(Some(setting.at.clone()))
        .hint(format!("'rolecall keys import {name}' moves them to the store; or remove them"))),
        None => Ok(()),
    }
}

/// The access keys of a profile in one of the files.
#[derive(Clone, Copy)]
pub(crate) struct PlainKeys<'k> {
    pub(crate) which: Which,
    pub(crate) path: &'k Path,
    pub(crate) name: &'k str,
    pub(crate) keys: &'k Credentials,
}

/// Removes these keys from the file's `document`.
///
/// # Errors
/// If the profile has other keys, which stay.
pub(crate) fn take_out(document: &mut Document, plain: PlainKeys<'_>) -> Result<()> {
    let PlainKeys { which, path, name, keys } = plain;
    let values = [&*keys.access_key_id, keys.secret_access_key.expose()];
    let sections = sections(document, name, which);
    for section in &sections {
        let properties = document.section(*section).map(|section| section.properties());
        let properties =
            properties.transpose().map_err(|error| Error::config(error.to_string()))?;
        for property in properties.unwrap_or_default() {
            let at = PLAIN_KEY.iter().position(|key| property.key.eq_ignore_ascii_case(key.name()));
            if let Some(at) = at
                && property.value.text() != Some(values[at])
            {
                let at = Location { file: path.into(), line: property.line };
                return Err(Error::config(format!(
                    "profile '{name}' has two different access keys"
                ))
                .at(Some(at))
                .hint("remove the one that is not used, then try again"));
            }
        }
    }
    for section in sections {
        for key in PLAIN_KEY {
            document.unset(section, &KeyPath::top(key.name())).map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

/// Removes the stored key from profile `name` in the config file's `document`, and the line that
/// calls rolecall if there is nothing left to call it for.
pub(crate) fn take_out_stored(document: &mut Document, path: &Path, name: &str) -> Result<()> {
    let files = files_of(document, path)?;
    let Some(profile) = ProfileSet::new(&files).profile(name)? else { return Ok(()) };
    let is_own = ProcessLine::of(&profile) == Some(&ProcessLine::Ours(name.to_owned()));
    let line = Some(PROCESS).filter(|_| is_own && profile.get(Key::RoleArn).is_none());
    for section in sections(document, name, Which::Config) {
        for key in [Some(ID), line].into_iter().flatten() {
            document.unset(section, &KeyPath::top(key)).map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

/// Replaces the key `old` by `new` in every profile of the config file's `document`.
pub(super) fn replace_id(document: &mut Document, old: &str, new: &str) -> Result<()> {
    let is_profile =
        |header: &str| matches!(section_kind(header, Which::Config), SectionKind::Profile { .. });
    let profiles = document.sections().filter(|header| is_profile(header.name));
    let profiles: Vec<SectionId> = profiles.map(|header| header.id).collect();
    for section in profiles {
        // There is no telling which key a section has that can't be read.
        let Some(Ok(properties)) = document.section(section).map(|found| found.properties()) else {
            continue;
        };
        let has_it = lookup(&properties, ID).is_some_and(|id| id.value.text() == Some(old));
        if has_it {
            document.set(section, &KeyPath::top(ID), new).map_err(|error| refused(&error))?;
        }
    }
    Ok(())
}

/// Returns the text of the file at `path` after `change`, without writing it.
pub(crate) fn after(
    context: &Context,
    path: &Path,
    mut change: impl FnMut(&mut Document) -> Result<()>,
) -> Result<String> {
    let mut text = Vec::new();
    FileEdit { path, dry_run: true }.apply(context, |document| {
        change(document)?;
        text = document.to_bytes();
        Ok(())
    })?;
    String::from_utf8(text).map_err(|_| not_utf8(path))
}

/// What the two files will hold after an edit.
pub(crate) struct TextsAfter {
    pub(crate) config: String,
    pub(crate) credentials: String,
}

impl TextsAfter {
    /// Resolves profile `name` as if the files had these texts.
    ///
    /// # Errors
    /// If that is anything but the key `id` in the store.
    pub(crate) fn plan(self, context: &Context, name: &str, id: &str) -> Result<Plan> {
        let file = |which: Which, text| File::of_text(which, which.path(context)?, text);
        let files = Files {
            config: file(Which::Config, self.config)?,
            credentials: file(Which::Credentials, self.credentials)?,
        };
        let set = ProfileSet::new(&files);
        let plan = resolve(&Request::profile(name), &set, Environment::of(context))?;
        let is_it = match &plan.base.source {
            Source::StoredKeys { access_key_id, .. } => access_key_id == id,
            _ => false,
        };
        if !plan.hops.is_empty() {
            return Err(Error::config(format!(
                "profile '{name}' has a role, so it can't have keys as well"
            ))
            .at(plan.hops.last().and_then(|hop| hop.places.role_arn.clone()))
            .hint(
                "store the keys in a separate profile, and name that as the role's source profile",
            ));
        }
        if !is_it || plan.base.profile != name {
            return Err(Error::config(format!("profile '{name}' already has other credentials"))
                .at(plan.base.at)
                .hint("remove them, or store the key in a separate profile"));
        }
        Ok(plan)
    }
}

/// Returns the id of the key named by `name`: a profile, or the id itself.
pub(crate) fn id_of(set: &ProfileSet<'_>, name: &str) -> Result<String> {
    let profile = set.profile(name)?;
    if let Some((id, setting)) = profile.as_ref().and_then(|profile| profile.get(Key::AccessKeyId))
    {
        check_key_id(id).map_err(|error| error.at(Some(setting.at.clone())))?;
        return Ok(id.to_owned());
    }
    match profile {
        Some(profile) => {
            let error = Error::config(format!("profile '{name}' has no key in the store"));
            Err(match profile.get(Key::AwsAccessKeyId) {
                Some((_, setting)) => error.at(Some(setting.at.clone())).hint(format!(
                    "its key is in a file: 'rolecall keys import {name}' moves it to the store"
                )),
                None => {
                    error.at(Some(profile.at)).hint("'rolecall keys list' shows which profiles do")
                }
            })
        }
        None if check_key_id(name).is_ok() => Ok(name.to_owned()),
        None => Err(Error::config(format!("profile '{name}' does not exist"))
            .hint("'rolecall keys list' shows which profiles have a key in the store")),
    }
}

/// Returns the profiles that name the key `id`, and where they do.
pub(crate) fn users(set: &ProfileSet<'_>, id: &str) -> Result<Vec<(String, Location)>> {
    let mut users = Vec::new();
    for profile in set.profiles() {
        let profile = profile?;
        if let Some((named, setting)) = profile.get(Key::AccessKeyId)
            && named == id
        {
            users.push((profile.name.clone(), setting.at.clone()));
        }
    }
    Ok(users)
}

/// Returns the files as if there were only a config file with the text of `document`.
pub(crate) fn files_of(document: &Document, path: &Path) -> Result<Files> {
    let text = String::from_utf8(document.to_bytes()).map_err(|_| not_utf8(path))?;
    Ok(Files {
        config: File::of_text(Which::Config, path.to_owned(), text)?,
        credentials: File::of_text(Which::Credentials, path.to_owned(), String::new())?,
    })
}

/// Returns the sections of profile `name`.
fn sections(document: &Document, name: &str, which: Which) -> Vec<SectionId> {
    let is_it = |header: &str| match section_kind(header, which) {
        SectionKind::Profile { name: found, .. } => found == name,
        _ => false,
    };
    document.sections().filter(|header| is_it(header.name)).map(|header| header.id).collect()
}

/// Returns which of a profile's sections in the config file a new line takes effect in: the last
/// one, except that `[profile default]` beats `[default]`.
fn in_force(document: &Document, sections: &[SectionId]) -> Option<SectionId> {
    let mut all = sections.iter().rev();
    let is_prefixed = |id: &SectionId| {
        document.section(*id).is_some_and(|section| section.name.trim() != DEFAULT_PROFILE)
    };
    let last = all.clone().next();
    all.find(|id| is_prefixed(id)).or(last).copied()
}

fn refused(error: &EditError) -> Error {
    Error::config(error.to_string())
}

fn not_utf8(path: &Path) -> Error {
    Error::config(format!("{} is not UTF-8 and can't be edited", path.display()))
}

/// Deletes the key `id` from the store, and the sessions created with it. Returns what was done, in
/// words, and whether all of those sessions could be forgotten.
pub(crate) fn forget_key(
    context: &Context,
    place: &LongLivedKeys<'_>,
    id: &str,
) -> Result<(String, Result<()>)> {
    place.forget(id)?;
    let Forgotten { records, outcome, .. } =
        Forgetter::new(context, store_by_name).forget_made_with(id);
    let sessions = match records.len() {
        0 => String::new(),
        1 => " and a session created with it".to_owned(),
        more => format!(" and {more} sessions created with it"),
    };
    Ok((format!("deleted access key {id} from {}{sessions}", place.store_name()), outcome))
}
