//! Sections that AWS tools read differently, or not at all.

use super::{
    check::Check,
    finding::Finding,
    fix::{Change, Fix},
    inline_comments,
    profiles::Scope,
};
use crate::{
    app::duplicate_warning,
    profile::{
        DEFAULT_PROFILE, File, Files, ProfileSet, SectionKind, Which, for_each_duplicate, header,
        is_known_key, section_kind,
    },
};

/// Sections of the AWS CLI's own, which are nothing else by mistake.
const KNOWN: [&str; 3] = ["plugins", "preview", "toolkit"];

/// Returns what is wrong with the sections of both files.
pub(super) fn check(files: &Files, set: &ProfileSet<'_>, scope: &Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    // They stop every profile of their file, whatever is examined.
    for_each_duplicate(files, |found| {
        let check = if found.key.is_some() { Check::DuplicateKey } else { Check::DuplicateSection };
        let header = found.header;
        let change = match found.key {
            Some(key) => Change::KeepLast { header, key },
            None => Change::MergeSections { header },
        };
        findings.push(
            Finding::problem(check, duplicate_warning(&found.what))
                .remedy(found.hint)
                .fix(Fix::new(&*found.at.file, change))
                .at(found.at),
        );
    });
    for file in [&files.config, &files.credentials] {
        for i in 0..file.index().len() {
            findings.extend(section(file, i, scope));
            findings.extend(inline_comments::check(file, i, scope));
        }
    }
    let ignored = set.ignored_default();
    if let Some(at) = ignored.filter(|_| scope.has(DEFAULT_PROFILE)) {
        findings.push(
            Finding::warning(
                Check::IgnoredDefault,
                "[default] is ignored because of [profile default]",
            )
            .of_profile(DEFAULT_PROFILE)
            .at(at)
            .remedy("move its settings to [profile default], and remove [default]"),
        );
    }
    findings
}

fn section(file: &File, i: usize, scope: &Scope) -> Option<Finding> {
    let found = file.index().name(i);
    let at = || file.location(file.line(i));
    let fix = |to: &str| {
        let change = Change::RenameSection { from: found.to_owned(), to: to.to_owned() };
        Some(Fix::new(&*file.path, change)).filter(|_| !has_other(file, i, to))
    };
    match section_kind(found, file.which) {
        SectionKind::Profile { name, .. } if is_padded(found) && scope.has(&name) => {
            let better = header(&name, file.which);
            let text = format!("the header of '{name}' has spaces inside its brackets");
            Some(
                Finding::warning(Check::PaddedHeader, text)
                    .of_profile(&name)
                    .at(at())
                    .remedy(format!("write [{better}]"))
                    .fix(fix(&better)),
            )
        }
        SectionKind::Ignored if is_meant_for_a_profile(file, i) => {
            let better = meant(file, found);
            let text = format!("[{found}] is not the header of a profile");
            let finding = Finding::warning(Check::IgnoredSection, text).at(at());
            Some(match better {
                Some(better) => finding
                    .remedy(format!("write [{better}], if it is meant to be a profile"))
                    .fix(fix(&better)),
                None => finding.remedy("write [profile NAME], if it is meant to be a profile"),
            })
        }
        _ => None,
    }
}

/// Whether there are spaces between the brackets and what is in them, which botocore takes as a part
/// of it.
fn is_padded(header: &str) -> bool {
    header.trim() != header
}

/// Whether an ignored section has settings of a profile.
fn is_meant_for_a_profile(file: &File, i: usize) -> bool {
    let word = file.index().name(i).split_whitespace().next().unwrap_or_default();
    if KNOWN.contains(&word) {
        return false;
    }
    let properties = file.properties(i).unwrap_or_default();
    properties.iter().any(|property| is_known_key(&property.key.to_ascii_lowercase()))
}

/// The header that was probably meant; `None` if that is not clear.
fn meant(file: &File, found: &str) -> Option<String> {
    let (found, which) = (found.trim(), file.which);
    let name = match which {
        Which::Config => found,
        Which::Credentials => found.strip_prefix("profile")?.trim(),
    };
    let better = header(name, which);
    let is_taken = (0..file.index().len()).any(|i| file.index().name(i).trim() == better);
    let is_profile = matches!(section_kind(&better, which), SectionKind::Profile { .. });
    (is_profile && !is_taken).then_some(better)
}

/// Whether another section than `i` has this header.
fn has_other(file: &File, i: usize, header: &str) -> bool {
    (0..file.index().len()).any(|other| other != i && file.index().name(other).trim() == header)
}
