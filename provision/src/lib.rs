//! Sets up in AWS what rolecall's profiles need.
//!
//! A program of its own, so that the helper that every SDK calls neither links nor loads the clients
//! of IAM and S3. `rolecall s3 …`, `rolecall iam …` and `rolecall keys rotate` run it as their sibling
//! with the same arguments. Credentials come from a profile of rolecall's
//! ([`rolecall::app`]), or from the command line and stdin.
//!
//! The command line is described in [`rolecall::cli::args::provision`]; [`caller`] finds the
//! credentials and makes the clients; [`s3`], [`iam`] and `keys` have the verbs, one file each;
//! [`new_key`] makes access keys and loses none; [`undo`] unmakes what a command made before it
//! failed.

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
    output::{Streams, report_in_full},
};

use caller::Invocation;

/// Runs with these arguments (the program's name first); returns the exit code.
pub fn run(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> u8 {
    let result = match cli::parse(arguments) {
        Ok(Parsed::Cli(cli)) => dispatch(context, *cli, streams),
        Ok(Parsed::Text(text)) => streams.print(&text),
        Err(error) => Err(error),
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            // If stderr is closed, there is nobody left to tell.
            drop(report_in_full(&error, streams.stderr));
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
