//! The master copy: the applied file, in a bucket that keeps its former versions.

use rolecall::error::Result;

use crate::{
    buckets,
    caller::Caller,
    change::{BucketChange, Change, NewObject},
    engine::{
        ChangePlan, Existing,
        wanted::{Bucket, BucketSetting},
    },
    team::Place,
};

/// The bucket of the master copy. One that is there stays as it is, but keeps versions from now on.
pub(super) fn bucket(caller: &Caller, place: &Place) -> Bucket {
    Bucket {
        name: place.bucket.clone(),
        region: caller.region().to_owned(),
        if_new: &[BucketSetting::Closed, BucketSetting::Encrypted, BucketSetting::Versioned],
        if_existing: &[BucketSetting::Versioned],
    }
}

/// Compares the file's `text` with the copy at `place`, whose bucket `plan` knows. Returns what is to
/// be changed, and what the copy says that is there.
pub(super) fn plan(
    caller: &Caller,
    place: &Place,
    text: &str,
    plan: &ChangePlan,
) -> Result<(ChangePlan, Option<String>)> {
    let Place { bucket, key } = place;
    let region = plan.existing.buckets.get(bucket);
    let before = match region {
        Some(region) => buckets::object(caller, region, bucket, key)?,
        None => None,
    };
    let text_before = before.as_ref().and_then(|before| before.text.clone());
    let mut changes = Vec::new();
    if text_before.as_deref() != Some(text) {
        let (key, text) = (key.clone(), text.to_owned());
        changes.push(Change::Bucket {
            name: bucket.clone(),
            region: region.map_or(caller.region(), String::as_str).to_owned(),
            change: BucketChange::PutObject(NewObject { key, text, before, version: None }),
        });
    }
    let (account, existing) = (plan.account.clone(), Existing::default());
    Ok((ChangePlan { account, changes, existing }, text_before))
}
