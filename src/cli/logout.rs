//! `rolecall logout`: forgets sessions.

use super::{args, invocation::Invocation, time};
use crate::{
    app::{LogOut, LoggedOut},
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, escape},
    profile::{Exported, Files},
    session::SessionRecord,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Logout,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if args.all && selection.profile.is_some() {
        return Err(Error::new(Kind::Usage, "--all can't be combined with profile names"));
    }
    let names = args.names.iter().map(|name| selection.named_profile(Some(name.clone())));
    let mut names: Vec<String> = names.filter_map(Result::transpose).collect::<Result<_>>()?;
    let is_default = names.is_empty() && selection.profile.is_none() && !args.all;
    if names.is_empty() && !args.all {
        names.push(selection.profile_name(context, None)?);
    }
    // A store that does not exist is a typo, though sessions are forgotten wherever they are.
    drop(selection.store(context)?);
    let files = Files::read(context)?;
    let log_out = LogOut { context, files: &files, all: args.all, mfa: args.mfa };
    let LoggedOut { records, confirmations, exports, outcome, has_records, has_sessions } =
        log_out.run(names);
    if args.all && !has_records {
        streams.warn(
            "there is no usable state directory: sessions of profiles that have changed since are \
             not found",
        );
    }
    let mut lines: Vec<String> = records.iter().map(|record| line(context, record)).collect();
    lines.extend(confirmations.iter().map(|name| asked_again(name)));
    lines.extend(exports.iter().map(taken_out));
    let is_empty = lines.is_empty();
    if !is_empty {
        streams.print(&lines.concat())?;
    } else if outcome.is_ok() {
        streams.print("no sessions found\n")?;
    }
    if !is_default || !is_empty && !has_sessions {
        return outcome;
    }
    // Nobody named a profile, so they may have meant all of them.
    let all = "'rolecall logout --all' deletes the sessions of all profiles";
    match outcome {
        Ok(()) => streams.hint(all),
        Err(error) => return Err(error.hint(all)),
    }
    Ok(())
}

fn taken_out(export: &Exported) -> String {
    let (name, source) = (escape(&export.name), escape(&export.source));
    format!("{name}: removed the session of '{source}' from the credentials file\n")
}

fn asked_again(name: &str) -> String {
    format!("{}: its credentials need approval again\n", escape(name))
}

pub(super) fn line(context: &Context, record: &SessionRecord) -> String {
    let name = match &record.profile {
        Some(profile) => profile.clone(),
        None if record.role_arn.is_empty() => format!("MFA session of {}", record.source),
        None => record.role_arn.clone(),
    };
    let name = escape(&name);
    match record.kept_until() {
        Some(ends) => format!(
            "{name}: session deleted; copies of it stay valid at AWS until {}\n",
            time::local(ends, context.now())
        ),
        None => format!("{name}: session deleted; its expiration is not known\n"),
    }
}
