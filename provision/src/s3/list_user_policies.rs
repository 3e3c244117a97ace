//! `rolecall s3 list-user-policies`.

use rolecall::{
    context::Context,
    error::Result,
    output::{Streams, escape},
};

use crate::{
    caller::{Caller, explain},
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
    while let Some(page) = caller
        .call(async { pages.next().await.transpose() })
        .map_err(|failure| explain(&failure, "list the users"))?
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
    let failed = |failure| explain(&failure, &format!("list the policies of user '{user}'"));
    let iam = caller.iam();
    let inline = iam.list_user_policies().user_name(user).into_paginator().items().send();
    let inline = caller.call(inline.collect::<std::result::Result<Vec<_>, _>>()).map_err(failed)?;
    let attached = iam.list_attached_user_policies().user_name(user).into_paginator();
    let attached = attached.items().send().collect::<std::result::Result<Vec<_>, _>>();
    let attached = caller.call(attached).map_err(failed)?;
    let mut text = format!("User: {}\n", escape(user));
    for name in inline {
        text.push_str(&format!("PolicyName: {}\n", escape(&name)));
        let policy = iam.get_user_policy().user_name(user).policy_name(&name);
        let policy = caller.call(policy.send()).map_err(failed)?;
        match document_in(policy.policy_document()) {
            Ok(document) => text.push_str(&pretty(&document)),
            Err(raw) => text.push_str(&format!("{}\n", escape(&raw))),
        }
    }
    for policy in attached {
        let arn = policy.policy_arn().unwrap_or_default();
        text.push_str(&format!("AttachedPolicy: {}\n", escape(arn)));
    }
    Ok(text)
}
