//! Suggestions for a mistyped name.

/// The most names that are suggested.
const MOST: usize = 3;
/// The longest name that is compared with others, since that takes quadratic time.
const LONGEST: usize = 128;
/// The longest name, in bytes, that such a name is compared with.
const LONGEST_COMPARED: usize = 1024;
/// The fewest letters that are looked for inside of names.
const SHORTEST_PART: usize = 2;
/// The fewest letters of a name that something longer may have been meant to be.
const SHORTEST_NAME: usize = 3;

/// Returns those of `names` that resemble `wanted`, the nearest first: names that start with it, with
/// a few typos, that contain it, or that it starts with.
///
/// If some differ only in case, no others are returned.
pub fn nearest_of<'n>(names: impl IntoIterator<Item = &'n str>, wanted: &str) -> Vec<String> {
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let wanted = Wanted::new(wanted);
    let ranked = names.into_iter().filter_map(|name| Some((wanted.rank(name)?, name)));
    let mut near: Vec<(Rank, &str)> = ranked.collect();
    near.sort_by_key(|(rank, _)| *rank);
    if near.first().is_some_and(|(rank, _)| *rank == Rank::OtherCase) {
        near.retain(|(rank, _)| *rank == Rank::OtherCase);
    }
    near.into_iter().take(MOST).map(|(_, name)| name.to_owned()).collect()
}

/// Returns whether `name` is `other` with one typo: a letter added, missing or replaced, or two adjacent
/// letters swapped. Case makes no difference.
pub fn is_typo_of(name: &str, other: &str) -> bool {
    strsim::osa_distance(&name.to_lowercase(), &other.to_lowercase()) == 1
}

/// How a name resembles the one that was typed; the nearest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// It differs only in case.
    OtherCase,
    /// It starts with what was typed; so many letters are missing.
    Start(usize),
    /// It has so many other letters.
    Typos(usize),
    /// It contains what was typed.
    Part,
    /// What was typed starts with it.
    Longer,
}

/// The name that was typed.
struct Wanted {
    lower: String,
    length: usize,
}

impl Wanted {
    fn new(wanted: &str) -> Self {
        Self { lower: wanted.to_lowercase(), length: wanted.chars().count() }
    }

    /// Returns how `name` resembles this one; `None` if it doesn't.
    fn rank(&self, name: &str) -> Option<Rank> {
        if name.len() > LONGEST_COMPARED {
            return None;
        }
        let name = name.to_lowercase();
        if name == self.lower {
            return Some(Rank::OtherCase);
        }
        if name.starts_with(&self.lower) {
            return Some(Rank::Start(name.len() - self.lower.len()));
        }
        if let Some(typos) = self.typos(&name) {
            return Some(Rank::Typos(typos));
        }
        if self.length >= SHORTEST_PART && name.contains(&self.lower) {
            return Some(Rank::Part);
        }
        let is_longer = name.chars().count() >= SHORTEST_NAME && self.lower.starts_with(&name);
        is_longer.then_some(Rank::Longer)
    }

    /// Returns the number of typos in `name`; `None` if they are too many: one in three letters is
    /// allowed, and at most four.
    fn typos(&self, name: &str) -> Option<usize> {
        let most = (self.length / 3).clamp(1, 4);
        if name.len().abs_diff(self.lower.len()) > 4 * most {
            return None;
        }
        let typos = strsim::osa_distance(name, &self.lower);
        // A name of one letter resembles no other.
        (typos <= most && typos < self.length.max(1)).then_some(typos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nearest(names: &[&str], wanted: &str) -> Vec<String> {
        nearest_of(names.iter().copied(), wanted)
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

    #[test]
    fn the_start_or_a_part_of_a_name_finds_it() {
        let names = ["second", "prod-admin", "staging-admin", "prod-read", "sec2"];
        assert_eq!(nearest(&names, "seco"), ["second", "sec2"]);
        assert_eq!(nearest(&names, "prod"), ["prod-read", "prod-admin"]);
        assert_eq!(nearest(&names, "ADMIN"), ["prod-admin", "staging-admin"]);
        assert_eq!(nearest(&names, "second-role"), ["second"]);
        assert_eq!(nearest(&names, "e"), Vec::<String>::new());
        assert_eq!(nearest(&names, ""), Vec::<String>::new());
    }
}
