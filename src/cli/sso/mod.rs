//! `rolecall sso`: sign-ins to IAM Identity Center.

mod accounts;
mod configure;
mod login;
mod logout;
mod meant;
mod notice;
mod pattern;
mod populate;
mod populated;
mod roles;

pub(super) use notice::{WantedSignIn, sign_in};

use super::args::Sso;
use crate::{cli::invocation::Invocation, error::Result, output::Streams};

/// Runs the verb of `rolecall sso`.
pub(super) fn run(invocation: Invocation<'_>, verb: Sso, streams: &mut Streams<'_>) -> Result<()> {
    match verb {
        Sso::Configure(args) => configure::run(invocation, args, streams),
        Sso::Login(args) => login::run(invocation, args, streams),
        Sso::Logout(args) => logout::run(invocation, args, streams),
        Sso::Accounts(args) => accounts::run(invocation, &args, streams),
        Sso::Roles(args) => roles::run(invocation, &args, streams),
        Sso::Populate(args) => populate::run(invocation, &args, streams),
    }
}
