//! The paths of the two files, and reading them.

use std::{
    cell::{Cell, OnceCell},
    fs,
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    context::Context,
    error::{Error, Kind, Location, Reason, Result},
    ini::{Index, Indexer, Property, Section, SyntaxError, SyntaxErrorKind, line_ends},
    input::{self, Pipe},
    secret::Bytes,
};

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Which {
    /// `~/.aws/config`, or the path in `AWS_CONFIG_FILE`.
    Config,
    /// `~/.aws/credentials`, or the path in `AWS_SHARED_CREDENTIALS_FILE`.
    Credentials,
}

impl Which {
    /// Returns the path of this file.
    ///
    /// # Errors
    /// The environment does not name the file, and there is no home folder.
    pub(crate) fn path(self, context: &Context) -> Result<PathBuf> {
        let (variable, name) = match self {
            Self::Config => ("AWS_CONFIG_FILE", "config"),
            Self::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
        };
        if let Some(path) = context.var_os(variable) {
            return Ok(context.expand_home(path));
        }
        match context.home() {
            Some(home) => Ok(home.join(".aws").join(name)),
            None => Err(Error::config("no home folder to look for the AWS config in")
                .hint(format!("set HOME or {variable}"))),
        }
    }
}

/// A file with an index of its sections. A missing file is the same as an empty one.
///
/// The body of a section is parsed when it is needed, so an error in one profile does not affect the
/// others.
pub(crate) struct File {
    /// Which of the two it is.
    pub(crate) which: Which,
    /// Its path as it was given, with symlinks unresolved.
    pub(crate) path: Arc<Path>,
    /// The user whom it belongs to, if that is neither this user nor root.
    pub(super) stranger: Option<u32>,
    index: Index,
    source: Source,
}

/// Where the bodies of the sections come from.
enum Source {
    /// The whole file is in memory.
    Memory {
        bytes: Bytes,
        /// The last section that was asked for: where it starts, and its line. The next one is
        /// probably not far behind.
        last: Cell<(usize, usize)>,
    },
    /// A large file stays on disk; bodies are read when they are needed, and kept.
    Disk { file: fs::File, bodies: Bodies },
}

/// The bodies of a large file that were read so far. Few are needed, so memory for a group of them is
/// allocated with the first.
struct Bodies(Box<[OnceCell<Group>]>);

type Group = Box<[OnceCell<Box<Body>>]>;

/// A section from its header up to the next one.
struct Body {
    bytes: Bytes,
    /// The line of the header, counted from 1.
    line: usize,
}

impl Bodies {
    /// The number of bodies in a group.
    const GROUP: usize = 128;

    fn of(sections: usize) -> Self {
        Self((0..sections.div_ceil(Self::GROUP)).map(|_| OnceCell::new()).collect())
    }

    /// The body of section `i`, which `read` reads the first time.
    fn get(&self, i: usize, read: impl FnOnce() -> io::Result<Body>) -> io::Result<&Body> {
        let group = self.0[i / Self::GROUP]
            .get_or_init(|| (0..Self::GROUP).map(|_| OnceCell::new()).collect());
        let cell = &group[i % Self::GROUP];
        if cell.get().is_none() {
            // It was empty a moment ago.
            drop(cell.set(Box::new(read()?)));
        }
        Ok(cell.get().expect("BUG: it has just been set"))
    }
}

/// A file up to this size is kept in memory. A larger one costs a page fault for each 4 KiB: with
/// thousands of profiles, that takes longer than the rest of a cache hit.
const IN_MEMORY: usize = 256 * 1024;
/// The same limit for a caller that needs all of it.
const WHOLE_IN_MEMORY: usize = 32 * 1024 * 1024;
/// The largest file that is read at all, in bytes. It is many times what anybody has.
pub(crate) const LARGEST: u64 = 512 << 20;
/// The largest pipe that is read, in bytes: it is kept in memory.
const LARGEST_PIPE: u64 = 8 << 20;
/// The least room for a file, in bytes, because the kernel's own files have no size.
const LEAST: usize = 4096;
/// The number of bytes of a larger file that are read at a time.
const CHUNK: usize = 64 * 1024;

impl File {
    /// Reads a file and finds its sections.
    ///
    /// # Errors
    /// The file can't be read, or a header can't.
    pub(crate) fn read(which: Which, path: PathBuf) -> Result<Self> {
        Self::read_up_to(IN_MEMORY, which, path)
    }

    /// Like [`Self::read`], for a caller that needs all sections: it also keeps large files in memory.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(crate) fn read_whole(which: Which, path: PathBuf) -> Result<Self> {
        Self::read_up_to(WHOLE_IN_MEMORY, which, path)
    }

    /// Reads a file, and keeps it in memory if it is not larger than `in_memory` bytes.
    fn read_up_to(in_memory: usize, which: Which, path: PathBuf) -> Result<Self> {
        let failed = |error: io::Error| unreadable(&path, error);
        let mut file = match input::open(&path) {
            Ok(file) => file,
            Err(error) if is_missing(&error) => return Self::of_text(which, path, String::new()),
            Err(error) => return Err(failed(error)),
        };
        let metadata = file.metadata().map_err(failed)?;
        let stranger = stranger(&metadata);
        let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
        // A pipe can be read only once.
        if !metadata.is_file() {
            let bytes = match input::read_other(&file, LARGEST_PIPE, Pipe::WaitShortly) {
                Err(error) if error.kind() == ErrorKind::TimedOut => {
                    return Err(silent(&path));
                }
                read => read.map_err(failed)?,
            };
            return Ok(Self { stranger, ..Self::of_bytes(which, path, bytes)? });
        }
        input::check_size(metadata.len(), LARGEST).map_err(failed)?;
        // Allocated at once: a growing buffer would leave copies of secrets behind. A small one fits in
        // the memory that the process has anyway.
        let room = if length <= in_memory { length.max(LEAST) + 1 } else { CHUNK };
        let mut start = Bytes(Vec::with_capacity(room));
        if length <= in_memory {
            (&file).take(LARGEST).read_to_end(&mut start.0).map_err(failed)?;
            return Ok(Self { stranger, ..Self::of_bytes(which, path, start)? });
        }
        let mut indexer = Indexer::for_length(metadata.len());
        start.0.resize(CHUNK, 0);
        loop {
            match file.read(&mut start.0) {
                Ok(0) => break,
                Ok(length) => {
                    indexer.feed(&start[..length]).map_err(|error| syntax(&path, &error))?;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
        let index = indexer.finish().map_err(|error| syntax(&path, &error))?;
        let bodies = Bodies::of(index.len());
        let (path, source) = (path.into(), Source::Disk { file, bodies });
        Ok(Self { which, path, stranger, index, source })
    }

    /// Returns a file that contains `text`.
    ///
    /// # Errors
    /// A header can't be read.
    pub(crate) fn of_text(which: Which, path: PathBuf, text: String) -> Result<Self> {
        Self::of_bytes(which, path, Bytes(text.into_bytes()))
    }

    fn of_bytes(which: Which, path: PathBuf, bytes: Bytes) -> Result<Self> {
        let mut indexer = Indexer::default();
        let index = indexer.feed(&bytes).and_then(|()| indexer.finish());
        let index = index.map_err(|error| syntax(&path, &error))?;
        let (path, source) = (path.into(), Source::Memory { bytes, last: Cell::new((0, 1)) });
        Ok(Self { which, path, stranger: None, index, source })
    }

    /// Returns the offsets and names of the sections.
    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    /// Returns the line of the header of section `i`, counted from 1.
    pub(crate) fn line(&self, i: usize) -> usize {
        // If the file can't be read any more, a line close to it.
        let read = self.bytes_and_line(i).map(|(_, line)| line);
        read.unwrap_or_else(|_| self.index.lines_before(i).0 + 1)
    }

    /// The bytes of section `i`, and the line of its header.
    fn bytes_and_line(&self, i: usize) -> io::Result<(&[u8], usize)> {
        let range = self.index.range(i);
        let (lines, before) = self.index.lines_before(i);
        let line = |between: &[u8]| lines + line_ends(between) + 1;
        match &self.source {
            Source::Memory { bytes, last } => {
                let (start, end) = (to_usize(range.start), to_usize(range.end));
                let marked = to_usize(before.start);
                let line = match last.get() {
                    (near, known) if (marked..=start).contains(&near) => {
                        known + line_ends(&bytes[near..start])
                    }
                    _ => line(&bytes[marked..start]),
                };
                last.set((start, line));
                Ok((&bytes[start..end], line))
            }
            Source::Disk { file, bodies } => {
                let body = bodies.get(i, || {
                    // One read includes the bytes above in which lines must be counted.
                    let length = to_usize(range.end - before.start);
                    let mut bytes = read_at(file, before.start, length)?;
                    let above = to_usize(range.start - before.start);
                    let line = line(&bytes[..above]);
                    if length <= CHUNK {
                        // A small body does not keep the larger buffer.
                        bytes = Bytes(bytes[above..].to_vec());
                    } else {
                        bytes.0.drain(..above);
                    }
                    Ok(Body { bytes, line })
                })?;
                Ok((&body.bytes, body.line))
            }
        }
    }

    /// Returns section `i`.
    ///
    /// # Errors
    /// It is not UTF-8, or the file was changed in the meantime.
    pub(crate) fn section(&self, i: usize) -> Result<Section<'_>> {
        let (bytes, line) =
            self.bytes_and_line(i).map_err(|error| unreadable(&self.path, error))?;
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let above = line_ends(&bytes[..error.valid_up_to()]);
            let line = line + above;
            syntax(&self.path, &SyntaxError { line, kind: SyntaxErrorKind::NotUtf8 })
        })?;
        self.index.section(i, line, text).ok_or_else(|| {
            Error::config(format!("{} changed while it was being read", self.path.display()))
                .hint("try again")
        })
    }

    /// Returns the properties of section `i`.
    ///
    /// # Errors
    /// A line of the section can't be read.
    pub(crate) fn properties(&self, i: usize) -> Result<Vec<Property<'_>>> {
        self.section(i)?.properties().map_err(|error| syntax(&self.path, &error))
    }

    /// Returns the location of a line of this file.
    pub(crate) fn location(&self, line: usize) -> Location {
        Location { file: self.path.clone(), line }
    }
}

/// Returns the owner of a file, if that is neither this user nor root.
#[cfg(unix)]
pub(super) fn stranger(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    (owner != 0 && owner != rustix::process::geteuid().as_raw()).then_some(owner)
}

/// Access lists decide who can change a file.
#[cfg(not(unix))]
pub(super) fn stranger(_: &fs::Metadata) -> Option<u32> {
    None
}

/// The error for a pipe that nobody writes to or closes.
fn silent(path: &Path) -> Error {
    let seconds = input::PIPE_TIMEOUT.as_secs();
    let what = format!("{} is no file, and did not come to an end in {seconds} s", path.display());
    Error::config(what)
        .because(Reason::UnreadableFile)
        .hint("write to that pipe and close it, or name a file")
}

fn unreadable(path: &Path, error: io::Error) -> Error {
    Error::io("read", path, error).with_kind(Kind::Config).because(Reason::UnreadableFile)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// An offset into memory.
fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).expect("BUG: a section is larger than its file")
}

fn read_at(mut file: &fs::File, offset: u64, length: usize) -> io::Result<Bytes> {
    let mut bytes = Bytes(vec![0; length]);
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(&mut bytes.0)?;
    Ok(bytes)
}

/// The error for a line of the file `path` that can't be read.
fn syntax(path: &Path, error: &SyntaxError) -> Error {
    let (reason, hint) = match error.kind {
        SyntaxErrorKind::NotUtf8 => {
            (Reason::NotUtf8, "save the file as UTF-8: AWS tools skip or refuse it as it is")
        }
        _ => (Reason::Syntax, "correct that line: AWS tools can't read the file as it is"),
    };
    Error::config(error.kind.to_string())
        .at(Some(Location { file: path.into(), line: error.line }))
        .because(reason)
        .hint(hint)
}

/// Both files. A verb reads them once.
pub(crate) struct Files {
    /// The config file.
    pub(crate) config: File,
    /// The credentials file.
    pub(crate) credentials: File,
}

impl Files {
    /// Reads both files from the paths in the environment.
    ///
    /// # Errors
    /// A file or one of its headers can't be read.
    pub(crate) fn read(context: &Context) -> Result<Self> {
        let read = |which: Which| File::read(which, which.path(context)?);
        Ok(Self { config: read(Which::Config)?, credentials: read(Which::Credentials)? })
    }

    /// Like [`Self::read`], for a caller that needs all profiles: it also keeps large files in memory.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(crate) fn read_whole(context: &Context) -> Result<Self> {
        let read = |which: Which| File::read_whole(which, which.path(context)?);
        Ok(Self { config: read(Which::Config)?, credentials: read(Which::Credentials)? })
    }

    /// Returns one of the two files.
    pub(crate) fn get(&self, which: Which) -> &File {
        match which {
            Which::Config => &self.config,
            Which::Credentials => &self.credentials,
        }
    }
}
