//! The Linux kernel keyring: keyrings(7), persistent-keyring(7), user-keyring(7), keyctl(2).
//!
//! An item is a key of type `user` in the user's persistent keyring, which survives logout, or, if
//! the kernel has none, in the user keyring, which lasts as long as the user has a process. That
//! keyring is linked into this process's keyring first: the kernel only lets a process read a key
//! that it possesses, which means that it can reach the key from one of its own keyrings, and a
//! login without `pam_keyinit` reaches neither. The keys have the kernel's default permissions:
//! everything for the possessor, only the description for the user, nothing for others.
//!
//! A key gets its timeout before it is linked there: it is made in this thread's keyring, which ends
//! with the thread. So no key can stay without an end, whenever this process is killed.

use std::{fs, thread, time::Duration};

use chrono::{DateTime, Utc};
use linux_keyutils::{Key, KeyError, KeyRing, KeyRingIdentifier};
use zeroize::Zeroizing;

use super::{CallOptions, Error, ErrorKind, Item, NewItem, Store};

/// The prefix of our keys' descriptions.
const PREFIX: &str = "rolecall:";
/// The size of the first read, in bytes: larger than a session, so that one read is enough.
const USUAL_SIZE: usize = 4096;
/// How often a key is looked up that is replaced again and again.
const LOOKUPS: usize = 3;
/// How long to wait before each further attempt if the quota is exhausted: the kernel frees the
/// quota of removed keys with a delay.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(1),
    Duration::from_millis(10),
    Duration::from_millis(30),
    Duration::from_millis(60),
];

/// Stores items in the kernel, for the user this process runs as, until they expire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keyutils {
    now: fn() -> DateTime<Utc>,
}

impl Keyutils {
    /// Uses the keyring of the user this process runs as. `now` returns the current time: the
    /// kernel needs the seconds that an item has left, not the time it expires.
    pub(crate) fn new(now: fn() -> DateTime<Utc>) -> Self {
        Self { now }
    }
}

impl Store for Keyutils {
    fn name(&self) -> &'static str {
        "keyutils"
    }

    fn get(&self, key: &str, _options: CallOptions) -> Result<Option<Item>, Error> {
        let ring = ring()?;
        for _ in 0..LOOKUPS {
            let Some(key) = find(ring, key)? else {
                return Ok(None);
            };
            match read(key) {
                Ok(item) => return Ok(Some(item)),
                // Another process may have just replaced it.
                Err(error) if is_gone(error) => {}
                Err(error) => return Err(store_error(error)),
            }
        }
        Ok(None)
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        let Some(expires) = item.ends else {
            let message = "the kernel keyring can't store long-lived secrets";
            return Err(Error::new(ErrorKind::Unavailable, message));
        };
        let seconds = (expires - (self.now)()).num_seconds();
        if seconds <= 0 {
            // A timeout of zero would mean "never".
            self.delete(key, options)?;
            return Ok(self.name());
        }
        let description = &*format!("{PREFIX}{key}");
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
        let new = NewKey { description, secret: item.secret, seconds };
        new.add_to(ring()?, options)?;
        Ok(self.name())
    }

    fn delete(&self, key: &str, _options: CallOptions) -> Result<(), Error> {
        let ring = ring()?;
        let Some(key) = find(ring, key)? else {
            return Ok(());
        };
        // Invalidating also removes it from every other keyring that it is linked to.
        match key.invalidate().or_else(|_| ring.unlink_key(key)) {
            Err(error) if !is_gone(error) => Err(store_error(error)),
            _ => Ok(()),
        }
    }

    fn check(&self, _options: CallOptions) -> Result<(), Error> {
        ring().map(drop)
    }
}

/// The keyring with our items, linked into the process keyring.
fn ring() -> Result<KeyRing, Error> {
    match KeyRing::get_persistent(KeyRingIdentifier::Process) {
        Ok(ring) => Ok(ring),
        Err(KeyError::QuotaExceeded) => Err(store_error(KeyError::QuotaExceeded)),
        Err(_) => user_ring().map_err(|error| match error {
            KeyError::PermissionDenied => blocked(),
            KeyError::AccessDenied | KeyError::QuotaExceeded => store_error(error),
            other => {
                let message = format!("this kernel offers no keyrings ({other})");
                Error::new(ErrorKind::Unavailable, message)
            }
        }),
    }
}

fn user_ring() -> Result<KeyRing, KeyError> {
    let ring = KeyRing::from_special_id(KeyRingIdentifier::User, true)?;
    KeyRing::from_special_id(KeyRingIdentifier::Process, true)?.link_keyring(ring)?;
    Ok(ring)
}

fn find(ring: KeyRing, key: &str) -> Result<Option<Key>, Error> {
    match ring.search(&format!("{PREFIX}{key}")) {
        Ok(key) => Ok(Some(key)),
        Err(error) if is_gone(error) => Ok(None),
        Err(error) => Err(store_error(error)),
    }
}

fn read(key: Key) -> Result<Item, KeyError> {
    let mut size = USUAL_SIZE;
    loop {
        let mut item = Zeroizing::new(vec![0; size]);
        // The kernel returns the key's length, and copies nothing if the buffer is too small.
        let length = key.read(&mut *item)?;
        if length <= size {
            item.truncate(length);
            return Ok(item);
        }
        size = length;
    }
}

/// A key to be stored.
struct NewKey<'k> {
    description: &'k str,
    secret: &'k [u8],
    /// How long the kernel keeps it.
    seconds: usize,
}

impl NewKey<'_> {
    /// Adds the key to `ring`, in place of one with the same description. If the quota is exhausted,
    /// removes our dead keys and the one that it replaces, and tries again.
    fn add_to(&self, ring: KeyRing, options: CallOptions) -> Result<(), Error> {
        let mut outcome = self.link_to(ring);
        if outcome == Err(KeyError::QuotaExceeded) {
            remove_dead_keys(ring);
            if let Ok(old) = ring.search(self.description) {
                // If it stays, there may be enough room for both.
                let _ = old.invalidate();
            }
            for pause in PAUSES {
                thread::sleep(pause.min(options.timeout));
                outcome = self.link_to(ring);
                if outcome != Err(KeyError::QuotaExceeded) {
                    break;
                }
            }
        }
        outcome.map_err(|error| match error {
            // add_key(2) itself never returns this error for a key of type `user`.
            KeyError::PermissionDenied => blocked(),
            other => store_error(other),
        })
    }

    /// Makes the key in this thread's keyring, sets its timeout, and only then links it to `ring`.
    fn link_to(&self, ring: KeyRing) -> Result<(), KeyError> {
        let thread_ring = KeyRing::from_special_id(KeyRingIdentifier::Thread, true)?;
        let key = thread_ring.add_key(self.description, self.secret)?;
        let linked = key.set_timeout(self.seconds).and_then(|()| ring.link_key(key));
        if linked.is_err() {
            // Its end frees the quota.
            let _ = key.invalidate();
        }
        // It would be updated in place the next time, which takes its timeout away.
        let _ = thread_ring.unlink_key(key);
        linked
    }
}

/// Removes our expired and revoked keys from `ring`. The kernel does so too, but they count against
/// the quota for minutes until then (`kernel.keys.gc_delay`).
#[expect(clippy::disallowed_methods, reason = "a kernel file, which never blocks")]
fn remove_dead_keys(ring: KeyRing) {
    let listing = fs::read_to_string("/proc/keys").unwrap_or_default();
    for serial in dead_keys(&listing) {
        // Fails for a key in another keyring, which is not ours to remove.
        let _ = ring.unlink_key(Key::from_id(serial.into()));
    }
}

/// Returns the serial numbers of our expired and revoked keys in `listing`, in the format of
/// `/proc/keys` (keyrings(7)): serial, flags, usage, timeout, permissions, user, group, type,
/// description.
fn dead_keys(listing: &str) -> impl Iterator<Item = i32> {
    listing.lines().filter_map(|line| {
        let mut columns = line.split_ascii_whitespace();
        let serial = columns.next()?;
        let revoked = columns.next()?.contains('R');
        let expired = columns.nth(1)? == "expd";
        let ours = columns.nth(3)? == "user" && columns.next()?.starts_with(PREFIX);
        if ours && (revoked || expired) { i32::from_str_radix(serial, 16).ok() } else { None }
    })
}

/// Whether the error means that the key doesn't exist or is no longer valid.
fn is_gone(error: KeyError) -> bool {
    matches!(
        error,
        KeyError::KeyDoesNotExist
            | KeyError::KeyExpired
            | KeyError::KeyRevoked
            | KeyError::KeyRejected
    )
}

fn blocked() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the kernel keyring is blocked here (a container's seccomp filter does that)",
    )
}

fn store_error(error: KeyError) -> Error {
    let (kind, message) = match error {
        KeyError::AccessDenied | KeyError::PermissionDenied => {
            (ErrorKind::Denied, "the kernel keyring denied access".to_owned())
        }
        KeyError::QuotaExceeded => (
            ErrorKind::Full,
            "this user's kernel keyring is full: delete sessions with 'rolecall logout', or have \
             root raise the limits (sysctl kernel.keys.maxbytes and kernel.keys.maxkeys)"
                .to_owned(),
        ),
        other => (ErrorKind::Unavailable, format!("the kernel keyring failed ({other})")),
    };
    Error::new(kind, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_dead_keys_are_found() {
        let listing = "\
0a1b2c3d I--Q---     1 expd 3f010000  1000  1000 user      rolecall:aa: 1500
0a1b2c3e I--Q---     1   2h 3f010000  1000  1000 user      rolecall:bb: 1500
0a1b2c3f IR-Q---     1 perm 3f010000  1000  1000 user      rolecall:cc
0a1b2c40 I--Q---     1 expd 3f010000  1000  1000 user      somebody:else: 4
0a1b2c41 I--Q---     2 perm 1f3f0000  1000 65534 keyring   rolecall:ring: 4
0a1b2c42 I--Q---     1 expd 3f010000  1000  1000 logon     rolecall:dd
garbage
";
        assert_eq!(dead_keys(listing).collect::<Vec<_>>(), [0x0a1b_2c3d, 0x0a1b_2c3f]);
    }

    #[test]
    fn errors_map_to_error_kinds() {
        assert_eq!(store_error(KeyError::AccessDenied).kind, ErrorKind::Denied);
        assert_eq!(store_error(KeyError::QuotaExceeded).kind, ErrorKind::Full);
        assert_eq!(store_error(KeyError::Unknown(38)).kind, ErrorKind::Unavailable);
        assert!(is_gone(KeyError::KeyExpired) && is_gone(KeyError::KeyRevoked));
        assert!(!is_gone(KeyError::AccessDenied));
    }
}
