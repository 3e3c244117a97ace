//! The settings of one profile: keys that nobody reads, and values that can't be right.

use super::{
    check::Check,
    finding::Finding,
    fix::{Change, Fix},
    sections::section_with,
};
use crate::{
    app::misspelt_warning,
    error::Kind,
    profile::{Files, Key, Profile, Setting},
};

/// Returns what is wrong with the settings of `profile`.
pub(super) fn check(files: &Files, profile: &Profile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for found in profile.misspelt() {
        let (text, hint) = misspelt_warning(profile, &found);
        let change = section_with(files, profile, &found.key).map(|(file, header)| {
            let to = found.meant.to_owned();
            let key = found.key.clone();
            Fix::new(&*file.path, Change::RenameKey { header, key, to })
        });
        // Two keys of one name would be worse.
        let is_free = profile.setting(found.meant).is_none();
        findings.push(
            Finding::warning(Check::MisspeltKey, text)
                .of_profile(&profile.name)
                .at(found.at)
                .remedy(hint)
                .fix(change.filter(|_| is_free)),
        );
    }
    findings.extend(profile.settings.iter().filter_map(|setting| value(files, profile, setting)));
    findings
}

fn value(files: &Files, profile: &Profile<'_>, setting: &Setting<'_>) -> Option<Finding> {
    let key = Key::of(&setting.key)?;
    let text = setting.text()?;
    let quotes = key.check_quotes(text).err();
    let check = if quotes.is_some() { Check::QuotedValue } else { Check::InvalidValue };
    let invalid = quotes.or_else(|| key.check(text).err())?;
    let what = format!("'{}' of '{}'", setting.key, profile.name);
    let error = invalid.error(Kind::Config, what);
    let unquoted = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let is_better = check == Check::QuotedValue && key.check(unquoted).is_ok();
    let fix = section_with(files, profile, &setting.key).filter(|_| is_better && !key.is_secret());
    let fix = fix.map(|(file, header)| {
        let (key, value) = (setting.key.to_string(), unquoted.to_owned());
        Fix::new(&*file.path, Change::SetKey { header, key, value })
    });
    Some(
        Finding::problem(check, error.message())
            .of_profile(&profile.name)
            .at(setting.at.clone())
            .remedy(error.hints().join("; "))
            .fix(fix),
    )
}
