//! What can go wrong on the way to a Secret Service, and what a user is told of it.

use crate::store::{CallOptions, Error, ErrorKind};

use super::wire::Malformed;

/// A failure, as the lower parts of this store see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no bus to talk to.
    NoBus(String),
    /// The time was up before an answer came.
    Silent,
    /// The connection ended.
    Closed,
    /// An answer made no sense.
    Malformed,
    /// An error answer, with its D-Bus name.
    Refused(String),
    /// Said as it is to be said to the user.
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
            rustix::io::Errno::AGAIN => Self::Silent,
            _ => Self::Closed,
        }
    }
}

impl Fault {
    /// An error of this kind, in the words for the user.
    pub(super) fn store(kind: ErrorKind, message: &str) -> Self {
        Self::Store(Error::new(kind, message))
    }

    /// Whether a connection that was made earlier may be to blame: the bus or the service was
    /// started anew since.
    pub(super) fn is_stale(&self) -> bool {
        match self {
            Self::Closed => true,
            Self::Refused(name) => name == "org.freedesktop.Secret.Error.NoSession",
            _ => false,
        }
    }

    /// Whether the connection is of no use any more. After a time limit it isn't either: an
    /// answer to the old question could come while the next one is being asked.
    pub(super) fn ends_connection(&self) -> bool {
        !matches!(self, Self::Refused(_) | Self::Store(_))
    }

    /// Whether this says that something has to be unlocked first.
    pub(super) fn is_locked(&self) -> bool {
        matches!(self, Self::Refused(name) if name == "org.freedesktop.Secret.Error.IsLocked")
    }

    /// Whether this says that the object is gone.
    pub(super) fn is_missing(&self) -> bool {
        let Self::Refused(name) = self else {
            return false;
        };
        matches!(
            name.as_str(),
            "org.freedesktop.Secret.Error.NoSuchObject"
                | "org.freedesktop.DBus.Error.UnknownObject"
                | "org.freedesktop.DBus.Error.UnknownMethod" // what older libraries say instead
        )
    }

    /// The error that callers of the store get.
    pub(super) fn into_error(self, options: CallOptions) -> Error {
        let unavailable = |message: String| Error::new(ErrorKind::Unavailable, message);
        match self {
            Self::Store(error) => error,
            Self::NoBus(reason) => unavailable(format!("no session bus: {reason}")),
            Self::Silent => unavailable(format!(
                "the Secret Service did not answer within {} s",
                options.timeout.as_secs_f32().ceil()
            )),
            Self::Closed => unavailable("the session bus closed the connection".to_owned()),
            Self::Malformed => unavailable("the Secret Service's answer made no sense".to_owned()),
            Self::Refused(name) => refusal(&name),
        }
    }
}

/// Puts a D-Bus error name into words.
fn refusal(name: &str) -> Error {
    let (family, last) = name.rsplit_once('.').unwrap_or(("", name));
    let (kind, message) = match (family, last) {
        ("org.freedesktop.Secret.Error", "IsLocked") => {
            (ErrorKind::Locked, "the keyring is locked")
        }
        ("org.freedesktop.Secret.Error", "NoSession") => {
            (ErrorKind::Unavailable, "the Secret Service forgot our session with it")
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
            (ErrorKind::Unavailable, "no Secret Service runs on this session bus")
        }
        (
            "org.freedesktop.DBus.Error",
            "NoReply" | "Timeout" | "TimedOut" | "Disconnected" | "NoServer",
        ) => (ErrorKind::Unavailable, "the Secret Service went away without an answer"),
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

    fn told(name: &str) -> Error {
        let options = CallOptions { timeout: Duration::from_secs(3), unlock: false };
        Fault::Refused(name.to_owned()).into_error(options)
    }

    #[test]
    fn names_become_kinds_of_trouble() {
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
            assert_eq!(told(name).kind, kind, "{name}");
        }
    }

    #[test]
    fn an_unknown_name_is_shown_without_what_a_terminal_would_obey() {
        let message = told("com.example.Od\u{1b}[31md\nd").message;
        assert_eq!(message, "the Secret Service refused: com.example.Od31mdd");
    }

    #[test]
    fn only_a_restart_makes_a_connection_stale() {
        assert!(Fault::Closed.is_stale());
        assert!(Fault::Refused("org.freedesktop.Secret.Error.NoSession".into()).is_stale());
        assert!(!Fault::Silent.is_stale());
        assert!(!Fault::Refused("org.freedesktop.Secret.Error.IsLocked".into()).is_stale());
    }
}
