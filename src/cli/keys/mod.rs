//! `rolecall keys`: long-lived access keys in the keychain.

mod add;
mod export;
mod import;
mod list;
mod remove;

use super::args::Keys;
use crate::{app::Selection, context::Context, error::Result, output::Streams};

/// Runs the verb of `rolecall keys`.
pub(super) fn run(
    context: &Context,
    selection: Selection,
    verb: Keys,
    streams: &mut Streams<'_>,
) -> Result<()> {
    match verb {
        Keys::Add(args) => add::run(context, selection, args, streams),
        Keys::Import(args) => import::run(context, selection, args, streams),
        Keys::List(args) => list::run(context, selection, args, streams),
        Keys::Remove(args) => remove::run(context, selection, args, streams),
        Keys::Export(args) => export::run(context, selection, args, streams),
        Keys::Rotate(_) => unreachable!("BUG: the sibling program runs it"),
    }
}
