//! One line of the log.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{context::Caller, output::shorten};

/// The longest text of an entry, in characters: the names of folders and programs are other people's.
const LONGEST: usize = 1024;

/// One hand-out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// When (UTC).
    pub(crate) time: DateTime<Utc>,
    /// The verb, as users write it.
    pub(crate) verb: String,
    /// The profile; `None` for a role without one.
    pub(crate) profile: Option<String>,
    /// The ARN of the last role, or the name of the role in IAM Identity Center.
    pub(crate) role: Option<String>,
    /// The account, if it is known.
    pub(crate) account_id: Option<String>,
    /// The name of the role's session, by which it appears in AWS's logs.
    pub(crate) session_name: Option<String>,
    /// The ID of the access key, which AWS's logs have too. It is no secret.
    pub(crate) access_key_id: String,
    /// When the credentials expire (UTC); `None`: never.
    pub(crate) expiration: Option<DateTime<Utc>>,
    /// What the credentials are.
    #[serde(default)]
    pub(crate) given: Given,
    /// The name of the program that got them.
    pub(crate) program: Option<String>,
    /// Its file.
    pub(crate) path: Option<String>,
    /// Its process.
    pub(crate) pid: Option<u32>,
    /// The name of the program that started it.
    pub(crate) parent: Option<String>,
    /// The process of that.
    pub(crate) parent_pid: Option<u32>,
    /// The folder that it was in.
    pub(crate) folder: Option<String>,
    /// The variable by which a coding agent shows itself.
    pub(crate) agent: Option<String>,
}

/// What was handed out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Given {
    /// A session that was stored before.
    #[default]
    Stored,
    /// A session that was created for this hand-out.
    New,
    /// The profile's own keys.
    Keys,
}

impl Entry {
    /// Returns the entry with the folder of the program that gets the credentials.
    #[must_use]
    pub(crate) fn in_folder(self, folder: Option<PathBuf>) -> Self {
        Self { folder: folder.map(|folder| short(&folder.to_string_lossy())), ..self }
    }

    /// Returns the entry with the program that gets the credentials.
    #[must_use]
    pub(crate) fn to(mut self, caller: Caller) -> Self {
        let text = |path: PathBuf| short(&path.to_string_lossy());
        let Caller { program, process, folder, path, parent } = caller;
        self.program = Some(short(&program));
        self.pid = Some(process);
        self.folder = folder.map(text);
        self.path = path.map(text);
        (self.parent, self.parent_pid) =
            parent.map(|parent| (short(&parent.program), parent.process)).unzip();
        self
    }
}

fn short(text: &str) -> String {
    shorten(text, LONGEST).into_owned()
}
