//! `rolecall s3`: who may reach a bucket.

mod delete_user;
mod list_buckets;
mod list_user_policies;
mod list_users;
mod share;

use rolecall::{cli::Streams, context::Context, error::Result};

use crate::{
    args::{Access, S3},
    caller::Caller,
};

/// Runs a verb.
pub(crate) fn run(
    context: &Context,
    access: &Access,
    verb: S3,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let caller = Caller::new(context, access, streams)?;
    match verb {
        S3::ListBuckets(args) => list_buckets::run(&caller, &args, streams),
        S3::ListUsers(args) => list_users::run(&caller, args.form, streams),
        S3::ListUserPolicies(args) => {
            list_user_policies::run(context, &caller, args.users, streams)
        }
        S3::DeleteUser(args) => delete_user::run(context, &caller, &args, streams),
        S3::Share(args) => share::run(context, &caller, &args, streams),
    }
}
