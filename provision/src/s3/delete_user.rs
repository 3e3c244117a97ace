//! `rolecall s3 delete-user`.

use rolecall::{Result, Streams, escape};

use crate::{
    args::DeleteUser, caller::Caller, deletion::Deletion, holder::Holder, several::Several, turn,
};

pub(super) fn run(caller: &Caller<'_>, args: &DeleteUser, streams: &mut Streams<'_>) -> Result<()> {
    let own_arn = caller.identity()?.arn;
    caller.hold_signals()?;
    let note = if args.dry_run { " (dry run: nothing is deleted)" } else { "" };
    let several = Several { names: &args.users, failed: "users could not be deleted" };
    several.for_each(streams, |user, streams| {
        streams.print(&format!("User: {}{note}\n", escape(user)))?;
        let user = Holder::User(user.to_owned());
        let _turn =
            if args.dry_run { None } else { turn::take(caller, &user.to_string(), streams)? };
        let (holder, dry_run) = (&user, args.dry_run);
        Deletion { caller, holder, dry_run, unseen: Vec::new(), streams }.user(&own_arn)
    })?;
    caller.release_signals();
    Ok(())
}
