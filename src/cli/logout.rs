//! `rolecall logout`: forgets sessions.

use super::{Streams, args, setup, time};
use crate::{
    aws::SdkSts,
    context::Context,
    error::{Error, Kind, Result},
    output::escape,
    plan::{Environment, Request, resolve},
    profile::{Files, ProfileSet},
    session::Record,
};

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::Logout,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if args.all && common.profile.is_some() {
        return Err(Error::new(Kind::Usage, "--all goes without a profile"));
    }
    let store = common.store(context)?;
    let files = Files::read(context)?;
    let sessions = setup::sessions(context, &*store, &SdkSts, &files);
    let forgotten = if args.all {
        sessions.forget_all()?
    } else {
        let names = if args.names.is_empty() {
            vec![common.profile_name(context, None)?]
        } else {
            args.names
        };
        let set = ProfileSet::new(&files);
        let environment = Environment::of(context)?;
        let mut forgotten = Vec::new();
        for name in names {
            let plan = resolve(&Request::profile(&*name), &set, &environment);
            let mut records = sessions.forget(Some(&name), plan.as_ref().ok())?;
            // A profile that was removed or broken since may still have sessions; a name that
            // means nothing at all is a slip of the pen.
            if let (Err(error), true) = (plan, records.is_empty()) {
                return Err(error);
            }
            forgotten.append(&mut records);
        }
        forgotten
    };
    if forgotten.is_empty() {
        return streams.print("no session was there\n");
    }
    let lines: Vec<String> = forgotten.iter().map(|record| line(context, record)).collect();
    streams.print(&lines.concat())
}

fn line(context: &Context, record: &Record) -> String {
    let name = record.profile.as_deref().unwrap_or(&record.role_arn);
    match record.ends {
        Some(ends) => format!(
            "{}: forgotten; a copy made before stays valid at AWS until {}\n",
            escape(name),
            time::local(ends, context.now())
        ),
        None => "a session without a record: forgotten\n".to_owned(),
    }
}
