//! Records of access keys that are being replaced, without secrets: how far each rotation has come, so
//! that the next run goes on from there.

use std::{fs, io, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::check_key_id,
    state::{Lock, StateDirectory},
};

const VERSION: u32 = 1;
/// Larger than any record.
const MOST_BYTES: u64 = 16 * 1024;
const ENDING: &str = ".rotation";

/// How far a rotation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationStep {
    /// There is no new key yet.
    Begun,
    /// The new key is in the store; the profiles still have the old one.
    Made,
    /// The profiles have the new key; the old one is good at AWS.
    Switched,
    /// The old key is inactive at AWS.
    Deactivated,
}

impl RotationStep {
    /// Its name in records and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Made => "made",
            Self::Switched => "switched",
            Self::Deactivated => "deactivated",
        }
    }
}

/// An access key that is being replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rotation {
    version: u32,
    /// The AWS account, 12 digits.
    pub account: String,
    /// The IAM user who has both keys.
    pub user: String,
    /// The id of the key that goes.
    pub old: String,
    /// The id of the key that comes, once there is one.
    pub new: Option<String>,
    /// How far it has come.
    pub step: RotationStep,
    /// Whether the old key is to stay, inactive.
    pub keeps_old: bool,
    /// When it was begun, by the clock of this machine.
    pub began: DateTime<Utc>,
}

impl Rotation {
    /// One that begins now.
    pub fn begin(account: String, user: String, old: String, began: DateTime<Utc>) -> Self {
        let (new, step, keeps_old) = (None, RotationStep::Begun, false);
        Self { version: VERSION, account, user, old, new, step, keeps_old, began }
    }

    /// Whether it is about the key `id`.
    pub fn is_about(&self, id: &str) -> bool {
        self.old == id || self.new.as_deref() == Some(id)
    }

    /// Whether nothing is left to do but what was left undone on purpose.
    pub fn is_kept(&self) -> bool {
        self.keeps_old && self.step == RotationStep::Deactivated
    }
}

/// The records of all rotations.
#[derive(Clone, Debug)]
pub struct Rotations {
    state: StateDirectory,
}

impl Rotations {
    /// The records in this state directory.
    pub fn new(state: StateDirectory) -> Self {
        Self { state }
    }

    /// Those of this user.
    ///
    /// # Errors
    /// Where there is no state directory: nobody would know how to go on.
    pub fn open(context: &Context) -> Result<Self> {
        StateDirectory::open(context).map(Self::new).ok_or_else(|| {
            let text = "no folder can be written in which it is noted how far a rotation has come";
            Error::new(Kind::Other, text).hint("set XDG_STATE_HOME to a folder of yours")
        })
    }

    /// The lock of whoever rotates the key `old`; not taken yet.
    ///
    /// # Errors
    /// Those of making its file.
    pub fn lock(&self, old: &str) -> io::Result<Lock> {
        self.state.lock(&format!("rotation-{old}"))
    }

    /// All, by the id of the old key. What can't be read is left out.
    pub fn all(&self) -> Vec<Rotation> {
        let Ok(entries) = fs::read_dir(self.state.keys()) else { return Vec::new() };
        let records = entries.flatten().filter_map(|entry| {
            let name = entry.file_name();
            let old = name.to_str()?.strip_suffix(ENDING)?;
            check_key_id(old).ok()?;
            let bytes = self.state.read(&entry.path(), MOST_BYTES)?;
            let record: Rotation = serde_json::from_slice(&bytes).ok()?;
            (record.version == VERSION && record.old == old).then_some(record)
        });
        let mut records: Vec<_> = records.collect();
        records.sort_by(|one, other| one.old.cmp(&other.old));
        records
    }

    /// The one that the key `id` is part of, as the old or the new one. A key can be the new one of
    /// a rotation whose old key is kept, and the old one of the next: then the next.
    pub fn of(&self, id: &str) -> Option<Rotation> {
        let all = self.all();
        let as_old = all.iter().find(|rotation| rotation.old == id);
        as_old.or_else(|| all.iter().find(|rotation| rotation.is_about(id))).cloned()
    }

    /// Writes the record.
    ///
    /// # Errors
    /// Those of writing the file.
    pub fn write(&self, rotation: &Rotation) -> Result<()> {
        let path = self.path(&rotation.old);
        let bytes = serde_json::to_vec(rotation).expect("BUG: strings always serialize");
        self.state.sweep_temporary_files();
        self.state.replace(&path, &bytes).map_err(|error| Error::io("write", &path, &error))
    }

    /// Removes the record of the rotation of `old`.
    pub fn remove(&self, old: &str) {
        // One that is not there is what was wanted.
        drop(fs::remove_file(self.path(old)));
    }

    fn path(&self, old: &str) -> PathBuf {
        self.state.keys().join(format!("{old}{ENDING}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_by_either_key() {
        let root = tempfile::tempdir().unwrap();
        let rotations = Rotations::new(StateDirectory::at(root.path().join("state")).unwrap());
        let [old, new, other] =
            ["AKIAOLDOLDOLDOLDOLDO", "AKIANEWNEWNEWNEWNEWN", "AKIAIOSFODNN7EXAMPLE"];
        let (account, user) = ("111111111111".to_owned(), "natan".to_owned());
        let mut rotation = Rotation::begin(account, user, old.to_owned(), DateTime::UNIX_EPOCH);
        rotations.write(&rotation).unwrap();
        assert_eq!((rotations.of(old), rotations.of(new)), (Some(rotation.clone()), None));
        (rotation.new, rotation.step) = (Some(new.to_owned()), RotationStep::Made);
        rotations.write(&rotation).unwrap();
        assert_eq!(rotations.of(new), Some(rotation));
        assert_eq!(rotations.of(other), None);
        rotations.remove(old);
        assert_eq!(rotations.all(), []);
    }

    #[test]
    fn steps_have_the_same_names_everywhere_and_come_in_order() {
        use RotationStep::{Begun, Deactivated, Made, Switched};
        for step in [Begun, Made, Switched, Deactivated] {
            assert_eq!(serde_json::to_value(step).unwrap(), step.name());
        }
        assert!(Begun < Made && Made < Switched && Switched < Deactivated);
    }
}
