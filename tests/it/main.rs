//! One binary for all tests from the outside: each runs the program that is shipped.
//!
//! On Unix alone: the sandbox's modes, signals and sockets are of that kind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(clippy::disallowed_methods, reason = "tests have clocks and environments of their own")]

mod support;

mod attributes;
mod bases;
mod clients;
mod command_line;
mod crowd;
mod dialect;
mod endpoints;
#[cfg(target_os = "linux")] // whose kernel holds a process to its memory
mod huge;
mod key_lookups;
mod keyring;
mod keys;
mod keyutils;
mod mfa;
mod plans;
mod profile_add;
mod profiles;
mod prompt;
mod questions;
mod rooms;
mod sessions;
mod stores;
mod verbs;
mod words;
