//! Examples for the verbs of `rolecall sso`.

use super::example::{Example, example};

/// Those of `sso` itself.
pub(super) const ALL: &[Example] =
    &[example("Sign in to the sso-session 'corp'", "rolecall sso login corp")];

/// Those of `sso login`.
pub(super) const LOGIN: &[Example] = &[
    example("Sign in to the only sso-session, or that of the profile", "rolecall sso login"),
    example(
        "Sign in with a code that is entered on another device",
        "rolecall sso login corp --device-code",
    ),
    example(
        "Sign in over SSH, with 'ssh -L 8123:127.0.0.1:8123 HOST'",
        "rolecall sso login corp --redirect-port 8123",
    ),
];

/// Those of `sso logout`.
pub(super) const LOGOUT: &[Example] = &[
    example("End one sign-in", "rolecall sso logout corp"),
    example("End all sign-ins", "rolecall sso logout --all"),
];
