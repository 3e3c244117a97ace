//! What `fuzz/` tries, as in `rolecall::fuzzing`.

use std::{collections::BTreeSet, io, path::Path};

use rolecall::Error;

use crate::team;

/// Reads any bytes as `TEAM.toml`. Returns whether they are one; panics if what was read contradicts
/// itself, or if an error has no place in the file.
pub fn team(data: &[u8]) -> bool {
    let path = Path::new("TEAM.toml");
    let text = match team::text_of(path, data) {
        Ok(text) => text,
        Err(error) => {
            assert_placed(&error, data);
            return false;
        }
    };
    let no_file = |_: &Path| Err(io::Error::other("no file"));
    let team = match team::parse(path, text, &no_file) {
        Ok(team) => team,
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            for error in &errors {
                assert_placed(error, data);
            }
            return false;
        }
    };
    let wanted = team.wanted;
    assert_distinct(wanted.users.iter().map(|user| &*user.name));
    assert_distinct(wanted.groups.iter().map(|group| &*group.name));
    assert_distinct(wanted.policies.iter().map(|policy| &*policy.name));
    assert_distinct(wanted.roles.iter().map(|role| &*role.name));
    for (at, role) in wanted.roles.iter().enumerate() {
        let later = wanted.roles[at..].iter().map(|role| &role.name);
        for trusted in later {
            let trusts = role.trust.roles.contains(trusted);
            assert!(!trusts, "{} would be created before {trusted}", role.name);
        }
    }
    true
}

/// IAM's names differ by more than case.
fn assert_distinct<'n>(names: impl Iterator<Item = &'n str>) {
    let mut seen = BTreeSet::new();
    for name in names {
        assert!(!name.is_empty() && seen.insert(name.to_lowercase()), "twice: {name:?}");
    }
}

/// The error ends with a position in the file.
fn assert_placed(error: &Error, data: &[u8]) {
    let text = error.to_string();
    let place = text.rsplit_once("(TEAM.toml:").and_then(|(_, rest)| rest.strip_suffix(')'));
    let (line, column) = place.and_then(|place| place.split_once(':')).expect("a place");
    let number = |text: &str| text.parse::<usize>().expect("a number");
    let (line, column) = (number(line), number(column));
    let lines = data.split(|&byte| byte == b'\n').count();
    assert!((1..=lines).contains(&line) && column >= 1, "no such place: {text}");
    assert!(!error.hints().is_empty(), "no hint: {text}");
}

#[cfg(test)]
mod tests;
