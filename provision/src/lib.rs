//! Creates in AWS what rolecall's profiles need.
//!
//! It is a separate program so that the helper that every SDK calls doesn't link the IAM and S3
//! clients. `rolecall s3 …`, `rolecall iam …` and `rolecall keys rotate` run it with the same
//! arguments. Credentials come from a rolecall profile ([`rolecall::Access`]), the command line or
//! stdin.
//!
//! The command line is described in [`rolecall::args`]; [`caller`] finds the credentials and
//! creates the clients; [`s3`], [`iam`] and `keys` have the verbs, one file each;
//! [`new_key`] creates access keys without losing any; [`undo`] reverts a command's changes if it
//! fails.

mod account;
mod ask;
mod buckets;
mod caller;
mod change;
mod deletion;
mod engine;
mod failure;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
mod given;
mod holder;
mod iam;
mod keys;
mod managed;
mod new_key;
mod password;
mod permissions;
mod policy;
mod progress;
mod rows;
mod s3;
mod several;
mod team;
mod turn;
mod undo;

use std::ffi::OsString;

use rolecall::{Context, ProvisionVerb, Provisioning, Result, Streams, args, parse_provisioning};

use caller::Invocation;

/// Runs the program with these arguments (its name first) and returns the exit code.
pub fn run(context: &Context, arguments: &[OsString], streams: &mut Streams<'_>) -> u8 {
    let result = match arguments {
        // Under its own name, so that an installer can tell the two programs apart.
        [_, word] if word == "--version" || word == "-V" => {
            streams.print(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        _ => match parse_provisioning(arguments, streams) {
            Ok(Some(command)) => dispatch(context, command, streams),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
    };
    context.take_warnings().iter().for_each(|warning| streams.warn(warning));
    match result {
        Ok(()) => 0,
        Err(error) => {
            streams.report_in_full(&error);
            error.kind().exit_code()
        }
    }
}

fn dispatch(context: &Context, command: Provisioning, streams: &mut Streams<'_>) -> Result<()> {
    let invocation = Invocation { context, access: &command.access };
    match command.verb {
        ProvisionVerb::S3(verb) => s3::run(invocation, verb, streams),
        ProvisionVerb::Iam(verb) => iam::run(invocation, verb, streams),
        ProvisionVerb::RotateKey(args) => keys::rotate(invocation, &args, streams),
    }
}
