//! The paths of the two files, and reading them.

mod fault;
mod large;
mod section_map;
mod spot;

use std::{
    cell::Cell,
    fs,
    io::{self, ErrorKind, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use crate::{
    context::Context,
    error::{Location, Result},
    ini::{
        Index, Indexer, Property, Section, SyntaxError, SyntaxErrorKind, line_ends, single_section,
    },
    input::{self, Pipe},
    secret::Bytes,
};

use super::Which;

use self::{
    fault::{changed, silent, syntax, unreadable},
    large::Large,
    section_map::Lookup,
    spot::to_usize,
};

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
    content: Content,
}

/// Where the bodies of the sections come from.
enum Content {
    /// The whole file is in memory.
    Memory {
        index: Index,
        bytes: Bytes,
        /// The last section that was asked for: where it starts, and its line. The next one is
        /// probably not far behind.
        last: Cell<(usize, usize)>,
    },
    /// It is too large for that.
    Disk(Box<Large>),
}

/// What a caller needs of a file.
enum Need<'c> {
    /// A few profiles, by their names: the sections of a large file are found by a map, if there is one.
    Lookups(&'c Context),
    /// To search all sections, but not all bodies.
    Headers,
    /// All of it: also large files are kept in memory.
    Everything,
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

impl File {
    /// Reads a file and finds its sections.
    ///
    /// # Errors
    /// The file can't be read, or a header can't.
    pub(crate) fn read(which: Which, path: PathBuf) -> Result<Self> {
        Self::read_for(&Need::Headers, which, path)
    }

    /// Like [`Self::read`], for a caller that needs all sections: it also keeps large files in memory.
    ///
    /// # Errors
    /// As of [`Self::read`].
    pub(crate) fn read_whole(which: Which, path: PathBuf) -> Result<Self> {
        Self::read_for(&Need::Everything, which, path)
    }

    fn read_for(need: &Need<'_>, which: Which, path: PathBuf) -> Result<Self> {
        let failed = |error: io::Error| unreadable(&path, error);
        let file = match input::open(&path) {
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
        let in_memory = match need {
            Need::Everything => WHOLE_IN_MEMORY,
            Need::Headers | Need::Lookups(_) => IN_MEMORY,
        };
        if length <= in_memory {
            // Allocated at once: a growing buffer would leave copies of secrets behind. A small file fits
            // in the memory that the process has anyway.
            let mut bytes = Bytes(Vec::with_capacity(length.max(LEAST) + 1));
            (&file).take(LARGEST).read_to_end(&mut bytes.0).map_err(failed)?;
            return Ok(Self { stranger, ..Self::of_bytes(which, path, bytes)? });
        }
        let large = match need {
            Need::Lookups(context) => {
                Large::mapped(file, &metadata, &Lookup { which, path: &path, context })?
            }
            _ => Large::scanned(file, metadata.len(), &path)?,
        };
        let (path, content) = (path.into(), Content::Disk(large.into()));
        Ok(Self { which, path, stranger, content })
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
        let content = Content::Memory { index, bytes, last: Cell::new((0, 1)) };
        Ok(Self { which, path: path.into(), stranger: None, content })
    }

    /// Returns the offsets and names of all sections.
    pub(crate) fn index(&self) -> &Index {
        match &self.content {
            Content::Memory { index, .. } => index,
            Content::Disk(large) => large.index(),
        }
    }

    /// Returns the sections called `name`, with or without a word such as `profile`, if that is known
    /// without going through all of them.
    pub(super) fn known_places(&self, name: &str) -> Option<Vec<usize>> {
        match &self.content {
            Content::Memory { .. } => None,
            Content::Disk(large) => large.places(name),
        }
    }

    /// Whether its sections are found by a map.
    fn is_mapped(&self) -> bool {
        matches!(&self.content, Content::Disk(large) if large.is_mapped())
    }

    /// Whether it is still as its map says, as far as this was read.
    fn is_as_mapped(&self) -> bool {
        match &self.content {
            Content::Memory { .. } => true,
            Content::Disk(large) => large.is_as_mapped(),
        }
    }

    /// Whether it has not searched for all sections, because a map sufficed so far.
    #[cfg(test)]
    fn has_only_a_map(&self) -> bool {
        matches!(&self.content, Content::Disk(large) if large.has_only_a_map())
    }

    /// Returns the text between the brackets of section `i`.
    #[inline] // a hit asks for each of 5,000 names
    pub(super) fn name(&self, i: usize) -> &str {
        match &self.content {
            Content::Memory { index, .. } => index.name(i),
            Content::Disk(large) => large.name(i),
        }
    }

    /// Returns the line of the header of section `i`, counted from 1.
    pub(crate) fn line(&self, i: usize) -> usize {
        // If the file can't be read any more, a line close to it.
        self.bytes_and_line(i).map_or_else(|_| self.near(i), |(_, line)| line)
    }

    fn near(&self, i: usize) -> usize {
        match &self.content {
            Content::Memory { index, .. } => index.lines_before(i).0 + 1,
            Content::Disk(large) => large.near(i),
        }
    }

    /// The bytes of section `i`, and the line of its header.
    fn bytes_and_line(&self, i: usize) -> io::Result<(&[u8], usize)> {
        let (index, bytes, last) = match &self.content {
            Content::Memory { index, bytes, last } => (index, bytes, last),
            Content::Disk(large) => return large.bytes_and_line(i),
        };
        let range = index.range(i);
        let (lines, before) = index.lines_before(i);
        let (start, end) = (to_usize(range.start), to_usize(range.end));
        let marked = to_usize(before.start);
        let line = match last.get() {
            (near, known) if (marked..=start).contains(&near) => {
                known + line_ends(&bytes[near..start])
            }
            _ => lines + line_ends(&bytes[marked..start]) + 1,
        };
        last.set((start, line));
        Ok((&bytes[start..end], line))
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
        let section = single_section(text, line).filter(|section| section.name == self.name(i));
        section.ok_or_else(|| changed(&self.path))
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

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// How long to wait if a file has just changed: a program that does not replace it, but writes it anew, is
/// done then.
const WRITING: Duration = Duration::from_millis(30);

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

    /// Returns what `act` finds in the files, and these, for a caller that looks up a few profiles by their
    /// names: where they are in a large file may be known from an earlier process, by a map.
    ///
    /// If `act` fails with a map, or the file was changed meanwhile, all is read again without one, so nothing
    /// is missing or wrong only because a map says so.
    ///
    /// # Errors
    /// As of [`Self::read`], and those of `act`.
    pub(crate) fn look_up<T>(
        context: &Context,
        act: impl Fn(&Self) -> Result<T>,
    ) -> Result<(Self, T)> {
        let need = Need::Lookups(context);
        let read = |which: Which| File::read_for(&need, which, which.path(context)?);
        let mut files =
            Self { config: read(Which::Config)?, credentials: read(Which::Credentials)? };
        let mut found = act(&files);
        let both = [&files.config, &files.credentials];
        let has_changed = !both.iter().all(|file| file.is_as_mapped());
        if both.iter().any(|file| file.is_mapped()) && (found.is_err() || has_changed) {
            if has_changed {
                std::thread::sleep(WRITING);
            }
            let fresh = Self::read(context)?;
            found = act(&fresh);
            if found.is_ok() {
                files.discard_maps();
            }
            files = fresh;
        }
        found.map(|found| (files, found))
    }

    fn discard_maps(&self) {
        for file in [&self.config, &self.credentials] {
            if let Content::Disk(large) = &file.content {
                large.doubt();
            }
        }
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
