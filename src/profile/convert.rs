//! Turns a plain profile into a managed one and back: keys get our prefix, or lose it, in place.
//!
//! Releasing undoes adopting to the byte. So a profile can be adopted only if nothing that releasing
//! removes was there before.

use std::{collections::HashMap, path::Path};

use super::{
    ProcessLine, Profile, SectionKind, Setting, Which, as_word,
    key::{Form, Key, PREFIX, Topic, has_twin, plain_form},
    keys_hint, process_line, section_kind,
};
use crate::{
    error::{Error, Result},
    ini::{Document, EditError, Header, KeyPath, Section, SectionId},
};

const PROCESS: &str = Key::CredentialProcess.name();

/// The sections of each profile in the config file.
pub(crate) struct Sections(HashMap<String, Vec<SectionId>>);

impl Sections {
    /// Returns the sections of `document`, the config file.
    pub(crate) fn of(document: &Document) -> Self {
        let mut sections: HashMap<String, Vec<SectionId>> = HashMap::new();
        for Header { id, name: header, .. } in document.sections() {
            if let SectionKind::Profile { name, .. } = section_kind(header, Which::Config) {
                sections.entry(name.into_owned()).or_default().push(id);
            }
        }
        Self(sections)
    }

    /// The only section of `profile`. If there are several, such as `[default]` and
    /// `[profile default]`, readers use different ones or refuse the file.
    fn only(&self, profile: &Profile<'_>) -> Result<SectionId> {
        let name = &profile.name;
        match self.0.get(name).map(Vec::as_slice) {
            Some([only]) => Ok(*only),
            Some(_) => Err(Error::config(format!("profile '{name}' has several sections"))
                .at(Some(profile.at.clone()))
                .hint("merge them into one")),
            None => Err(Error::config(format!("profile '{name}' is not in the config file"))
                .at(Some(profile.at.clone()))
                .hint("move its role from the credentials file to the config file")),
        }
    }
}

/// The config file that is being edited.
#[derive(Clone, Copy)]
pub(crate) struct ConfigFile<'c> {
    /// Its document.
    pub(crate) document: &'c Document,
    /// Its sections.
    pub(crate) sections: &'c Sections,
}

/// A change of one profile that was checked and can be made.
pub(crate) struct Conversion {
    section: SectionId,
    /// Keys as they are spelled, with their new names.
    renames: Vec<(String, String)>,
    /// The `credential_process` to set; `None` removes it.
    line: Option<String>,
}

impl Conversion {
    /// Whether other tools use the role of `profile`, or its role in IAM Identity Center, themselves.
    pub(crate) fn is_plain_role(profile: &Profile<'_>) -> bool {
        let has = |key: Key| profile.plain(key).is_some();
        has(Key::RoleArn) || has(Key::SsoAccountId) && has(Key::SsoRoleName)
    }

    /// Returns the change that makes the plain `profile` a managed one that calls `program`; `None` if
    /// it is managed already.
    ///
    /// # Errors
    /// Why the profile can't be adopted.
    pub(crate) fn adopting(
        ConfigFile { document, sections }: ConfigFile<'_>,
        profile: &Profile<'_>,
        program: &Path,
    ) -> Result<Option<Self>> {
        let name = &profile.name;
        let is_ours = ProcessLine::of(profile) == Some(&ProcessLine::Ours(name.clone()));
        if is_ours && !Self::is_plain_role(profile) {
            return Ok(None);
        }
        if !Self::is_plain_role(profile) {
            return Err(Error::config(format!("profile '{name}' has no role to adopt"))
                .at(Some(profile.at.clone()))
                .hint("'rolecall profile add' adds a profile for a role"));
        }
        if let Some(setting) = profile.setting(PROCESS) {
            let what = if is_ours { "calls rolecall" } else { "has a credential_process" };
            return Err(refusal(profile, setting, &format!("{what} already")).hint(format!(
                "if it is not needed, remove it first: 'rolecall profile unset {} {PROCESS}'",
                as_word(name)
            )));
        }
        check_plain(profile)?;
        let line = process_line(program, name).map_err(|e| e.at(Some(profile.at.clone())))?;
        let section = sections.only(profile)?;
        let keys = keys_of(section_of(document, section), profile, has_twin)?;
        let renames = keys.into_iter().map(|key| (key.clone(), format!("{PREFIX}{key}"))).collect();
        Ok(Some(Self { section, renames, line: Some(line) }))
    }

    /// Returns the change that makes the managed `profile` a plain one.
    ///
    /// # Errors
    /// Why the profile can't be released.
    pub(crate) fn releasing(
        ConfigFile { document, sections }: ConfigFile<'_>,
        profile: &Profile<'_>,
    ) -> Result<Self> {
        let name = &profile.name;
        let (ours, process) = (ProcessLine::of(profile), profile.setting(PROCESS));
        let Some(process) = process.filter(|_| ours == Some(&ProcessLine::Ours(name.clone())))
        else {
            return Err(Error::config(format!("profile '{name}' is not managed by rolecall"))
                .at(Some(process.map_or(&profile.at, |setting| &setting.at).clone()))
                .hint("'rolecall profile list' shows the managed profiles"));
        };
        if profile.prefixed(Key::RoleArn).is_none() && profile.prefixed(Key::SsoAccountId).is_none()
        {
            return Err(refusal(profile, process, "has no role that other tools could act on")
                .hint(format!("'rolecall profile remove {}' removes it", as_word(name))));
        }
        if let Some((_, setting)) =
            [Key::AccessKeyId, Key::Session].into_iter().find_map(|key| profile.get(key))
        {
            let what = format!("has '{}', which other tools don't know", setting.key);
            return Err(refusal(profile, setting, &what).hint("keep it managed"));
        }
        let both = |setting: &&Setting<'_>| {
            plain_form(&setting.key).is_some_and(|plain| profile.setting(plain).is_some())
        };
        if let Some(setting) = profile.settings.iter().find(both) {
            let what = format!("has both '{}' and its plain form", setting.key);
            return Err(refusal(profile, setting, &what).hint("keep one of them"));
        }
        let is_elsewhere = |setting: &&Setting<'_>| {
            setting.which == Which::Credentials
                && (setting.key == PROCESS || plain_form(&setting.key).is_some())
        };
        if let Some(setting) = profile.settings.iter().find(is_elsewhere) {
            return Err(elsewhere(profile, setting));
        }
        let section = sections.only(profile)?;
        let is_renamed = |key: &str| key == PROCESS || plain_form(key).is_some();
        let keys = keys_of(section_of(document, section), profile, is_renamed)?;
        let keys = keys.into_iter().filter(|key| !key.eq_ignore_ascii_case(PROCESS));
        let renames = keys.map(|key| (key.clone(), key[PREFIX.len()..].to_owned())).collect();
        Ok(Self { section, renames, line: None })
    }

    /// Makes the change.
    ///
    /// # Errors
    /// The document can't be edited.
    pub(crate) fn apply(&self, document: &mut Document) -> Result<()> {
        self.edit(document).map_err(|error| Error::config(error.to_string()))
    }

    fn edit(&self, document: &mut Document) -> std::result::Result<(), EditError> {
        let process = KeyPath::top(PROCESS);
        if self.line.is_none() {
            document.unset(self.section, &process)?;
        }
        for (old, new) in &self.renames {
            document.rename_key(self.section, &KeyPath::top(old), new)?;
        }
        match &self.line {
            Some(line) => document.set(self.section, &process, line),
            None => Ok(()),
        }
    }
}

/// Returns the settings of a managed `profile` that other tools will ignore once it is released: they
/// assume its role without them.
pub(crate) fn ours_alone<'p, 'a>(
    profile: &'p Profile<'a>,
) -> impl Iterator<Item = &'p Setting<'a>> {
    let ours = |key: &&Key| key.topic() == Topic::Session && key.form() == Form::Own;
    let found = Key::ALL.iter().filter(ours).filter_map(|key| profile.get(*key));
    found.map(|(_, setting)| setting)
}

/// Refuses a plain profile that can't become a managed one.
fn check_plain(profile: &Profile<'_>) -> Result<()> {
    let word = as_word(&profile.name);
    if let Some(setting) = profile.settings.iter().find(|s| plain_form(&s.key).is_some()) {
        let what = format!("already has '{}' next to plain settings", setting.key);
        return Err(refusal(profile, setting, &what).hint(format!(
            "rename it to '{}', or add the prefix to the other keys",
            &setting.key[PREFIX.len()..]
        )));
    }
    let keys = [Key::AwsAccessKeyId, Key::AwsSecretAccessKey];
    if let Some(setting) = keys.into_iter().find_map(|key| profile.setting(key.name())) {
        let refused = refusal(
            profile,
            setting,
            "has access keys of its own, which many tools take before a credential_process",
        );
        return Err(match setting.which {
            Which::Credentials => refused.hint(keys_hint(&word)),
            Which::Config => {
                refused.hint("move them to another profile, and name that as its source_profile")
            }
        });
    }
    let is_elsewhere = |s: &&Setting<'_>| s.which == Which::Credentials && has_twin(&s.key);
    if let Some(setting) = profile.settings.iter().find(is_elsewhere) {
        return Err(elsewhere(profile, setting));
    }
    // Both are signed in to by the profile's name, using keys that would be renamed.
    if let Some((_, setting)) = profile.plain(Key::LoginSession) {
        return Err(refusal(
            profile,
            setting,
            "is signed in to by 'aws login', which refuses a profile with a credential_process",
        )
        .hint("leave it as it is, and name it as the source of a managed profile"));
    }
    if profile.plain(Key::SsoSession).is_none()
        && let Some((_, setting)) = profile.plain(Key::SsoStartUrl)
    {
        return Err(refusal(
            profile,
            setting,
            "is signed in to by its name, with settings that would be renamed",
        )
        .hint("move them to an [sso-session] section with 'aws configure sso-session'"));
    }
    Ok(())
}

/// The keys of a section of `profile` for which `is_wanted` (lower case) is true, as they are spelled.
///
/// # Errors
/// One of them is there twice.
fn keys_of(
    section: Section<'_>,
    profile: &Profile<'_>,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    // It was parsed before, as part of the profile.
    let properties = section.properties().map_err(|error| Error::config(error.to_string()))?;
    let mut found: Vec<String> = Vec::new();
    for property in properties {
        if !is_wanted(&property.key.to_ascii_lowercase()) {
            continue;
        }
        if found.iter().any(|key| key.eq_ignore_ascii_case(property.key)) {
            let at = crate::error::Location { line: property.line, ..profile.at.clone() };
            return Err(Error::config(format!(
                "profile '{}' has '{}' twice",
                profile.name, property.key
            ))
            .at(Some(at))
            .hint("remove one of them: the last one counts"));
        }
        found.push(property.key.to_owned());
    }
    Ok(found)
}

fn section_of(document: &Document, id: SectionId) -> Section<'_> {
    document.section(id).expect("BUG: the id is from this document")
}

fn refusal(profile: &Profile<'_>, setting: &Setting<'_>, what: &str) -> Error {
    Error::config(format!("profile '{}' {what}", profile.name)).at(Some(setting.at.clone()))
}

fn elsewhere(profile: &Profile<'_>, setting: &Setting<'_>) -> Error {
    let what = format!("has '{}' in the credentials file, which takes precedence", setting.key);
    refusal(profile, setting, &what).hint(format!(
        "move that line to the profile's section in the config file: '[profile {}]'",
        as_word(&profile.name)
    ))
}
