//! Where the sections of a large file are, for the next process: a call that needs one profile of 5,000
//! would otherwise search the whole file for headers.
//!
//! A map is in the state directory. It holds for one state of one file: device, inode, length, and the
//! times at which the content and the inode changed, in nanoseconds. It is written only if the file has
//! been still for some time, because of two changes in the same moment the times show only one. A part
//! of a map that was damaged, or written by another version, does not have the right digest and isn't
//! used. No profile is reported as missing or wrong by a map alone, and if the file changes while it is read, it
//! is read again without one (`Files::look_up`). The one change that no time tells of is made by a program that
//! maps the file into its memory, and writes there more than once.
//!
//! A map has a head, then the buckets, then the records. All numbers are little-endian:
//!
//! | part | content |
//! | --- | --- |
//! | head | [`Head`] as numbers of 8 bytes, and their digest |
//! | bucket | the first of its records and how many they are, 4 bytes each; the digest of both and of the head |
//! | record | the digest of the section's name, 8 bytes; then 4 bytes each: the section's number, where it starts, its length, how far above lines are counted, and how many those are |

use std::{
    fs::{self, File, Metadata},
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
    time::Duration,
};

use super::spot::{Spot, read_exactly};
use crate::{
    context::Context,
    ini::Index,
    private::{self, Stamp},
    profile::{SectionKind, Which, section_kind},
    state::StateDirectory,
};

/// For how long the file must not have changed. Where times are noted in nanoseconds, they are exact to
/// some milliseconds.
const SETTLED: Duration = Duration::from_millis(500);
/// The most sections that a map is written for.
const MOST_SECTIONS: usize = 1 << 20;
/// How far above a header lines are counted at most, in bytes: `Index::lines_before` says less.
const MOST_COUNTED: u64 = 1 << 20;
/// How many sections are in a bucket, on average.
const IN_BUCKET: usize = 32;
/// The seconds after which a map is removed, when another is written. Whoever still needs it writes it
/// again.
const ABANDONED: u64 = 30 * 24 * 60 * 60;
const SUFFIX: &str = ".map";
const LOCK: &str = "maps";

const HEAD: usize = 8 * 12;
const BUCKET: usize = 16;
const RECORD: usize = 28;

/// A file in which a caller looks up profiles.
pub(super) struct Lookup<'l> {
    pub(super) which: Which,
    pub(super) path: &'l Path,
    pub(super) context: &'l Context,
}

/// The file that a map is wanted for, and where the map is.
pub(super) struct Wanted {
    state: StateDirectory,
    path: PathBuf,
    which: Which,
    stamp: Stamp,
    length: u64,
}

/// An open map.
pub(super) struct SectionMap {
    path: PathBuf,
    file: File,
    which: Which,
    stamp: Stamp,
    head: Head,
}

/// What a map begins with.
#[derive(Clone, Copy)]
struct Head {
    /// What distinguishes the maps of this version, file and state from all others.
    identity: [u64; 9],
    sections: u64,
    buckets: u64,
}

impl Wanted {
    /// Returns the map for a file, which is open; `None` if it should have none.
    pub(super) fn of(found: &Metadata, lookup: &Lookup<'_>) -> Option<Self> {
        let Lookup { which, context, .. } = *lookup;
        let stamp = Stamp::of(found).filter(Stamp::is_exact)?;
        let state = StateDirectory::existing(context);
        let state = state.or_else(|| StateDirectory::open(context))?;
        let path = std::path::absolute(lookup.path).ok()?;
        // A home that several machines share may be another device on each.
        let [device, ..] = stamp.numbers();
        let digest = digest(&[path.as_os_str().as_encoded_bytes(), &device.to_le_bytes()]);
        let name = name(which);
        let path = state.path().join(format!("{name}-{digest:016x}{SUFFIX}"));
        Some(Self { state, path, which, stamp, length: found.len() })
    }

    /// The state of the file when it was opened.
    pub(super) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Opens the map; `None` if there is none for this state of the file.
    pub(super) fn open(&self) -> Option<SectionMap> {
        let file = private::open_to_read(&self.path).ok()?;
        let mut bytes = [0; HEAD];
        read_exactly(&file, 0, &mut bytes).ok()?;
        let head = Head::parse(&bytes).filter(|head| head.identity == self.identity())?;
        let (path, which, stamp) = (self.path.clone(), self.which, self.stamp);
        Some(SectionMap { path, file, which, stamp, head })
    }

    /// Writes the map of a file with these sections. If that can't be done, the next process searches the
    /// file again.
    pub(super) fn write(&self, index: &Index, context: &Context) {
        if self.stamp.is_older_than(SETTLED, context.now())
            && index.len() <= MOST_SECTIONS
            // What is no file can't be replaced by one, and each call would try.
            && !self.path.is_dir()
            && let Ok(lock) = self.state.lock(LOCK)
            && lock.try_take().is_ok_and(|taken| taken)
            // Of a hundred processes at once, one writes it.
            && self.open().is_none()
            && let Some(bytes) = self.bytes(index)
        {
            drop(private::replace(&self.path, &bytes));
            remove_abandoned(self.state.path());
        }
    }

    fn identity(&self) -> [u64; 9] {
        let version = digest(&[env!("CARGO_PKG_VERSION").as_bytes(), b"1"]);
        let [device, inode, times @ ..] = self.stamp.numbers();
        let [modified, modified_ns, changed, changed_ns] = times;
        let which = self.which as u64;
        [version, which, device, inode, modified, modified_ns, changed, changed_ns, self.length]
    }

    fn bytes(&self, index: &Index) -> Option<Vec<u8>> {
        let buckets = (index.len() / IN_BUCKET).next_power_of_two();
        let head = Head {
            identity: self.identity(),
            sections: index.len() as u64,
            buckets: buckets as u64,
        };
        let mut records = Vec::new();
        for i in 0..index.len() {
            let kind = section_kind(index.name(i), self.which);
            let Some(name) = name_of(&kind) else { continue };
            let digest = digest(&[name.as_bytes()]);
            records.push((head.bucket(digest), i, digest));
        }
        records.sort_unstable();
        let head_bytes = head.bytes();
        let mut bytes = head_bytes.to_vec();
        let mut bodies = Vec::with_capacity(records.len() * RECORD);
        let mut first = 0;
        for bucket in 0..head.buckets {
            let here = records[first..].iter().take_while(|(at, ..)| *at == bucket);
            let start = bodies.len();
            let mut count = 0;
            for (_, i, digest) in here {
                bodies.extend(record(*digest, *i, Spot::in_index(index, *i))?);
                count += 1;
            }
            bytes.extend(u32::try_from(first).ok()?.to_le_bytes());
            bytes.extend(u32::try_from(count).ok()?.to_le_bytes());
            let place = &bytes[bytes.len() - 8..];
            let check = digest(&[&head_bytes, place, &bodies[start..]]);
            bytes.extend(check.to_le_bytes());
            first += count;
        }
        bytes.append(&mut bodies);
        Some(bytes)
    }
}

impl SectionMap {
    /// Returns the number of sections in the file.
    pub(super) fn sections(&self) -> usize {
        usize::try_from(self.head.sections).unwrap_or_default()
    }

    /// The state of the file that this is the map of.
    pub(super) fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Returns the number and the place of each section called `name`, in their order; `None` if the map
    /// is damaged.
    pub(super) fn find(&self, name: &str) -> Option<Vec<(usize, Spot)>> {
        let wanted = digest(&[name.as_bytes()]);
        let mut bucket = [0; BUCKET];
        let at = HEAD as u64 + self.head.bucket(wanted) * BUCKET as u64;
        read_exactly(&self.file, at, &mut bucket).ok()?;
        let (place, check) = bucket.split_at(8);
        let [first, count] = [number(place, 0)?, number(place, 4)?];
        if u64::from(first) + u64::from(count) > self.head.sections {
            return None;
        }
        let records = HEAD as u64 + self.head.buckets * BUCKET as u64;
        let mut bytes = vec![0; count as usize * RECORD];
        read_exactly(&self.file, records + u64::from(first) * RECORD as u64, &mut bytes).ok()?;
        if digest(&[&self.head.bytes(), place, &bytes]).to_le_bytes() != check {
            return None;
        }
        let records = bytes.chunks_exact(RECORD);
        let wanted = records.filter(|record| record[..8] == wanted.to_le_bytes());
        wanted.map(|record| parse_record(record).filter(|(i, spot)| self.has(*i, *spot))).collect()
    }

    /// Whether the file can have this section.
    fn has(&self, i: usize, spot: Spot) -> bool {
        let [.., length] = self.head.identity;
        i < self.sections() && spot.end <= length && spot.start - spot.counted <= MOST_COUNTED
    }

    /// Removes a map that can't be right. Another process may have replaced it: then it is written again.
    pub(super) fn discard(&self) {
        drop(fs::remove_file(&self.path));
    }

    /// Whether the section with this header has this name.
    pub(super) fn is_called(&self, header: &str, name: &str) -> bool {
        name_of(&section_kind(header, self.which)) == Some(name)
    }
}

impl Head {
    fn bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let numbers = self.identity.iter().chain([&self.sections, &self.buckets]);
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let (numbers, check) = bytes.split_at_mut(HEAD - 8);
        check.copy_from_slice(&digest(&[numbers]).to_le_bytes());
        bytes
    }

    fn parse(bytes: &[u8; HEAD]) -> Option<Self> {
        let mut numbers = bytes
            .chunks_exact(8)
            .map(|place| u64::from_le_bytes(place.try_into().expect("BUG: a chunk of 8 bytes")));
        let mut identity = [0; 9];
        identity.iter_mut().zip(&mut numbers).for_each(|(place, number)| *place = number);
        let (sections, buckets) = (numbers.next()?, numbers.next()?);
        let head = Self { identity, sections, buckets };
        let is_possible = buckets > 0 && sections.max(buckets) <= MOST_SECTIONS as u64;
        (is_possible && head.bytes() == *bytes).then_some(head)
    }

    /// The bucket of the sections whose name has this digest.
    fn bucket(&self, digest: u64) -> u64 {
        digest % self.buckets
    }
}

/// The name of a section that is looked up by it.
fn name_of<'k>(kind: &'k SectionKind<'_>) -> Option<&'k str> {
    match kind {
        SectionKind::Profile { name, .. }
        | SectionKind::SsoSession(name)
        | SectionKind::Services(name) => Some(name),
        SectionKind::Ignored => None,
    }
}

/// The record of section `i`; `None` if the file is too large for it.
fn record(digest: u64, i: usize, spot: Spot) -> Option<[u8; RECORD]> {
    let numbers =
        [i as u64, spot.start, spot.end - spot.start, spot.start - spot.counted, spot.lines as u64];
    let mut bytes = [0; RECORD];
    bytes[..8].copy_from_slice(&digest.to_le_bytes());
    for (place, number) in bytes[8..].chunks_exact_mut(4).zip(numbers) {
        place.copy_from_slice(&u32::try_from(number).ok()?.to_le_bytes());
    }
    Some(bytes)
}

fn parse_record(bytes: &[u8]) -> Option<(usize, Spot)> {
    let [i, start, length, above, lines] = [
        number(bytes, 8)?,
        number(bytes, 12)?,
        number(bytes, 16)?,
        number(bytes, 20)?,
        number(bytes, 24)?,
    ];
    let start = u64::from(start);
    let spot = Spot {
        start,
        end: start + u64::from(length),
        counted: start.checked_sub(above.into())?,
        lines: lines as usize,
    };
    Some((i as usize, spot))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// A digest against accidents, which may differ from one release of Rust to another.
fn digest(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for part in parts {
        hasher.write_usize(part.len());
        hasher.write(part);
    }
    hasher.finish()
}

fn name(which: Which) -> &'static str {
    match which {
        Which::Config => "config",
        Which::Credentials => "credentials",
    }
}

/// Removes maps that nobody has written for a long time, such as those of temporary files.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_map = entry.file_name().to_string_lossy().ends_with(SUFFIX);
        let written = entry.metadata().and_then(|found| found.modified());
        let age = written.ok().and_then(|time| time.elapsed().ok());
        if is_map && age.is_some_and(|age| age.as_secs() > ABANDONED) {
            // Another process may have removed it first.
            drop(fs::remove_file(entry.path()));
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests;
