//! `rolecall sso logout`: signs out of IAM Identity Center.

use crate::{
    app::{SignOut, SignOutReport, SignOuts},
    cli::{args, invocation::Invocation, logout::line},
    error::Result,
    identity_center::SignedOut,
    output::{Streams, escape},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::SsoLogout,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let sign_outs = SignOuts::new(context, selection)?;
    let which = if args.all { SignOut::All } else { SignOut::One(args.session.as_deref()) };
    let (mut found, mut outcome) = (false, Ok(()));
    for session in &sign_outs.meant(which)? {
        let SignOutReport { name, signed_out, forgotten } = sign_outs.end(session)?;
        match signed_out {
            Ok(signed_out) => found |= report(&escape(&name), signed_out, streams)?,
            Err(error) => outcome = outcome.and(Err(error)),
        }
        found |= !forgotten.records.is_empty();
        for record in &forgotten.records {
            streams.print(&line(context, record))?;
        }
        outcome = outcome.and(forgotten.outcome);
    }
    if !found && outcome.is_ok() {
        streams.print("no sign-ins found\n")?;
    }
    outcome
}

/// Returns whether there was a sign-in.
fn report(name: &str, signed_out: SignedOut, streams: &mut Streams<'_>) -> Result<bool> {
    let SignedOut { was_signed_in, not_ended, is_left_to_aws_cli } = signed_out;
    if let Some(why) = not_ended {
        streams.warn(&format!(
            "deleted the sign-in to '{name}' here, but could not sign out of IAM Identity Center: \
             {why}"
        ));
    }
    if is_left_to_aws_cli {
        streams.warn_with_hint(
            &format!("the AWS CLI's own sign-in to '{name}' stays valid"),
            "'aws sso logout' signs out of all of the AWS CLI's sign-ins",
        );
    }
    if was_signed_in {
        streams.print(&format!("{name}: signed out\n"))?;
    }
    Ok(was_signed_in)
}
