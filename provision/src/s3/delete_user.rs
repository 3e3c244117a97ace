//! `rolecall s3 delete-user`.

use rolecall::{
    cli::Streams,
    error::{Error, Kind, Result},
    output::{escape, report_in_full},
};

use crate::{args::DeleteUser, caller::Caller, deletion::Deletion};

pub(super) fn run(caller: &Caller, args: &DeleteUser, streams: &mut Streams<'_>) -> Result<()> {
    let own_arn = caller.identity()?.arn;
    caller.hold_signals()?;
    let mut failed = 0;
    for user in &args.users {
        let note = if args.dry_run { " (dry run: nothing is deleted)" } else { "" };
        streams.print(&format!("User: {}{note}\n", escape(user)))?;
        let deleted = Deletion::new(caller, "user", user, args.dry_run, streams).user(&own_arn);
        let Err(error) = deleted else { continue };
        if args.users.len() == 1 || error.kind() == Kind::Interrupted {
            return Err(error);
        }
        drop(report_in_full(&error, streams.stderr));
        failed += 1;
    }
    caller.release_signals();
    match failed {
        0 => Ok(()),
        _ => Err(Error::new(
            Kind::Other,
            format!("{failed} of {} users could not be deleted", args.users.len()),
        )),
    }
}
