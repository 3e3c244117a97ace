//! All sections of both files, and how those of one profile are merged.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    ops::RangeInclusive,
};

use super::{
    File, Files, Profile, SectionKind, Setting, Which,
    merging::{Merging, settings_of},
    name::DEFAULT_PROFILE,
    section_kind,
};
use crate::error::{Location, Result};

/// The profiles and other sections of both files. Bodies are parsed when they are needed.
pub(crate) struct ProfileSet<'a> {
    pub(super) files: &'a Files,
    /// Whether there is a `[profile default]`, in which case `[default]` of the config file is ignored.
    default_is_prefixed: bool,
    index: Option<SectionIndex<'a>>,
}

/// The sections by what they are, for a caller that looks up thousands of them.
#[derive(Default)]
struct SectionIndex<'a> {
    profiles: HashMap<Cow<'a, str>, Vec<Entry<'a>>>,
    others: Vec<Entry<'a>>,
    /// Profiles that were looked up, in case others have them as their source, too.
    read: RefCell<HashMap<String, Option<Profile<'a>>>>,
    /// How often all names were searched for one that resembles a missing one.
    searches: Cell<usize>,
}

/// A section of one of the files.
#[derive(Clone, Copy)]
struct Entry<'a> {
    file: &'a File,
    place: usize,
}

impl<'a> Entry<'a> {
    fn header(self) -> &'a str {
        self.file.name(self.place)
    }

    fn kind(self) -> SectionKind<'a> {
        section_kind(self.header(), self.file.which)
    }

    /// The name of the profile, and whether the header has the word `profile`.
    fn profile(self) -> Option<(Cow<'a, str>, bool)> {
        match self.kind() {
            SectionKind::Profile { name, prefixed } => Some((name, prefixed)),
            _ => None,
        }
    }

    /// Whether this may be a section called `name`. A quick check, so that few of 5,000 headers are
    /// parsed.
    fn may_be(self, name: &str) -> bool {
        let header = self.header();
        header.ends_with(name)
            || header.ends_with(|c: char| matches!(c, '"' | '\'') || c.is_whitespace())
    }

    fn location(self) -> Location {
        self.file.location(self.file.line(self.place))
    }
}

/// The last bytes of a header that does not end with the name: those of quotes and of blanks, which
/// may be any in Unicode.
const ENDS: &[u8] = b"\"' \t\r\n\x0b\x0c";
const UNICODE_ENDS: RangeInclusive<u8> = 0x80..=0xbf;
/// The most overridden settings that are returned, in case a file has a hundred thousand sections of one
/// name.
const MOST_OVERRIDDEN: usize = 1000;
/// The most profiles that are kept in memory for further lookups.
const MOST_READ: usize = 1000;
/// The most suggestions for a caller that looks up thousands of profiles: each takes milliseconds.
const MOST_SEARCHES: usize = 20;

impl<'a> ProfileSet<'a> {
    /// Returns the profiles of both files.
    pub(crate) fn new(files: &'a Files) -> Self {
        let mut set = Self { files, default_is_prefixed: false, index: None };
        let is_prefixed = |entry: Entry<'_>| {
            entry.kind() == SectionKind::Profile { name: DEFAULT_PROFILE.into(), prefixed: true }
        };
        set.default_is_prefixed = set.sections_like(DEFAULT_PROFILE).any(is_prefixed);
        set
    }

    /// Returns the profiles of both files, prepared for looking up all of them.
    pub(crate) fn indexed(files: &'a Files) -> Self {
        let mut set = Self::new(files);
        let mut index = SectionIndex::default();
        for entry in set.sections() {
            match set.profile_of(entry) {
                Some(name) => index.profiles.entry(name).or_default().push(entry),
                None => index.others.push(entry),
            }
        }
        set.index = Some(index);
        set
    }

    fn sections(&self) -> impl Iterator<Item = Entry<'a>> + use<'a> {
        let files = [&self.files.config, &self.files.credentials];
        files
            .into_iter()
            .flat_map(|file| (0..file.index().len()).map(move |place| Entry { file, place }))
    }

    /// The sections that may be called `name`: few of 5,000, so that the others aren't parsed.
    fn sections_like<'n>(&self, name: &'n str) -> impl Iterator<Item = Entry<'a>> + use<'a, 'n> {
        let ends = ENDS.iter().copied().chain(UNICODE_ENDS).chain(name.bytes().last());
        let ends: Vec<u8> = ends.collect();
        let files = [&self.files.config, &self.files.credentials];
        files.into_iter().flat_map(move |file| {
            let known = file.known_places(name);
            let search = known.is_none().then(|| file.index().ending_with(&ends));
            let places = known.into_iter().flatten().chain(search.into_iter().flatten());
            places.map(move |place| Entry { file, place }).filter(move |entry| entry.may_be(name))
        })
    }

    /// The profile that a section belongs to. `[profile default]` wins over `[default]` in either order,
    /// and the other is not merged.
    fn profile_of(&self, entry: Entry<'a>) -> Option<Cow<'a, str>> {
        let (name, prefixed) = entry.profile()?;
        let is_ignored = self.default_is_prefixed
            && !prefixed
            && name == DEFAULT_PROFILE
            && entry.file.which == Which::Config;
        (!is_ignored).then_some(name)
    }

    /// The sections of the profile `name`.
    fn entries(&self, name: &str) -> impl Iterator<Item = Entry<'a>> {
        let known = self.index.as_ref().map(|index| index.profiles.get(name));
        let search = known.is_none().then(|| {
            let is_it =
                move |entry: &Entry<'a>| self.profile_of(*entry).is_some_and(|found| found == name);
            self.sections_like(name).filter(is_it)
        });
        known.flatten().into_iter().flatten().copied().chain(search.into_iter().flatten())
    }

    /// Whether to search for names that resemble a missing one, which goes through all profiles.
    pub(crate) fn may_search(&self) -> bool {
        self.index.as_ref().is_none_or(|index| {
            index.searches.set(index.searches.get() + 1);
            index.searches.get() <= MOST_SEARCHES
        })
    }

    /// Whether neither file has a profile.
    pub(crate) fn is_empty(&self) -> bool {
        !self.sections().any(|entry| self.profile_of(entry).is_some())
    }

    /// Returns the names of all profiles in the order of the files, each once.
    pub(crate) fn names(&self) -> Vec<Cow<'a, str>> {
        let mut seen = std::collections::HashSet::new();
        let names = self.sections().filter_map(|entry| self.profile_of(entry));
        names.filter(|name| seen.insert(name.clone())).collect()
    }

    /// Returns the profile of that name, merged; `None` if no section has it.
    ///
    /// In a file, sections of the same name are merged, and the last key wins. Keys in the credentials
    /// file win over the same keys in the config file.
    ///
    /// # Errors
    /// One of its sections can't be read.
    pub(crate) fn profile(&self, name: &str) -> Result<Option<Profile<'a>>> {
        let read = self.index.as_ref().map(|index| &index.read);
        if let Some(known) = read.and_then(|read| read.borrow().get(name).cloned()) {
            return Ok(known);
        }
        let found = merged(self.entries(name))?.map(|(at, settings)| Profile {
            name: name.to_owned(),
            at,
            settings: settings.into(),
        });
        if let Some(read) = read.filter(|read| read.borrow().len() < MOST_READ) {
            read.borrow_mut().insert(name.to_owned(), found.clone());
        }
        Ok(found)
    }

    /// Returns the settings of `profile` that are overridden by the same key in another place, at most a
    /// thousand.
    ///
    /// # Errors
    /// One of its sections can't be read.
    pub(crate) fn overridden(&self, profile: &Profile<'a>) -> Result<Vec<Setting<'a>>> {
        let place = |setting: &Setting<'_>| (setting.which, setting.at.line);
        let mut winners: Vec<_> = profile.settings.iter().map(place).collect();
        winners.sort_unstable();
        let mut overridden = Vec::new();
        for entry in self.entries(&profile.name) {
            let settings = settings_of(entry.file, entry.place)?;
            let lost = settings.filter(|it| winners.binary_search(&place(it)).is_err());
            overridden.extend(lost.take(MOST_OVERRIDDEN - overridden.len()));
        }
        Ok(overridden)
    }

    /// Returns the place of a `[default]` in the config file that `[profile default]` overrides.
    pub(crate) fn ignored_default(&self) -> Option<Location> {
        let is_ignored = |entry: &Entry<'a>| {
            entry.file.which == Which::Config
                && entry.kind()
                    == SectionKind::Profile { name: DEFAULT_PROFILE.into(), prefixed: false }
        };
        let ignored = self
            .sections_like(DEFAULT_PROFILE)
            .filter(|_| self.default_is_prefixed)
            .find(is_ignored)?;
        Some(ignored.location())
    }

    /// Returns all profiles in the order of the files, merged, in one pass over the sections. Each is
    /// made when it is needed: together they would take many times the files' size.
    pub(crate) fn profiles(&self) -> impl Iterator<Item = Result<Profile<'a>>> {
        self.named_profiles().map(|(_, profile)| profile)
    }

    /// Returns all profiles like [`Self::profiles`], with their names.
    pub(crate) fn named_profiles(
        &self,
    ) -> impl Iterator<Item = (Cow<'a, str>, Result<Profile<'a>>)> {
        let mut places: HashMap<Cow<'a, str>, usize> = HashMap::new();
        let mut groups: Vec<(Cow<'a, str>, Vec<Entry<'a>>)> = Vec::new();
        for entry in self.sections() {
            let Some(name) = self.profile_of(entry) else { continue };
            let place = *places.entry(name.clone()).or_insert(groups.len());
            if place == groups.len() {
                groups.push((name, Vec::new()));
            }
            groups[place].1.push(entry);
        }
        groups.into_iter().filter_map(|(name, entries)| {
            let merged = merged(entries.into_iter()).transpose()?;
            let profile = merged.map(|(at, settings)| Profile {
                name: name.clone().into_owned(),
                at,
                settings: settings.into(),
            });
            Some((name, profile))
        })
    }

    /// Returns the settings of `[services NAME]`; `None` if there is no such section.
    ///
    /// # Errors
    /// The section can't be read.
    pub(crate) fn services(&self, name: &str) -> Result<Option<Vec<Setting<'a>>>> {
        self.section_of(name, &SectionKind::Services(name.into()))
    }

    /// Returns the settings of `[sso-session NAME]`; `None` if there is no such section.
    ///
    /// # Errors
    /// The section can't be read.
    pub(crate) fn sso_session(&self, name: &str) -> Result<Option<Vec<Setting<'a>>>> {
        self.section_of(name, &SectionKind::SsoSession(name.into()))
    }

    /// Returns the names of the `sso-session` sections in the order of the file, each once.
    pub(crate) fn sso_session_names(&self) -> Vec<Cow<'a, str>> {
        let mut seen = std::collections::HashSet::new();
        let names = self.sections().filter_map(|entry| match entry.kind() {
            SectionKind::SsoSession(name) => Some(name),
            _ => None,
        });
        names.filter(|name| seen.insert(name.clone())).collect()
    }

    fn section_of(&self, name: &str, kind: &SectionKind<'_>) -> Result<Option<Vec<Setting<'a>>>> {
        let is_it = |entry: &Entry<'_>| entry.kind() == *kind;
        let known = self.index.as_ref().map(|index| index.others.iter().copied());
        let all = known.is_none().then(|| self.sections_like(name));
        let entries = known.into_iter().flatten().chain(all.into_iter().flatten());
        let merged = merged(entries.filter(is_it))?;
        Ok(merged.map(|(_, settings)| settings))
    }

    /// Returns the place of the first section of this profile in that file.
    pub(crate) fn section_location(&self, name: &str, which: Which) -> Option<Location> {
        Some(self.entries(name).find(|entry| entry.file.which == which)?.location())
    }
}

/// The place of the first section, and the settings of all, in which later ones win.
fn merged<'a>(
    entries: impl Iterator<Item = Entry<'a>>,
) -> Result<Option<(Location, Vec<Setting<'a>>)>> {
    let mut start = None;
    let mut settings = Merging::default();
    for entry in entries {
        start.get_or_insert_with(|| entry.location());
        settings_of(entry.file, entry.place)?.for_each(|setting| settings.put(setting));
    }
    Ok(start.map(|at| (at, settings.list)))
}

#[cfg(test)]
mod tests;
