//! `rolecall s3 list-users`.

use aws_sdk_iam::types::{PermissionsBoundaryAttachmentType, User};
use rolecall::{Result, Streams};
use serde_json::{Map, Value, json};

use crate::{
    args::ListFormat,
    caller::Caller,
    rows::{Rows, time},
};

pub(super) fn run(
    caller: &Caller<'_>,
    format: ListFormat,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let mut rows = Rows::new(format);
    let all = caller.iam().list_users().into_paginator().items().send();
    caller.for_each("list the users", all, |user| rows.push(row(&user), streams))?;
    rows.end(streams)
}

/// Returns a user with IAM's names, in IAM's order; absent fields are omitted.
fn row(user: &User) -> Value {
    let mut row = Map::new();
    let mut put = |name: &str, value: Value| row.insert(name.to_owned(), value);
    put("Path", user.path().into());
    put("UserName", user.user_name().into());
    put("UserId", user.user_id().into());
    put("Arn", user.arn().into());
    put("CreateDate", time(user.create_date()).into());
    if let Some(used) = user.password_last_used() {
        put("PasswordLastUsed", time(used).into());
    }
    if let Some(boundary) = user.permissions_boundary() {
        put(
            "PermissionsBoundary",
            json!({
                "PermissionsBoundaryType":
                    boundary.permissions_boundary_type().map(PermissionsBoundaryAttachmentType::as_str),
                "PermissionsBoundaryArn": boundary.permissions_boundary_arn(),
            }),
        );
    }
    if !user.tags().is_empty() {
        let tags = user.tags().iter().map(|tag| json!({ "Key": tag.key(), "Value": tag.value() }));
        put("Tags", tags.collect());
    }
    Value::Object(row)
}
