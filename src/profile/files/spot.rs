//! A section of a file that stays on disk.

use std::{fs, io};

use crate::{
    ini::{Index, line_ends, single_section},
    secret::Bytes,
};

/// The most bytes of a section for which the buffer that it was read to is not kept.
const SMALL: usize = 64 * 1024;

/// Where a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// The offset of its header.
    pub(super) start: u64,
    /// The offset behind its last byte.
    pub(super) end: u64,
    /// An offset at or before its header.
    pub(super) counted: u64,
    /// The number of lines that end before `counted`.
    pub(super) lines: usize,
}

impl Spot {
    /// Returns where section `i` is.
    pub(super) fn in_index(index: &Index, i: usize) -> Self {
        let range = index.range(i);
        let (lines, before) = index.lines_before(i);
        Self { start: range.start, end: range.end, counted: before.start, lines }
    }

    /// Reads the section. One read includes the bytes above in which lines must be counted.
    pub(super) fn read(self, file: &fs::File) -> io::Result<Body> {
        let length = to_usize(self.end - self.counted);
        let mut bytes = read_at(file, self.counted, length)?;
        let above = to_usize(self.start - self.counted);
        let line = self.lines + line_ends(&bytes[..above]) + 1;
        if length <= SMALL {
            // A small body does not keep the larger buffer.
            bytes = Bytes(bytes[above..].to_vec());
        } else {
            bytes.0.drain(..above);
        }
        Ok(Body { bytes, line })
    }
}

/// A section from its header up to the next one.
pub(super) struct Body {
    pub(super) bytes: Bytes,
    /// The line of the header, counted from 1.
    pub(super) line: usize,
}

impl Body {
    /// The text between the brackets, or nothing if it is no section. Other lines may have anything.
    pub(super) fn header(&self) -> &str {
        let first = self.bytes.split_inclusive(|byte| *byte == b'\n').next();
        let text = first.and_then(|line| std::str::from_utf8(line).ok());
        text.and_then(|text| single_section(text, self.line)).map_or("", |section| section.name)
    }
}

/// An offset into memory.
pub(super) fn to_usize(offset: u64) -> usize {
    usize::try_from(offset).expect("BUG: a section is larger than its file")
}

fn read_at(file: &fs::File, offset: u64, length: usize) -> io::Result<Bytes> {
    let mut bytes = Bytes(vec![0; length]);
    read_exactly(file, offset, &mut bytes.0)?;
    Ok(bytes)
}

/// Fills `bytes` from `offset` on.
#[cfg(unix)]
pub(super) fn read_exactly(file: &fs::File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

/// Fills `bytes` from `offset` on.
#[cfg(not(unix))]
pub(super) fn read_exactly(mut file: &fs::File, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    file.seek(io::SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}
