//! The stores for secrets: one trait, one file per backend.
//!
//! A store maps a key to one secret item. It knows nothing about AWS, the item's content, or when
//! it should be renewed. There are two kinds of keys that can't be confused: 64 hexadecimal digits
//! (`session::key`) for items that expire, and [`lasting_key`] for long-lived items. So nothing
//! that deletes sessions can delete a long-lived item.

pub(crate) mod auto;
pub(crate) mod file;
#[cfg(target_os = "macos")]
pub(crate) mod keychain;
#[cfg(target_os = "linux")]
pub(crate) mod keyutils;
#[cfg(any(target_os = "macos", test))]
mod limited;
pub(crate) mod none;
#[cfg(target_os = "linux")]
pub(crate) mod secret_service;
#[cfg(any(windows, test))]
mod split;
#[cfg(windows)]
pub(crate) mod wincred;

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use zeroize::Zeroizing;

/// One backend. Every call returns within the timeout of its [`CallOptions`], and prompts only if
/// they allow it.
pub(crate) trait Store {
    /// Returns the name that `ROLECALL_STORE` and `--store` use.
    fn name(&self) -> &'static str;

    /// Returns the item stored under `key`, or `None` if it doesn't exist.
    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error>;

    /// Stores `item` under `key`, replacing any existing item. Returns the name of the store that
    /// was used; [`auto::Auto`] returns the name of one of its stores.
    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error>;

    /// Deletes the item stored under `key`, if it exists.
    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error>;

    /// Checks whether this store could save an item now. Never prompts: a locked store is `Ok` if
    /// the options allow a prompt.
    fn check(&self, options: CallOptions) -> Result<(), Error>;

    /// Returns the store for long-lived items, which are encrypted on disk and survive a restart:
    /// this store or, for [`auto::Auto`], one of its stores. `None` if there is none.
    fn lasting(&self) -> Option<&dyn Store> {
        None
    }
}

/// The prefix of the keys of long-lived items.
const LASTING: &str = "access-key:";

/// Returns the key of a long-lived item for a store that [`Store::lasting`] returns.
pub(crate) fn lasting_key(name: &str) -> String {
    format!("{LASTING}{name}")
}

/// Whether `key` was created by [`lasting_key`].
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn is_lasting(key: &str) -> bool {
    key.starts_with(LASTING)
}

/// The bytes of a stored item, wiped on drop.
pub(crate) type Item = Zeroizing<Vec<u8>>;

/// An item for [`Store::put`].
pub(crate) struct NewItem<'a> {
    /// The name that the keychain's own program shows; never a secret.
    #[cfg_attr(
        not(target_os = "linux"),
        allow(dead_code, reason = "elsewhere the keychain shows the key")
    )]
    pub(crate) label: &'a str,
    /// The secret itself.
    pub(crate) secret: &'a [u8],
    /// When the item expires (UTC); a store that can delete it by itself then does. `None` means
    /// never: its key must be a [`lasting_key`], and only [`Store::lasting`] accepts it.
    pub(crate) ends: Option<DateTime<Utc>>,
}

/// How long a store may take, and whether it may show a dialog to unlock itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallOptions {
    /// The time limit of the call.
    pub(crate) timeout: Duration,
    /// Whether the store may prompt to be unlocked. Only the process that holds a session's lock
    /// sets this.
    pub(crate) unlock: bool,
}

/// Why a call of a store failed. A missing item is not an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Error {
    /// The kind of failure; callers branch on this.
    pub(crate) kind: ErrorKind,
    /// What happened, in lower case, without a final period and without secrets.
    pub(crate) message: String,
    /// Whether the store is there, but does not answer.
    pub(crate) is_silent: bool,
}

/// The kinds of [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKind {
    /// The store exists but is locked and was not unlocked.
    Locked,
    /// The store denied access, or the person asked to unlock it refused.
    Denied,
    /// The store is full (kernel keyring: the user's quota).
    Full,
    /// The store doesn't exist here or doesn't answer.
    Unavailable,
}

impl Error {
    /// Creates an error of this kind.
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), is_silent: false }
    }

    /// Creates the error of a store that is there, but does not answer.
    #[cfg(any(target_os = "linux", test))]
    fn silent(message: impl Into<String>) -> Self {
        Self { is_silent: true, ..Self::new(ErrorKind::Unavailable, message) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
