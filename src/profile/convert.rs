//! A plain profile into a managed one, and back: keys get our prefix or lose it where they stand.
//!
//! What adopting does, releasing takes back to the byte. So a profile is adopted only where that can be:
//! nothing of what releasing removes may have been there before.

use std::{collections::HashMap, path::Path};

use super::{
    ProcessLine, Profile, SectionKind, Setting, Which, as_word,
    key::{Form, Key, PREFIX, Topic, has_twin, plain_form},
    keys_hint, process_line, section_kind,
};
use crate::{
    error::{Error, Result},
    ini::{Document, EditError, Header, KeyPath, SectionId},
};

const PROCESS: &str = Key::CredentialProcess.name();

/// Where the profiles of a config file stand in its document.
pub struct Sections(HashMap<String, Vec<SectionId>>);

impl Sections {
    /// The sections of `document`, the config file's.
    pub fn of(document: &Document) -> Self {
        let mut sections: HashMap<String, Vec<SectionId>> = HashMap::new();
        for Header { id, name: header, .. } in document.sections() {
            if let SectionKind::Profile { name, .. } = section_kind(header, Which::Config) {
                sections.entry(name.into_owned()).or_default().push(id);
            }
        }
        Self(sections)
    }

    /// The one section of `profile`. Of several, `[default]` and `[profile default]` too, readers
    /// take different ones, or refuse the file.
    fn only(&self, profile: &Profile<'_>) -> Result<SectionId> {
        let name = &profile.name;
        match self.0.get(name).map(Vec::as_slice) {
            Some([only]) => Ok(*only),
            Some(_) => Err(Error::config(format!("profile '{name}' has several sections"))
                .at(Some(profile.at.clone()))
                .hint("make one of them")),
            None => Err(Error::config(format!("profile '{name}' is not in the config file"))
                .at(Some(profile.at.clone()))
                .hint("move its role there from the credentials file")),
        }
    }
}

/// A change of one profile that has been looked at and can be made.
pub struct Conversion {
    section: SectionId,
    /// Keys as they are written, with their new names.
    renames: Vec<(String, String)>,
    /// What to call; `None` takes the line out.
    line: Option<String>,
}

impl Conversion {
    /// Whether `profile` is a role's, or one of IAM Identity Center's, that other tools act on
    /// themselves.
    pub fn is_plain_role(profile: &Profile<'_>) -> bool {
        let has = |key: Key| profile.plain(key).is_some();
        has(Key::RoleArn) || has(Key::SsoAccountId) && has(Key::SsoRoleName)
    }

    /// What makes the plain `profile` a managed one that calls `program`; `None`: it is one. The
    /// error says why it can't be.
    pub fn adopting(
        document: &Document,
        sections: &Sections,
        profile: &Profile<'_>,
        program: &Path,
    ) -> Result<Option<Self>> {
        let name = &profile.name;
        let is_ours = ProcessLine::of(profile) == Some(ProcessLine::Ours(name.clone()));
        if is_ours && !Self::is_plain_role(profile) {
            return Ok(None);
        }
        if !Self::is_plain_role(profile) {
            return Err(Error::config(format!("profile '{name}' has no role to adopt"))
                .at(Some(profile.at.clone()))
                .hint("'rolecall profile add' makes a profile for a role"));
        }
        if let Some(setting) = profile.setting(PROCESS) {
            let what = if is_ours { "calls rolecall" } else { "has a credential_process" };
            return Err(refusal(profile, setting, &format!("{what} already")).hint(format!(
                "take it out first, if it is not needed: 'rolecall profile unset {} {PROCESS}'",
                as_word(name)
            )));
        }
        check_plain(profile)?;
        let line = process_line(program, name).map_err(|e| e.at(Some(profile.at.clone())))?;
        let section = sections.only(profile)?;
        let keys = keys_of(document, section, profile, has_twin)?;
        let renames = keys.into_iter().map(|key| (key.clone(), format!("{PREFIX}{key}"))).collect();
        Ok(Some(Self { section, renames, line: Some(line) }))
    }

    /// What makes the managed `profile` a plain one. The error says why it can't be.
    pub fn releasing(
        document: &Document,
        sections: &Sections,
        profile: &Profile<'_>,
    ) -> Result<Self> {
        let name = &profile.name;
        let (ours, process) = (ProcessLine::of(profile), profile.setting(PROCESS));
        let Some(process) = process.filter(|_| ours == Some(ProcessLine::Ours(name.clone())))
        else {
            return Err(Error::config(format!("profile '{name}' is not managed by rolecall"))
                .at(Some(process.map_or(&profile.at, |setting| &setting.at).clone()))
                .hint("'rolecall profile list' shows which profiles are"));
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
            return Err(refusal(profile, setting, &what).hint("let it be managed"));
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
        let keys =
            keys_of(document, section, profile, |key| key == PROCESS || plain_form(key).is_some())?;
        let keys = keys.into_iter().filter(|key| !key.eq_ignore_ascii_case(PROCESS));
        let renames = keys.map(|key| (key.clone(), key[PREFIX.len()..].to_owned())).collect();
        Ok(Self { section, renames, line: None })
    }

    /// Makes the change.
    pub fn apply(&self, document: &mut Document) -> Result<()> {
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

/// The settings of a managed `profile` that other tools would pass over, once it is released: they
/// assume its role without them.
pub fn ours_alone<'p, 'a>(profile: &'p Profile<'a>) -> impl Iterator<Item = &'p Setting<'a>> {
    let ours = |key: &&Key| key.topic() == Topic::Session && key.form() == Form::Own;
    let found = Key::ALL.iter().filter(ours).filter_map(|key| profile.get(*key));
    found.map(|(_, setting)| setting)
}

/// What stands in the way of a plain profile's becoming a managed one.
fn check_plain(profile: &Profile<'_>) -> Result<()> {
    let word = as_word(&profile.name);
    if let Some(setting) = profile.settings.iter().find(|s| plain_form(&s.key).is_some()) {
        let what = format!("has '{}' already beside plain settings", setting.key);
        return Err(refusal(profile, setting, &what).hint(format!(
            "name it '{}', or add the prefix to the others",
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
            Which::Config => refused.hint("move them into a profile that is its source_profile"),
        });
    }
    let is_elsewhere = |s: &&Setting<'_>| s.which == Which::Credentials && has_twin(&s.key);
    if let Some(setting) = profile.settings.iter().find(is_elsewhere) {
        return Err(elsewhere(profile, setting));
    }
    // Both are signed in to by the profile's name, with what would then be renamed.
    if let Some((_, setting)) = profile.plain(Key::LoginSession) {
        return Err(refusal(
            profile,
            setting,
            "is signed in to by 'aws login', which refuses a profile with a credential_process",
        )
        .hint("leave it as it is, and let a managed profile name it as its source"));
    }
    if profile.plain(Key::SsoSession).is_none()
        && let Some((_, setting)) = profile.plain(Key::SsoStartUrl)
    {
        return Err(refusal(
            profile,
            setting,
            "is signed in to by its name, with settings that would be renamed",
        )
        .hint("make an [sso-session] section of them with 'aws configure sso-session'"));
    }
    Ok(())
}

/// The keys of a section, as they are written, that `is_meant` (in lower case); none may stand there
/// twice.
fn keys_of(
    document: &Document,
    section: SectionId,
    profile: &Profile<'_>,
    is_meant: impl Fn(&str) -> bool,
) -> Result<Vec<String>> {
    let section = document.section(section).expect("BUG: the id is this document's");
    // It has been read already, as part of the profile.
    let properties = section.properties().map_err(|error| Error::config(error.to_string()))?;
    let mut found: Vec<String> = Vec::new();
    for property in properties {
        if !is_meant(&property.key.to_ascii_lowercase()) {
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

fn refusal(profile: &Profile<'_>, setting: &Setting<'_>, what: &str) -> Error {
    Error::config(format!("profile '{}' {what}", profile.name)).at(Some(setting.at.clone()))
}

fn elsewhere(profile: &Profile<'_>, setting: &Setting<'_>) -> Error {
    let what = format!("has '{}' in the credentials file, whose word goes first", setting.key);
    refusal(profile, setting, &what).hint(format!(
        "move that line into the profile's section in the config file: '[profile {}]'",
        as_word(&profile.name)
    ))
}
