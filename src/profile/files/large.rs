//! A large file, which stays on disk.

use std::{
    cell::{Cell, OnceCell},
    fs::{self, Metadata},
    io::{self, ErrorKind, Read as _, Seek as _, SeekFrom},
    path::Path,
};

use super::{
    fault::{syntax, unreadable},
    section_map::{Lookup, SectionMap, Wanted},
    spot::{Body, Spot},
};
use crate::{
    error::Result,
    ini::{Index, Indexer},
    private::Stamp,
    secret::Bytes,
};

/// The number of bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// A file whose bodies are read when they are needed, and kept.
pub(super) struct Large {
    file: fs::File,
    bodies: Bodies,
    /// Where an earlier process found the sections. Only for callers that look up a few of them.
    map: Option<SectionMap>,
    /// Whether the map was found to be wrong.
    is_doubtful: Cell<bool>,
    /// All sections. With a map, they are searched for only if it does not suffice.
    index: OnceCell<Index>,
}

/// The bodies that were read so far. Few are needed, so memory for a group of them is allocated with
/// the first.
struct Bodies(Box<[OnceCell<Group>]>);

type Group = Box<[OnceCell<Box<Body>>]>;

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

    /// The body of section `i`, if it was read.
    fn known(&self, i: usize) -> Option<&Body> {
        let group = self.0.get(i / Self::GROUP)?.get()?;
        group[i % Self::GROUP].get().map(|body| &**body)
    }
}

impl Large {
    /// Finds all sections of an open file of that length.
    ///
    /// # Errors
    /// The file can't be read, or a header can't.
    pub(super) fn scanned(file: fs::File, length: u64, path: &Path) -> Result<Self> {
        let index = scan(&file, length, path)?;
        let (bodies, is_doubtful) = (Bodies::of(index.len()), Cell::new(false));
        Ok(Self { file, bodies, map: None, is_doubtful, index: index.into() })
    }

    /// Like [`Self::scanned`], but if an earlier process wrote a map of this file, that is used instead.
    /// Otherwise, this process writes one.
    ///
    /// # Errors
    /// As of [`Self::scanned`].
    pub(super) fn mapped(file: fs::File, found: &Metadata, lookup: &Lookup<'_>) -> Result<Self> {
        let wanted = Wanted::of(found, lookup);
        if let Some(map) = wanted.as_ref().and_then(Wanted::open) {
            let bodies = Bodies::of(map.sections());
            let (is_doubtful, index) = (Cell::new(false), OnceCell::new());
            return Ok(Self { file, bodies, map: Some(map), is_doubtful, index });
        }
        let new = Self::scanned(file, found.len(), lookup.path)?;
        if let Some(wanted) = wanted
            && new.stamp() == Some(wanted.stamp())
        {
            wanted.write(new.index(), lookup.context);
        }
        Ok(new)
    }

    /// Whether its sections are found by a map.
    pub(super) fn is_mapped(&self) -> bool {
        self.map.is_some()
    }

    /// Whether the file is still in the state that its map is for, and all that was read by it was right.
    pub(super) fn is_as_mapped(&self) -> bool {
        let is_same = |map: &SectionMap| self.stamp() == Some(map.stamp());
        !self.is_doubtful.get() && self.map.as_ref().is_none_or(is_same)
    }

    /// Returns all sections. With a map, it searches for them when they are first asked for; if that fails,
    /// there are none, and it is no longer as mapped.
    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let path = Path::new("");
            let start = (&self.file).seek(SeekFrom::Start(0));
            let index = start.ok().and_then(|_| scan(&self.file, 0, path).ok());
            let sections = self.map.as_ref().map(SectionMap::sections);
            index.filter(|index| sections == Some(index.len())).unwrap_or_else(|| {
                self.doubt();
                Index::default()
            })
        })
    }

    /// Notes that the map is not right, so that no process uses it again.
    pub(super) fn doubt(&self) {
        self.is_doubtful.set(true);
        self.map.iter().for_each(SectionMap::discard);
    }

    fn stamp(&self) -> Option<Stamp> {
        Stamp::of(&self.file.metadata().ok()?)
    }

    /// Returns the sections called `name`, by the map; `None` if there is none, or all are known anyway. If the
    /// map is not right there are none, and it is no longer as mapped.
    pub(super) fn places(&self, name: &str) -> Option<Vec<usize>> {
        let map = self.map.as_ref().filter(|_| self.index.get().is_none())?;
        let found = map.find(name).and_then(|found| {
            let read = |(i, spot): (usize, Spot)| {
                let body = spot.read(&self.file).ok()?;
                map.is_called(body.header(), name).then_some((i, body))
            };
            found.into_iter().map(read).collect::<Option<Vec<_>>>()
        });
        let found = found.unwrap_or_else(|| {
            self.doubt();
            Vec::new()
        });
        let keep = |(i, body)| self.bodies.get(i, || Ok(body)).ok().map(|_| i);
        found.into_iter().map(keep).collect()
    }

    #[cfg(test)]
    pub(super) fn has_only_a_map(&self) -> bool {
        self.index.get().is_none()
    }

    /// Returns the text between the brackets of section `i`.
    pub(super) fn name(&self, i: usize) -> &str {
        match self.index.get().filter(|index| i < index.len()) {
            Some(index) => index.name(i),
            None => self.bodies.known(i).map_or("", Body::header),
        }
    }

    /// Returns the bytes of section `i`, and the line of its header.
    pub(super) fn bytes_and_line(&self, i: usize) -> io::Result<(&[u8], usize)> {
        let read = || {
            let index = self.index();
            if i >= index.len() {
                return Err(ErrorKind::InvalidData.into());
            }
            Spot::in_index(index, i).read(&self.file)
        };
        let body = self.bodies.get(i, read)?;
        Ok((&body.bytes, body.line))
    }

    /// Returns a line at or above the header of section `i`, if the file can't be read any more.
    pub(super) fn near(&self, i: usize) -> usize {
        let index = self.index.get().filter(|index| i < index.len());
        index.map_or(1, |index| index.lines_before(i).0 + 1)
    }
}

/// Finds the sections of a file that is read from its start, and has about this length.
fn scan(mut file: &fs::File, length: u64, path: &Path) -> Result<Index> {
    let mut indexer = Indexer::for_length(length);
    let mut chunk = Bytes(vec![0; CHUNK]);
    loop {
        match file.read(&mut chunk.0) {
            Ok(0) => break,
            Ok(length) => indexer.feed(&chunk[..length]).map_err(|error| syntax(path, &error))?,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(unreadable(path, error)),
        }
    }
    indexer.finish().map_err(|error| syntax(path, &error))
}
