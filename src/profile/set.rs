//! The index of both files' sections, and how the sections of one name merge.

use std::{borrow::Cow, collections::HashMap};

use super::{File, Files, Profile, SectionKind, Setting, Which, section_kind};
use crate::{
    error::{Error, Location, Result},
    ini::{self, Section, SyntaxError},
};

/// Every section of both files by kind and name; bodies are parsed when they are asked for.
pub struct ProfileSet<'a> {
    files: &'a Files,
    sections: Vec<Entry<'a>>,
}

struct Entry<'a> {
    which: Which,
    section: Section<'a>,
}

impl<'a> Entry<'a> {
    fn kind(&self) -> SectionKind<'a> {
        section_kind(self.section.name, self.which)
    }

    /// The profile's name, and whether the header has the word `profile`.
    fn profile(&self) -> Option<(Cow<'a, str>, bool)> {
        match self.kind() {
            SectionKind::Profile { name, prefixed } => Some((name, prefixed)),
            _ => None,
        }
    }

    /// Whether this can be a section called `name`. A quick look: of 5,000 headers, few are read.
    fn may_be(&self, name: &str) -> bool {
        let header = self.section.name.as_bytes().trim_ascii_end();
        header.ends_with(name.as_bytes()) || header.ends_with(b"\"") || header.ends_with(b"'")
    }

    fn is_plain_default(&self) -> bool {
        self.which == Which::Config
            && self.may_be(DEFAULT)
            && self.profile().is_some_and(|(name, prefixed)| name == DEFAULT && !prefixed)
    }
}

/// The profile that has no prefix in the config file.
const DEFAULT: &str = "default";

impl<'a> ProfileSet<'a> {
    /// Scans both files for their headers.
    pub fn new(files: &'a Files) -> Result<Self> {
        let mut sections = Vec::new();
        for file in [&files.config, &files.credentials] {
            for section in ini::sections(file.text()) {
                let section = section.map_err(|error| syntax(file, &error))?;
                sections.push(Entry { which: file.which, section });
            }
        }
        let mut set = Self { files, sections };
        // `[profile default]` beats `[default]` in either order; the loser does not merge.
        let is_prefixed = |entry: &Entry<'_>| {
            entry.may_be(DEFAULT)
                && entry.profile().is_some_and(|(n, prefixed)| n == DEFAULT && prefixed)
        };
        if set.sections.iter().any(is_prefixed) {
            set.sections.retain(|entry| !entry.is_plain_default());
        }
        Ok(set)
    }

    /// The sections of the profile `name`.
    fn entries<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Entry<'a>> {
        let is_it = move |entry: &&Entry<'_>| {
            entry.may_be(name) && entry.profile().is_some_and(|(found, _)| found == name)
        };
        self.sections.iter().filter(is_it)
    }

    /// The names of all profiles, in the order of the files, each once.
    pub fn names(&self) -> Vec<Cow<'a, str>> {
        let mut seen = std::collections::HashSet::new();
        let names = self.sections.iter().filter_map(|entry| Some(entry.profile()?.0));
        names.filter(|name| seen.insert(name.clone())).collect()
    }

    /// The profile of that name, merged; `None` where no section has it.
    ///
    /// Equal sections merge and the last key wins; across the files the credentials file wins, key
    /// by key.
    pub fn profile(&self, name: &str) -> Result<Option<Profile<'a>>> {
        let merged = self.merged(self.entries(name))?;
        Ok(merged.map(|(at, settings)| Profile { name: name.to_owned(), at, settings }))
    }

    /// All profiles, in the order of the files, merged; one pass over the sections, however many.
    pub fn profiles(&self) -> Result<Vec<Profile<'a>>> {
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut groups: Vec<(Cow<'a, str>, Vec<&Entry<'a>>)> = Vec::new();
        for entry in &self.sections {
            let Some((name, _)) = entry.profile() else { continue };
            let place = *places.entry(name.clone()).or_insert(groups.len());
            if place == groups.len() {
                groups.push((name, Vec::new()));
            }
            groups[place].1.push(entry);
        }
        let merged = groups.into_iter().filter_map(|(name, entries)| {
            let merged = self.merged(entries.into_iter()).transpose()?;
            Some(merged.map(|(at, settings)| Profile { name: name.into_owned(), at, settings }))
        });
        merged.collect()
    }

    /// The settings of `[services NAME]`; `None` where there is no such section.
    pub fn services(&self, name: &str) -> Result<Option<Vec<Setting<'a>>>> {
        let is_it =
            |entry: &&Entry<'_>| matches!(entry.kind(), SectionKind::Services(n) if n == name);
        let merged = self.merged(self.sections.iter().filter(is_it))?;
        Ok(merged.map(|(_, settings)| settings))
    }

    /// Where a section of this profile begins in that file.
    pub fn section_location(&self, name: &str, which: Which) -> Option<Location> {
        let entry = self.entries(name).find(|entry| entry.which == which)?;
        Some(self.files.get(which).location(entry.section.line()))
    }

    fn merged<'s>(
        &self,
        entries: impl Iterator<Item = &'s Entry<'a>>,
    ) -> Result<Option<(Location, Vec<Setting<'a>>)>>
    where
        'a: 's,
    {
        let mut start = None;
        let mut settings: Vec<Setting<'a>> = Vec::new();
        for entry in entries {
            let file = self.files.get(entry.which);
            start.get_or_insert_with(|| file.location(entry.section.line()));
            let properties = entry.section.properties().map_err(|error| syntax(file, &error))?;
            for property in properties {
                let setting = Setting {
                    key: property.key.to_ascii_lowercase(),
                    at: file.location(property.line),
                    value: property.value,
                    which: entry.which,
                };
                match settings.iter_mut().find(|known| known.key == setting.key) {
                    Some(known) => *known = setting,
                    None => settings.push(setting),
                }
            }
        }
        Ok(start.map(|at| (at, settings)))
    }
}

/// A syntax error of `file`, with its place and what to do.
fn syntax(file: &File, error: &SyntaxError) -> Error {
    Error::config(error.kind.to_string())
        .at(Some(file.location(error.line)))
        .hint("correct that line: AWS tools can't read the file as it is")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(config: &str, credentials: &str) -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        let file = |which, name: &str, text: &str| {
            let path = folder.path().join(name);
            std::io::Write::write_all(&mut std::fs::File::create(&path).unwrap(), text.as_bytes())
                .unwrap();
            File::read(which, path).unwrap()
        };
        let files = Files {
            config: file(Which::Config, "config", config),
            credentials: file(Which::Credentials, "credentials", credentials),
        };
        (folder, files)
    }

    fn value(config: &str, credentials: &str, profile: &str, key: &str) -> Option<String> {
        let (_folder, files) = files(config, credentials);
        let set = ProfileSet::new(&files).unwrap();
        let profile = set.profile(profile).unwrap()?;
        profile.text(key).map(|(text, _)| text.to_owned())
    }

    #[test]
    fn prefixed_default_wins_in_either_order_and_does_not_merge() {
        for config in [
            "[default]\na = 1\nb = 1\n[profile default]\na = 2\n",
            "[profile default]\na = 2\n[default]\na = 1\nb = 1\n",
        ] {
            assert_eq!(value(config, "", "default", "a").as_deref(), Some("2"));
            assert_eq!(value(config, "", "default", "b"), None);
            assert_eq!(value(config, "[default]\nc = 3\n", "default", "c").as_deref(), Some("3"));
        }
    }

    #[test]
    fn the_credentials_file_wins_key_by_key() {
        let (config, credentials) = ("[profile a]\nx = 1\ny = 1\n", "[a]\nX = 2\n");
        assert_eq!(value(config, credentials, "a", "x").as_deref(), Some("2"));
        assert_eq!(value(config, credentials, "a", "y").as_deref(), Some("1"));
    }

    #[test]
    fn equal_sections_merge_and_the_last_key_wins() {
        let config = "[profile a]\nx = 1\nx = 2\ny = 1\n[profile b]\n[profile a]\ny = 3\n";
        assert_eq!(value(config, "", "a", "x").as_deref(), Some("2"));
        assert_eq!(value(config, "", "a", "y").as_deref(), Some("3"));
    }

    #[test]
    fn a_broken_line_in_another_profile_does_no_harm() {
        let config = "[profile a]\nx = 1\n[profile b]\nnonsense\n";
        assert_eq!(value(config, "", "a", "x").as_deref(), Some("1"));
    }

    #[test]
    fn a_broken_line_in_the_profile_is_told_with_its_place() {
        let (_folder, files) = files("[profile a]\nx = 1\nnonsense-SECRET\n", "");
        let error = ProfileSet::new(&files).unwrap().profile("a").unwrap_err();
        assert!(error.to_string().ends_with("config:3)"), "{error}");
        assert!(!error.to_string().contains("SECRET"), "{error}");
    }

    #[test]
    fn names_are_listed_once_in_the_order_of_the_files() {
        let (_folder, files) = files("[profile b]\n[default]\n[profile a]\n", "[a]\n[c]\n");
        let set = ProfileSet::new(&files).unwrap();
        assert_eq!(set.names(), ["b", "default", "a", "c"]);
        let credentials = set.section_location("c", Which::Credentials).unwrap();
        assert_eq!(credentials.line, 2);
    }
}
