//! What can go wrong on the way to a Secret Service, and what a user is told of it.

use crate::store::{Error, Patience, Trouble};

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
    Told(Error),
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
    /// An error of kind `trouble`, in the words to be used.
    pub(super) fn told(trouble: Trouble, message: &str) -> Self {
        Self::Told(Error::new(trouble, message))
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
        !matches!(self, Self::Refused(_) | Self::Told(_))
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
    pub(super) fn into_error(self, patience: Patience) -> Error {
        let unavailable = |message: String| Error::new(Trouble::Unavailable, message);
        match self {
            Self::Told(error) => error,
            Self::NoBus(reason) => unavailable(format!("no session bus: {reason}")),
            Self::Silent => unavailable(format!(
                "the Secret Service did not answer within {} s",
                patience.limit.as_secs_f32().ceil()
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
    let (trouble, message) = match (family, last) {
        ("org.freedesktop.Secret.Error", "IsLocked") => (Trouble::Locked, "the keyring is locked"),
        ("org.freedesktop.Secret.Error", "NoSession") => {
            (Trouble::Unavailable, "the Secret Service forgot our session with it")
        }
        ("org.freedesktop.Secret.Error", "NoSuchObject") => {
            (Trouble::Unavailable, "the Secret Service has no such collection or item")
        }
        ("org.freedesktop.DBus.Error", "AccessDenied" | "AuthFailed") => {
            (Trouble::Denied, "the Secret Service denied access")
        }
        (
            "org.freedesktop.DBus.Error",
            "ServiceUnknown" | "NameHasNoOwner" | "UnixProcessIdUnknown",
        )
        | ("org.freedesktop.DBus.Error.Spawn", _) => {
            (Trouble::Unavailable, "no Secret Service runs on this session bus")
        }
        (
            "org.freedesktop.DBus.Error",
            "NoReply" | "Timeout" | "TimedOut" | "Disconnected" | "NoServer",
        ) => (Trouble::Unavailable, "the Secret Service went away without an answer"),
        _ => {
            let shown: String = name
                .chars()
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
                .take(255)
                .collect();
            let message = format!("the Secret Service refused: {shown}");
            return Error::new(Trouble::Unavailable, message);
        }
    };
    Error::new(trouble, message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(name: &str) -> Error {
        let patience = Patience { limit: Duration::from_secs(3), unlock: false };
        Fault::Refused(name.to_owned()).into_error(patience)
    }

    #[test]
    fn names_become_kinds_of_trouble() {
        let cases = [
            ("org.freedesktop.Secret.Error.IsLocked", Trouble::Locked),
            ("org.freedesktop.Secret.Error.NoSession", Trouble::Unavailable),
            ("org.freedesktop.Secret.Error.NoSuchObject", Trouble::Unavailable),
            ("org.freedesktop.DBus.Error.AccessDenied", Trouble::Denied),
            ("org.freedesktop.DBus.Error.ServiceUnknown", Trouble::Unavailable),
            ("org.freedesktop.DBus.Error.NameHasNoOwner", Trouble::Unavailable),
            ("org.freedesktop.DBus.Error.NoReply", Trouble::Unavailable),
            ("org.freedesktop.DBus.Error.Spawn.ChildExited", Trouble::Unavailable),
            ("com.example.Strange", Trouble::Unavailable),
            ("", Trouble::Unavailable),
        ];
        for (name, trouble) in cases {
            assert_eq!(told(name).trouble, trouble, "{name}");
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
