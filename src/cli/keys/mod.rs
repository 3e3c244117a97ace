//! `rolecall keys`: long-lived access keys in the keychain.

mod add;
mod export;
mod import;
mod list;
mod remove;

use super::args::Keys;
use crate::{cli::invocation::Invocation, error::Result, output::Streams};

/// Runs the verb of `rolecall keys`.
pub(super) fn run(invocation: Invocation<'_>, verb: Keys, streams: &mut Streams<'_>) -> Result<()> {
    match verb {
        Keys::Add(args) => add::run(invocation, args, streams),
        Keys::Import(args) => import::run(invocation, args, streams),
        Keys::List(args) => list::run(invocation, args, streams),
        Keys::Remove(args) => remove::run(invocation, args, streams),
        Keys::Export(args) => export::run(invocation, args, streams),
        Keys::Rotate(_) => unreachable!("BUG: the sibling program runs it"),
    }
}
