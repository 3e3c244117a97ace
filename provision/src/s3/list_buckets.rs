//! `rolecall s3 list-buckets`.

use rolecall::{cli::Streams, error::Result};
use serde_json::json;

use crate::caller::{Caller, explain};

pub(super) fn run(caller: &Caller, streams: &mut Streams<'_>) -> Result<()> {
    let answer = caller
        .call(caller.s3().list_buckets().send())
        .map_err(|failure| explain(&failure, "list the buckets"))?;
    let buckets = answer.buckets().iter().map(|bucket| json!({ "Name": bucket.name() }));
    streams.print_json(&buckets.collect::<Vec<_>>())
}
