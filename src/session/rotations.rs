//! Records of access key rotations, without secrets: the last step done, so that the next run
//! continues from there.

use std::io;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::new_keys::KeyOwner;
use crate::{
    context::Context,
    error::{Error, Result},
    plan::check_key_id,
    state::{self, Lock, Records, StateDirectory, StateRecord},
};

/// The last step of a rotation that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RotationStep {
    /// There is no new key yet.
    Begun,
    /// The new key is in the store; the profiles still have the old one.
    Made,
    /// The profiles have the new key; the old one is still active at AWS.
    Switched,
    /// The old key is inactive at AWS.
    Deactivated,
}

impl RotationStep {
    /// Its name in records and in JSON.
    pub(crate) fn name(self) -> &'static str {
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
    /// The AWS account, 12 digits.
    pub account: String,
    /// The IAM user who has both keys.
    pub user: String,
    /// The ID of the old key.
    pub old: String,
    /// The ID of the new key, once it exists.
    pub new: Option<String>,
    /// The last step done.
    pub step: RotationStep,
    /// Whether the old key stays, inactive.
    pub keeps_old: bool,
    /// When the rotation began (UTC), by this machine's clock.
    pub(crate) began: DateTime<Utc>,
}

impl Rotation {
    /// Creates a rotation that begins now.
    pub fn begin(owner: KeyOwner, old: String, began: DateTime<Utc>) -> Self {
        let KeyOwner { account, user } = owner;
        let (new, step, keeps_old) = (None, RotationStep::Begun, false);
        Self { account, user, old, new, step, keeps_old, began }
    }

    /// Whether the key `id` is the old or the new one.
    pub(crate) fn is_about(&self, id: &str) -> bool {
        self.old == id || self.new.as_deref() == Some(id)
    }

    /// Whether everything is done, and the old key stays inactive on purpose.
    pub fn is_kept(&self) -> bool {
        self.keeps_old && self.step == RotationStep::Deactivated
    }
}

/// The records of all rotations, by the ID of the old key.
pub type Rotations = Records<Rotation>;

impl StateRecord for Rotation {
    type Id = String;
    const FOLDER: &'static str = state::KEYS;
    const SUFFIX: &'static str = ".rotation";
    const VERSION: Option<u32> = Some(1);

    fn parse_id(text: &str) -> Option<String> {
        check_key_id(text).is_ok().then(|| text.to_owned())
    }

    fn has_id(&self, old: &String) -> bool {
        self.old == *old
    }
}

impl Rotations {
    /// Opens the rotations of this OS user.
    ///
    /// # Errors
    /// If there is no state directory: an interrupted rotation could not be continued without one.
    pub fn open(context: &Context) -> Result<Self> {
        StateDirectory::needed(context, "the progress of a rotation").map(Self::new)
    }

    /// Returns the lock for rotating the key `old`; it is not taken yet.
    ///
    /// # Errors
    /// If its file can't be created.
    pub fn lock(&self, old: &str) -> io::Result<Lock> {
        self.state().lock(&format!("rotation-{old}"))
    }

    /// Returns the rotation that the key `id` is part of, as the old or the new key. A key can be
    /// the new key of one rotation and the old key of the next: then the next is returned.
    pub fn of(&self, id: &str) -> Option<Rotation> {
        let all = self.all();
        let as_old = all.iter().find(|(old, _)| old == id);
        let found = as_old.or_else(|| all.iter().find(|(_, rotation)| rotation.is_about(id)));
        found.map(|(_, rotation)| rotation.clone())
    }

    /// Writes the record.
    ///
    /// # Errors
    /// If the file can't be written.
    pub fn save(&self, rotation: &Rotation) -> Result<()> {
        self.state().sweep_temporary_files();
        let written = self.write(&rotation.old, rotation);
        written.map_err(|error| Error::io("write", &self.path(&rotation.old), error))
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
        let owner = KeyOwner::new("111111111111", "natan");
        let mut rotation = Rotation::begin(owner, old.to_owned(), DateTime::UNIX_EPOCH);
        rotations.save(&rotation).unwrap();
        assert_eq!((rotations.of(old), rotations.of(new)), (Some(rotation.clone()), None));
        (rotation.new, rotation.step) = (Some(new.to_owned()), RotationStep::Made);
        rotations.save(&rotation).unwrap();
        assert_eq!(rotations.of(new), Some(rotation));
        let json = "{\"version\":1,\"account\":\"111111111111\",\"user\":\"natan\",\
                    \"old\":\"AKIAOLDOLDOLDOLDOLDO\",\"new\":\"AKIANEWNEWNEWNEWNEWN\",\"step\":\"made\",\
                    \"keeps_old\":false,\"began\":\"1970-01-01T00:00:00Z\"}";
        let path = root.path().join("state/keys/AKIAOLDOLDOLDOLDOLDO.rotation");
        assert_eq!(std::fs::read_to_string(path).unwrap(), json);
        assert_eq!(rotations.of(other), None);
        rotations.remove(&old.to_owned());
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
