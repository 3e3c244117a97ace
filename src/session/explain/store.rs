//! Why a store can't hold long-lived keys.

use crate::{
    error::{Error, Kind, Result},
    store::{self, ErrorKind, Store, auto, file, none},
};

/// Returns the store that long-lived keys can be saved in: `store` itself or one that it uses.
pub(in crate::session) fn lasting(store: &dyn Store) -> Result<&dyn Store> {
    store.lasting().ok_or_else(|| {
        let name = store.name();
        let why = match name {
            file::NAME => "its files are plain text",
            none::NAME => "it stores nothing",
            auto::NAME => "it has no keychain on this system",
            _ => "it is cleared when the machine restarts",
        };
        let error =
            Error::new(Kind::Store, format!("the store '{name}' can't hold access keys: {why}"));
        match name {
            auto::NAME if cfg!(target_os = "linux") => error.hint(
                "start GNOME Keyring, KWallet or KeePassXC; or save access keys in a file, with 'aws \
                 configure'",
            ),
            _ => error.hint(format!("omit --store and ROLECALL_STORE, or use {KEYCHAIN}")),
        }
    })
}

const KEYCHAIN: &str = if cfg!(target_os = "macos") {
    "keychain"
} else if cfg!(windows) {
    "wincred"
} else {
    "secret-service"
};

/// Returns the error of a failed call to `store`. `what` says what failed, up to `from` or `in`.
pub(in crate::session) fn unusable(what: &str, store: &dyn Store, error: &store::Error) -> Error {
    let name = store.name();
    let hint = match error.kind {
        ErrorKind::Locked => "unlock the keychain, then try again",
        ErrorKind::Denied => "let rolecall use the keychain when it asks",
        ErrorKind::Full => "make room in the keychain",
        ErrorKind::Unavailable if error.is_silent => {
            "the keyring is running but not responding: restart it, or log out and back in"
        }
        ErrorKind::Unavailable if cfg!(target_os = "linux") => {
            "access keys are only stored in GNOME Keyring, KWallet or KeePassXC: start one of them"
        }
        ErrorKind::Unavailable => "access keys are only stored in the system's keychain: repair it",
    };
    Error::new(Kind::Store, format!("{what} the store '{name}': {error}")).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyring_that_hangs_is_not_said_to_be_missing() {
        let hint = |is_silent| {
            let silent = store::Error::new(ErrorKind::Unavailable, "no answer");
            let error = store::Error { is_silent, ..silent };
            unusable("the key can't be read from", &none::NoStore, &error).hints()[0].clone()
        };
        assert!(hint(true).contains("running but not responding"), "{}", hint(true));
        assert!(!hint(false).contains("hangs"), "{}", hint(false));
    }
}
