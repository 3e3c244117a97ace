//! Parses command lines, for `rolecall` and for `rolecall-provision`.

use std::ffi::OsString;

use clap::{FromArgMatches as _, error::ErrorKind};

use super::{
    args::{Cli, Keys, KeysRotate, Verb, provision},
    description::command,
    topics, usage,
};
use crate::{
    error::{Error, Kind, Result},
    output::Streams,
};

/// Parses a command line (with the program's name first). Returns `None` if it asks for help or the
/// version, which it prints.
///
/// # Errors
/// Of kind `Usage`, with a suggestion if a word looks misspelled; of kind `ClosedPipe`.
pub(super) fn parse(arguments: &[OsString], streams: &mut Streams<'_>) -> Result<Option<Cli>> {
    if let Some(printed) = topics::print(arguments, command, streams) {
        return printed.map(|()| None);
    }
    let parsed = command()
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let error = match parsed {
        Ok(cli) => return Ok(Some(cli)),
        Err(error) => error,
    };
    if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return Err(usage::usage_error(&error, arguments));
    }
    let text = error.render();
    let color = streams.colors.stdout;
    streams.print(&if color { text.ansi().to_string() } else { text.to_string() })?;
    Ok(None)
}

/// A verb that `rolecall-provision` runs, and whose credentials call AWS.
pub struct Provisioning {
    /// The verb.
    pub verb: ProvisionVerb,
    /// Whose credentials call AWS, and where.
    pub access: provision::CallerFlags,
}

/// The verbs that `rolecall-provision` runs.
pub enum ProvisionVerb {
    /// `rolecall s3`.
    S3(provision::S3),
    /// `rolecall iam`.
    Iam(provision::Iam),
    /// `rolecall keys rotate`.
    RotateKey(KeysRotate),
}

/// Parses the command line of `rolecall-provision` (with the program's name first). Returns `None`
/// if it asks for help or the version, which it prints.
///
/// # Errors
/// Of kind `Usage`, also for the verbs that only `rolecall` runs; of kind `ClosedPipe`.
pub fn parse_provisioning(
    arguments: &[OsString],
    streams: &mut Streams<'_>,
) -> Result<Option<Provisioning>> {
    let Some(cli) = parse(arguments, streams)? else { return Ok(None) };
    let (verb, access) = match cli.verb {
        Verb::S3 { verb, access } => (ProvisionVerb::S3(verb), access),
        Verb::Iam { verb, access } => (ProvisionVerb::Iam(verb), access),
        Verb::Keys(Keys::Rotate(args)) => {
            let access = provision::CallerFlags {
                profile: args.profile.clone(),
                store: cli.global.store,
                endpoint_url: args.endpoint_url.clone(),
                region: args.region.clone(),
                ..provision::CallerFlags::default()
            };
            (ProvisionVerb::RotateKey(args), access)
        }
        _ => {
            let message = "rolecall-provision runs only s3, iam and keys rotate";
            return Err(
                Error::new(Kind::Usage, message).hint("run all other commands with 'rolecall'")
            );
        }
    };
    Ok(Some(Provisioning { verb, access }))
}
