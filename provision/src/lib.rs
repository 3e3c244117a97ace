//! Creates in AWS what rolecall's profiles need.
//!
//! It is a separate program so that the helper that every SDK calls doesn't link the IAM and S3
//! clients. `rolecall s3 …`, `rolecall iam …` and `rolecall keys rotate` run it with the same
//! arguments. Credentials come from a rolecall profile ([`rolecall::app`]), the command line or
//! stdin.
//!
//! The command line is described in [`rolecall::cli::args::provision`]; [`caller`] finds the
//! credentials and creates the clients; [`s3`], [`iam`] and `keys` have the verbs, one file each;
//! [`new_key`] creates access keys without losing any; [`undo`] reverts a command's changes if it
//! fails.

mod account;
pub mod ask;
mod buckets;
mod caller;
mod change;
mod deletion;
mod engine;
mod failure;
mod given;
mod holder;
mod iam;
mod keys;
mod new_key;
mod password;
mod permissions;
pub mod policy;
pub mod policy_text;
mod progress;
mod rows;
mod s3;
mod several;
mod team;
mod undo;

use std::ffi::OsString;

use rolecall::{
    cli::{
        self, Parsed,
        args::{Cli, Keys, Verb, provision as args},
    },
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
};

use caller::Invocation;

/// Runs the program with these arguments (its name first) and returns the exit code.
pub fn run(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> u8 {
    let result = match cli::parse(arguments) {
        Ok(Parsed::Cli(cli)) => dispatch(context, *cli, streams),
        Ok(Parsed::Text(text)) => text.print(streams),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            streams.report_in_full(&error);
            error.kind().exit_code()
        }
    }
}

fn dispatch(context: &Context, cli: Cli, streams: &mut Streams<'_>) -> Result<()> {
    match cli.verb {
        Verb::S3 { verb, access } => {
            s3::run(Invocation { context, access: &access }, verb, streams)
        }
        Verb::Iam { verb, access } => {
            iam::run(Invocation { context, access: &access }, verb, streams)
        }
        Verb::Keys(Keys::Rotate(args)) => {
            let access = args::CallerFlags {
                profile: args.profile.clone(),
                store: cli.global.store,
                endpoint_url: args.endpoint_url.clone(),
                region: args.region.clone(),
                ..args::CallerFlags::default()
            };
            keys::rotate(Invocation { context, access: &access }, &args, streams)
        }
        _ => Err(Error::new(Kind::Usage, "rolecall-provision runs only s3, iam and keys rotate")
            .hint("run all other verbs with 'rolecall'")),
    }
}
