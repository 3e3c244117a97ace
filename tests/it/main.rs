//! One binary for all tests from the outside: each runs the program that is shipped.
//!
//! On Unix alone: the sandbox's modes, signals and sockets are of that kind.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![expect(clippy::disallowed_methods, reason = "tests have clocks and environments of their own")]

#[macro_use]
mod support;

mod assume;
mod attributes;
mod bad_days;
mod bad_stores;
mod bases;
mod book;
#[cfg(target_os = "linux")] // which tells which process started which
mod circles;
mod clients;
mod command_line;
mod completion;
#[cfg(target_os = "linux")] // which tells which process called
mod confirm;
mod console;
mod crowd;
mod dialect;
mod doctor;
mod edits;
mod endpoints;
mod env;
mod exec;
mod export;
mod file_attributes;
mod foreign_texts;
mod formats;
mod hand_outs;
mod help;
#[cfg(target_os = "linux")] // whose kernel holds a process to its memory
mod hostile_paths;
#[cfg(target_os = "linux")] // whose kernel holds a process to its memory
mod huge;
mod identities;
mod install;
mod json;
mod keyring;
mod keys;
mod keyutils;
mod kills;
#[cfg(target_os = "linux")] // which tells of a change in nanoseconds, and has strace
mod large_config;
#[cfg(all(target_os = "linux", target_env = "gnu"))] // whose loader lists them
mod libraries;
mod link;
mod log;
#[cfg(target_os = "linux")] // which lets root lay other files over those in /etc
mod machine;
mod malformed;
mod mfa;
mod migrate;
mod narrow;
mod other_writers;
mod packages;
mod picker;
mod pipes;
mod plain_words;
mod plans;
mod process_line;
mod profile_add;
mod profile_adopt;
mod profile_edit;
mod profile_names;
mod profile_questions;
mod profile_tree;
mod profiles;
mod progress;
mod prompt;
mod proxies;
mod questions;
mod records;
mod rooms;
mod screens;
mod serve;
mod session_names;
mod sessions;
mod settings;
#[cfg(target_os = "linux")] // whose kernel holds a process to its memory
mod small_limits;
#[cfg(target_os = "linux")] // which tells of processes in files
mod soak;
mod sso;
mod state_folder;
mod status;
mod stores;
#[cfg(target_os = "linux")] // whose kernel names the user at a socket
mod strangers;
mod supply;
mod system_calls;
mod verbs;
mod windows;
mod words;
mod writers;
