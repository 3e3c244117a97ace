//! Stores items of any length in a keychain whose items are short.
//!
//! The item under the key itself is the *head*: the format version, the secret's length and digest,
//! and as much of the secret as fits, which for most sessions is all of it. The rest is in *parts*,
//! whose names are made from the key and a number, so that finding them needs no listing.
//!
//! There are two *rows* of parts. A new item's parts are written to the row that the old item
//! doesn't use; the head, which names the valid row, is written last, in one write. So if the
//! writer dies or the keychain is full, the old item stays intact, and a reader sees the old item
//! or the new one. If a writer replaces parts while they are read, the digest is wrong, and the
//! reader starts again.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Error, ErrorKind, Item};

/// The most bytes in one item of the keychain: `CRED_MAX_CREDENTIAL_BLOB_SIZE` of Windows.
pub(super) const MAX_ITEM: usize = 5 * 512;

/// The start of a head of this version. The row, the number of parts, the secret's length and its
/// digest follow.
const MAGIC: &[u8; 4] = b"RCS1";
const HEAD: usize = MAGIC.len() + 1 + 1 + 4 + 32;
/// More parts than any session has: about 22 KB in all. A head with more is not valid.
const MAX_PARTS: usize = 8;
/// How often a reader tries while another process writes.
const ATTEMPTS: usize = 4;

/// A keychain with short items.
pub(super) trait Short {
    /// Returns the item with this name, or `None` if it doesn't exist.
    fn read(&self, name: &str) -> Result<Option<Item>, Error>;
    /// Stores an item of at most [`MAX_ITEM`] bytes, replacing any existing one.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Removes an item, if it exists.
    fn remove(&self, name: &str) -> Result<(), Error>;
}

/// Returns the item under `key`, or `None` if it is missing or incomplete.
pub(super) fn get(store: &impl Short, key: &str) -> Result<Option<Item>, Error> {
    let mut seen: Option<Item> = None;
    for _ in 0..ATTEMPTS {
        let Some(bytes) = store.read(key)? else {
            return Ok(None);
        };
        // The same head again: the item is incomplete although no process is writing it.
        if seen.as_ref().is_some_and(|seen| **seen == *bytes) {
            return Ok(None);
        }
        let Some(head) = Head::parse(&bytes) else {
            return Ok(None);
        };
        if let Some(item) = assemble(store, key, &head)? {
            return Ok(Some(item));
        }
        seen = Some(bytes);
    }
    Ok(None)
}

/// Stores `secret` under `key`.
pub(super) fn put(store: &impl Short, key: &str, secret: &[u8]) -> Result<(), Error> {
    let (first, rest) = secret.split_at(secret.len().min(MAX_ITEM - HEAD));
    let parts = rest.chunks(MAX_ITEM);
    if parts.len() > MAX_PARTS {
        return Err(Error::new(ErrorKind::Full, "the session is too long for this store"));
    }
    let old = store.read(key)?;
    let row = old.as_ref().and_then(|bytes| Head::parse(bytes)).map_or(0, |head| 1 - head.row);
    let row = Row { key, row };
    let head = Head {
        row: row.row,
        parts: parts.len(),
        length: secret.len(),
        digest: Sha256::digest(secret).into(),
        first,
    };
    let count = parts.len();
    let written = parts
        .enumerate()
        .try_for_each(|(i, part)| store.write(&row.name(i), part))
        .and_then(|()| store.write(key, &head.encode()));
    if let Err(error) = written {
        // The first failure is the one to report.
        drop(clear(store, row, 0));
        return Err(error);
    }
    // The secret is saved; parts that can't be removed now go with the next put or delete.
    drop(clear(store, row, count).and(clear(store, Row { row: 1 - row.row, ..row }, 0)));
    Ok(())
}

/// Removes the item under `key` with all its parts.
pub(super) fn delete(store: &impl Short, key: &str) -> Result<(), Error> {
    store.remove(key)?;
    clear(store, Row { key, row: 0 }, 0).and(clear(store, Row { key, row: 1 }, 0))
}

struct Head<'h> {
    row: u8,
    parts: usize,
    length: usize,
    digest: [u8; 32],
    /// The start of the secret.
    first: &'h [u8],
}

impl<'h> Head<'h> {
    fn parse(bytes: &'h [u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let ([row, parts], rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (digest, first) = rest.split_first_chunk()?;
        let parts = usize::from(*parts);
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let is_valid = magic == MAGIC && *row < 2 && parts <= MAX_PARTS;
        is_valid.then_some(Self { row: *row, parts, length, digest: *digest, first })
    }

    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_ITEM));
        bytes.extend_from_slice(MAGIC);
        let parts = u8::try_from(self.parts).expect("BUG: more parts than the limit");
        let length = u32::try_from(self.length).expect("BUG: longer than the parts can hold");
        bytes.extend_from_slice(&[self.row, parts]);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(self.first);
        bytes
    }
}

/// Returns the secret that `head` describes and starts; `None` if parts are missing or wrong.
fn assemble(store: &impl Short, key: &str, head: &Head<'_>) -> Result<Option<Item>, Error> {
    let row = Row { key, row: head.row };
    // Large enough for every part, so the buffer never moves and leaves a copy of the secret.
    let mut item = Zeroizing::new(Vec::with_capacity(MAX_ITEM * (1 + head.parts)));
    item.extend_from_slice(head.first);
    for i in 0..head.parts {
        match store.read(&row.name(i))? {
            Some(part) if part.len() <= MAX_ITEM => item.extend_from_slice(&part),
            _ => return Ok(None),
        }
    }
    let is_complete = item.len() == head.length && *Sha256::digest(&*item) == head.digest;
    Ok(is_complete.then_some(item))
}

/// Removes the parts of a row, starting with number `from`.
fn clear(store: &impl Short, row: Row<'_>, from: usize) -> Result<(), Error> {
    (from..MAX_PARTS).try_for_each(|i| store.remove(&row.name(i)))
}

/// One of the two rows of parts of an item.
#[derive(Clone, Copy)]
struct Row<'k> {
    key: &'k str,
    row: u8,
}

impl Row<'_> {
    /// Returns the name of a part.
    fn name(self, part: usize) -> String {
        format!("{}.{}{part}", self.key, if self.row == 0 { 'a' } else { 'b' })
    }
}

#[cfg(test)]
mod tests;
