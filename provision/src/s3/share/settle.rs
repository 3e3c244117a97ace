//! Decides what to share, with whom and how: from flags, prompts and AWS.

use std::path::PathBuf;

use rolecall::{Error, IamKind, Kind, Result, Secret, Streams};

use super::{
    asker::{Asker, Entry},
    handout, names,
    spec::{DONE, ShareSpec, TAG, policy_name},
};
use crate::{
    account::Account,
    args::Share,
    buckets,
    caller::Caller,
    change::Change,
    engine::{self, AccountReader, ChangePlan, ExistingUser},
    password::PasswordRules,
    permissions::{self, RequiredPermission},
    s3::user,
};

/// The region of a new bucket if nobody chose one.
const REGION: &str = "eu-central-1";

/// What will be done.
pub(super) struct SharePlan {
    pub(super) spec: ShareSpec,
    /// The changes of the bucket and the user.
    pub(super) plan: ChangePlan,
    /// The change that sets the password; `None` if the user keeps their password, or in a dry run.
    pub(super) password: Option<Change>,
    /// Whether a password is set, and written to the client's file.
    pub(super) sets_password: bool,
}

/// Checks the flags by themselves, before any prompt or call.
pub(super) fn check_given(args: &Share, region: Option<&str>) -> Result<()> {
    let checks = [
        (args.client.as_deref(), names::check_client as fn(&str) -> Result<()>),
        (region, names::check_region),
        (args.bucket.as_deref(), check_bucket),
        (args.username.as_deref(), user::check_name),
        (args.prefix.as_deref(), |prefix| names::folder(prefix).map(drop)),
        (args.password.as_deref(), names::check_way_to_password),
    ];
    checks.into_iter().try_for_each(|(given, check)| given.map_or(Ok(()), check))
}

fn check_bucket(name: &str) -> Result<()> {
    buckets::check_name(name)?;
    buckets::check_policy_name(&policy_name(name), name)
}

/// Decides everything. Changes nothing.
pub(super) fn settle(
    caller: &Caller<'_>,
    asker: &Asker<'_>,
    streams: &mut Streams<'_>,
) -> Result<SharePlan> {
    let (identity, args) = (caller.identity()?, asker.args);
    let mut spec = spec(caller, asker, Account::of(&identity))?;
    let reader = AccountReader::new(caller);
    let plan = engine::compare(&reader, &spec.account, &spec.wanted())?;
    let bucket = plan.existing.buckets.get(&spec.bucket);
    if let Some(region) = bucket {
        spec.region.clone_from(region);
    }
    let user = plan.existing.users.get(&spec.user);
    let is_done = user.map_or(Ok(false), |user| is_done(user, &spec.user))?;
    let has_password = user.is_some() && reader.has_password(&spec.user)?;
    let rules = PasswordRules::of_account(caller)?;
    // IAM does not count whitespace; this JSON has none.
    if spec.policy().to_string().len() > IamKind::User.longest_inline_policies() {
        return Err(Error::new(Kind::Usage, "--prefix is too long for a policy"));
    }
    reader.check()?;
    let sets_password = args.new_password || !is_done || !has_password;
    let set_password = |password| Change::SetPassword {
        user: spec.user.clone(),
        password,
        must_change: spec.must_change_password,
        is_first: !has_password,
    };
    let mut required = plan.required_permissions();
    if sets_password {
        let permission = set_password(Secret::from("")).required_permission(&spec.account);
        let tag = RequiredPermission {
            action: "iam:TagUser".to_owned(),
            resource: permission.resource.clone(),
        };
        required.extend((!required.contains(&tag)).then_some(tag));
        required.push(permission);
    }
    permissions::require(caller, &identity, &required)?;
    if sets_password {
        handout::check_file(&spec, user.is_some())?;
    }
    if let Some(region) = bucket {
        let question = format!("The bucket {} already exists, in {region}. Share it?", spec.bucket);
        if !asker.yes(&question)? {
            return Err(Error::new(Kind::Interrupted, "nothing was done"));
        }
    }
    let password = if sets_password && !args.dry_run {
        Some(set_password(asker.password(rules, streams)?))
    } else {
        None
    };
    Ok(SharePlan { spec, plan, password, sets_password })
}

/// Returns the request, from the flags and the answers.
fn spec(caller: &Caller<'_>, asker: &Asker<'_>, account: Account) -> Result<ShareSpec> {
    let args = asker.args;
    let prefix = names::folder(args.prefix.as_deref().unwrap_or_default())?;
    let client = asker.text(&Entry {
        given: args.client.as_ref(),
        question: "Client",
        default: None,
        flag: "--client",
        check: names::check_client,
    })?;
    let region = asker.text(&Entry {
        given: asker.region,
        question: "Region",
        default: Some(if account.partition == "aws" { REGION } else { caller.region() }),
        flag: "--region",
        check: names::check_region,
    })?;
    let bucket = asker.text(&Entry {
        given: args.bucket.as_ref(),
        question: "Bucket",
        default: None,
        flag: "BUCKET",
        check: check_bucket,
    })?;
    let user = asker.text(&Entry {
        given: args.username.as_ref(),
        question: "User name",
        default: Some(&names::user_for(&client)),
        flag: "--username",
        check: user::check_name,
    })?;
    Ok(ShareSpec {
        file: PathBuf::from(format!("{client}.txt")),
        client,
        account,
        region,
        bucket,
        prefix,
        user,
        must_change_password: args.must_change_password,
    })
}

/// Returns whether the password of an existing user was handed out. Returns an error if the user
/// was not created by this command.
fn is_done(user: &ExistingUser, name: &str) -> Result<bool> {
    let tag = user.tags.iter().find(|tag| tag.key() == TAG);
    tag.map(|tag| tag.value() == DONE).ok_or_else(|| {
        let text = format!("user '{name}' already exists and was not created by 's3 share'");
        Error::new(Kind::Other, text).hint("choose another with --username")
    })
}
