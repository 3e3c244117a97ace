//! Examples for the verbs of `rolecall sso`.

use super::example::{Example, example};

/// Those of `sso` itself.
pub(super) const ALL: &[Example] =
    &[example("Sign in to the sso-session 'corp'", "rolecall sso login corp")];

/// Those of `sso configure`.
pub(super) const CONFIGURE: &[Example] = &[
    example("Answer questions, and choose an account and a role", "rolecall sso configure"),
    example(
        "The same in a script",
        "rolecall sso configure --sso-session corp --sso-region us-east-1 \\\n    --start-url https://d-1234567890.awsapps.com/start --account 222222222222 \\\n    --role Viewer --profile prod-viewer",
    ),
];

/// Those of `sso login`.
pub(super) const LOGIN: &[Example] = &[
    example("Sign in to the only sso-session, or that of the profile", "rolecall sso login"),
    example(
        "Sign in by entering a code on another device",
        "rolecall sso login corp --device-code",
    ),
    example(
        "Sign in over SSH, with 'ssh -L 8123:127.0.0.1:8123 HOST'",
        "rolecall sso login corp --redirect-port 8123",
    ),
];

/// Those of `sso logout`.
pub(super) const LOGOUT: &[Example] = &[
    example("Sign out of one sso-session", "rolecall sso logout corp"),
    example("Sign out of all sso-sessions", "rolecall sso logout --all"),
];

/// Those of `sso accounts`.
pub(super) const ACCOUNTS: &[Example] =
    &[example("List the accounts of the only sso-session", "rolecall sso accounts")];

/// Those of `sso roles`.
pub(super) const ROLES: &[Example] = &[
    example("List the roles of all accounts", "rolecall sso roles"),
    example("List those of one account again, offline", "rolecall sso roles Prod --cached"),
];

/// Those of `sso populate`.
pub(super) const POPULATE: &[Example] = &[
    example(
        "See which profiles would be written",
        "rolecall sso populate corp --region eu-west-1 --dry-run",
    ),
    example(
        "Write them, with names such as prod.administrator-access",
        "rolecall sso populate corp --template '{account_name|kebab}.{role_name|kebab}'",
    ),
    example(
        "Write the profiles of read-only roles, and remove those that are gone",
        "rolecall sso populate corp --role '*ReadOnly*' --prune",
    ),
];
