//! Where sessions are kept: one trait, one file per backend.
//!
//! A store maps a key to one secret item. It knows nothing of AWS, of what the item says, or of when
//! it should be renewed. Keys are of two kinds that can't be taken for each other: 64 hexadecimal
//! digits (`session::key`) for what ends, and [`lasting_key`] for what is kept for good. So nothing
//! that forgets sessions can forget the other kind.

pub mod auto;
pub mod file;
#[cfg(target_os = "macos")]
pub mod keychain;
#[cfg(target_os = "linux")]
pub mod keyutils;
#[cfg(any(target_os = "macos", test))]
mod limited;
pub mod none;
#[cfg(target_os = "linux")]
pub mod secret_service;
#[cfg(any(windows, test))]
mod split;
#[cfg(windows)]
pub mod wincred;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

/// One backend. Every call returns within the timeout of its [`CallOptions`], and none asks a human
/// unless they allow it.
pub trait Store {
    /// The name that `ROLECALL_STORE` and `--store` use.
    fn name(&self) -> &'static str;

    /// The item stored under `key`; `None` where there is none.
    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error>;

    /// Stores `item` under `key`, replacing what was there. Returns the name of the store that
    /// keeps it, which for a store made of others is one of theirs.
    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error>;

    /// Forgets `key`. That there was nothing to forget is not an error.
    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error>;

    /// Whether this store could keep an item now. Never asks a human: a store that is locked is in
    /// order if the options allow asking.
    fn check(&self, options: CallOptions) -> Result<(), Error>;

    /// The store, this one or one that it is made of, that keeps items for good: encrypted on disk,
    /// beyond a restart. `None`: there is none.
    fn lasting(&self) -> Option<&dyn Store> {
        None
    }
}

/// What the keys begin with of items that are kept for good.
const LASTING: &str = "access-key:";

/// The key of an item that is kept for good, in a store that can do so: see [`Store::lasting`].
pub fn lasting_key(name: &str) -> String {
    format!("{LASTING}{name}")
}

/// Whether `key` is one of [`lasting_key`].
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn is_lasting(key: &str) -> bool {
    key.starts_with(LASTING)
}

/// The bytes of a stored item, wiped on drop.
pub type Item = Zeroizing<Vec<u8>>;

/// What [`Store::put`] keeps.
pub struct NewItem<'a> {
    /// What a person sees in the keychain's own program; no secret.
    pub label: &'a str,
    /// The secret itself.
    pub secret: &'a [u8],
    /// When the item is worth nothing any more (UTC); a store that can forget by itself does so then.
    /// `None`: never; then its key is a [`lasting_key`], and [`Store::lasting`] alone takes it.
    pub ends: Option<DateTime<Utc>>,
}

/// How long a store may take, and whether it may show a dialog to unlock itself.
#[derive(Clone, Copy, Debug)]
pub struct CallOptions {
    /// The longest that the call may last.
    pub timeout: Duration,
    /// Whether the store may ask a human to unlock it. Only the holder of a session's lock may.
    pub unlock: bool,
}

/// Why a store did not do what it was asked. "Not found" is not among these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What kind of failure it is; callers branch on this.
    pub kind: ErrorKind,
    /// What happened, in lower case, without a final period and without secrets.
    pub message: String,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The store is there but locked, and nobody unlocked it.
    Locked,
    /// The store, or the human asked to unlock it, said no.
    Denied,
    /// The store is full (kernel keyring: the user's quota).
    Full,
    /// There is no such store here, or it does not answer.
    Unavailable,
}

impl Error {
    /// An error of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
