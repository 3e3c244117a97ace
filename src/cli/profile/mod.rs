//! `rolecall profile`: shows, adds, edits and converts profiles.

mod add;
mod add_questions;
mod adopt;
mod edit;
mod filter;
mod kind_color;
mod list;
mod mfa_device;
mod release;
mod remove;
mod rename;
mod set;
mod settings;
mod show;
mod tree;
mod unset;

use super::args::Profile;
use crate::{
    cli::invocation::Invocation,
    error::{Error, Kind, Result},
    output::Streams,
};

/// Runs the verb of `rolecall profile`.
pub(super) fn run(
    invocation: Invocation<'_>,
    verb: Profile,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    match verb {
        Profile::List(_) | Profile::Tree(_) if selection.profile.is_some() => {
            Err(Error::new(Kind::Usage, "this command doesn't accept --profile")
                .hint("see 'rolecall profile show --help'"))
        }
        Profile::List(args) => list::run(context, args, streams),
        Profile::Show(args) => show::run(invocation, args, streams),
        Profile::Tree(args) => tree::run(context, args, streams),
        Profile::Adopt(args) => adopt::run(invocation, args, streams),
        Profile::Release(args) => release::run(invocation, args, streams),
        Profile::Add(args) => add::run(invocation, args, streams),
        Profile::Set(args) => set::run(invocation, args, streams),
        Profile::Unset(args) => unset::run(invocation, args, streams),
        Profile::Remove(args) => remove::run(invocation, args, streams),
        Profile::Rename(args) => rename::run(invocation, args, streams),
    }
}
