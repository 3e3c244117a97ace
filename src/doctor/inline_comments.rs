//! Comments behind values, which the AWS CLI and boto3 take as a part of the value.
//!
//! Rule: AWS SDKs and Tools reference, "Shared config and credentials files"; Python's configparser, as
//! botocore uses it.

use super::{
    check::Check,
    finding::Finding,
    fix::{Change, Fix},
    profiles::Scope,
};
use crate::profile::{File, Key, PREFIX, SectionKind, is_known_key, section_kind};

/// Returns the comments behind values in section `i` that an AWS tool reads.
pub(super) fn check(file: &File, i: usize, scope: &Scope) -> Vec<Finding> {
    let Ok(section) = file.section(i) else { return Vec::new() };
    let comments = section.inline_comments();
    if comments.is_empty() {
        return Vec::new();
    }
    let header = file.index().name(i);
    let profile = match section_kind(header, file.which) {
        SectionKind::Profile { name, .. } if scope.has(&name) => Some(name),
        SectionKind::SsoSession(_) | SectionKind::Services(_) => None,
        _ => return Vec::new(),
    };
    let properties = file.properties(i).unwrap_or_default();
    let finding = |key: &str, line: usize| {
        let lower = key.to_ascii_lowercase();
        // Only rolecall reads its own keys.
        if lower.starts_with(PREFIX) || !is_known_key(&lower) {
            return None;
        }
        // Of a key that is there twice, only the last counts.
        let last = properties.iter().rev().find(|it| it.key.eq_ignore_ascii_case(key));
        let value = last.filter(|it| it.line == line)?.value.text();
        let text = format!("there is a comment after the value of '{key}' in [{header}]");
        let change = Change::SeparateComments { header: header.to_owned(), key: key.to_owned() };
        let finding = Finding::problem(Check::InlineComment, text).at(file.location(line));
        // In the quotes of a command, it may not be meant as a comment.
        let is_cut = Key::of(&lower) == Some(Key::CredentialProcess)
            && value.is_some_and(|value| {
                ['"', '\''].into_iter().any(|quote| value.matches(quote).count() % 2 == 1)
            });
        let finding = if is_cut {
            finding.remedy("write that command into a script, and run the script")
        } else {
            finding
                .remedy("write the comment in a line of its own, above the key")
                .fix(Fix::new(&*file.path, change))
        };
        Some(match &profile {
            Some(name) => finding.of_profile(name),
            None => finding,
        })
    };
    comments.iter().filter_map(|comment| finding(comment.key, comment.line)).collect()
}
