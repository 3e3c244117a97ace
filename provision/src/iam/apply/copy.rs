//! The master copy: the applied file, in a bucket with versioning.

use rolecall::Result;

use super::inputs::Inputs;
use crate::{
    buckets::{self, Place},
    caller::Caller,
    change::{BucketChange, Change, NewObject},
    engine::{
        ChangePlan, Existing,
        wanted::{Bucket, BucketSetting},
    },
    team::At,
};

/// Returns the bucket of the master copy, which the file names at `at`. An existing bucket stays unchanged, except that
/// versioning is enabled.
pub(super) fn bucket(caller: &Caller<'_>, place: &Place, at: &At) -> Bucket {
    Bucket {
        name: place.bucket.clone(),
        origin: Some(at.to_string()),
        region: caller.region().to_owned(),
        if_new: &[BucketSetting::Closed, BucketSetting::Encrypted, BucketSetting::Versioned],
        if_existing: &[BucketSetting::Versioned],
    }
}

/// Compares the file with its master copy, whose bucket is in `plan`. Returns the changes, and the
/// text of the existing copy.
pub(super) fn plan(inputs: &Inputs<'_>, plan: &ChangePlan) -> Result<(ChangePlan, Option<String>)> {
    let (account, existing) = (inputs.account.clone(), Existing::default());
    let mut copy = ChangePlan { account, changes: Vec::new(), existing, warnings: Vec::new() };
    let Some((place, _)) = &inputs.team.master_copy else { return Ok((copy, None)) };
    let region = plan.existing.buckets.get(&place.bucket);
    let before = match region {
        Some(region) => buckets::object(inputs.caller, region, place)?,
        None => None,
    };
    let text_before = before.as_ref().and_then(|before| before.text.clone());
    if text_before.as_deref() != Some(inputs.text) {
        let (key, text) = (place.key.clone(), inputs.text.to_owned());
        copy.changes.push(Change::Bucket {
            name: place.bucket.clone(),
            region: region.map_or(inputs.caller.region(), String::as_str).to_owned(),
            change: BucketChange::PutObject(NewObject { key, text, before, version: None }),
        });
    }
    Ok((copy, text_before))
}
