//! `rolecall logout`: forgets sessions.

use super::{args, invocation::Invocation, time};
use crate::{
    app::{self},
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, escape},
    plan::{Environment, Request, resolve},
    profile::{Exported, Files, ProfileSet, remove_exports},
    session::{Forgetter, Forgotten, SessionRecord},
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
    let mut names = names.collect::<Result<Vec<_>>>()?;
    let is_default = names.is_empty() && selection.profile.is_none() && !args.all;
    if names.is_empty() && !args.all {
        names.push(Some(selection.profile_name(context, None)?));
    }
    // A store that does not exist is a typo, though sessions are forgotten wherever they are.
    drop(selection.store(context)?);
    let files = Files::read(context)?;
    let forgetter = Forgetter::new(context, app::store_by_name);
    let Forgotten { records: mut forgotten, mut confirmations, mut outcome } =
        if args.all { forgetter.forget_all() } else { Forgotten::nothing() };
    let set = ProfileSet::new(&files);
    if args.all {
        // Records can be lost, so forget the sessions of every current profile, too.
        names = set.names().into_iter().map(|name| Some(name.into_owned())).collect();
        if !forgetter.has_records() {
            streams.warn(
                "there is no usable state directory: sessions of profiles that have changed since are \
                 not found",
            );
        }
    }
    let environment = Environment::of(context);
    let meant: Vec<String> = names.iter().flatten().cloned().collect();
    for name in names.into_iter().flatten() {
        let plan = resolve(&Request::profile(&*name), &set, environment);
        let Forgotten { mut records, confirmations: mut asked, outcome: removed } =
            forgetter.forget(&name, plan.as_ref().ok(), args.mfa || args.all);
        // A profile that is now gone or broken may still have sessions; a name without any is a
        // typo.
        let found = !(records.is_empty() && asked.is_empty())
            || removed.is_err()
            || args.all
            || name.starts_with("arn:");
        forgotten.append(&mut records);
        confirmations.append(&mut asked);
        outcome = outcome.and(removed).and(if found { Ok(()) } else { plan.map(drop) });
    }
    let exported = remove_exports(context, &files, &|export| {
        args.all || meant.iter().any(|name| [&export.name, &export.source].contains(&name))
    });
    let mut lines: Vec<String> = forgotten.iter().map(|record| line(context, record)).collect();
    lines.extend(confirmations.iter().map(|name| asked_again(name)));
    match exported {
        Ok(exports) => lines.extend(exports.iter().map(taken_out)),
        Err(error) => outcome = outcome.and(Err(error)),
    }
    let is_empty = lines.is_empty();
    if !is_empty {
        streams.print(&lines.concat())?;
    } else if outcome.is_ok() {
        streams.print("no sessions found\n")?;
    }
    if !is_default || !is_empty && !forgetter.has_sessions() {
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
    format!("{}: a person is asked again before its credentials are handed out\n", escape(name))
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
            "{name}: forgotten; copies of the session stay valid at AWS until {}\n",
            time::local(ends, context.now())
        ),
        None => format!("{name}: forgotten; it had no record\n"),
    }
}
