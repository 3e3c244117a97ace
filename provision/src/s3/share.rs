//! `rolecall s3 share`: a bucket shared with a client who signs in to the console.
//!
//! First all is settled ([`terms`]), with questions where there is somebody to ask; nothing is made
//! before the last yes. Then it is made ([`make`]), all or nothing.

mod asker;
mod handout;
mod look;
mod make;
mod names;
mod policy;
mod terms;

use rolecall::{
    context::Context,
    error::{Error, Kind, Result},
    output::{Streams, escape},
};

use crate::{
    args::{Access, Share},
    ask,
    buckets::{Block, BucketIs},
    caller::Caller,
    undo::How,
};

use asker::Asker;
use terms::Terms;

pub(super) fn run(
    context: &Context,
    access: &Access,
    args: &Share,
    streams: &mut Streams<'_>,
) -> Result<()> {
    if access.reads_stdin() && args.password.as_deref() == Some("-") {
        return Err(Error::new(
            Kind::Usage,
            "stdin can't have both the caller's keys and a password",
        )
        .hint("call with a --profile, or take --password generate"));
    }
    terms::check_given(args, access.region.as_deref())?;
    let asker = Asker::new(context, args)?;
    let caller = Caller::new(context, access, streams)?;
    let terms = terms::settle(&caller, &asker, access.region.as_ref(), args, streams)?;
    let steps = terms.steps();
    if args.dry_run {
        return streams
            .print(&format!("{steps}Its policy:\n{}", crate::rows::pretty(&terms.policy())));
    }
    if !args.yes {
        streams.tell(&steps);
        if !ask::yes(context, "Go on?")? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    let how = How { silent: false, keep: args.keep };
    make::all(&caller, &terms, how, streams)?;
    streams.print(&handout::text(&terms))?;
    match &terms.password {
        Some(_) => streams.tell(&format!(
            "This is also in {}, which only you can read: hand it out, then delete it\n",
            escape(&terms.file.display().to_string())
        )),
        None => streams.tell(&format!(
            "The user {} had a password before, which stays; --new-password sets another\n",
            escape(&terms.user)
        )),
    }
    Ok(())
}

/// Told to people, while stdout has the data.
trait Tell {
    fn tell(&mut self, text: &str);
}

impl Tell for Streams<'_> {
    fn tell(&mut self, text: &str) {
        // Nobody is left to be told when stderr is gone.
        drop(self.stderr.write_all(text.as_bytes()));
    }
}

/// Where the console of a partition is.
///
/// Rule: AWS General Reference, "AWS Management Console" of China and GovCloud: domains of their own.
fn console_domains(partition: &str) -> (&'static str, &'static str) {
    match partition {
        "aws-cn" => ("console.amazonaws.cn", "signin.amazonaws.cn"),
        "aws-us-gov" => ("console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com"),
        _ => ("s3.console.aws.amazon.com", "signin.aws.amazon.com"),
    }
}

impl Terms {
    /// What will be done, a line for each.
    fn steps(&self) -> String {
        let mut lines = vec![format!("In account {}:", self.account)];
        match &self.bucket_is {
            BucketIs::Missing => lines.push(format!(
                "  create the bucket {} in {}, closed to the public and encrypted",
                self.bucket, self.region
            )),
            BucketIs::There { block, is_encrypted } => {
                if *block != Block::Closed {
                    lines.push(format!("  close the bucket {} to the public", self.bucket));
                }
                if !is_encrypted {
                    lines.push(format!("  encrypt what comes into the bucket {}", self.bucket));
                }
            }
        }
        if self.user_is == terms::UserIs::Missing {
            lines.push(format!("  create the user {}", self.user));
        }
        let place = format!("{}/{}", self.bucket, self.prefix.as_deref().unwrap_or_default());
        lines.push(format!("  let {} list, put, get and delete in {place}", self.user));
        if self.needs_password() {
            lines.push(format!("  give {} a password for the console", self.user));
            lines.push(format!("  write the sign-in data to {}", self.file.display()));
        }
        let mut text = lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("\n");
        text.push('\n');
        text
    }
}
