//! `rolecall s3 delete-user`.

use rolecall::{
    error::Result,
    output::{Streams, escape},
};

use crate::{args::DeleteUser, caller::Caller, deletion::Deletion, holder::Holder, several};

pub(super) fn run(caller: &Caller, args: &DeleteUser, streams: &mut Streams<'_>) -> Result<()> {
    let own_arn = caller.identity()?.arn;
    caller.hold_signals()?;
    let note = if args.dry_run { " (dry run: nothing is deleted)" } else { "" };
    several::for_each(&args.users, "users could not be deleted", streams, |user, streams| {
        streams.print(&format!("User: {}{note}\n", escape(user)))?;
        let user = Holder::User(user.to_owned());
        Deletion::new(caller, &user, args.dry_run, streams).user(&own_arn)
    })?;
    caller.release_signals();
    Ok(())
}
