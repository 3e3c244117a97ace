//! `rolecall s3 share`: shares a bucket with a client who signs in to the console.
//!
//! First everything is decided ([`settle`]), with prompts if somebody is there. Nothing is changed
//! before the user confirms. Then everything is done, or nothing.

mod asker;
mod handout;
mod names;
mod settle;
mod spec;

use aws_sdk_iam::types::Tag;
use rolecall::{Error, Kind, Result, Secret, Streams, escape};

use crate::{
    args::Share,
    ask,
    caller::{Caller, Invocation},
    change::{BucketChange, Change, Phrasing},
    failure::OrCannot as _,
    turn,
    undo::{StepOptions, Steps},
};

use asker::Asker;
use settle::SharePlan;

pub(super) fn run(
    invocation: Invocation<'_>,
    args: &Share,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, access } = invocation;
    if access.reads_stdin() && args.password.as_deref() == Some("-") {
        return Err(Error::new(
            Kind::Usage,
            "stdin can't provide both the caller's keys and a password",
        )
        .hint("use --profile, or --password generate"));
    }
    settle::check_given(args, access.region.as_deref())?;
    let asker = Asker::new(invocation, args)?;
    let caller = Caller::new(invocation, streams)?;
    // Only one client's file and user at a time: their names are known only after the prompts.
    let _turn = if args.dry_run { None } else { turn::take(&caller, "shared buckets", streams)? };
    let share = settle::settle(&caller, &asker, streams)?;
    share.plan.warn(streams);
    let steps = share.to_text();
    if args.dry_run {
        let policy = crate::rows::pretty(&share.spec.policy());
        return streams.print(&format!("{steps}Its policy:\n{policy}"));
    }
    if !args.yes {
        streams.note(&steps);
        if !ask::yes(context, "Continue?")? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    let options = StepOptions { keep: args.keep, phrasing: Phrasing::Share };
    options.all_or_nothing(&caller, streams, |steps| share.carry_out(steps))?;
    let spec = &share.spec;
    streams.print(&handout::text(spec, share.secret()))?;
    match share.password {
        Some(_) => streams.note(&format!(
            "This is also in {}, which only you can read: pass it on, then delete it\n",
            escape(&spec.file.display().to_string())
        )),
        None => streams.note(&format!(
            "User {} already had a password, which was kept; --new-password sets a new one\n",
            escape(&spec.user)
        )),
    }
    Ok(())
}

impl SharePlan {
    /// Returns what will be done, one step per line.
    fn to_text(&self) -> String {
        let spec = &self.spec;
        let mut lines = vec![format!("In account {}:", spec.account.id)];
        let is_new = !self.plan.existing.buckets.contains_key(&spec.bucket);
        for change in &self.plan.changes {
            let line = change.to_do(Phrasing::Share);
            match change {
                Change::Bucket { change: BucketChange::Create, .. } => {
                    lines.push(format!("  {line}, closed to the public and encrypted"));
                }
                Change::Bucket { change: BucketChange::Encrypt, .. } if !is_new => {
                    lines.push(format!("  encrypt new objects in the bucket {}", spec.bucket));
                }
                // The settings of a new bucket are part of its line; the policy is reported below.
                Change::Bucket { .. } if is_new => {}
                Change::PutInline { .. } => {}
                _ => lines.push(format!("  {line}")),
            }
        }
        let place = format!("{}/{}", spec.bucket, spec.prefix.as_deref().unwrap_or_default());
        lines.push(format!("  let {} list, put, get and delete in {place}", spec.user));
        if self.sets_password {
            lines.push(format!("  give {} a password for the console", spec.user));
            lines.push(format!("  write the sign-in details to {}", spec.file.display()));
        }
        let mut text = lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n");
        text.push('\n');
        text
    }

    /// Returns the password that will be set.
    fn secret(&self) -> Option<&Secret> {
        match &self.password {
            Some(Change::SetPassword { password, .. }) => Some(password),
            _ => None,
        }
    }

    /// Makes all changes. The password is set late, so nobody can sign in before everything else is
    /// ready.
    fn carry_out(&self, steps: &mut Steps<'_, '_>) -> Result<()> {
        self.plan.carry_out(steps)?;
        let (Some(set), Some(password)) = (&self.password, self.secret()) else { return Ok(()) };
        steps.change(set)?;
        steps.check_not_interrupted()?;
        let user_existed = self.plan.existing.users.contains_key(&self.spec.user);
        handout::write(&self.spec, user_existed, password)?;
        // From here on, nothing is undone.
        steps.caller().heed_signal();
        mark(steps, &self.spec.user);
        Ok(())
    }
}

/// Records that the password was handed out: no later run sets another one without being asked to.
fn mark(steps: &mut Steps<'_, '_>, user: &str) {
    let tag = Tag::builder().key(spec::TAG).value(spec::DONE).build();
    let call = steps.caller().iam().tag_user().user_name(user);
    let call = call.tags(tag.expect("BUG: both are there")).send();
    let marked =
        steps.caller().call(call).or_cannot(format_args!("mark the user '{user}' as done"));
    if let Err(error) = marked {
        steps.streams.warn(&error.to_string());
    }
}
