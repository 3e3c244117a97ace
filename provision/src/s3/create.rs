//! `rolecall s3 create`.

use std::io;

use chrono::DateTime;
use rolecall::{
    app::KeyProfile,
    context::Context,
    credentials::rfc3339,
    error::{Error, Kind, Result},
    output::Streams,
};
use serde_json::Value;

use super::{
    bucket::{self, Kit},
    print, temporary, user,
};
use crate::{
    args,
    caller::Caller,
    given,
    new_key::credentials_of,
    policy::{Template, beyond_s3, check, check_session_policy},
    undo::{How, Steps, all_or_nothing},
};

pub(super) fn run(
    context: &Context,
    access: &args::Access,
    args: args::Create,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut nothing = io::sink();
    let stderr: &mut dyn io::Write = if args.silent { &mut nothing } else { streams.stderr };
    let mut streams = Streams { stdout: streams.stdout, stderr };
    create(context, access, args, &mut streams)
}

fn create(
    context: &Context,
    access: &args::Access,
    args: args::Create,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut buckets: Vec<String> = Vec::new();
    for bucket in &args.buckets {
        bucket::check_name(bucket)?;
        if !buckets.contains(bucket) {
            buckets.push(bucket.clone());
        }
    }
    let template = given::template(access, &args.grant)?;
    let name = format!("s3.{}.{}", template.name(), buckets.join(","));
    let user = args.username.clone().unwrap_or_else(|| name.clone());
    match args.duration {
        Some(seconds) => temporary::check_duration(seconds)?,
        None => user::check_name(&user)?,
    }
    // The partition does not matter to what is checked here.
    let policy = template.of_buckets(&buckets, "aws")?;
    for warning in check(&policy)? {
        streams.warn(&warning);
    }
    if args.user_permissions_boundary.is_none()
        && let Some(action) = beyond_s3(&policy)
    {
        streams.warn(&format!(
            "the policy allows {action}, and the permissions boundary of a new user, or the role, \
             does not: see --user-permissions-boundary"
        ));
    }
    if args.grant.prefix.as_deref().is_some_and(|prefix| prefix.starts_with('/')) {
        streams.warn("the prefix begins with a /, which the names of objects hardly ever do");
    }
    let keep = args.save_as.as_deref().map(|profile| {
        let region = args.bucket_region.clone().or_else(|| access.region.clone());
        KeyProfile::prepare(
            context,
            profile,
            access.store.clone(),
            region,
            Vec::new(),
            args.dry_run,
        )
    });
    let keep = keep.transpose()?;
    let caller = Caller::new(context, access, streams)?;
    let saving =
        keep.as_ref().map(|keep| Ok(user::Saving { account: caller.identity()?.account, keep }));
    let saving = saving.transpose()?;
    let work = look(&caller, &args, (&buckets, &template), (name, user), saving)?;
    if args.dry_run {
        return streams.print(&work.tell()?);
    }
    let how = How { silent: args.silent, keep: args.keep };
    all_or_nothing(&caller, streams, how, |steps| work.carry_out(steps, &args))
}

/// All that is to be done.
struct Work<'a> {
    missing: Vec<String>,
    kit: Kit<'a>,
    access: Way,
    saving: Option<user::Saving<'a>>,
}

/// How the buckets will be reached.
enum Way {
    User(user::Plan),
    Role(temporary::Plan),
}

/// Finds out what is there and what is to be done. Changes nothing.
fn look<'a>(
    caller: &'a Caller,
    args: &'a args::Create,
    (buckets, template): (&[String], &Template),
    (name, user): (String, String),
    saving: Option<user::Saving<'a>>,
) -> Result<Work<'a>> {
    let mut missing = Vec::new();
    for bucket in buckets {
        if !bucket::exists(caller, bucket)? {
            missing.push(bucket.clone());
        }
    }
    if !missing.is_empty() && !args.create_bucket {
        let message = match &*missing {
            [one] => format!("the bucket {one} does not exist"),
            more => format!("the buckets {} do not exist", more.join(", ")),
        };
        return Err(
            Error::new(Kind::Other, message).hint("--create-bucket creates what is missing")
        );
    }
    let region = args.bucket_region.as_deref().unwrap_or(caller.region());
    let kit = Kit { region, public: args.public, website: args.website };
    let partition = caller.partition();
    let access = if let Some(seconds) = args.duration {
        let policy = template.of_buckets(buckets, partition)?;
        check_session_policy(&policy)?;
        Way::Role(temporary::plan(caller, seconds, &name, policy)?)
    } else {
        let policies = buckets.iter().map(|bucket| {
            let policy: Value = template.of_bucket(bucket, partition)?;
            Ok((format!("s3.{}.{bucket}", template.name()), policy))
        });
        let policies = policies.collect::<Result<_>>()?;
        Way::User(user::plan(caller, user, boundary(args, partition)?, policies, saving.as_ref())?)
    };
    Ok(Work { missing, kit, access, saving })
}

/// The boundary of a user that is made.
fn boundary(args: &args::Create, partition: &str) -> Result<Option<String>> {
    match args.user_permissions_boundary.as_deref() {
        Some("none") => Ok(None),
        Some(arn) if arn.starts_with("arn:") => Ok(Some(arn.to_owned())),
        Some(other) => {
            Err(Error::new(Kind::Usage, format!("the permissions boundary '{other}' is no ARN"))
                .hint("give the ARN of a managed policy, or none"))
        }
        None => {
            let reads = args.grant.read_only;
            let policy = if reads { "AmazonS3ReadOnlyAccess" } else { "AmazonS3FullAccess" };
            Ok(Some(format!("arn:{partition}:iam::aws:policy/{policy}")))
        }
    }
}

impl Work<'_> {
    /// What it comes to, for a dry run.
    fn tell(&self) -> Result<String> {
        let mut text: String =
            self.missing.iter().map(|bucket| bucket::tell(bucket, self.kit)).collect();
        text += &match &self.access {
            Way::User(plan) => plan.tell(),
            Way::Role(plan) => plan.tell(),
        };
        if let Some(user::Saving { keep, .. }) = &self.saving {
            text += "Would put the secret key into the keychain, and change the config file:\n";
            text += &keep.diff()?;
        }
        Ok(text)
    }

    /// Does it, and hands the credentials out.
    fn carry_out(&self, steps: &mut Steps<'_, '_>, args: &args::Create) -> Result<()> {
        for bucket in &self.missing {
            bucket::create(steps, bucket, self.kit)?;
        }
        let plan = match &self.access {
            Way::Role(plan) => {
                let session = plan.carry_out(steps)?;
                steps.go_on()?;
                return print::session(&session, args.format, steps.streams);
            }
            Way::User(plan) => plan,
        };
        plan.carry_out(steps)?;
        if let Some(saving) = &self.saving {
            let (id, profile) = (plan.keep_key(steps, saving)?, args.save_as.as_deref());
            let profile = profile.unwrap_or_default();
            steps.say(&format!("Saved as profile: {profile}; access key {id}"));
            return Ok(());
        }
        let key = plan.create_key(steps)?;
        steps.go_on()?;
        let created = key.create_date().and_then(|date| DateTime::from_timestamp(date.secs(), 0));
        let (user, status) = (key.user_name.clone(), key.status.as_str().to_owned());
        let keys = credentials_of(key);
        let about = print::About { user: &user, status: &status, created: created.map(rfc3339) };
        print::key(&keys, &about, args.format, steps.streams)
    }
}
