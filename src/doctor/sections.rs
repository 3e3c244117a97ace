//! Where a setting of a profile is, for a repair.

use crate::profile::{File, Files, Profile};

/// Returns the file and the header, as written, of the section that has a key of `profile`.
pub(super) fn section_with<'f>(
    files: &'f Files,
    profile: &Profile<'_>,
    key: &str,
) -> Option<(&'f File, String)> {
    let setting = profile.setting(key)?;
    let file = files.get(setting.which);
    // The last header above the setting. Sections are in the order of their lines.
    let (mut start, mut end) = (0, file.index().len());
    while start < end {
        let middle = start.midpoint(end);
        if file.line(middle) < setting.at.line {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    Some((file, file.index().name(start.checked_sub(1)?).to_owned()))
}
