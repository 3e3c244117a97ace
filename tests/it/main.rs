//! One binary for all tests from the outside: each runs the program that is shipped.

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
mod keyring;
mod keyutils;
mod plans;
mod profile_add;
mod profiles;
mod prompt;
mod rooms;
mod sessions;
mod verbs;
mod words;
