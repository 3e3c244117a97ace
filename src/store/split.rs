//! Items of any length, kept in a keychain whose items are short.
//!
//! The item under the key itself is the *head*: what this is, how long the whole is, its digest, and
//! as much of the secret as has room. Most sessions end there. The rest lies in *parts*, whose names
//! follow from the key and a number, so that they are found without a look at what else there is.
//!
//! The parts of a new item are written beside those of the old one, into the other of two *rows*;
//! the head, which says which row counts, comes last and is one write. So a writer that dies or
//! finds the keychain full leaves the old item whole, and a reader sees the old one or the new one.
//! If it is overtaken between the head and the parts, the digest is wrong, and it reads again.

use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::{Error, ErrorKind, Item};

/// What an item of the keychain can hold: `CRED_MAX_CREDENTIAL_BLOB_SIZE` of Windows.
pub(super) const ROOM: usize = 5 * 512;

/// What a head of this version begins with; then come the row, the number of parts, the length of
/// the whole, and its digest.
const MAGIC: &[u8; 4] = b"RCS1";
const HEAD: usize = MAGIC.len() + 1 + 1 + 4 + 32;
/// More parts than any session has: about 22 KB in all. What says that it has more is not ours.
const MOST_PARTS: usize = 8;
/// How often a reader that was overtaken by a writer begins again.
const READINGS: usize = 4;

/// A keychain with short items: all that is asked of it.
pub(super) trait Short {
    /// The item of that name; `None` where there is none.
    fn read(&self, name: &str) -> Result<Option<Item>, Error>;
    /// Stores an item of [`ROOM`] bytes at most, replacing what was there.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error>;
    /// Removes an item. That there was none is not an error.
    fn remove(&self, name: &str) -> Result<(), Error>;
}

/// The item under `key`; `None` where there is none that is whole.
pub(super) fn get(store: &impl Short, key: &str) -> Result<Option<Item>, Error> {
    let mut seen: Option<Item> = None;
    for _ in 0..READINGS {
        let Some(bytes) = store.read(key)? else {
            return Ok(None);
        };
        // The same head again: nobody is writing, it is just not whole.
        if seen.as_ref().is_some_and(|seen| **seen == *bytes) {
            return Ok(None);
        }
        let Some(head) = Head::parse(&bytes) else {
            return Ok(None);
        };
        if let Some(item) = whole(store, key, &head, &bytes[HEAD..])? {
            return Ok(Some(item));
        }
        seen = Some(bytes);
    }
    Ok(None)
}

/// Stores `secret` under `key`.
pub(super) fn put(store: &impl Short, key: &str, secret: &[u8]) -> Result<(), Error> {
    let (first, rest) = secret.split_at(secret.len().min(ROOM - HEAD));
    let parts = rest.chunks(ROOM);
    if parts.len() > MOST_PARTS {
        return Err(Error::new(ErrorKind::Full, "the session is too long for this store"));
    }
    let old = store.read(key)?;
    let row = old.and_then(|bytes| Head::parse(&bytes)).map_or(0, |head| 1 - head.row);
    let head = Head {
        row,
        parts: parts.len(),
        length: secret.len(),
        digest: Sha256::digest(secret).into(),
    };
    let count = parts.len();
    let written = parts
        .enumerate()
        .try_for_each(|(i, part)| store.write(&name(key, row, i), part))
        .and_then(|()| store.write(key, &head.followed_by(first)));
    if let Err(error) = written {
        // The first failure is the one to tell.
        drop(clear(store, key, row, 0));
        return Err(error);
    }
    // The secret is kept; what can't be removed now is by the next put or delete.
    drop(clear(store, key, row, count).and(clear(store, key, 1 - row, 0)));
    Ok(())
}

/// Removes the item under `key` with all its parts.
pub(super) fn delete(store: &impl Short, key: &str) -> Result<(), Error> {
    store.remove(key)?;
    clear(store, key, 0, 0).and(clear(store, key, 1, 0))
}

/// What the head says.
struct Head {
    row: u8,
    parts: usize,
    length: usize,
    digest: [u8; 32],
}

impl Head {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let ([row, parts], rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (digest, _) = rest.split_first_chunk()?;
        let parts = usize::from(*parts);
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let makes_sense = magic == MAGIC && *row < 2 && parts <= MOST_PARTS;
        makes_sense.then_some(Self { row: *row, parts, length, digest: *digest })
    }

    fn followed_by(&self, secret: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(ROOM));
        bytes.extend_from_slice(MAGIC);
        let parts = u8::try_from(self.parts).expect("BUG: more parts than there may be");
        let length = u32::try_from(self.length).expect("BUG: longer than the parts hold");
        bytes.extend_from_slice(&[self.row, parts]);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(secret);
        bytes
    }
}

/// The secret that `head` speaks of, which begins with `first`; `None` if it can't be put together.
fn whole(store: &impl Short, key: &str, head: &Head, first: &[u8]) -> Result<Option<Item>, Error> {
    // All that could come, so that the buffer is not moved with secrets in it.
    let mut item = Zeroizing::new(Vec::with_capacity(ROOM * (1 + head.parts)));
    item.extend_from_slice(first);
    for i in 0..head.parts {
        match store.read(&name(key, head.row, i))? {
            Some(part) if part.len() <= ROOM => item.extend_from_slice(&part),
            _ => return Ok(None),
        }
    }
    let is_whole = item.len() == head.length && *Sha256::digest(&*item) == head.digest;
    Ok(is_whole.then_some(item))
}

/// Removes the parts of a row from number `from` on, whichever of them there are.
fn clear(store: &impl Short, key: &str, row: u8, from: usize) -> Result<(), Error> {
    (from..MOST_PARTS).try_for_each(|i| store.remove(&name(key, row, i)))
}

fn name(key: &str, row: u8, part: usize) -> String {
    format!("{key}.{}{part}", if row == 0 { 'a' } else { 'b' })
}

#[cfg(test)]
mod tests;
