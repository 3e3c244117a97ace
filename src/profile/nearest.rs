//! Suggestions for a mistyped name of a profile.

use super::{
    ProfileSet, Which,
    name::{SectionKind, is_plain_name, section_kind},
};
use crate::{error::Location, rules::nearest_of};

impl ProfileSet<'_> {
    /// Returns a header of the config file that resembles the one of `wanted` but that readers ignore:
    /// where it is, and how it should be written.
    pub(crate) fn ignored_header(&self, wanted: &str) -> Option<(Location, String)> {
        let file = &self.files.config;
        let meant = |header: &str| {
            let name = header.strip_prefix("profile").map_or(header, str::trim_start);
            name == wanted && section_kind(header, Which::Config) == SectionKind::Ignored
        };
        let index = file.index();
        let i = (0..index.len()).find(|&i| meant(index.name(i).trim()))?;
        let quote = if is_plain_name(wanted) { "" } else { "\"" };
        let header = format!("[profile {quote}{wanted}{quote}]");
        let inner = &header[1..header.len() - 1];
        let is_read = section_kind(inner, Which::Config) != SectionKind::Ignored;
        is_read.then(|| (file.location(file.line(i)), header))
    }

    /// Returns the hint for `wanted`, which names no profile: the names of profiles that resemble it.
    /// `None` if there are none.
    pub(crate) fn suggestion(&self, wanted: &str) -> Option<String> {
        let names = self.names();
        let near = nearest_of(names.iter().map(|name| &**name), wanted);
        let first = near.first()?;
        let lower = wanted.to_lowercase();
        let mut hint = format!("did you mean '{}'?", near.join("' or '"));
        if first.to_lowercase() == lower {
            hint.insert_str(0, "names are case-sensitive: ");
        } else if first.to_lowercase().starts_with(&lower) {
            let is_start = |name: &&str| name.to_lowercase().starts_with(&lower);
            if names.iter().map(AsRef::as_ref).filter(is_start).count() == 1 {
                hint.push_str(&format!(" No other profile starts with '{wanted}'"));
            }
        }
        Some(hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{File, Files};

    fn with_set<T>(names: &[&str], act: impl Fn(&ProfileSet<'_>) -> T) -> T {
        let sections: Vec<String> =
            names.iter().map(|name| format!("[profile {name}]\n")).collect();
        let text = sections.concat();
        let file = |which, text| File::of_text(which, "config".into(), text).unwrap();
        let files = Files {
            config: file(Which::Config, text),
            credentials: file(Which::Credentials, String::new()),
        };
        act(&ProfileSet::new(&files))
    }

    fn suggestion(names: &[&str], wanted: &str) -> Option<String> {
        with_set(names, |set| set.suggestion(wanted))
    }

    #[test]
    fn the_start_of_a_single_name_is_said_to_be_that() {
        let names = ["second", "staging", "stage"];
        let hint = suggestion(&names, "sec").unwrap();
        assert_eq!(hint, "did you mean 'second'? No other profile starts with 'sec'");
        assert_eq!(suggestion(&names, "sta").unwrap(), "did you mean 'stage' or 'staging'?");
        assert_eq!(
            suggestion(&names, "SECOND").unwrap(),
            "names are case-sensitive: did you mean 'second'?"
        );
        assert_eq!(suggestion(&names, "xyz"), None);
    }
}
