//! The macOS keychain, through keyring-core's store for it.
//!
//! An item is a generic password in the user's login keychain: service `rolecall`, account the key.
//! The keychain shows its own dialog: for the password if it is locked, and for permission if
//! another program created the item (an older rolecall is another program). Dialogs are switched
//! off for calls that may not prompt. The keychain's calls have no time limit, so each runs on its
//! own thread, which can be abandoned.

use std::sync::Arc;

use apple_native_keyring_store::keychain::Store as Passwords;
use keyring_core::{Entry, Error as Failure, api::CredentialStoreApi as _};
use security_framework::{base::Error as Status, os::macos::keychain::SecKeychain};
use zeroize::Zeroizing;

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store, is_lasting, limited::Limited};

/// The service of items that expire.
const SERVICE: &str = "rolecall";
/// The service of long-lived items. [`Store::check`] reads none of these.
const LASTING_SERVICE: &str = "rolecall access key";

fn service(key: &str) -> &'static str {
    if is_lasting(key) { LASTING_SERVICE } else { SERVICE }
}

/// Stores items in the login keychain.
#[derive(Debug, Default)]
pub(crate) struct Keychain {
    limited: Limited,
}

impl Keychain {
    /// Returns the result of `work`, within the timeout of `options`; `None` if the item is
    /// missing.
    fn call<T: Send + 'static>(
        &self,
        options: CallOptions,
        work: impl FnOnce(Arc<Passwords>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<Option<T>, Error> {
        self.limited.run("the keychain", options.timeout, move || {
            let _no_dialogs = if options.unlock {
                None
            } else {
                Some(SecKeychain::disable_user_interaction().map_err(of_status)?)
            };
            match Passwords::new().and_then(work) {
                Ok(done) => Ok(Some(done)),
                Err(Failure::NoEntry) => Ok(None),
                Err(failure) => Err(store_error(&failure)),
            }
        })
    }
}

impl Store for Keychain {
    fn name(&self) -> &'static str {
        "keychain"
    }

    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error> {
        let key = key.to_owned();
        self.call(options, move |passwords| read(&passwords.build(service(&key), &key, None)?))
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        let (key, secret) = (key.to_owned(), Zeroizing::new(item.secret.to_vec()));
        let put = move |passwords: Arc<Passwords>| {
            passwords.build(service(&key), &key, None)?.set_secret(&secret)
        };
        match self.call(options, put)? {
            Some(()) => Ok(self.name()),
            None => Err(Error::new(ErrorKind::Unavailable, "the keychain lost the item")),
        }
    }

    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error> {
        let key = key.to_owned();
        let delete = move |passwords: Arc<Passwords>| {
            passwords.build(service(&key), &key, None)?.delete_credential()
        };
        self.call(options, delete).map(drop)
    }

    /// Reads one of our items to see if the keychain is locked. Without any, it can't tell.
    fn check(&self, options: CallOptions) -> Result<(), Error> {
        let no_dialog = CallOptions { unlock: false, ..options };
        let check = |passwords: Arc<Passwords>| {
            let items = passwords.search(&[("service", SERVICE)].into())?;
            items.first().map_or(Ok(()), |item| read(item).map(drop))
        };
        match self.call(no_dialog, check) {
            Err(error) if error.kind == ErrorKind::Locked && options.unlock => Ok(()),
            outcome => outcome.map(drop),
        }
    }

    fn lasting(&self) -> Option<&dyn Store> {
        Some(self)
    }
}

fn read(item: &Entry) -> Result<Item, Failure> {
    item.get_secret().map(Zeroizing::new)
}

fn store_error(failure: &Failure) -> Error {
    match failure {
        Failure::NoStorageAccess(cause) | Failure::PlatformFailure(cause) => {
            match cause.downcast_ref::<Status>() {
                Some(status) => of_status(*status),
                None => {
                    Error::new(ErrorKind::Unavailable, format!("the keychain failed ({cause})"))
                }
            }
        }
        // The other variants may contain a secret.
        _ => Error::new(ErrorKind::Unavailable, "the keychain failed"),
    }
}

/// Rule: the codes are those of `SecBase.h`.
fn of_status(status: Status) -> Error {
    let code = status.code();
    let (kind, what) = match code {
        // errSecInteractionNotAllowed, errSecInteractionRequired, errSecInDarkWake
        -25308 | -25315 | -25320 => (
            ErrorKind::Locked,
            "the keychain is locked, or must prompt whether this rolecall may use the item",
        ),
        // errSecUserCanceled
        -128 => (ErrorKind::Denied, "the keychain's dialog was dismissed"),
        // errSecAuthFailed, errSecNoAccessForItem, errSecInvalidOwnerEdit, errSecReadOnly,
        // wrPermErr, and errSecDuplicateItem, which is returned for an item that may not be changed
        -25293 | -25243 | -25244 | -25292 | -61 | -25299 => {
            (ErrorKind::Denied, "the keychain denied access")
        }
        // errSecDskFull
        -34 => (ErrorKind::Full, "no space is left for the keychain"),
        // errSecNotAvailable, errSecNoSuchKeychain, errSecInvalidKeychain, errSecNoDefaultKeychain
        -25291 | -25294 | -25295 | -25307 => {
            (ErrorKind::Unavailable, "this user has no usable keychain")
        }
        _ => (ErrorKind::Unavailable, "the keychain failed"),
    };
    Error::new(kind, format!("{what} (status {code})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_map_to_error_kinds() {
        let kind = |code| of_status(Status::from_code(code)).kind;
        assert_eq!(kind(-25308), ErrorKind::Locked);
        assert_eq!(kind(-128), ErrorKind::Denied);
        assert_eq!(kind(-34), ErrorKind::Full);
        assert_eq!(kind(-25307), ErrorKind::Unavailable);
        let failure = apple_native_keyring_store::keychain::decode_error;
        assert_eq!(store_error(&failure(Status::from_code(-25292))).kind, ErrorKind::Denied);
        assert!(matches!(failure(Status::from_code(-25300)), Failure::NoEntry));
    }
}
