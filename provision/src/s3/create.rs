//! `rolecall s3 create`.

use std::io;

use chrono::DateTime;
use rolecall::{
    Error, KeyProfile, Kind, Result, Streams, WantedKeyProfile, aws_managed_policy, rfc3339,
};

use super::{
    dry_run::would,
    print,
    temporary::{self, SessionRequest},
    user::{self, KeyRequest},
};
use crate::{
    account::Account,
    args, buckets,
    caller::{Caller, Invocation},
    change::{Change, Phrasing},
    engine::{
        self, ChangePlan,
        wanted::{Bucket, BucketSetting, Grants, PolicyDocument, User, Wanted},
    },
    given,
    new_key::credentials_of,
    policy::{Template, check, check_session_policy},
    turn,
    undo::{StepOptions, Steps},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Create,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut nothing = io::sink();
    let stderr: &mut dyn io::Write = if args.silent { &mut nothing } else { streams.stderr };
    let mut streams = Streams { stdout: streams.stdout, stderr, colors: streams.colors };
    create(invocation, args, &mut streams)
}

fn create(invocation: Invocation<'_>, args: args::Create, streams: &mut Streams<'_>) -> Result<()> {
    let Invocation { context, access } = invocation;
    let mut names: Vec<String> = Vec::new();
    for bucket in &args.buckets {
        buckets::check_name(bucket)?;
        if args.create_bucket {
            buckets::check_new_name(bucket, None).map_err(|error| {
                error.hint("if the bucket already exists, omit --create-bucket")
            })?;
        }
        if !names.contains(bucket) {
            names.push(bucket.clone());
        }
    }
    let template = given::template(access, &args.grant)?;
    let name = format!("s3.{}.{}", template.name(), names.join(","));
    let user = args.username.clone().unwrap_or_else(|| name.clone());
    if let Some(seconds) = args.duration {
        temporary::check_duration(seconds)?;
    } else {
        user::check_name(&user)?;
        for bucket in &names {
            buckets::check_policy_name(&policy_name(&template, bucket), bucket)
                .map_err(|error| error.hint("credentials with --duration need no policy name"))?;
        }
    }
    // The partition makes no difference to these checks.
    let policy = template.of_buckets(&names, "aws")?;
    for warning in check(&policy)? {
        streams.warn(&warning);
    }
    if args.grant.prefix.as_deref().is_some_and(|prefix| prefix.starts_with('/')) {
        streams.warn("the prefix starts with /, but object keys rarely do");
    }
    let keep = args.save_as.as_deref().map(|profile| {
        let region = args.bucket_region.clone().or_else(|| access.region.clone());
        let (store, roles) = (access.store.clone(), Vec::new());
        let wanted =
            WantedKeyProfile { name: profile, store, region, roles, dry_run: args.dry_run };
        KeyProfile::prepare(context, wanted)
    });
    let keep = keep.transpose()?;
    let caller = Caller::new(invocation, streams)?;
    let what = match args.duration {
        Some(_) => format!("role {}", temporary::ROLE),
        None => format!("user {user}"),
    };
    let _turn = if args.dry_run { None } else { turn::take(&caller, &what, streams)? };
    let saving =
        keep.as_ref().map(|keep| Ok(user::Saving { account: caller.identity()?.account, keep }));
    let saving = saving.transpose()?;
    let request = CreateRequest { args: &args, template: &template, buckets: &names, name, user };
    let work = request.plan(&caller, saving)?;
    work.plan.warn(streams);
    if args.dry_run {
        return streams.print_changes(&work.to_text()?);
    }
    let options = StepOptions { keep: args.keep, phrasing: Phrasing::Create };
    options.all_or_nothing(&caller, streams, |steps| work.carry_out(steps, &args))
}

/// The request.
struct CreateRequest<'a> {
    args: &'a args::Create,
    template: &'a Template,
    buckets: &'a [String],
    /// The default name of the user, and the name of a session.
    name: String,
    /// The name of the user.
    user: String,
}

/// What will be done.
struct CreatePlan<'a> {
    plan: ChangePlan,
    credentials: NewCredentials,
    saving: Option<user::Saving<'a>>,
}

/// The credentials for the buckets.
enum NewCredentials {
    Key(user::KeyPlan),
    Session(temporary::SessionPlan),
}

impl CreateRequest<'_> {
    /// Reads what exists and returns what must be done. Changes nothing.
    fn plan<'a>(
        self,
        caller: &Caller<'_>,
        saving: Option<user::Saving<'a>>,
    ) -> Result<CreatePlan<'a>> {
        let mut wanted = Wanted { buckets: self.wanted_buckets(caller), ..Wanted::default() };
        let Self { args, template, buckets, name, user } = self;
        let partition = caller.partition();
        if args.duration.is_none() {
            let policy = |bucket: &String| {
                let policy = template.of_bucket(bucket, partition)?;
                let name = policy_name(template, bucket);
                Ok((name, PolicyDocument::Text(policy)))
            };
            let inline = buckets.iter().map(policy).collect::<Result<_>>()?;
            let grants = Grants { attached: None, inline };
            let boundary = boundary(args, partition)?;
            wanted.users.push(User { name: user, boundary, grants, tags: Vec::new() });
        }
        // Nothing compared here contains the account ID.
        let account = Account { id: String::new(), partition: partition.to_owned() };
        let mut plan = engine::plan(caller, &account, &wanted)?;
        let missing = buckets.iter().filter(|name| !plan.existing.buckets.contains_key(*name));
        let missing: Vec<_> = missing.map(String::as_str).collect();
        if !missing.is_empty() && !args.create_bucket {
            let message = match &*missing {
                [one] => format!("the bucket {one} does not exist"),
                more => format!("the buckets {} do not exist", more.join(", ")),
            };
            return Err(
                Error::new(Kind::Other, message).hint("--create-bucket creates what is missing")
            );
        }
        let credentials = if let Some(seconds) = args.duration {
            let policy = template.of_buckets(buckets, partition)?;
            check_session_policy(&policy)?;
            let session = SessionRequest { seconds, name, policy }.plan(caller, &mut plan)?;
            NewCredentials::Session(session)
        } else {
            let user = wanted.users.remove(0);
            let request = KeyRequest { user, saving: saving.as_ref() };
            NewCredentials::Key(request.check(caller, &plan)?)
        };
        Ok(CreatePlan { plan, credentials, saving })
    }

    fn wanted_buckets(&self, caller: &Caller<'_>) -> Vec<Bucket> {
        let region = self.args.bucket_region.as_deref().unwrap_or(caller.region());
        let if_new: &[BucketSetting] = match (self.args.public, self.args.website) {
            (_, true) => &[BucketSetting::Public, BucketSetting::Website],
            (true, false) => &[BucketSetting::Public],
            (false, false) => &[],
        };
        let bucket = |name: &String| Bucket {
            name: name.clone(),
            origin: None,
            region: region.to_owned(),
            if_new,
            if_existing: &[],
        };
        self.buckets.iter().map(bucket).collect()
    }
}

/// Returns the name of the inline policy for a bucket.
fn policy_name(template: &Template, bucket: &str) -> String {
    format!("s3.{}.{bucket}", template.name())
}

/// Returns the permissions boundary of a new user. A policy of the user's own has none unless it is
/// named: like s3-credentials.
fn boundary(args: &args::Create, partition: &str) -> Result<Option<String>> {
    match args.user_permissions_boundary.as_deref() {
        Some("none") => Ok(None),
        Some(arn) if arn.starts_with("arn:") => Ok(Some(arn.to_owned())),
        Some(other) => Err(Error::new(
            Kind::Usage,
            format!("the permissions boundary '{other}' is not an ARN"),
        )
        .hint("use the ARN of a managed policy, or none")),
        None if args.grant.policy.is_some() || !args.grant.statements.is_empty() => Ok(None),
        None => {
            let reads = args.grant.read_only;
            let policy = if reads { "AmazonS3ReadOnlyAccess" } else { "AmazonS3FullAccess" };
            Ok(Some(aws_managed_policy(partition, policy)))
        }
    }
}

impl CreatePlan<'_> {
    /// Returns what would be done, for a dry run.
    fn to_text(&self) -> Result<String> {
        let is_of_bucket = |change: &&Change| matches!(change, Change::Bucket { .. });
        let (buckets, others): (Vec<_>, Vec<_>) = self.plan.changes.iter().partition(is_of_bucket);
        let mut text: String = buckets.into_iter().map(would).collect();
        text += &match &self.credentials {
            NewCredentials::Key(key) => key.to_text(&others),
            NewCredentials::Session(session) => session.to_text(&others),
        };
        if let Some(user::Saving { keep, .. }) = &self.saving {
            text += "Would store the secret key in the keychain, and change the config file:\n";
            text += &keep.diff()?;
        }
        Ok(text)
    }

    /// Makes the changes, and prints or stores the credentials.
    fn carry_out(&self, steps: &mut Steps<'_, '_>, args: &args::Create) -> Result<()> {
        let key = match &self.credentials {
            NewCredentials::Session(session) => {
                self.plan.carry_out(steps)?;
                let session = session.assume(steps)?;
                steps.check_not_interrupted()?;
                return steps.streams.print_bytes(&print::text(&session, None, args.format));
            }
            NewCredentials::Key(key) => key,
        };
        key.say_what_is_there(&self.plan, steps);
        self.plan.carry_out(steps)?;
        if let Some(saving) = &self.saving {
            let (id, profile) = (key.save(steps, saving)?, args.save_as.as_deref());
            let profile = profile.unwrap_or_default();
            steps.say(&format!("Saved as profile: {profile}; access key {id}"));
            return Ok(());
        }
        let key = key.create(steps)?;
        steps.check_not_interrupted()?;
        let created = key.create_date().and_then(|date| DateTime::from_timestamp(date.secs(), 0));
        let about = print::About {
            user: key.user_name.clone(),
            status: key.status.as_str().to_owned(),
            created: created.map(rfc3339),
        };
        let text = print::text(&credentials_of(key), Some(&about), args.format);
        steps.streams.print_bytes(&text)
    }
}
