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
    let lines = (0..file.index().len()).map(|i| (file.line(i), i));
    let (_, section) = lines.take_while(|(line, _)| *line < setting.at.line).last()?;
    Some((file, file.index().name(section).to_owned()))
}
