//! Making it: bucket, user, policy, password, file. The password comes late, so that nobody signs in
//! to half of it.

use aws_sdk_iam::types::Tag;
use aws_sdk_s3::types::{
    BucketLocationConstraint, CreateBucketConfiguration, PublicAccessBlockConfiguration,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use rolecall::{
    aws::Failure,
    cli::Streams,
    error::{Error, Kind, Result},
    secret::Secret,
};

use super::{
    handout,
    terms::{BUCKET_NAME_IN_USE, Block, BucketIs, TAG, Terms, UserIs},
};
use crate::{
    buckets::refused_with,
    caller::{Caller, explain},
    undo::{How, Made, Steps, all_or_nothing},
};

/// The bucket may not be known everywhere yet, or be busy with what was done to it before.
const BUCKET_NOT_READY: [&str; 2] = ["NoSuchBucket", "OperationAborted"];
/// The same of a user.
const USER_NOT_READY: [&str; 2] = ["NoSuchEntity", "EntityTemporarilyUnmodifiable"];

/// Makes all of it, or nothing.
pub(super) fn all(
    caller: &Caller,
    terms: &Terms,
    how: How,
    streams: &mut Streams<'_>,
) -> Result<()> {
    all_or_nothing(caller, streams, how, |steps| {
        bucket(steps, terms)?;
        user(steps, terms)?;
        policy(steps, terms)?;
        let Some(secret) = &terms.password else { return Ok(()) };
        password(steps, terms, secret)?;
        if caller.is_interrupted() {
            return Err(Error::new(Kind::Interrupted, "interrupted"));
        }
        handout::write(terms)?;
        // From here on it is done.
        caller.heed_signal();
        mark(steps, terms);
        Ok(())
    })
}

fn bucket(steps: &mut Steps<'_, '_>, terms: &Terms) -> Result<()> {
    let s3 = steps.caller().s3_in(&terms.region);
    let (name, region) = (&terms.bucket, &terms.region);
    let (block, is_encrypted) = match &terms.bucket_is {
        BucketIs::Missing => {
            let mut create = s3.create_bucket().bucket(name);
            // Rule: Amazon S3 API Reference, "CreateBucket": us-east-1 is not named.
            if region != "us-east-1" {
                let place = BucketLocationConstraint::from(region.as_str());
                let place = CreateBucketConfiguration::builder().location_constraint(place);
                create = create.create_bucket_configuration(place.build());
            }
            let made = Made::Bucket { name: name.clone(), region: region.clone() };
            steps.make(made, create.send()).map_err(|failure| {
                if refused_with(&failure, "BucketAlreadyExists") {
                    return Error::new(
                        Kind::Denied,
                        format!("bucket '{name}' {BUCKET_NAME_IN_USE}"),
                    )
                    .hint("choose another name");
                }
                explain(&failure, &format!("create the bucket '{name}'"))
            })?;
            steps.say(&format!("Created the bucket {name} in {region}"));
            (Block::Open(None), false)
        }
        BucketIs::There { block, is_encrypted } => (block.clone(), *is_encrypted),
    };
    if let Block::Open(before) = block {
        let made = Made::PublicAccessBlock { bucket: name.clone(), region: region.clone(), before };
        let all = PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(true)
            .restrict_public_buckets(true)
            .build();
        steps
            .make_when_ready(&made, &BUCKET_NOT_READY, "S3 to know the bucket", || {
                let call = s3.put_public_access_block().bucket(name);
                call.public_access_block_configuration(all.clone()).send()
            })
            .map_err(|failure| explain(&failure, &format!("close '{name}' to the public")))?;
        steps.say(&format!("Closed the bucket {name} to the public"));
    }
    if !is_encrypted {
        encrypt(steps, terms, &s3)?;
    }
    Ok(())
}

fn encrypt(steps: &mut Steps<'_, '_>, terms: &Terms, s3: &aws_sdk_s3::Client) -> Result<()> {
    let (name, region) = (&terms.bucket, &terms.region);
    let made = Made::Encryption { bucket: name.clone(), region: region.clone() };
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .build()
        .expect("BUG: the algorithm is there");
    let rule = ServerSideEncryptionRule::builder();
    let rule = rule.apply_server_side_encryption_by_default(by_default).build();
    let rules = ServerSideEncryptionConfiguration::builder().rules(rule);
    let rules = rules.build().expect("BUG: the rule is there");
    steps
        .make_when_ready(&made, &BUCKET_NOT_READY, "S3 to know the bucket", || {
            let call = s3.put_bucket_encryption().bucket(name);
            call.server_side_encryption_configuration(rules.clone()).send()
        })
        .map_err(|failure| explain(&failure, &format!("encrypt the bucket '{name}'")))?;
    steps.say(&format!("Encrypted the bucket {name}"));
    Ok(())
}

fn user(steps: &mut Steps<'_, '_>, terms: &Terms) -> Result<()> {
    if terms.user_is != UserIs::Missing {
        return Ok(());
    }
    let (iam, name) = (steps.caller().iam(), &terms.user);
    let create = iam.create_user().user_name(name).tags(tag(TAG.1));
    steps
        .make(Made::User(name.clone()), create.send())
        .map_err(|failure| explain(&failure, &format!("create the user '{name}'")))?;
    steps.say(&format!("Created the user {name}"));
    Ok(())
}

fn tag(value: &str) -> Tag {
    Tag::builder().key(TAG.0).value(value).build().expect("BUG: both are there")
}

fn policy(steps: &mut Steps<'_, '_>, terms: &Terms) -> Result<()> {
    let (iam, user, name) = (steps.caller().iam(), &terms.user, terms.policy_name());
    let document = terms.policy().to_string();
    let made = Made::UserPolicy {
        user: user.clone(),
        policy: name.clone(),
        before: terms.policy_before.clone(),
    };
    steps
        .make_when_ready(&made, &USER_NOT_READY, "IAM to know the user", || {
            let call = iam.put_user_policy().user_name(user).policy_name(&name);
            call.policy_document(&document).send()
        })
        .map_err(|failure| explain(&failure, &format!("put a policy on the user '{user}'")))?;
    steps.say(&format!("Put the policy {name} on the user {user}"));
    Ok(())
}

fn password(steps: &mut Steps<'_, '_>, terms: &Terms, secret: &Secret) -> Result<()> {
    let (iam, user) = (steps.caller().iam(), &terms.user);
    let failed = |failure: Failure| {
        let error = explain(&failure, &format!("give the user '{user}' a password"));
        if refused_with(&failure, "PasswordPolicyViolation") {
            return error.hint("give another with --password -, or --password generate");
        }
        error
    };
    if let UserIs::Ours { has_password: true, .. } = terms.user_is {
        let update = iam.update_login_profile().user_name(user).password(secret.expose());
        let update = update.password_reset_required(terms.must_change_password);
        steps.caller().call(update.send()).map_err(failed)?;
        steps.say(&format!("Gave the user {user} a new password"));
        return Ok(());
    }
    let made = Made::LoginProfile(user.clone());
    steps
        .make_when_ready(&made, &USER_NOT_READY, "IAM to know the user", || {
            let call = iam.create_login_profile().user_name(user).password(secret.expose());
            call.password_reset_required(terms.must_change_password).send()
        })
        .map_err(failed)?;
    steps.say(&format!("Gave the user {user} a password for the console"));
    Ok(())
}

/// From now on the password counts as handed out: no later run sets another unasked.
fn mark(steps: &mut Steps<'_, '_>, terms: &Terms) {
    let call = steps.caller().iam().tag_user().user_name(&terms.user).tags(tag(TAG.2));
    if let Err(failure) = steps.caller().call(call.send()) {
        let error = explain(&failure, &format!("mark the user '{}' as done", terms.user));
        steps.streams.warn(&error.to_string());
    }
}
