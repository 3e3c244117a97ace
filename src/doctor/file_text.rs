//! The two files as bytes: modes and encodings.

use std::{fs::File, io::Read as _, path::Path};

use super::{
    check::Check,
    finding::Finding,
    fix::{BOM, Change, Fix},
};
use crate::{
    context::Context,
    error::Location,
    input,
    profile::{Exposed, Other, Which, as_word, exposed},
};

/// Returns what is wrong with the files, whatever is in them.
pub(super) fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for which in [Which::Config, Which::Credentials] {
        let Ok(path) = which.path(context) else { continue };
        // A file that is missing is the same as an empty one; the reader reports other errors.
        let Ok(file) = input::open(&path) else { continue };
        if file.metadata().is_ok_and(|found| found.is_file()) {
            findings.extend(open_to_others(&file, &path, which));
            findings.extend(encoding(&file, &path));
        }
    }
    findings.extend(exposed(context).iter().filter_map(of_exposed));
    findings
}

/// What others can change, unless that is a file's mode: [`open_to_others`] also judges who reads it.
fn of_exposed(found: &Exposed) -> Option<Finding> {
    let check = match found.by {
        Other::Owner(_) => Check::ForeignFile,
        Other::Mode(_) if found.is_folder => Check::OpenFile,
        Other::Mode(_) => return None,
    };
    let finding = Finding::warning(check, found.what()).remedy(found.remedy());
    Some(match found.better_mode() {
        Some(mode) => finding.fix(Fix::new(&*found.path, Change::Mode(mode))),
        None => finding,
    })
}

#[cfg(unix)]
fn open_to_others(file: &File, path: &Path, which: Which) -> Option<Finding> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata().ok()?.permissions().mode() & 0o777;
    // Others may read the config file, where only the credentials file has secrets.
    let forbidden = if which == Which::Credentials { 0o077 } else { 0o022 };
    if mode & forbidden == 0 {
        return None;
    }
    let what = if mode & 0o022 == 0 { "read" } else { "change" };
    let better = mode & !forbidden;
    let text = format!("other users can {what} {} (mode {mode:o})", path.display());
    Some(
        Finding::warning(Check::OpenFile, text)
            .at(first_line(path))
            .remedy(format!("'chmod {better:o} {}'", shell_word(path)))
            .fix(Fix::new(path, Change::Mode(better))),
    )
}

#[cfg(not(unix))]
fn open_to_others(_: &File, _: &Path, _: Which) -> Option<Finding> {
    None
}

fn encoding(mut file: &File, path: &Path) -> Option<Finding> {
    let mut start = [0; 4];
    let read = file.read(&mut start).ok()?;
    let start = &start[..read];
    if start.starts_with(&BOM) {
        let text = format!("{} begins with a byte order mark", path.display());
        let finding = Finding::problem(Check::Bom, text).at(first_line(path));
        return Some(
            finding
                .remedy("'rolecall doctor --fix' removes it; or save the file as UTF-8 without it")
                .fix(Fix::new(path, Change::RemoveBom)),
        );
    }
    // With its byte order mark, or an ASCII character without one.
    let is_utf16 = matches!(
        start,
        [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [b'[' | b'#' | b'\n', 0, ..]
            | [0, b'[' | b'#' | b'\n', ..]
    );
    is_utf16.then(|| {
        let word = shell_word(path);
        Finding::problem(Check::NotUtf8, format!("{} is UTF-16, not UTF-8", path.display()))
            .at(first_line(path))
            .remedy(format!(
                "'iconv -f UTF-16 -t UTF-8 {word} > {word}.new && mv {word}.new {word}'"
            ))
    })
}

fn first_line(path: &Path) -> Location {
    Location { file: path.into(), line: 1 }
}

/// A path as a word of a command.
fn shell_word(path: &Path) -> String {
    as_word(&path.to_string_lossy()).into_owned()
}
