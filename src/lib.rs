//! AWS role sessions for the CLI and every SDK, kept in the OS keychain.
//!
//! The flow of every verb that gives credentials:
//!
//! ```text
//! argv → cli → profile (two files, merged) → plan (pure) → session (store | lock → AWS → store) → output
//! ```
//!
//! [`cli`] reads the command line; [`profile`] finds the two AWS files and merges what they say, over
//! [`ini`], which knows nothing of AWS; [`plan`] makes of a profile a base and its hops, without any
//! I/O; [`session`] looks into the [`store`], and only when there is no good session there takes a
//! lock, asks [`aws`], and stores what it gave. A cache hit makes no network call and starts neither
//! an async runtime nor an SDK client. [`prompt`] asks a human for an MFA code.
//!
//! [`browser`] shows an address that is itself a secret. [`rules`] holds AWS's naming rules, each once.
//!
//! [`context`] alone touches the process's globals. [`state`] is the directory of locks, records and
//! the log. [`secret`], [`credentials`], [`error`], [`private`], [`input`] and [`output`] lie below all of them. A test holds
//! the arrows between these rooms (`tests/it/rooms.rs`); docs/architecture.md draws them.

#![cfg_attr(
    test,
    allow(clippy::disallowed_methods, reason = "unit tests read what they have just written")
)]

pub mod app;
pub mod aws;
pub mod browser;
pub mod child;
pub mod cli;
pub mod context;
pub mod credentials;
pub mod error;
pub mod ini;
pub mod input;
pub mod output;
pub mod plan;
pub mod private;
pub mod profile;
pub mod prompt;
pub mod rules;
pub mod secret;
pub mod session;
pub mod state;
pub mod store;

use std::ffi::OsString;

/// Runs rolecall with these arguments (the program's name in front); gives the exit code.
pub fn run(
    context: &context::Context,
    arguments: Vec<OsString>,
    stdout: &mut dyn std::io::Write,
    stderr: &mut dyn std::io::Write,
) -> u8 {
    cli::run(context, &arguments, &mut output::Streams { stdout, stderr })
}
