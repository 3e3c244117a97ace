//! AWS role sessions for the CLI and every SDK, kept in the OS keychain.
//!
//! The flow of every verb that gives credentials:
//!
//! ```text
//! argv → cli → profile (two files, merged) → plan (pure) → session (store | lock → AWS → store) → output
//! ```
//!
//! [`cli`] parses the command line and prints; [`app`] does what verbs share. [`profile`] finds the
//! two AWS files and merges them, using [`ini`], which knows nothing of AWS; [`plan`] turns a
//! profile into a base and its hops, without any I/O; [`session`] looks in the [`store`] and, only
//! if there is no usable session, takes a lock, calls [`aws`], and stores the answer. A cache hit
//! makes no network call and starts neither an async runtime nor an SDK client. [`prompt`] asks the
//! user for an MFA code.
//!
//! [`identity_center`] keeps and renews the sign-ins to IAM Identity Center. [`browser`] opens an
//! address that is itself a secret. [`rules`] has AWS's naming rules, each once; [`unanswered`] has the
//! words for calls to any service that brought nothing. [`serve`] hands out sessions over HTTP. [`doctor`]
//! finds out what is wrong with all of this.
//!
//! Only [`context`] touches the process's globals. [`state`] is the directory of locks, records and
//! the log. [`secret`], [`credentials`], [`error`], [`private`], [`input`] and [`output`] are below
//! all of them. A test enforces which room may use which (`tests/it/rooms.rs`);
//! docs/architecture.md draws it.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "unit tests read what they have just written")
)]

pub mod app;
pub mod aws;
mod browser;
mod child;
pub mod cli;
pub mod context;
pub mod credentials;
pub mod doctor;
pub mod error;
mod identity_center;
pub mod ini;
pub mod input;
pub mod output;
mod peer;
pub mod plan;
pub mod private;
pub mod profile;
pub mod progress;
pub mod prompt;
pub mod rules;
pub mod secret;
mod serve;
pub mod session;
pub mod state;
pub mod store;
mod unanswered;

use std::ffi::OsString;

/// Runs rolecall with these arguments, the first of which is the program's name. Returns the exit
/// code.
pub fn run(
    context: &context::Context,
    arguments: Vec<OsString>,
    stdout: &mut dyn std::io::Write,
    stderr: &mut dyn std::io::Write,
) -> u8 {
    let colors = cli::colors(context, &arguments);
    cli::run(context, &arguments, &mut output::Streams { stdout, stderr, colors })
}
