//! `rolecall s3 list-user-policies`.

use rolecall::{
    context::Context,
    error::Result,
    output::{Streams, escape},
};

use crate::{
    caller::{Caller, OrCannot as _},
    holder::Holder,
    policy_text::document_in,
    progress::Progress,
    rows::pretty,
    several,
};

pub(super) fn run(
    context: &Context,
    caller: &Caller,
    users: Vec<String>,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let progress = Progress::new(context);
    if !users.is_empty() {
        return several::for_each(&users, "users could not be listed", streams, |user, streams| {
            list(caller, user, &progress, streams)
        });
    }
    let (mut pages, mut count) = (caller.iam().list_users().into_paginator().send(), 0_usize);
    while let Some(page) =
        caller.call(async { pages.next().await.transpose() }).or_cannot("list the users")?
    {
        for user in page.users() {
            count += 1;
            progress.show(&format!("user {count}: {}", escape(user.user_name())), streams);
            list(caller, user.user_name(), &progress, streams)?;
        }
    }
    progress.wipe(streams);
    Ok(())
}

/// Writes all of a user at once: half of its policies would look like all of them.
fn list(caller: &Caller, user: &str, progress: &Progress, streams: &mut Streams<'_>) -> Result<()> {
    let text = text_of(caller, user);
    progress.wipe(streams);
    streams.print(&text?)
}

fn text_of(caller: &Caller, user: &str) -> Result<String> {
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
