//! The inputs: the file, the flags, the caller.

use rolecall::Identity;

use crate::{account::Account, args, caller::Caller, team::Team};

/// The inputs of `iam apply`.
pub(super) struct Inputs<'a> {
    pub(super) caller: &'a Caller<'a>,
    pub(super) identity: &'a Identity,
    pub(super) account: Account,
    /// The store named by `--store`.
    pub(super) store: Option<String>,
    pub(super) args: &'a args::Apply,
    pub(super) team: &'a Team,
    /// The file's text.
    pub(super) text: &'a str,
}
