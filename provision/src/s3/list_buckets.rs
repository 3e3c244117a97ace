//! `rolecall s3 list-buckets`.

use aws_sdk_s3::types::{Bucket, Grant, Owner, Permission};
use rolecall::{Error, Failure, Kind, Result, Streams};
use serde_json::{Map, Value, json};

use crate::{
    args::ListBuckets,
    buckets::region_of,
    caller::Caller,
    failure::{explain, if_exists},
    rows::{Rows, time},
};

/// The most buckets that S3 returns at once. Without a limit, it returns all, but only up to
/// 10,000.
///
/// Rule: Amazon S3 API Reference, "ListBuckets".
const PAGE: i32 = 1_000;

pub(super) fn run(
    caller: &Caller<'_>,
    args: &ListBuckets,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut rows = Rows::new(args.format);
    let mut missing: Vec<&String> = args.buckets.iter().collect();
    let pages = caller.s3().list_buckets().into_paginator().page_size(PAGE);
    caller.for_each("list the buckets", pages.items().send(), |bucket| {
        let name = bucket.name().unwrap_or_default();
        if !args.buckets.is_empty() && !args.buckets.iter().any(|wanted| wanted == name) {
            return Ok(());
        }
        missing.retain(|wanted| *wanted != name);
        let mut row = row(&bucket);
        if args.details {
            add_details(caller, name, &mut row)?;
        }
        rows.push(Value::Object(row), streams)
    })?;
    rows.end(streams)?;
    match missing.first() {
        None => Ok(()),
        Some(name) => {
            Err(Error::new(Kind::Other, format!("there is no bucket '{name}' in this account")))
        }
    }
}

fn row(bucket: &Bucket) -> Map<String, Value> {
    let mut row = Map::new();
    row.insert("Name".to_owned(), bucket.name().into());
    row.insert("CreationDate".to_owned(), bucket.creation_date().map(time).into());
    row
}

/// Adds what decides who can read a bucket. What the bucket does not have is null; what the caller
/// may not read is an error, so that nobody confuses the two.
fn add_details(caller: &Caller<'_>, name: &str, row: &mut Map<String, Value>) -> Result<()> {
    let failed = |failure: Failure| explain(&failure, &format!("read bucket '{name}'"));
    let region = region_of(caller, name).map_err(failed)?;
    let s3 = caller.s3_in(&region);
    let acl = caller.call(s3.get_bucket_acl().bucket(name).send()).map_err(failed)?;
    let block = caller.call(s3.get_public_access_block().bucket(name).send());
    let block = if_exists(block).map_err(failed)?;
    let block = block.and_then(|answer| answer.public_access_block_configuration);
    let website = caller.call(s3.get_bucket_website().bucket(name).send());
    let website = if_exists(website).map_err(failed)?;
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("region", region.into());
    put(
        "bucket_acl",
        json!({
            "Owner": acl.owner().map(owner),
            "Grants": acl.grants().iter().map(grant).collect::<Vec<_>>(),
        }),
    );
    put(
        "public_access_block",
        block
            .map(|block| {
                json!({
                    "BlockPublicAcls": block.block_public_acls(),
                    "IgnorePublicAcls": block.ignore_public_acls(),
                    "BlockPublicPolicy": block.block_public_policy(),
                    "RestrictPublicBuckets": block.restrict_public_buckets(),
                })
            })
            .into(),
    );
    let website = website.map(|website| {
        present([
            (
                "RedirectAllRequestsTo",
                website.redirect_all_requests_to().map(|to| {
                    let protocol = to.protocol().map(|protocol| protocol.as_str().into());
                    present([("HostName", Some(to.host_name().into())), ("Protocol", protocol)])
                }),
            ),
            (
                "IndexDocument",
                website.index_document().map(|index| json!({ "Suffix": index.suffix() })),
            ),
            ("ErrorDocument", website.error_document().map(|error| json!({ "Key": error.key() }))),
        ])
    });
    put("bucket_website", website.into());
    Ok(())
}

fn owner(owner: &Owner) -> Value {
    let text = |text: Option<&str>| text.map(Value::from);
    present([("DisplayName", text(owner.display_name())), ("ID", text(owner.id()))])
}

fn grant(grant: &Grant) -> Value {
    let text = |text: Option<&str>| text.map(Value::from);
    let grantee = grant.grantee().map(|grantee| {
        present([
            ("DisplayName", text(grantee.display_name())),
            ("EmailAddress", text(grantee.email_address())),
            ("ID", text(grantee.id())),
            ("Type", text(Some(grantee.r#type().as_str()))),
            ("URI", text(grantee.uri())),
        ])
    });
    json!({ "Grantee": grantee, "Permission": grant.permission().map(Permission::as_str) })
}

/// Returns an object with the fields that have a value.
fn present<const N: usize>(fields: [(&str, Option<Value>); N]) -> Value {
    let there = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(there.collect())
}
