//! AWS role sessions for the CLI and every SDK, kept in the OS keychain.
//!
//! The flow of every verb that gives credentials:
//!
//! ```text
//! argv → cli → profile (two files, merged) → plan (pure) → session (store | lock → AWS → store) → output
//! ```
//!
//! `cli` parses the command line and prints; `app` does what verbs share. `profile` finds the two
//! AWS files and merges them, using the library `rolecall-ini`; `plan` turns a profile into
//! a base and its hops, without any I/O; `session` looks in the `store` and, only if there is no
//! usable session, takes a lock, calls `aws`, and stores the answer. A cache hit makes no network
//! call and starts neither an async runtime nor an SDK client. `prompt` asks the user for an MFA
//! code.
//!
//! `identity_center` keeps and renews the sign-ins to IAM Identity Center. `browser` opens an
//! address that is itself a secret. `rules` has AWS's naming rules, each once; `unanswered` has the
//! words for calls to any service that brought nothing. `serve` hands out sessions over HTTP. `doctor`
//! finds out what is wrong with all of this.
//!
//! Only `context` touches the process's globals. `state` is the directory of locks, records and the
//! log. `secret`, `credentials`, `error`, `private`, `input` and `output` are below all of them. A
//! test enforces which room may use which (`tests/it/rooms.rs`); docs/architecture.md draws it.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "unit tests read what they have just written")
)]

mod app;
mod audit;
mod aws;
mod browser;
mod child;
mod cli;
mod context;
mod credentials;
mod doctor;
mod error;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod identity_center;
mod input;
mod output;
mod peer;
mod plan;
mod private;
mod profile;
mod progress;
mod prompt;
mod redact;
mod rules;
mod secret;
mod serve;
mod session;
mod state;
mod store;
mod unanswered;

// What the programs, the tests and the examples of this workspace use. `unreachable_pub` makes sure
// that nothing else is public: an item that is missing here is `pub(crate)`.

// The basics: the process's context, errors, secrets, and the streams that a verb writes to.
pub use context::{Context, forbid_core_dumps};
pub use credentials::{Credentials, rfc3339};
pub use error::{Error, Kind, Quote, Result};
pub use output::{Streams, escape, escape_diff, shorten, unified_diff};
pub use secret::{Bytes, Secret};

// The command line: as clap describes it, and the part that `rolecall-provision` carries out.
pub use cli::{
    ProvisionVerb, Provisioning,
    args::{KeysRotate, duration, provision as args},
    colors, command, exit_on_panic, parse_provisioning,
};

// What the verbs of both programs do: sessions, profiles and stored keys.
pub use app::{
    Access, AccessRequest, DeletedUser, JudgedPart, Judgment, KeyProfile, LocalCleanup, MfaDevices,
    RoleCall, RoleProfile, RoleProfiles, SiblingReply, StoredKeys, WantedKeyProfile, WhyDenied,
    warn_about_plain_http,
};

// Calls to AWS.
pub use aws::{
    AssumeRole, Aws, Budget, Call, DateHeader, Endpoint, Failure, Identity, Issued, Sdk, block_on,
    failure, sdk_config,
};

// AWS's naming rules.
pub use rules::{
    ACCESS_DENIED, Arn, DELETE_CONFLICT, IamKind, Invalid, LONGEST_CHAINED, LONGEST_MANAGED_POLICY,
    LONGEST_SESSION_POLICY, LONGEST_TAG_VALUE, LONGEST_TRUST_POLICY, MOST_ACCESS_KEYS,
    MOST_ATTACHED_POLICIES, MOST_GROUPS, MOST_POLICY_VERSIONS, NO_SUCH_BUCKET, NO_SUCH_ENTITY,
    NOT_FOUND, NOT_MODIFIABLE_YET, Principal, ROLE_SESSION_SECONDS, S3Access, S3Scope,
    UNKNOWN_ACCESS_KEY, aws_managed_policy, bucket_arn, check_account_id, check_bucket_name,
    check_duration, check_external_id, check_new_bucket_name, check_policy_arn, check_region,
    check_role_arn, check_tag, default_region, is_access_denied, is_fido_serial, is_name_char,
    is_session_key_id, is_tag_char, is_typo_of, location_constraint, matches_pattern, nearest_of,
    partition_named, partition_of, partition_of_region, region_at_location, session_name_of,
};

// Locks, and records of access keys that are being created or rotated.
pub use session::{
    KeyOwner, NewKeyNote, NewKeyNotes, Rotation, RotationStep, Rotations, WrittenNote,
};
pub use state::{Backoff, Lock, StateDirectory};

// Prompts, and the line that says what a command waits for.
pub use progress::{Waiting, waiting_for};
pub use prompt::{
    CodeQuestion, PromptMode, Question, SignalGuard, Unanswered, ask_for, ask_for_code, ask_line,
    ask_yes, can_ask_for_code, can_ask_line, stop_job,
};

// Files: those that a user names, private ones, and AWS's two.
pub use input::{Pipe, read as read_file, read_stdin, read_text};
pub use private::{create as create_private_file, replace as replace_private_file};

use std::ffi::OsString;

use rolecall_ini as ini;

/// Runs rolecall with these arguments, the first of which is the program's name. Returns the exit
/// code.
pub fn run(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> u8 {
    cli::run(context, arguments, streams)
}
