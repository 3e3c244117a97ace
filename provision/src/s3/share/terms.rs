//! Settling what is to be shared, with whom and how: from flags, by asking, by looking at AWS.

use std::path::PathBuf;

use rolecall::{
    error::{Error, Kind, Result},
    output::Streams,
    plan::partition_of,
    secret::Secret,
};

use super::{
    asker::Asker,
    handout,
    look::{Look, policy_before},
    names,
};
use crate::{
    args::Share,
    buckets::{Block, BucketIs},
    caller::Caller,
    permissions::{self, Deed},
};

/// The tag of users that were made here, and its values: the password is not handed out yet, or is.
pub(super) const TAG: (&str, &str, &str) = ("rolecall-share", "begun", "done");
/// All inline policies of a user together.
///
/// Rule: IAM User Guide, "IAM and STS quotas".
const LONGEST_POLICY: usize = 2_048;
/// Where a bucket is made when nobody says.
const REGION: &str = "eu-central-1";

/// All that is settled.
pub(super) struct Terms {
    pub(super) client: String,
    pub(super) account: String,
    pub(super) partition: String,
    pub(super) region: String,
    pub(super) bucket: String,
    pub(super) bucket_is: BucketIs,
    pub(super) prefix: Option<String>,
    pub(super) user: String,
    pub(super) user_is: UserIs,
    /// What the policy said before, where there was one of its name.
    pub(super) policy_before: Option<String>,
    pub(super) must_change_password: bool,
    /// `None`: the user's own stays, or nothing is made at all.
    pub(super) password: Option<Secret>,
    pub(super) file: PathBuf,
    new_password: bool,
}

/// What is there of the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UserIs {
    Missing,
    /// An earlier run made it.
    Ours {
        has_password: bool,
        is_done: bool,
    },
}

impl Terms {
    /// Whether a password is set, and written to the client's file.
    pub(super) fn needs_password(&self) -> bool {
        self.new_password
            || !matches!(self.user_is, UserIs::Ours { is_done: true, has_password: true })
    }

    /// Whether what an earlier run wrote is out of date.
    pub(super) fn may_replace_file(&self) -> bool {
        self.user_is != UserIs::Missing
    }
}

/// Refuses flags that are wrong by themselves, before anybody is asked or called.
pub(super) fn check_given(args: &Share, region: Option<&str>) -> Result<()> {
    let checks = [
        (args.client.as_deref(), names::check_client as fn(&str) -> Result<()>),
        (region, names::check_region),
        (args.bucket.as_deref(), names::check_bucket),
        (args.username.as_deref(), names::check_user),
        (args.prefix.as_deref(), |prefix| names::folder(prefix).map(drop)),
        (args.password.as_deref(), names::check_way_to_password),
    ];
    checks.into_iter().try_for_each(|(given, check)| given.map_or(Ok(()), check))
}

/// Settles it all. Nothing is made.
pub(super) fn settle(
    caller: &Caller,
    asker: &Asker<'_>,
    region: Option<&String>,
    args: &Share,
    streams: &mut Streams<'_>,
) -> Result<Terms> {
    let prefix = names::folder(args.prefix.as_deref().unwrap_or_default())?;
    let identity = caller.identity()?;
    let partition = partition_of(&identity.arn).to_owned();
    let client =
        asker.text(args.client.as_ref(), "Client", None, "--client", names::check_client)?;
    let default = if partition == "aws" { REGION } else { caller.region() };
    let region = asker.text(region, "Region", Some(default), "--region", names::check_region)?;
    let bucket = asker.text(args.bucket.as_ref(), "Bucket", None, "BUCKET", names::check_bucket)?;
    let default_user = names::user_for(&client);
    let user = asker.text(
        args.username.as_ref(),
        "User name",
        Some(&default_user),
        "--username",
        names::check_user,
    )?;
    let mut look = Look { caller, lacking: Vec::new() };
    let (bucket_is, region) = look.at_bucket(&bucket, region)?;
    let user_is = look.at_user(&user)?;
    let rules = look.at_password_rules()?;
    let terms = Terms {
        file: PathBuf::from(format!("{client}.txt")),
        client,
        account: identity.account.clone(),
        partition,
        region,
        bucket,
        bucket_is,
        prefix,
        policy_before: None,
        user,
        user_is,
        must_change_password: args.must_change_password,
        password: None,
        new_password: args.new_password,
    };
    // White space does not count, and none is sent.
    if terms.policy().to_string().len() > LONGEST_POLICY {
        return Err(Error::new(Kind::Usage, "--prefix is too long for a policy"));
    }
    if !look.lacking.is_empty() {
        return Err(permissions::refusal(&identity.arn, &look.lacking));
    }
    permissions::require(caller, &identity, &deeds(&terms))?;
    let policy_before = policy_before(caller, &terms)?;
    let mut terms = Terms { policy_before, ..terms };
    if terms.needs_password() {
        handout::check_file(&terms)?;
    }
    if matches!(terms.bucket_is, BucketIs::There { .. }) {
        let question =
            format!("The bucket {} exists already, in {}. Share it?", terms.bucket, terms.region);
        if !asker.yes(&question)? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    if terms.needs_password() && !args.dry_run {
        terms.password = Some(asker.password(args, rules, streams)?);
    }
    Ok(terms)
}

/// What must be allowed to the caller.
fn deeds(terms: &Terms) -> Vec<Deed> {
    let bucket = format!("arn:{}:s3:::{}", terms.partition, terms.bucket);
    let user = format!("arn:{}:iam::{}:user/{}", terms.partition, terms.account, terms.user);
    let mut deeds = Vec::new();
    let (is_open, is_plain) = match &terms.bucket_is {
        BucketIs::Missing => {
            deeds.push(("s3:CreateBucket", bucket.clone()));
            (true, true)
        }
        BucketIs::There { block, is_encrypted } => (*block != Block::Closed, !is_encrypted),
    };
    if is_open {
        deeds.push(("s3:PutBucketPublicAccessBlock", bucket.clone()));
    }
    if is_plain {
        deeds.push(("s3:PutEncryptionConfiguration", bucket));
    }
    if terms.user_is == UserIs::Missing {
        deeds.push(("iam:CreateUser", user.clone()));
    }
    deeds.push(("iam:PutUserPolicy", user.clone()));
    if terms.needs_password() {
        deeds.push(("iam:TagUser", user.clone()));
        deeds.push(match terms.user_is {
            UserIs::Ours { has_password: true, .. } => ("iam:UpdateLoginProfile", user),
            _ => ("iam:CreateLoginProfile", user),
        });
    }
    deeds
}
