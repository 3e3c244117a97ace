//! The settings of one profile: keys that nobody reads, and values that can't be right.

use super::{
    check::Check,
    finding::Finding,
    fix::{Change, Fix},
};
use crate::{
    app::misspelt_warning,
    error::Kind,
    profile::{Files, Key, Profile, Setting, Which},
};

/// Returns what is wrong with the settings of `profile`.
pub(super) fn check(files: &Files, profile: &Profile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for found in profile.misspelt() {
        let (text, hint) = misspelt_warning(profile, &found);
        let change = header_at(files, profile, &found.key).map(|(which, header)| {
            let to = found.meant.to_owned();
            let key = found.key.clone();
            Fix::new(&*files.get(which).path, Change::RenameKey { header, key, to })
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
    let fix = header_at(files, profile, &setting.key).filter(|_| is_better && !key.is_secret());
    let fix = fix.map(|(which, header)| {
        let (key, value) = (setting.key.clone(), unquoted.to_owned());
        Fix::new(&*files.get(which).path, Change::SetKey { header, key, value })
    });
    Some(
        Finding::problem(check, error.message())
            .of_profile(&profile.name)
            .at(setting.at.clone())
            .remedy(error.hints().join("; "))
            .fix(fix),
    )
}

/// The file and the header, as written, of the section that has a key of `profile`.
fn header_at(files: &Files, profile: &Profile<'_>, key: &str) -> Option<(Which, String)> {
    let setting = profile.setting(key)?;
    let file = files.get(setting.which);
    let lines = (0..file.index().len()).map(|i| (file.line(i), i));
    let (_, section) = lines.take_while(|(line, _)| *line < setting.at.line).last()?;
    Some((setting.which, file.index().name(section).to_owned()))
}
