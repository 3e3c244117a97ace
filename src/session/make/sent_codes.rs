//! The MFA codes of one device that were recently sent to AWS, as salted digests.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    secret::{Secret, hex},
    state::{Records, StateDirectory, StateRecord},
};

/// AWS accepts a code for about a minute after its time, to allow for wrong clocks.
const KEPT: TimeDelta = TimeDelta::seconds(90);

/// The recently sent codes of one device.
pub(super) struct SentCodes {
    records: Option<Records<Codes>>,
    device: Device,
    codes: Codes,
}

#[derive(Default, Serialize, Deserialize)]
struct Codes(Vec<Code>);

#[derive(Serialize, Deserialize)]
struct Code {
    /// Different for each code, so a table of the digests of all codes is useless.
    salt: String,
    digest: String,
    at: DateTime<Utc>,
}

/// A device's name in file names: `mfa-` and the SHA-256 of its serial.
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
    /// Returns the codes of the device `serial`. They are read by [`Self::has`], under the device's
    /// lock.
    pub(super) fn of(state: Option<&StateDirectory>, serial: &str) -> Self {
        let records = state.map(|state| Records::new(state.clone()));
        let device = Device(format!("mfa-{}", hex(&Sha256::digest(serial.as_bytes()))));
        Self { records, device, codes: Codes::default() }
    }

    /// Returns the name of the device's lock.
    pub(super) fn name(&self) -> &str {
        &self.device.0
    }

    /// Whether any process sent `code` so recently that it may be the same one.
    pub(super) fn has(&mut self, code: &Secret, now: DateTime<Utc>) -> bool {
        if let Some(stored) = self.records.as_ref().and_then(|records| records.read(&self.device)) {
            self.codes = stored;
        }
        let Codes(codes) = &mut self.codes;
        codes.retain(|sent| (now - sent.at).abs() < KEPT);
        codes.iter().any(|sent| sent.digest == digest(&sent.salt, code))
    }

    /// Records that `code` is being sent.
    pub(super) fn add(&mut self, code: &Secret, now: DateTime<Utc>) {
        let seed = format!("{} {now:?} {}", self.device, std::process::id());
        let salt = hex(&Sha256::digest(seed.as_bytes()));
        self.codes.0.push(Code { digest: digest(&salt, code), salt, at: now });
        self.write();
    }

    /// Removes the last code, because it did not arrive.
    pub(super) fn remove_last(&mut self) {
        self.codes.0.pop();
        self.write();
    }

    fn write(&self) {
        if let Some(records) = &self.records {
            // Without the record, a code may be sent twice; AWS then rejects it.
            drop(records.write(&self.device, &self.codes));
        }
    }
}

fn digest(salt: &str, code: &Secret) -> String {
    hex(&Sha256::digest(format!("{salt} {}", code.expose()).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_process_knows_a_recent_code_and_it_is_never_written_in_plain_text() {
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
