//! Where the first credentials of a chain come from.

use std::path::PathBuf;

use super::{KeysEnd, SsoRole};
use crate::{credentials::Credentials, error::Location};

/// A profile that has its own credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Base {
    /// The profile.
    pub(crate) profile: String,
    /// The setting that says where the credentials come from, for the message when there are none.
    pub(crate) at: Option<Location>,
    /// Where they come from.
    pub(crate) source: Source,
    /// When they expire, if they are a session's keys in a file and something there says so.
    pub(crate) end: Option<KeysEnd>,
}

/// The source of a chain's first credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Access keys in one of the two files or, with `credential_source = Environment`, in the
    /// environment.
    Keys(Credentials),
    /// Long-lived access keys in the store.
    StoredKeys {
        /// Their ID, under which the store has the secret.
        access_key_id: String,
        /// The profile's `aws_account_id`.
        account_id: Option<String>,
    },
    /// A token in a file, with which the first role is assumed (AssumeRoleWithWebIdentity).
    WebIdentity {
        /// The file. It is read for each call, because tokens are replaced in place.
        token_file: PathBuf,
    },
    /// A role of IAM Identity Center.
    Sso(SsoRole),
    /// A console session of `aws login`.
    Login {
        /// `login_session`: the ARN that it was created for.
        session: String,
    },
    /// Another program's output.
    Process {
        /// The command line, for a shell.
        command: String,
        /// The profile's `aws_account_id`, for when the program names no account.
        account_id: Option<String>,
        /// `rolecall_process_cache`: whether its output is stored until it expires.
        is_kept: bool,
    },
    /// The container credentials service.
    Container {
        /// Its URI.
        uri: String,
    },
    /// The EC2 instance metadata service.
    InstanceMetadata {
        /// Its URL.
        endpoint: String,
    },
}

impl Source {
    /// Returns the word for it that `profile show` and `status` print.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            // One word for both: sessions remain valid when the keys move to the store.
            Self::Keys(_) | Self::StoredKeys { .. } => "keys",
            Self::WebIdentity { .. } => "web-identity",
            Self::Sso(_) => "sso",
            Self::Login { .. } => "login",
            Self::Process { .. } => "process",
            Self::Container { .. } => "container",
            Self::InstanceMetadata { .. } => "instance-metadata",
        }
    }

    /// Whether its credentials are a session that must be fetched. Others are known already.
    pub(crate) fn is_fetched(&self) -> bool {
        !matches!(self, Self::Keys(_) | Self::StoredKeys { .. } | Self::WebIdentity { .. })
    }

    /// Whether every process asks for its credentials, and none stores them: nothing but the
    /// answer says whose they are. What gives them may be told at any time to give another
    /// identity's.
    pub(crate) fn is_asked_each_time(&self) -> bool {
        matches!(
            self,
            Self::Process { is_kept: false, .. }
                | Self::Container { .. }
                | Self::InstanceMetadata { .. }
        )
    }

    /// Whether its credentials are an IAM user's long-lived keys.
    pub(crate) fn is_long_lived(&self) -> bool {
        match self {
            Self::Keys(credentials) => credentials.session_token.is_none(),
            Self::StoredKeys { .. } => true,
            _ => false,
        }
    }

    /// Whether its credentials are a session's, so that assuming a role with them is role chaining.
    /// For another program that is unknown until it has run.
    pub(crate) fn is_temporary(&self) -> bool {
        match self {
            Self::Keys(credentials) => credentials.session_token.is_some(),
            Self::StoredKeys { .. } | Self::WebIdentity { .. } | Self::Process { .. } => false,
            _ => true,
        }
    }

    /// Returns what the plan knows of the base's identity, for the cache key: names and values. The
    /// rest is known when the base is asked.
    pub(crate) fn identity(&self) -> Vec<(&'static str, Option<&str>)> {
        match self {
            Self::Keys(credentials) => vec![("access key", Some(&credentials.access_key_id))],
            Self::StoredKeys { access_key_id, account_id: _ } => {
                vec![("access key", Some(access_key_id))]
            }
            Self::WebIdentity { token_file } => vec![("token file", token_file.to_str())],
            Self::Sso(SsoRole { session, account_id, role_name }) => vec![
                ("start URL", Some(&session.start_url)),
                ("account", Some(account_id)),
                ("SSO role", Some(role_name)),
            ],
            Self::Login { session } => vec![("login session", Some(session))],
            Self::Process { command, account_id, is_kept: _ } => {
                vec![("command", Some(command)), ("account", account_id.as_deref())]
            }
            Self::Container { uri } => vec![("container", Some(uri))],
            Self::InstanceMetadata { endpoint } => vec![("metadata", Some(endpoint))],
        }
    }
}
