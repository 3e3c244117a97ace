//! Failures of the Secret Service, and the errors that the user sees.

use crate::store::{CallOptions, Error, ErrorKind};

use super::wire::Malformed;

/// A failure inside this store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// No bus can be reached; the text says why.
    NoBus(String),
    /// No answer came before the deadline.
    Timeout,
    /// The connection was closed.
    Closed,
    /// An answer was invalid.
    Malformed,
    /// An error answer, with its D-Bus name.
    Refused(String),
    /// An error that the user sees as it is.
    Store(Error),
}

impl From<Malformed> for Fault {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<rustix::io::Errno> for Fault {
    fn from(error: rustix::io::Errno) -> Self {
        match error {
            rustix::io::Errno::AGAIN => Self::Timeout,
            _ => Self::Closed,
        }
    }
}

impl Fault {
    /// Creates a failure that the user sees as it is.
    pub(super) fn store(kind: ErrorKind, message: &str) -> Self {
        Self::Store(Error::new(kind, message))
    }

    /// Whether the cause may be that the bus or the service restarted since we connected.
    pub(super) fn is_stale(&self) -> bool {
        match self {
            Self::Closed => true,
            Self::Refused(name) => name == "org.freedesktop.Secret.Error.NoSession",
            _ => false,
        }
    }

    /// Whether the connection can't be used any more. That includes a timeout: a late answer could
    /// arrive during the next call.
    pub(super) fn ends_connection(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Store(_))
    }

    /// Whether something must be unlocked first.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Refused(name) if name == "org.freedesktop.Secret.Error.IsLocked")
    }

    /// Whether the object doesn't exist.
    pub(super) fn is_missing(&self) -> bool {
        let Self::Refused(name) = self else {
            return false;
        };
        matches!(
            name.as_str(),
            "org.freedesktop.Secret.Error.NoSuchObject"
                | "org.freedesktop.DBus.Error.UnknownObject"
                | "org.freedesktop.DBus.Error.UnknownMethod" // from older libraries
        )
    }

    /// Returns the error for callers of the store. `options` are those of the failed call.
    pub(super) fn into_error(self, options: CallOptions) -> Error {
        let unavailable = |message: String| Error::new(ErrorKind::Unavailable, message);
        match self {
            Self::Store(error) => error,
            Self::NoBus(reason) => unavailable(format!("no session bus: {reason}")),
            Self::Timeout => Error::silent(format!(
                "the Secret Service did not answer within {} s",
                options.timeout.as_secs_f32().ceil()
            )),
            Self::Closed => unavailable("the session bus closed the connection".to_owned()),
            Self::Malformed => unavailable("the Secret Service sent an invalid answer".to_owned()),
            Self::Refused(name) => refusal(&name),
        }
    }
}

/// Returns the error for a D-Bus error name.
fn refusal(name: &str) -> Error {
    let (family, last) = name.rsplit_once('.').unwrap_or(("", name));
    let (kind, message) = match (family, last) {
        ("org.freedesktop.Secret.Error", "IsLocked") => {
            (ErrorKind::Locked, "the keyring is locked")
        }
        ("org.freedesktop.Secret.Error", "NoSession") => {
            (ErrorKind::Unavailable, "the Secret Service closed our session")
        }
        ("org.freedesktop.Secret.Error", "NoSuchObject") => {
            (ErrorKind::Unavailable, "the Secret Service has no such collection or item")
        }
        ("org.freedesktop.DBus.Error", "AccessDenied" | "AuthFailed") => {
            (ErrorKind::Denied, "the Secret Service denied access")
        }
        (
            "org.freedesktop.DBus.Error",
            "ServiceUnknown" | "NameHasNoOwner" | "UnixProcessIdUnknown",
        )
        | ("org.freedesktop.DBus.Error.Spawn", _) => {
            (ErrorKind::Unavailable, "no Secret Service is running on this session bus")
        }
        (
            "org.freedesktop.DBus.Error",
            "NoReply" | "Timeout" | "TimedOut" | "Disconnected" | "NoServer",
        ) => return Error::silent("the Secret Service stopped without answering"),
        _ => {
            let shown: String = name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
                .take(255)
                .collect();
            let message = format!("the Secret Service refused: {shown}");
            return Error::new(ErrorKind::Unavailable, message);
        }
    };
    Error::new(kind, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn error(name: &str) -> Error {
        let options = CallOptions { timeout: Duration::from_secs(3), unlock: false };
        Fault::Refused(name.to_owned()).into_error(options)
    }

    #[test]
    fn names_map_to_error_kinds() {
        let cases = [
            ("org.freedesktop.Secret.Error.IsLocked", ErrorKind::Locked),
            ("org.freedesktop.Secret.Error.NoSession", ErrorKind::Unavailable),
            ("org.freedesktop.Secret.Error.NoSuchObject", ErrorKind::Unavailable),
            ("org.freedesktop.DBus.Error.AccessDenied", ErrorKind::Denied),
            ("org.freedesktop.DBus.Error.ServiceUnknown", ErrorKind::Unavailable),
            ("org.freedesktop.DBus.Error.NameHasNoOwner", ErrorKind::Unavailable),
            ("org.freedesktop.DBus.Error.NoReply", ErrorKind::Unavailable),
            ("org.freedesktop.DBus.Error.Spawn.ChildExited", ErrorKind::Unavailable),
            ("com.example.Strange", ErrorKind::Unavailable),
            ("", ErrorKind::Unavailable),
        ];
        for (name, kind) in cases {
            assert_eq!(error(name).kind, kind, "{name}");
        }
    }

    #[test]
    fn a_service_that_hangs_is_told_from_one_that_is_not_there() {
        assert!(error("org.freedesktop.DBus.Error.NoReply").is_silent);
        assert!(!error("org.freedesktop.DBus.Error.ServiceUnknown").is_silent);
        let options = CallOptions { timeout: Duration::from_secs(3), unlock: false };
        let silent = Fault::Timeout.into_error(options);
        assert_eq!((silent.kind, silent.is_silent), (ErrorKind::Unavailable, true));
    }

    #[test]
    fn an_unknown_name_is_shown_without_control_characters() {
        let message = error("com.example.Od\u{1b}[31md\nd").message;
        assert_eq!(message, "the Secret Service refused: com.example.Od31mdd");
    }

    #[test]
    fn only_a_restart_makes_a_connection_stale() {
        assert!(Fault::Closed.is_stale());
        assert!(Fault::Refused("org.freedesktop.Secret.Error.NoSession".into()).is_stale());
        assert!(!Fault::Timeout.is_stale());
        assert!(!Fault::Refused("org.freedesktop.Secret.Error.IsLocked".into()).is_stale());
    }
}
