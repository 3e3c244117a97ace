//! `rolecall s3`: access to buckets.

mod create;
mod delete_user;
mod dry_run;
mod list_buckets;
mod list_user_policies;
mod list_users;
mod policy;
mod print;
mod share;
mod temporary;
mod user;

use rolecall::{Result, Streams};

use crate::{
    args::S3,
    caller::{Caller, Invocation},
};

/// Runs a verb.
pub(crate) fn run(invocation: Invocation<'_>, verb: S3, streams: &mut Streams<'_>) -> Result<()> {
    let caller = |streams: &mut Streams<'_>| Caller::new(invocation, streams);
    match verb {
        S3::Create(args) => create::run(invocation, args, streams),
        S3::Policy(args) => policy::run(invocation, args, streams),
        S3::ListBuckets(args) => list_buckets::run(&caller(streams)?, &args, streams),
        S3::ListUsers(args) => list_users::run(&caller(streams)?, args.format, streams),
        S3::ListUserPolicies(args) => {
            list_user_policies::run(&caller(streams)?, args.users, streams)
        }
        S3::DeleteUser(args) => delete_user::run(&caller(streams)?, &args, streams),
        S3::Share(args) => share::run(invocation, &args, streams),
    }
}
