//! The sign-ins to IAM Identity Center that `rolecall status` shows.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::{
    cli::time, context::Context, credentials::rfc3339, identity_center::SignInRecord,
    output::escape,
};

/// Returns the sign-ins that can still be used.
pub(super) fn usable(context: &Context) -> Vec<SignInRecord> {
    let now = context.now();
    let mut records = SignInRecord::all(context);
    records.retain(|record| record.ends > Some(now) || record.renewable_until > Some(now));
    records
}

/// Describes each sign-in in one line.
pub(super) fn text(sign_ins: &[SignInRecord], now: DateTime<Utc>) -> String {
    sign_ins.iter().map(|record| line(record, now)).collect()
}

fn line(record: &SignInRecord, now: DateTime<Utc>) -> String {
    let session = record.sso_session();
    let name = escape(session.token_name());
    let store = record.store.as_deref().unwrap_or("~/.aws/sso/cache");
    let until = match record.ends.filter(|ends| *ends > now) {
        Some(ends) => format!("until {} ({})", time::local(ends, now), time::length(ends - now)),
        None => "expired".to_owned(),
    };
    let renews = match record.renewable_until.filter(|until| *until > now) {
        Some(_) => "renewed when needed",
        None => "not renewed",
    };
    let copy =
        if record.aws_cache && record.store.is_some() { ", and in ~/.aws/sso/cache" } else { "" };
    format!("sign-in to '{name}'\n  {until}, {renews}; saved in {store}{copy}\n")
}

/// Returns a sign-in for programs.
pub(super) fn json(record: &SignInRecord, now: DateTime<Utc>) -> Value {
    json!({
        "sso_session": record.session,
        "start_url": record.start_url,
        "region": record.region,
        "store": record.store,
        "aws_cache": record.aws_cache,
        "signed_in": record.signed_in.map(rfc3339),
        "expiration": record.ends.map(rfc3339),
        "remaining_seconds": record.ends.map(|ends| (ends - now).num_seconds()),
        "renewable": record.renewable_until > Some(now),
    })
}
