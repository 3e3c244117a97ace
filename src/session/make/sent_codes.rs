//! The MFA codes of one device that were sent to AWS a moment ago, as salted digests.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    secret::Secret,
    state::{Records, StateDirectory, StateRecord},
};

/// AWS takes a code for a minute or so after its time (it allows for clocks that are off).
const KEPT: TimeDelta = TimeDelta::seconds(90);

/// The codes of one device.
pub(super) struct SentCodes {
    records: Option<Records<Codes>>,
    device: Device,
    codes: Codes,
}

#[derive(Default, Serialize, Deserialize)]
struct Codes(Vec<Code>);

#[derive(Serialize, Deserialize)]
struct Code {
    /// Drawn anew for each code, so that no table of digests of all codes helps anybody.
    salt: String,
    digest: String,
    at: DateTime<Utc>,
}

/// A device's name for files: `mfa-` and the SHA-256 of its serial.
struct Device(String);

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StateRecord for Codes {
    type Id = Device;
    const FOLDER: &'static str = "";
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = None;

    fn parse_id(text: &str) -> Option<Device> {
        let digest = text.strip_prefix("mfa-")?;
        digest.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| Device(text.to_owned()))
    }

    fn has_id(&self, _: &Device) -> bool {
        true
    }
}

impl SentCodes {
    /// What is known of the device `serial`. Call it under the device's lock, or read anew with it.
    pub(super) fn of(state: Option<&StateDirectory>, serial: &str) -> Self {
        let records = state.map(|state| Records::new(state.clone()));
        let device = Device(format!("mfa-{}", hex(&Sha256::digest(serial.as_bytes()))));
        Self { records, device, codes: Codes::default() }
    }

    /// The name of the device's lock.
    pub(super) fn name(&self) -> &str {
        &self.device.0
    }

    /// Whether `code` was sent, by whichever process, so short a time ago that it may be the same.
    pub(super) fn has(&mut self, code: &Secret, now: DateTime<Utc>) -> bool {
        if let Some(stored) = self.records.as_ref().and_then(|records| records.read(&self.device)) {
            self.codes = stored;
        }
        let Codes(codes) = &mut self.codes;
        codes.retain(|sent| (now - sent.at).abs() < KEPT);
        codes.iter().any(|sent| sent.digest == digest(&sent.salt, code))
    }

    /// Notes that `code` is being sent.
    pub(super) fn add(&mut self, code: &Secret, now: DateTime<Utc>) {
        let seed = format!("{} {now:?} {}", self.device, std::process::id());
        let salt = hex(&Sha256::digest(seed.as_bytes()));
        self.codes.0.push(Code { digest: digest(&salt, code), salt, at: now });
        self.write();
    }

    /// Takes back the last one: it did not arrive.
    pub(super) fn remove_last(&mut self) {
        self.codes.0.pop();
        self.write();
    }

    fn write(&self) {
        if let Some(records) = &self.records {
            // Without it, AWS says no to a code that is sent twice: a nuisance, and no more.
            drop(records.write(&self.device, &self.codes));
        }
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
        let path = state.path().join(format!("{}.json", mine.name()));
        let file = std::fs::read_to_string(path).unwrap();
        assert!(file.starts_with("[{\"salt\":\"") && !file.contains("492039"), "{file}");
        assert!(!others.has(&code, now + TimeDelta::seconds(91)));
        let mut mine = SentCodes::of(Some(&state), "arn:device");
        assert!(mine.has(&code, now));
        mine.remove_last();
        assert!(!SentCodes::of(Some(&state), "arn:device").has(&code, now));
    }
}
