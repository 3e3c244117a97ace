//! The Windows Credential Manager, through keyring-core's store for it.
//!
//! An item is a generic credential `rolecall:KEY`, and several if one is too short for it (see
//! `split`). They stay on this machine: a domain account's credentials can roam, and a session
//! should not. The calls show no dialog and have no time limit.

use keyring_core::{Entry, Error as Failure, api::CredentialStoreApi as _};
use windows_native_keyring_store::Store as Credentials;
use zeroize::Zeroizing;

use super::{
    CallOptions, Error, ErrorKind, Item, NewItem, Store,
    split::{self, Short},
};

/// The user name of every item, and the prefix of its name.
const USER: &str = "rolecall";

/// Stores items in the user's own set of credentials.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wincred;

fn entry(name: &str) -> Result<Entry, Error> {
    let credentials = Credentials::new_with_configuration(&[("divider", ":")].into());
    let entry = credentials.and_then(|credentials| {
        credentials.build(name, USER, Some(&[("persistence", "Local")].into()))
    });
    entry.map_err(|failure| store_error(&failure))
}

impl Store for Wincred {
    fn name(&self) -> &'static str {
        "wincred"
    }

    fn get(&self, key: &str, _options: CallOptions) -> Result<Option<Item>, Error> {
        split::get(self, key)
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        _options: CallOptions,
    ) -> Result<&'static str, Error> {
        split::put(self, key, item.secret)?;
        Ok(self.name())
    }

    fn delete(&self, key: &str, _options: CallOptions) -> Result<(), Error> {
        split::delete(self, key)
    }

    fn check(&self, _options: CallOptions) -> Result<(), Error> {
        self.read("none").map(drop)
    }

    fn lasting(&self) -> Option<&dyn Store> {
        Some(self)
    }
}

impl Short for Wincred {
    fn read(&self, name: &str) -> Result<Option<Item>, Error> {
        match entry(name)?.get_secret() {
            Ok(secret) => Ok(Some(Zeroizing::new(secret))),
            Err(Failure::NoEntry) => Ok(None),
            Err(failure) => Err(store_error(&failure)),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        entry(name)?.set_secret(bytes).map_err(|failure| store_error(&failure))
    }

    fn remove(&self, name: &str) -> Result<(), Error> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Failure::NoEntry) => Ok(()),
            Err(failure) => Err(store_error(&failure)),
        }
    }
}

fn store_error(failure: &Failure) -> Error {
    match failure {
        Failure::NoStorageAccess(cause) | Failure::PlatformFailure(cause) => {
            // The crate only exposes the code in its text: "Windows error code 5".
            let text = cause.to_string();
            let code = text.rsplit(' ').next().and_then(|word| word.parse().ok());
            of_code(code, &text)
        }
        // The other variants may contain a secret.
        _ => Error::new(ErrorKind::Unavailable, "the Credential Manager failed"),
    }
}

/// Rule: the codes are those of `winerror.h`.
fn of_code(code: Option<u32>, text: &str) -> Error {
    let (kind, what) = match code {
        // ERROR_ACCESS_DENIED
        Some(5) => (ErrorKind::Denied, "the Credential Manager denied access"),
        // ERROR_NOT_ENOUGH_MEMORY, which it returns if all programs' credentials together are too
        // many; ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL, ERROR_NOT_ENOUGH_QUOTA
        Some(8 | 39 | 112 | 1816) => (ErrorKind::Full, "the Credential Manager is full"),
        _ if text.ends_with("ERROR_NO_SUCH_LOGON_SESSION") => (
            ErrorKind::Unavailable,
            "this logon has no Credential Manager (some SSH logons, services)",
        ),
        _ => (ErrorKind::Unavailable, "the Credential Manager failed"),
    };
    Error::new(kind, format!("{what} ({text})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_map_to_error_kinds() {
        let kind = |text: &'static str| store_error(&Failure::PlatformFailure(text.into())).kind;
        assert_eq!(kind("Windows error code 5"), ErrorKind::Denied);
        assert_eq!(kind("Windows error code 8"), ErrorKind::Full);
        assert_eq!(kind("Windows error code 1722"), ErrorKind::Unavailable);
        assert_eq!(kind("Windows ERROR_NO_SUCH_LOGON_SESSION"), ErrorKind::Unavailable);
    }
}
