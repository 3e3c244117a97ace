//! The error type: what failed, where, and what to do about it.

mod quote;

pub use quote::Quote;

use std::{error::Error as StdError, fmt, io, path::Path, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::redact;

/// `Result` with the crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// A failure as it is reported to the user.
///
/// `Display` says what failed in one line: lower case, no final period, with the file and line at
/// the end if there are any. What to do about it is in [`Error::hints`].
///
/// `rolecall-provision` sends it to `rolecall` as JSON, without its source.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Error {
    kind: Kind,
    message: String,
    /// The message without what somebody else said, if it quotes that.
    own_words: Option<String>,
    at: Option<Location>,
    hints: Vec<String>,
    #[serde(skip)]
    reason: Option<Reason>,
    #[serde(skip)]
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What is wrong with the two files or a profile, for code that reports such errors by topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A file can't be read.
    UnreadableFile,
    /// A file is not UTF-8.
    NotUtf8,
    /// A line can't be read.
    Syntax,
    /// A value breaks its rule.
    InvalidValue,
    /// A profile doesn't exist.
    MissingProfile,
    /// A profile names a source that doesn't exist.
    MissingSource,
    /// A role has no source, or two.
    NoSource,
    /// The source profiles form a loop.
    Loop,
    /// A profile has nothing that gives credentials.
    NoCredentials,
    /// One half of an access key is missing, or the halves are in different files.
    HalfKeys,
    /// The MFA device can't be used with these credentials.
    UnusableMfa,
    /// A command is in a file of another user.
    Stranger,
    /// The settings of IAM Identity Center are incomplete or contradict each other.
    IdentityCenter,
}

/// The kind of a failure, which alone decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Any other failure.
    Other,
    /// The command line is wrong.
    Usage,
    /// A person is needed, but can't be prompted.
    NeedsHuman,
    /// AWS refused.
    Denied,
    /// A profile or one of the two files is missing or invalid, or profiles form a loop.
    Config,
    /// The store was needed, but is locked, denied or unavailable.
    Store,
    /// AWS could not be reached.
    Unreachable,
    /// The user interrupted the command.
    Interrupted,
    /// The reader of stdout is gone (`rolecall … | head -1`), which is not worth a message.
    ClosedPipe,
    /// The program to run is not executable.
    NotExecutable,
    /// The program to run was not found.
    NoSuchProgram,
}

impl Kind {
    /// All kinds, in the order in which they are declared.
    const ALL: [Self; 11] = [
        Self::Other,
        Self::Usage,
        Self::NeedsHuman,
        Self::Denied,
        Self::Config,
        Self::Store,
        Self::Unreachable,
        Self::Interrupted,
        Self::ClosedPipe,
        Self::NotExecutable,
        Self::NoSuchProgram,
    ];

    /// Returns the process's exit code for this kind, as listed in docs/exit-codes.md.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Other | Self::ClosedPipe => 1,
            Self::Usage => 2,
            Self::NeedsHuman => 3,
            Self::Denied => 4,
            Self::Config => 5,
            Self::Store => 6,
            Self::Unreachable => 7,
            Self::NotExecutable => 126,
            Self::NoSuchProgram => 127,
            Self::Interrupted => 130,
        }
    }

    /// Returns the kind whose exit code this is; [`Kind::Other`] for 1 and for a code that no kind
    /// has.
    pub(crate) fn of_exit_code(code: i32) -> Self {
        let is_its = |kind: &Self| i32::from(kind.exit_code()) == code;
        Self::ALL.into_iter().find(is_its).unwrap_or(Self::Other)
    }
}

/// A place in one of the user's files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Location {
    /// The file. Every setting has its place, so thousands of places share one path.
    #[serde(with = "shared_path")]
    pub(crate) file: Arc<Path>,
    /// Its line, from 1.
    pub(crate) line: usize,
}

/// A path as JSON.
mod shared_path {
    use std::{
        path::{Path, PathBuf},
        sync::Arc,
    };

    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    pub(super) fn serialize<S: Serializer>(path: &Arc<Path>, to: S) -> Result<S::Ok, S::Error> {
        path.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Arc<Path>, D::Error> {
        Ok(PathBuf::deserialize(from)?.into())
    }
}

/// How the part of a hint starts that names the doctor.
pub(crate) const DOCTOR: &str = "; 'rolecall doctor";

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl Error {
    /// Returns an error of `kind`; `message` is lower case, one line, without final period or
    /// secrets. URLs lose the user and password that they have.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: redact::urls(&message.into()).into_owned(),
            own_words: None,
            at: None,
            hints: Vec::new(),
            reason: None,
            source: None,
        }
    }

    /// Returns an error about a profile or one of the two files (exit 5).
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// Returns an error about something that a later release will do (exit 5).
    pub(crate) fn not_supported_yet(what: impl fmt::Display) -> Self {
        Self::new(Kind::Config, format!("{what} is not supported yet"))
            .hint("'rolecall --help' lists what this release can do")
    }

    /// Returns an error about an operation on a file or folder; `cause` becomes its source.
    pub fn io(what: &str, path: &Path, cause: io::Error) -> Self {
        let cause = without_temporary_name(cause);
        let error = Self::new(Kind::Other, format!("can't {what} {}: {cause}", path.display()));
        let error = match resource_hint(&cause.to_string()) {
            Some(hint) => error.hint(hint),
            None => error,
        };
        Self { source: Some(Arc::new(cause)), ..error }
    }

    /// Changes the kind.
    #[must_use]
    pub fn with_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Adds what another program or a server said, after a colon.
    #[must_use]
    pub fn quoting(mut self, quote: &Quote) -> Self {
        let joined = |before: &str, more: &str| match (before, more.trim_start_matches("; ")) {
            (before, "") => before.to_owned(),
            ("", more) => more.to_owned(),
            (before, more) => format!("{before}: {more}"),
        };
        self.own_words = Some(joined(self.recorded(), &quote.own_words));
        self.message = joined(&self.message, &quote.shown);
        self
    }

    /// Adds the place in the user's files.
    #[must_use]
    pub(crate) fn at(mut self, location: Option<Location>) -> Self {
        self.at = location;
        self
    }

    /// Adds what is wrong, unless that is already known more exactly.
    #[must_use]
    pub(crate) fn because(mut self, reason: Reason) -> Self {
        self.reason.get_or_insert(reason);
        self
    }

    /// Adds a hint: an imperative, without final period.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(redact::urls(&hint.into()).into_owned());
        self
    }

    /// Adds a hint before the others.
    #[must_use]
    pub(crate) fn first_hints(mut self, hints: Vec<String>) -> Self {
        self.hints.splice(..0, hints);
        self
    }

    /// Names the doctor in the first hint that asks the user to check something. `profile` is the one
    /// that failed, if it is known.
    #[must_use]
    pub(crate) fn naming_doctor(mut self, profile: Option<&str>) -> Self {
        let asks =
            |hint: &&mut String| ["check ", "compare "].iter().any(|verb| hint.contains(verb));
        if self.hints.iter().any(|hint| hint.contains(DOCTOR)) {
            return self;
        }
        if let Some(hint) = self.hints.iter_mut().find(asks) {
            let name = match profile {
                Some(name) if name.contains(' ') => format!(" \"{name}\""),
                Some(name) => format!(" {name}"),
                None => String::new(),
            };
            hint.push_str(&format!("{DOCTOR}{name} --online' finds out more"));
        }
        self
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns what is wrong, if that is known.
    pub(crate) fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// Returns what failed, without the place.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Returns what failed in our own words, without the place: for records and the log.
    fn recorded(&self) -> &str {
        self.own_words.as_deref().unwrap_or(&self.message)
    }

    /// Returns the same as `Display`, but only our own words: for records and the log.
    pub fn for_record(&self) -> String {
        match &self.at {
            Some(at) => format!("{} ({at})", self.recorded()),
            None => self.recorded().to_owned(),
        }
    }

    /// Returns the place in the user's files.
    pub(crate) fn location(&self) -> Option<&Location> {
        self.at.as_ref()
    }

    /// Returns the hints, most useful first.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// Returns what to do about a failure that is due to a limit of this process or machine, which the
/// words of the system in `cause` tell.
///
/// Rule: errno(3).
pub(crate) fn resource_hint(cause: &str) -> Option<&'static str> {
    const HINTS: [(&str, &str); 5] = [
        (
            "Too many open files in system",
            "close programs that have many files open, then try again",
        ),
        (
            "Too many open files",
            "raise the limit of open files ('ulimit -n 256') where the program is started",
        ),
        ("Cannot allocate memory", "free some memory, or raise its limit ('ulimit -v')"),
        (
            "Resource temporarily unavailable",
            "stop other processes, or raise their limit ('ulimit -u')",
        ),
        ("No buffer space available", "stop programs that have many connections, then try again"),
    ];
    HINTS.iter().find(|(text, _)| cause.contains(text)).map(|(_, hint)| *hint)
}

/// Removes the name of a temporary file, which helps nobody, from an error of tempfile's.
fn without_temporary_name(error: io::Error) -> io::Error {
    let text = error.to_string();
    match text.split_once(" at path \"") {
        Some((cause, _)) if error.get_ref().is_some() => {
            io::Error::new(error.kind(), cause.to_owned())
        }
        _ => error,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.at {
            Some(at) => write!(f, " ({at})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Two errors are equal if a user could not tell them apart.
impl PartialEq for Error {
    fn eq(&self, other: &Self) -> bool {
        let Self { kind, message, own_words: _, at, hints, reason: _, source: _ } = self;
        (kind, message, at, hints) == (&other.kind, &other.message, &other.at, &other.hints)
    }
}

impl Eq for Error {}

#[cfg(test)]
mod tests;
