//! Suggestions for a mistyped name.

use super::{
    ProfileSet, Which,
    name::{SectionKind, is_plain_name, section_kind},
};
use crate::error::Location;

/// The most names that are suggested.
const MOST: usize = 3;
/// The longest name that is compared with others, since that takes quadratic time.
const LONGEST: usize = 128;

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

    /// Returns the names of profiles that resemble `wanted`, the nearest first, as [`nearest_of`] does.
    pub(crate) fn nearest(&self, wanted: &str) -> Vec<String> {
        nearest_of(self.names().iter().map(|name| &**name), wanted)
    }
}

/// Returns those of `names` that resemble `wanted`, the nearest first.
///
/// If some differ only in case, no others are returned.
pub fn nearest_of<'n>(names: impl IntoIterator<Item = &'n str>, wanted: &str) -> Vec<String> {
    if wanted.len() > LONGEST {
        return Vec::new();
    }
    let lower = wanted.to_lowercase();
    // One typo in three letters, and at most four.
    let most_typos = (wanted.chars().count() / 3).clamp(1, 4);
    let mut near: Vec<(usize, &str)> = names
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= 4 * most_typos)
        .filter_map(|name| {
            let typos = strsim::osa_distance(&name.to_lowercase(), &lower);
            // A name of one letter resembles no other.
            let resembles = typos < wanted.chars().count().max(1);
            (typos <= most_typos && resembles).then_some((typos, name))
        })
        .collect();
    near.sort_by_key(|(typos, _)| *typos);
    if near.first().is_some_and(|(typos, _)| *typos == 0) {
        near.retain(|(typos, _)| *typos == 0);
    }
    near.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use crate::profile::{File, Files, ProfileSet, Which};

    fn nearest(names: &[&str], wanted: &str) -> Vec<String> {
        let sections: Vec<String> =
            names.iter().map(|name| format!("[profile {name}]\n")).collect();
        let text = sections.concat();
        let file = |which, text| File::of_text(which, "config".into(), text).unwrap();
        let files = Files {
            config: file(Which::Config, text),
            credentials: file(Which::Credentials, String::new()),
        };
        ProfileSet::new(&files).nearest(wanted)
    }

    #[test]
    fn the_nearest_name_stands_first_and_far_ones_are_left_out() {
        let names = ["my-role", "my-rule", "staging", "a", "b"];
        assert_eq!(nearest(&names, "my-rloe"), ["my-role", "my-rule"]);
        assert_eq!(nearest(&names, "stagng"), ["staging"]);
        assert_eq!(nearest(&names, "production"), Vec::<String>::new());
        assert_eq!(nearest(&names, "c"), Vec::<String>::new());
    }

    #[test]
    fn a_name_in_another_case_is_the_one() {
        assert_eq!(nearest(&["My-Role", "my-rolf", "MY-ROLE"], "my-role"), ["My-Role", "MY-ROLE"]);
    }

    #[test]
    fn names_of_any_length_cost_no_time() {
        assert_eq!(nearest(&["a"], &"x".repeat(1_000_000)), Vec::<String>::new());
        assert_eq!(nearest(&[&"x".repeat(1_000_000)], "my-role"), Vec::<String>::new());
    }
}
