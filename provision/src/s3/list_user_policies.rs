//! `rolecall s3 list-user-policies`.

use rolecall::{Result, Streams, escape, waiting_for};

use crate::{
    caller::Caller, failure::OrCannot as _, holder::Holder, policy::document_in, rows::pretty,
    several::Several,
};

pub(super) fn run(
    caller: &Caller<'_>,
    users: Vec<String>,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if !users.is_empty() {
        let several = Several { names: &users, failed: "users could not be listed" };
        // Prints a user's policies only when all are read: some of them would look like all of
        // them.
        return several.for_each(streams, |user, streams| streams.print(&text_of(caller, user)?));
    }
    let mut count = 0_usize;
    let all = caller.iam().list_users().into_paginator().items().send();
    caller.for_each("list the users", all, |user| {
        count += 1;
        let what = format!("the policies of user {count}: {}", user.user_name());
        let waiting = waiting_for(caller.context, &what);
        let text = text_of(caller, user.user_name())?;
        drop(waiting);
        streams.print(&text)
    })
}

fn text_of(caller: &Caller<'_>, user: &str) -> Result<String> {
    let what = format!("list the policies of user '{user}'");
    let holder = Holder::User(user.to_owned());
    let inline = holder.inline_names(caller).or_cannot(&what)?;
    let attached = holder.attached(caller).or_cannot(&what)?;
    let mut text = format!("User: {}\n", escape(user));
    for name in inline {
        text.push_str(&format!("PolicyName: {}\n", escape(&name)));
        match document_in(&holder.inline(caller, &name).or_cannot(&what)?) {
            Ok(document) => text.push_str(&pretty(&document)),
            Err(raw) => text.push_str(&format!("{}\n", escape(&raw))),
        }
    }
    for arn in attached {
        text.push_str(&format!("AttachedPolicy: {}\n", escape(&arn)));
    }
    Ok(text)
}
