//! The MFA codes of one device that were sent to AWS a moment ago, as salted digests.

use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{secret::Secret, state::StateDirectory};

/// AWS takes a code for a minute or so after its time (it allows for clocks that are off).
const KEPT: TimeDelta = TimeDelta::seconds(90);

/// The codes of one device.
pub(super) struct SentCodes<'s> {
    state: Option<&'s StateDirectory>,
    name: String,
    codes: Vec<Code>,
}

#[derive(Serialize, Deserialize)]
struct Code {
    /// Drawn anew for each code, so that no table of digests of all codes helps anybody.
    salt: String,
    digest: String,
    at: DateTime<Utc>,
}

impl<'s> SentCodes<'s> {
    /// What is known of the device `serial`. Call it under the device's lock, or read anew with it.
    pub(super) fn of(state: Option<&'s StateDirectory>, serial: &str) -> Self {
        let name = format!("mfa-{}", hex(&Sha256::digest(serial.as_bytes())));
        Self { state, name, codes: Vec::new() }
    }

    /// A name for the device that may be a file's.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> Option<PathBuf> {
        Some(self.state?.path().join(format!("{}.json", self.name)))
    }

    /// Whether `code` was sent, by whichever process, so short a time ago that it may be the same.
    pub(super) fn has(&mut self, code: &Secret, now: DateTime<Utc>) -> bool {
        let stored = self.path().and_then(|path| std::fs::read(path).ok());
        let stored = stored.and_then(|bytes| serde_json::from_slice::<Vec<Code>>(&bytes).ok());
        if let Some(stored) = stored {
            self.codes = stored;
        }
        self.codes.retain(|sent| (now - sent.at).abs() < KEPT);
        self.codes.iter().any(|sent| sent.digest == digest(&sent.salt, code))
    }

    /// Notes that `code` is being sent.
    pub(super) fn add(&mut self, code: &Secret, now: DateTime<Utc>) {
        let seed = format!("{} {now:?} {}", self.name, std::process::id());
        let salt = hex(&Sha256::digest(seed.as_bytes()));
        self.codes.push(Code { digest: digest(&salt, code), salt, at: now });
        self.write();
    }

    /// Takes back the last one: it did not arrive.
    pub(super) fn remove_last(&mut self) {
        self.codes.pop();
        self.write();
    }

    fn write(&self) {
        let Some((state, path)) = self.state.zip(self.path()) else { return };
        let bytes = serde_json::to_vec(&self.codes).unwrap_or_default();
        // Without it, AWS says no to a code that is sent twice: a nuisance, and no more.
        drop(state.replace(&path, &bytes));
    }
}

fn digest(salt: &str, code: &Secret) -> String {
    hex(&Sha256::digest(format!("{salt} {}", code.expose()).as_bytes()))
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("BUG: a string takes whatever is written to it");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_for_a_while_to_every_process_and_never_written_down() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::at(root.path().join("state")).unwrap();
        let now = DateTime::UNIX_EPOCH;
        let code = Secret::from("492039");
        let mut mine = SentCodes::of(Some(&state), "arn:device");
        assert!(!mine.has(&code, now));
        mine.add(&code, now);
        let mut others = SentCodes::of(Some(&state), "arn:device");
        assert!(others.has(&code, now + TimeDelta::seconds(89)));
        assert!(!others.has(&Secret::from("492038"), now));
        assert!(!SentCodes::of(Some(&state), "arn:another").has(&code, now));
        let file = std::fs::read_to_string(mine.path().unwrap()).unwrap();
        assert!(!file.contains("492039"), "{file}");
        assert!(!others.has(&code, now + TimeDelta::seconds(91)));
        let mut mine = SentCodes::of(Some(&state), "arn:device");
        assert!(mine.has(&code, now));
        mine.remove_last();
        assert!(!SentCodes::of(Some(&state), "arn:device").has(&code, now));
    }
}
