//! Programs that write a file at the moment when it is replaced.
//!
//! A program that opened the old file before the rename writes into a file that has no name any
//! more; one that read the old file before the rename, and writes after it, overwrites the new one
//! with what it knew. So the old file stays open across the rename, the kernel reports what happens
//! to both files, and the edit is made again from what they say then.

use std::{
    fs::{File, Metadata},
    io,
    path::Path,
    time::Duration,
};

use super::writers::is_open_for_writing;
use crate::{context::steady_now, input, secret::Bytes};

/// How long after the rename another program may begin to write. A program that opened the file
/// before is waited for in any case.
const GRACE: Duration = Duration::from_millis(10);
/// How long to wait for a program that only has the old file open, and may be reading it.
const OPEN_LIMIT: Duration = Duration::from_secs(1);
/// How long to wait for a program that is writing.
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// How often to look whether a program still has the file open.
const CHECK_INTERVAL: Duration = Duration::from_millis(10);

/// What other programs did while a file was replaced.
pub(super) enum Late {
    /// Nothing.
    Nothing,
    /// They wrote this into the old file.
    WroteOld(Bytes),
    /// They wrote into the new file.
    WroteNew,
}

/// A file that is about to be replaced, as it was before.
pub(super) struct OldFile {
    file: File,
    watch: Watch,
}

impl OldFile {
    /// Opens the file and begins to watch it; `None` if there is none.
    pub(super) fn open(path: &Path) -> io::Result<Option<Self>> {
        match input::open(path) {
            Ok(file) => Ok(Some(Self { file, watch: Watch::of_old(path) })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The file itself.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Whether this is the file that `metadata` describes, and not one that had its name before.
    pub(super) fn is(&self, metadata: &Metadata) -> bool {
        self.file.metadata().is_ok_and(|own| is_same_file(&own, metadata))
    }

    /// Begins to watch the file that replaces it.
    pub(super) fn watch_new(&mut self, path: &Path) {
        self.watch.add_new(path);
    }

    /// Waits until no other program is writing, and returns what they wrote since the old file had
    /// the content `before`.
    pub(super) fn late(mut self, before: &[u8]) -> io::Result<Late> {
        let start = steady_now();
        let metadata = self.file.metadata()?;
        let mut has_writer = is_open_for_writing(&metadata);
        loop {
            self.watch.read_events();
            let elapsed = start.elapsed();
            let is_written = has_writer || self.watch.is_written();
            let is_over = elapsed >= WRITE_LIMIT
                || !is_written && elapsed >= OPEN_LIMIT
                || !is_written && !self.watch.is_opened() && elapsed >= GRACE;
            if is_over {
                break;
            }
            let is_busy = is_written || self.watch.is_opened();
            self.watch.wait(if is_busy { CHECK_INTERVAL } else { GRACE.saturating_sub(elapsed) });
            has_writer = has_writer && is_open_for_writing(&metadata);
        }
        if let Some(bytes) = changed(&self.file, before)? {
            // A program that truncated it and wrote nothing has failed, and has nothing to say.
            return Ok(if bytes.is_empty() { Late::Nothing } else { Late::WroteOld(bytes) });
        }
        Ok(if self.watch.is_new_touched() { Late::WroteNew } else { Late::Nothing })
    }
}

/// Returns the content of `file`, if it is not `before`.
pub(super) fn changed(mut file: &File, before: &[u8]) -> io::Result<Option<Bytes>> {
    use std::io::{Read as _, Seek as _, SeekFrom};

    file.seek(SeekFrom::Start(0))?;
    let mut rest = before;
    let mut part = zeroize::Zeroizing::new([0; 16 * 1024]);
    loop {
        let count = file.read(&mut *part)?;
        match rest.split_at_checked(count) {
            Some((same, after)) if *same == part[..count] => rest = after,
            _ => break,
        }
        if count == 0 {
            if rest.is_empty() {
                return Ok(None);
            }
            break;
        }
    }
    file.seek(SeekFrom::Start(0))?;
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let size = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    let mut bytes = Bytes(Vec::with_capacity(size.saturating_add(1)));
    file.read_to_end(&mut bytes.0)?;
    Ok(Some(bytes))
}

pub(super) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// What the kernel reports about both files.
///
/// Rule: inotify(7). An event comes before the call returns that caused it.
#[cfg(target_os = "linux")]
struct Watch {
    /// `None` if the kernel has no more of them for this user. Then only the content tells.
    inotify: Option<rustix::fd::OwnedFd>,
    old: Seen,
    new: Seen,
}

/// What happened to one file.
#[cfg(target_os = "linux")]
#[derive(Default)]
struct Seen {
    id: Option<i32>,
    /// How many have it open that opened it since.
    open: u32,
    is_touched: bool,
    is_unfinished: bool,
}

#[cfg(target_os = "linux")]
impl Watch {
    fn of_old(path: &Path) -> Self {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, init};

        let inotify = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok();
        let mut watch = Self { inotify, old: Seen::default(), new: Seen::default() };
        let open = WatchFlags::OPEN | WatchFlags::CLOSE_NOWRITE;
        watch.old.id = watch.add(path, open | WatchFlags::MODIFY | WatchFlags::CLOSE_WRITE);
        watch
    }

    fn add_new(&mut self, path: &Path) {
        use rustix::fs::inotify::WatchFlags;
        self.new.id = self.add(path, WatchFlags::MODIFY | WatchFlags::CLOSE_WRITE);
    }

    fn add(&self, path: &Path, events: rustix::fs::inotify::WatchFlags) -> Option<i32> {
        rustix::fs::inotify::add_watch(self.inotify.as_ref()?, path, events).ok()
    }

    fn read_events(&mut self) {
        use rustix::fs::inotify::{ReadFlags, Reader};

        let Self { inotify: Some(inotify), old, new } = self else { return };
        let mut buffer = [std::mem::MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(inotify, &mut buffer);
        while let Ok(event) = events.next() {
            let is_of = |seen: &Seen| seen.id == Some(event.wd());
            let Some(seen) = [&mut *old, &mut *new].into_iter().find(|seen| is_of(seen)) else {
                continue;
            };
            let is = |flags| event.events().intersects(flags);
            if is(ReadFlags::MODIFY) {
                (seen.is_touched, seen.is_unfinished) = (true, true);
            }
            if is(ReadFlags::OPEN) {
                seen.open += 1;
            }
            if is(ReadFlags::CLOSE_WRITE) {
                seen.is_unfinished = false;
            }
            if is(ReadFlags::CLOSE_WRITE | ReadFlags::CLOSE_NOWRITE) {
                seen.open = seen.open.saturating_sub(1);
            }
        }
    }

    fn is_written(&self) -> bool {
        self.old.is_unfinished || self.new.is_unfinished
    }

    fn is_opened(&self) -> bool {
        self.old.open > 0
    }

    fn is_new_touched(&self) -> bool {
        self.new.is_touched
    }

    /// Waits for an event, for at most `limit`.
    fn wait(&self, limit: Duration) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let limit = Timespec::try_from(limit).ok();
        let mut files: Vec<_> =
            self.inotify.iter().map(|it| PollFd::new(it, PollFlags::IN)).collect();
        // A signal that ends the wait early does no harm.
        let _ = poll(&mut files, limit.as_ref());
    }
}

/// Elsewhere only the content of the old file tells.
#[cfg(not(target_os = "linux"))]
struct Watch;

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unused_self, reason = "on Linux they are used")]
impl Watch {
    fn of_old(_: &Path) -> Self {
        Self
    }

    fn add_new(&mut self, _: &Path) {}

    fn read_events(&mut self) {}

    fn is_written(&self) -> bool {
        false
    }

    fn is_opened(&self) -> bool {
        false
    }

    fn is_new_touched(&self) -> bool {
        false
    }

    fn wait(&self, limit: Duration) {
        std::thread::sleep(limit);
    }
}
