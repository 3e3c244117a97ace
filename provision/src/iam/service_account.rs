//! `rolecall iam service-account`: a user who may do nothing but assume one role, and that role.
//!
//! First all is settled ([`terms`]) and compared with what is there; then it is made, all or nothing,
//! the access key last ([`key`]). Then it is waited for IAM ([`spread`]), which undoes nothing.

mod key;
mod spread;
mod terms;

use rolecall::{
    context::Context,
    error::Result,
    output::{Streams, escape},
};

use super::engine::{self, Plan};
use crate::{
    args,
    caller::Caller,
    permissions::{Deed, require},
    undo::{How, all_or_nothing},
};

use key::Key;
use terms::{Device, Given, Terms};

pub(super) fn run(
    context: &Context,
    access: &args::Access,
    args: &args::ServiceAccount,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let (given, warnings) = Given::of(access, args)?;
    for warning in warnings {
        streams.warn(&warning);
    }
    let caller = Caller::new(context, access, streams)?;
    let identity = caller.identity()?;
    let terms = Terms::settle(&caller, &identity, access, args, &given)?;
    let plan = engine::plan(&caller, &identity, &terms.wanted())?;
    let key = Key::look(context, &caller, access, &terms, args.dry_run)?;
    key.warn(streams)?;
    let calls = calls(&plan, &key, &terms);
    if args.dry_run {
        return streams.print(&tell(&plan, &key, &calls, &terms)?);
    }
    require(&caller, &identity, &with_tags(&calls))?;
    let is_there = plan.is_empty() && key.is_there()?;
    let how = How { silent: false, keep: args.keep };
    let keys = all_or_nothing(&caller, streams, how, |steps| {
        plan.carry_out(steps)?;
        key.carry_out(steps, &terms)
    })?;
    if is_there {
        let Terms { name, role, .. } = &terms;
        tell_human(
            streams,
            &format!(
                "User {name}, role {role}, their profiles and the access key {} are there already: nothing \
             to change\n",
                keys.access_key_id
            ),
        );
    }
    spread::wait(context, &caller, &terms, &keys, streams)?;
    close(access, args, &terms, given.reads, streams)
}

/// The calls that change something.
fn calls(plan: &Plan, key: &Key<'_>, terms: &Terms) -> Vec<Deed> {
    let mut calls = plan.deeds();
    let user = terms.account.arn(&format!("user/{}", terms.name));
    if let Key::Missing { lost, .. } = key {
        calls.extend(lost.iter().map(|_| ("iam:DeleteAccessKey", user.clone())));
        calls.push(("iam:CreateAccessKey", user));
    }
    calls
}

/// What must be allowed to the caller: tags that are given with a call are a permission of their own.
///
/// Rule: IAM User Guide, "Tagging IAM resources".
fn with_tags(calls: &[Deed]) -> Vec<Deed> {
    let mut deeds = calls.to_vec();
    for (made, tagged) in [("iam:CreateUser", "iam:TagUser"), ("iam:CreateRole", "iam:TagRole")] {
        let calls = calls.iter().filter(|(action, _)| *action == made);
        deeds.extend(calls.map(|(_, on)| (tagged, on.clone())));
    }
    deeds
}

fn tell(plan: &Plan, key: &Key<'_>, calls: &[Deed], terms: &Terms) -> Result<String> {
    let mut text = String::new();
    if plan.is_empty() && key.is_there()? {
        return Ok("Would do nothing: all is there\n".to_owned());
    }
    if !plan.is_empty() {
        text += "Would change in the account:\n";
        text += &plan.tell();
    }
    if !calls.is_empty() {
        text += "Would call:\n";
        for (action, on) in calls {
            text += &format!("    {action} {}\n", escape(on));
        }
    }
    Ok(text + &key.tell(&terms.name)?)
}

/// The last words: on stdout the command alone.
fn close(
    access: &args::Access,
    args: &args::ServiceAccount,
    terms: &Terms,
    reads: bool,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Terms { name, role, mfa, .. } = terms;
    if let Some(Device { serial, is_there: false }) = mfa {
        let profile = access.profile.as_ref().map(|profile| format!(" --profile {profile}"));
        let profile = escape(&profile.unwrap_or_default()).into_owned();
        tell_human(
            streams,
            &format!(
                "The role asks for an MFA code, and user {name} has no device yet. To give it one:\n  \
             aws iam create-virtual-mfa-device --virtual-mfa-device-name {name} \
             --outfile {name}.png --bootstrap-method QRCodePNG{profile}\n  \
             aws iam enable-mfa-device --user-name {name} --serial-number {serial} \
             --authentication-code1 CODE --authentication-code2 NEXT-CODE{profile}\n"
            ),
        );
    }
    let bucket = &args.bucket;
    let (what, sync) = if reads {
        ("download the bucket", format!("s3://{bucket}/ ."))
    } else {
        ("upload this folder", format!(". s3://{bucket}/"))
    };
    tell_human(streams, &format!("To {what}, with credentials for a quarter of an hour:\n"));
    streams.print(&format!("rolecall exec {role} --duration 900 -- aws s3 sync {sync}\n"))
}

fn tell_human(streams: &mut Streams<'_>, text: &str) {
    // Nobody is left to be told when stderr is gone.
    drop(streams.stderr.write_all(text.as_bytes()));
}
