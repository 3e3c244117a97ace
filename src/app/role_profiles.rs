//! Profiles of roles that provisioning has created or found, written like those of
//! `rolecall profile add`, several in one edit of the config file.

use std::path::{Path, PathBuf};

use super::{
    key_edits::files_of,
    new_profile::{add_section, check_source, properties, sibling_program, warn_of_losing},
    warnings::warn_about_duplicates,
};
use crate::{
    context::Context,
    error::{Error, Location, Result},
    ini::{Document, KeyPath},
    output::Streams,
    plan::{Request, check_serial},
    profile::{
        Edited, FileEdit, Files, Key, ProcessLine, Profile, ProfileEditor, ProfileSet, Which,
        check_new_name,
    },
};

const PROCESS: &str = Key::CredentialProcess.name();
/// The settings that decide whose credentials a profile gives.
const DECISIVE: [Key; 4] = [Key::RoleArn, Key::SourceProfile, Key::ExternalId, Key::MfaSerial];

/// A managed profile that assumes a role.
#[derive(Clone, Debug, Default)]
pub struct RoleProfile {
    /// Its name.
    pub name: String,
    /// The role's ARN.
    pub role_arn: String,
    /// The profile whose credentials assume the role.
    pub source_profile: String,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<String>,
    /// The MFA device of the source's user.
    pub mfa_serial: Option<String>,
    /// The region of a new profile. An existing one keeps its own.
    pub region: Option<String>,
    /// How long its sessions last, in seconds; `None` keeps what an existing profile says, or STS's
    /// default.
    pub duration: Option<u32>,
    /// Whether to update a managed profile of the same role and source whose other settings differ.
    /// If not, that is an error.
    pub may_change: bool,
}

impl RoleProfile {
    fn request(&self) -> Request {
        Request {
            role_arn: Some(self.role_arn.clone()),
            source_profile: Some(self.source_profile.clone()),
            external_id: self.external_id.clone(),
            mfa_serial: self.mfa_serial.clone(),
            region: self.region.clone(),
            duration_seconds: self.duration,
            ..Request::default()
        }
    }

    /// Whether `profile` is managed and has the same role and source.
    pub(super) fn is_of(&self, profile: &Profile<'_>) -> bool {
        let has = |key, wanted| profile.get(key).is_some_and(|(text, _)| text == wanted);
        calls_us(profile)
            && has(Key::RoleArn, &*self.role_arn)
            && has(Key::SourceProfile, &*self.source_profile)
    }

    /// Returns the first setting of `profile` that differs, and where it is.
    fn difference(&self, profile: &Profile<'_>) -> Option<(String, Location)> {
        let wanted = self.request();
        let other = |key: Key| {
            let found = profile.get(key);
            if found.map(|(text, _)| text) == wanted.setting(key).as_deref() {
                return None;
            }
            let (key, at) = match found {
                Some((_, setting)) => (setting.key.to_string(), setting.at.clone()),
                None => (key.prefixed().to_owned(), profile.at.clone()),
            };
            Some((key, at))
        };
        let decisive = DECISIVE.into_iter().find_map(other);
        let duration = || self.duration.and_then(|_| other(Key::DurationSeconds));
        let process = || {
            let at = profile.setting(PROCESS).map_or(&profile.at, |setting| &setting.at);
            (!calls_us(profile)).then(|| (PROCESS.to_owned(), at.clone()))
        };
        decisive.or_else(duration).or_else(process)
    }

    /// Writes the profile into the config file's `document`, unless it is there already.
    fn write(&self, document: &mut Document, path: &Path, program: &Path) -> Result<()> {
        let name = &self.name;
        let properties = properties(program, name, &self.request())?;
        let files = files_of(document, path)?;
        let Some(profile) = ProfileSet::new(&files).profile(name)? else {
            return add_section(document, name, &properties);
        };
        let Some((setting, at)) = self.difference(&profile) else { return Ok(()) };
        if !(self.may_change && self.is_of(&profile)) {
            return Err(exists(&profile, &setting, at));
        }
        let mut profiles = ProfileEditor::new(document, Which::Config, path)?;
        let request = self.request();
        // Role and source match already, whichever way the profile writes them.
        for key in [Key::ExternalId, Key::MfaSerial, Key::DurationSeconds] {
            match request.setting(key) {
                Some(value) => profiles.set(name, &KeyPath::top(key.prefixed()), &value)?,
                None if key == Key::DurationSeconds => {}
                None => {
                    for spelling in key.names() {
                        profiles.unset(name, &KeyPath::top(spelling))?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn exists(profile: &Profile<'_>, setting: &str, at: Location) -> Error {
    let name = &profile.name;
    if setting == PROCESS && profile.get(Key::CredentialProcess).is_none() {
        return Error::config(format!("profile '{name}' already exists and is not managed"))
            .at(Some(at))
            .hint(format!("'rolecall profile adopt {name}' makes it managed"));
    }
    Error::config(format!("profile '{name}' already exists with another '{setting}', or without"))
        .at(Some(at))
        .hint(format!(
            "'rolecall profile remove {name}' removes it; 'rolecall profile rename' keeps it under \
             another name"
        ))
}

/// Whether the profile's `credential_process` is rolecall, for this profile.
pub(super) fn calls_us(profile: &Profile<'_>) -> bool {
    ProcessLine::of(profile) == Some(&ProcessLine::Ours(profile.name.clone()))
}

/// Profiles to write into the config file.
pub struct RoleProfiles<'c> {
    context: &'c Context,
    path: PathBuf,
    program: PathBuf,
    roles: Vec<RoleProfile>,
}

impl<'c> RoleProfiles<'c> {
    /// Checks that these profiles can be written. Writes nothing.
    ///
    /// # Errors
    /// If they can't, most often because a different profile has one of the names.
    pub fn prepare(context: &'c Context, roles: Vec<RoleProfile>) -> Result<Self> {
        let profiles = Self::with_sources(context, roles, &[])?;
        profiles.edit(true)?;
        Ok(profiles)
    }

    /// Like [`Self::prepare`], with `sources` that will be written later, and without comparing the
    /// profiles with existing ones.
    pub(super) fn with_sources(
        context: &'c Context,
        roles: Vec<RoleProfile>,
        sources: &[&str],
    ) -> Result<Self> {
        let files = Files::read(context)?;
        for role in &roles {
            check_new_name(&role.name)?;
            role.mfa_serial.as_deref().map_or(Ok(()), check_serial)?;
            let source = &*role.source_profile;
            if !sources.contains(&source) && !roles.iter().any(|other| other.name == source) {
                check_source(&files, Some(&role.name), Some(source))?;
            }
        }
        let path = Which::Config.path(context)?;
        Ok(Self { context, path, program: sibling_program(context)?, roles })
    }

    /// Returns the path of the config file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of `rolecall` itself.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// Warns of settings that take precedence over these profiles.
    ///
    /// # Errors
    /// If the files can't be read.
    pub fn warn(&self, streams: &mut Streams<'_>) -> Result<()> {
        let files = Files::read(self.context)?;
        for role in &self.roles {
            warn_of_losing(&role.name, &files, streams);
        }
        warn_about_duplicates(&files, streams);
        Ok(())
    }

    /// Returns the changes to the config file as a diff, for a dry run; empty if there are none.
    ///
    /// # Errors
    /// Those of [`Self::prepare`].
    pub fn diff(&self) -> Result<String> {
        self.edit(true).map(Edited::into_diff)
    }

    /// Writes the profiles in one edit, and returns whether anything changed.
    ///
    /// # Errors
    /// Those of [`Self::prepare`], or if the file can't be written.
    pub fn write(&self) -> Result<bool> {
        Ok(self.edit(false)? == Edited::Written)
    }

    fn edit(&self, dry_run: bool) -> Result<Edited> {
        FileEdit { path: &self.path, dry_run }
            .apply(self.context, |document| self.write_into(document))
    }

    /// Writes the profiles into the config file's `document`.
    pub(super) fn write_into(&self, document: &mut Document) -> Result<()> {
        self.roles.iter().try_for_each(|role| role.write(document, &self.path, &self.program))
    }
}

#[cfg(test)]
mod tests;
