//! Saves an edited file: under our lock, through a temporary file, and never over another program's
//! change.

#[cfg(unix)]
mod attributes;
#[cfg(unix)]
mod late;
#[cfg(not(unix))]
#[path = "save/no_late.rs"]
mod late;
mod replace;
mod snapshot;
mod writers;

use std::{
    cmp::Ordering,
    collections::BTreeMap,
    convert::Infallible,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use self::{
    late::{Late, OldFile},
    replace::{Outcome, Replacement},
    snapshot::Snapshot,
};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    ini::Document,
    output::{escape_diff, unified_diff},
    profile::is_secret_key,
    redact,
    secret::{Bytes, hex},
    state::{LockWait, StateDirectory},
};

/// How long an edit waits for another edit of the same file.
const LOCK_WAIT: Duration = Duration::from_secs(20);
/// How often an edit is tried again because a program without our lock changed the file.
const MOST_ATTEMPTS: usize = 50;

/// The result of an edit.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Edited {
    /// The file already is as it should be. Nothing was written.
    Unchanged,
    /// The file was replaced.
    Written,
    /// Nothing was written. This is the unified diff of the change.
    WouldWrite(String),
}

impl Edited {
    /// Returns the diff of what would be written; empty if that is nothing.
    pub(crate) fn into_diff(self) -> String {
        match self {
            Self::WouldWrite(diff) => diff,
            Self::Written | Self::Unchanged => String::new(),
        }
    }
}

/// An edit of one file.
#[derive(Clone, Copy)]
pub(crate) struct FileEdit<'p> {
    /// The file. Symlinks are followed.
    pub(crate) path: &'p Path,
    /// Whether to write nothing and return the diff.
    pub(crate) dry_run: bool,
}

impl FileEdit<'_> {
    /// Reads the file, lets `change` edit it, and replaces it with the result.
    ///
    /// A new file gets mode 0600 and a new folder 0700; an existing file keeps its mode and owner.
    /// `change` may run more than once, each time with the current document.
    ///
    /// # Errors
    /// Those of `change`; or the file can't be read or written, or other programs keep changing it.
    pub(crate) fn apply(
        self,
        context: &Context,
        mut change: impl FnMut(&mut Document) -> Result<()>,
    ) -> Result<Edited> {
        let Self { path, dry_run } = self;
        let target = resolve(path).map_err(|error| Error::io("resolve", path, error))?;
        let _lock = if dry_run { None } else { Some(lock(context, &target)?) };
        let read = |error| Error::io("read", &target, error).with_kind(Kind::Config);
        let mut written: Option<Written> = None;
        for _ in 0..MOST_ATTEMPTS {
            let old = OldFile::open(&target).map_err(read)?;
            let before = Snapshot::read_settled(&target).map_err(read)?;
            let is_same_file = match (&old, &before.metadata) {
                (Some(old), Some(metadata)) => old.is(metadata),
                (None, None) => true,
                _ => false,
            };
            if !is_same_file {
                continue;
            }
            if let Some(written) = &mut written {
                let is_ours = *written.after == *before.bytes;
                if !is_ours && written.late.take().is_some() {
                    context.warn_later(format!(
                        "several programs wrote {} at once: check that it contains all of their \
                         changes",
                        target.display()
                    ));
                }
                if written.late.is_none() && (is_ours || written.is_in(&before.bytes)) {
                    return Ok(Edited::Written);
                }
            }
            // What another program wrote into the old file has neither its name nor our edit.
            let late = written.as_ref().and_then(|written| written.late.as_deref());
            let text = late.unwrap_or(&before.bytes);
            let mut document = Document::parse(text);
            change(&mut document)?;
            let after = Zeroizing::new(document.to_bytes());
            if *after == *before.bytes {
                return Ok(if written.is_some() { Edited::Written } else { Edited::Unchanged });
            }
            if dry_run {
                let text = |bytes: &[u8]| without_secrets(&String::from_utf8_lossy(bytes));
                let name = path.display().to_string();
                let diff = unified_diff(&name, &text(&before.bytes), &text(&after));
                let on_terminal = context.stdout_is_terminal();
                return Ok(Edited::WouldWrite(if on_terminal { escape_diff(&diff) } else { diff }));
            }
            let replacement = Replacement { target: &target, old, before: &before, after: &after };
            match replacement.make().map_err(|error| unwritable(&target, error))? {
                Outcome::ChangedBefore => {}
                Outcome::Replaced { late, lost } => {
                    for sentence in lost {
                        context.warn_later(sentence);
                    }
                    let late = match late {
                        Late::Nothing => return Ok(Edited::Written),
                        Late::WroteOld(bytes) => Some(bytes),
                        Late::WroteNew => None,
                    };
                    written = Some(Written { before, after, late });
                }
            }
        }
        Err(Error::new(Kind::Other, format!("{} keeps changing", target.display()))
            .hint("find out which program keeps writing it, then try again"))
    }
}

/// A replacement that other programs interfered with.
struct Written {
    before: Snapshot,
    after: Zeroizing<Vec<u8>>,
    /// What they wrote into the old file.
    late: Option<Bytes>,
}

impl Written {
    /// Whether the edit is in `text`, which another program wrote since: no line that it added is
    /// missing, and no line that it removed is there again.
    fn is_in(&self, text: &[u8]) -> bool {
        let (before, after, now) = (lines(&self.before.bytes), lines(&self.after), lines(text));
        let all = before.keys().chain(after.keys());
        let count = |lines: &Lines<'_>, line: &[u8]| lines.get(line).copied().unwrap_or(0);
        let mut counts = all.map(|line| [&before, &after, &now].map(|lines| count(lines, line)));
        counts.all(|[before, after, now]| match before.cmp(&after) {
            Ordering::Less => now >= after,
            Ordering::Equal => true,
            Ordering::Greater => now <= after,
        })
    }
}

/// How often each line is in a text.
type Lines<'t> = BTreeMap<&'t [u8], usize>;

fn lines(text: &[u8]) -> Lines<'_> {
    let mut lines = BTreeMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        *lines.entry(line.trim_ascii_end()).or_default() += 1;
    }
    lines
}

/// Returns the error of a file that can't be replaced.
fn unwritable(target: &Path, error: io::Error) -> Error {
    use io::ErrorKind::{
        PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, ResourceBusy, StorageFull,
    };
    let folder = target.parent().unwrap_or(Path::new("/")).display().to_string();
    let hint = match error.kind() {
        StorageFull | QuotaExceeded => {
            format!(
                "free some space on the disk of {folder}, then try again; the file is as it was"
            )
        }
        ReadOnlyFilesystem => {
            format!("{folder} is on a read-only file system: change the file where it comes from")
        }
        // Windows says the same of both.
        PermissionDenied if cfg!(windows) => format!(
            "close the programs that have it open, such as editors; {folder} must be writable for you"
        ),
        PermissionDenied => format!(
            "a new file is written to {folder} and renamed, so that directory must be writable \
             for you"
        ),
        ResourceBusy => {
            "the file is a mount point, as in a container: change it where it comes from, or \
             mount its directory"
                .to_owned()
        }
        _ => return Error::io("write", target, error),
    };
    Error::io("write", target, error).hint(hint)
}

/// `text` with the values of secret keys and the passwords in URLs hidden, for a diff that people
/// read and keep.
fn without_secrets(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut in_secret = false;
    for line in text.split_inclusive('\n') {
        let continued = in_secret && line.starts_with([' ', '\t']);
        // botocore reads a colon like an equals sign.
        let end = line.find(['=', ':']).unwrap_or(line.len());
        let (key, value) = (&line[..end], line.get(end + 1..).unwrap_or_default());
        // A secret in a comment may still be valid.
        let name = key.split(['#', ';', ' ', '\t']).rfind(|word| !word.is_empty());
        let name = name.unwrap_or_default().to_ascii_lowercase();
        in_secret = continued || is_secret_key(&name);
        if in_secret && (continued || !value.trim().is_empty()) {
            let kept = if continued { "" } else { key };
            let ending = &line[line.trim_end_matches(['\r', '\n']).len()..];
            shown.push_str(kept);
            shown.push_str(if continued { "    ****" } else { &line[end..=end] });
            shown.push_str(if continued { "" } else { " ****" });
            shown.push_str(ending);
        } else {
            shown.push_str(&redact::urls(line));
        }
    }
    shown
}

/// `path` with symlinks followed, even if the last one leads to a file that does not exist yet.
fn resolve(path: &Path) -> io::Result<PathBuf> {
    let mut path = std::path::absolute(path)?;
    // The same limit as in Linux.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many symlinks"))
}

fn lock(context: &Context, target: &Path) -> Result<Option<crate::state::Lock>> {
    // Without a state directory there is no lock. The comparison before the rename still protects the file.
    let Some(state) = StateDirectory::open(context) else {
        return Ok(None);
    };
    let name = hex(&Sha256::digest(target.as_os_str().as_encoded_bytes())[..16]);
    let failed = |error: io::Error| Error::io("lock", target, error);
    let lock = state.lock(&format!("file-{name}")).map_err(failed)?;
    let give_up = context.elapsed() + LOCK_WAIT;
    match lock.wait(context, give_up, || None::<Infallible>) {
        LockWait::Taken => Ok(Some(lock)),
        LockWait::TooLate => Err(Error::new(
            Kind::Other,
            format!("another rolecall has been editing {} for too long", target.display()),
        )
        .hint("wait for it or stop it, then try again")),
        LockWait::Unusable(error) => Err(failed(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_in_a_diff_and_nothing_else() {
        let text = "[a]\nAWS_Secret_Access_Key=abc\r\n  def\naws_session_token : x\nregion = x # y\naws_session_token =\n# aws_secret_access_key = x\n; my old aws_secret_access_key=x\n";
        let shown = "[a]\nAWS_Secret_Access_Key= ****\r\n    ****\naws_session_token : ****\nregion = x # y\naws_session_token =\n# aws_secret_access_key = ****\n; my old aws_secret_access_key= ****\n";
        assert_eq!(without_secrets(text), shown);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn what_is_no_file_is_not_replaced_by_one() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        use std::os::unix::fs::FileTypeExt as _;
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("config");
        mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        let home = root.path().to_str().unwrap().to_owned();
        let context = Context::made_up([("HOME", home.as_str())], || chrono::DateTime::UNIX_EPOCH);
        let refused =
            FileEdit { path: &path, dry_run: false }.apply(&context, |_| Ok(())).unwrap_err();
        assert!(refused.to_string().contains("not a regular file"), "{refused}");
        assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
    }
}
