//! Saves an edited file: under our lock, through a temporary file, and never over another program's
//! change.

use std::{
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    ini::Document,
    input::{self, Pipe},
    output::{escape_diff, unified_diff},
    profile::is_secret_key,
    secret::Bytes,
    state::{Backoff, StateDirectory},
};

/// How long an edit waits for another edit of the same file.
const LOCK_WAIT: Duration = Duration::from_secs(20);
/// How often an edit is tried again because a program without our lock changed the file.
const MOST_ATTEMPTS: usize = 50;
/// The pause before a file is read again that looks as if another program were writing it.
const SETTLE_PAUSE: Duration = Duration::from_millis(15);
/// A file that was changed more recently may still be being written.
const UNSETTLED: Duration = Duration::from_secs(1);
/// How often in a row a file that looks incomplete must be read with the same result.
const SAME_READS: usize = 3;
/// After this many pauses, the file is used as it is. The comparison before the rename still protects it.
const SETTLE_ATTEMPTS: usize = 80;

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
        for _ in 0..MOST_ATTEMPTS {
            let before = Snapshot::read_settled(&target)
                .map_err(|error| Error::io("read", &target, error).with_kind(Kind::Config))?;
            let mut document = Document::parse(&before.bytes);
            change(&mut document)?;
            let after = Zeroizing::new(document.to_bytes());
            if *after == *before.bytes {
                return Ok(Edited::Unchanged);
            }
            if dry_run {
                let text = |bytes: &[u8]| without_secrets(&String::from_utf8_lossy(bytes));
                let name = path.display().to_string();
                let diff = unified_diff(&name, &text(&before.bytes), &text(&after));
                let on_terminal = context.stdout_is_terminal();
                return Ok(Edited::WouldWrite(if on_terminal { escape_diff(&diff) } else { diff }));
            }
            if replace(&target, &before, &after).map_err(|e| Error::io("write", &target, e))? {
                return Ok(Edited::Written);
            }
        }
        Err(Error::new(Kind::Other, format!("{} keeps changing", target.display()))
            .hint("find out which program keeps writing it, then try again"))
    }
}

/// `text` with the values of secret keys hidden, for a diff that people read and keep.
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
            shown.push_str(line);
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
    let digest = Sha256::digest(target.as_os_str().as_encoded_bytes());
    let name = digest.iter().take(16).fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    let failed = |error: io::Error| Error::io("lock", target, error);
    let lock = state.lock(&format!("file-{name}")).map_err(failed)?;
    let mut backoff = Backoff::new(std::process::id());
    let give_up = context.elapsed() + LOCK_WAIT;
    while !lock.try_take().map_err(failed)? {
        if context.elapsed() > give_up {
            return Err(Error::new(
                Kind::Other,
                format!("another rolecall has been editing {} for too long", target.display()),
            )
            .hint("wait for it or stop it, then try again"));
        }
        std::thread::sleep(backoff.next_pause());
    }
    Ok(Some(lock))
}

/// The state of a file at one moment.
struct Snapshot {
    bytes: Bytes,
    /// `None` if there was no file.
    metadata: Option<fs::Metadata>,
}

impl Snapshot {
    fn read(path: &Path) -> io::Result<Self> {
        // What is no file must not become one.
        match input::read(path, u64::MAX, Pipe::Refuse) {
            Ok(bytes) => Ok(Self { bytes, metadata: Some(fs::metadata(path)?) }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Self { bytes: Bytes::default(), metadata: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads until no other program seems to be writing the file, within a limit.
    ///
    /// Other programs truncate a file before they write it.
    fn read_settled(path: &Path) -> io::Result<Self> {
        let mut seen = Self::read(path)?;
        let mut same_reads = 0;
        for _ in 0..SETTLE_ATTEMPTS {
            // A file that became empty a moment ago is always read again: on a busy machine its writer
            // may be delayed for long, and everything that it has read would be lost.
            if !seen.looks_unfinished() || same_reads >= SAME_READS && !seen.bytes.is_empty() {
                break;
            }
            std::thread::sleep(SETTLE_PAUSE);
            let again = Self::read(path)?;
            same_reads = if again.is_same(&seen) { same_reads + 1 } else { 0 };
            seen = again;
        }
        Ok(seen)
    }

    fn looks_unfinished(&self) -> bool {
        let Some(metadata) = &self.metadata else {
            return false;
        };
        let cut_off = !self.bytes.ends_with(b"\n") || self.bytes.len() as u64 != metadata.len();
        let age = metadata.modified().ok().and_then(|time| time.elapsed().ok());
        (self.bytes.is_empty() || cut_off) && age.is_none_or(|age| age < UNSETTLED)
    }

    fn is_same(&self, other: &Self) -> bool {
        let identity = |snapshot: &Self| snapshot.metadata.as_ref().map(identity);
        identity(self) == identity(other) && *self.bytes == *other.bytes
    }
}

/// The properties that change with a file's content.
#[cfg(unix)]
fn identity(metadata: &fs::Metadata) -> (u64, u64, i64, i64) {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(not(unix))]
fn identity(metadata: &fs::Metadata) -> (u64, Option<std::time::SystemTime>) {
    (metadata.len(), metadata.modified().ok())
}

/// Replaces `target` with `after` if it is still as in `before`. Returns whether it was replaced.
fn replace(target: &Path, before: &Snapshot, after: &[u8]) -> io::Result<bool> {
    let folder = target.parent().unwrap_or(Path::new("/"));
    make_private_folder(folder)?;
    let prefix = format!(".{}.rolecall-", target.file_name().unwrap_or_default().display());
    sweep(folder, &prefix);
    // tempfile creates files with mode 0600. The old file's mode is set before any content is written.
    let mut temporary = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder)?;
    if let Some(metadata) = &before.metadata {
        keep_owner_and_mode(temporary.as_file(), metadata)?;
    }
    temporary.write_all(after)?;
    temporary.as_file().sync_all()?;
    if !Snapshot::read(target)?.is_same(before) {
        return Ok(false);
    }
    match temporary.persist(target) {
        Ok(_) => {}
        // A process with another state directory, and so another lock, removed it as a leftover.
        Err(error) if error.error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error.error),
    }
    #[cfg(unix)]
    input::open(folder)?.sync_all()?;
    Ok(true)
}

/// Removes the temporary files of a killed edit of the same file. We hold the lock, so nobody uses them.
fn sweep(folder: &Path, prefix: &str) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(unix)]
fn keep_owner_and_mode(file: &fs::File, metadata: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (metadata.uid(), metadata.gid()) {
        fchown(file, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    file.set_permissions(metadata.permissions())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn keep_owner_and_mode(_file: &fs::File, _metadata: &fs::Metadata) -> io::Result<()> {
    Ok(())
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
