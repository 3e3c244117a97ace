//! The messages of `rolecall s3 create --dry-run`.

use rolecall::partition_of_region;

use crate::{
    change::{BucketChange, Change, Phrasing, with_boundary},
    policy::public_bucket,
};

/// Returns what a dry run prints about a change.
pub(super) fn would(change: &Change) -> String {
    match change {
        Change::Bucket { name, region, change } => match change {
            BucketChange::MakePublic => {
                let policy = public_bucket(name, partition_of_region(region));
                format!(
                    "... then allow public access to it, with this bucket policy:\n{policy:#}\n"
                )
            }
            BucketChange::MakeWebsite => {
                "... then make it a website: index.html, error.html\n".to_owned()
            }
            _ => format!("Would create bucket: {name} in region: {region}\n"),
        },
        Change::CreateUser { name, boundary, .. } => {
            format!("Would create user: {name} {}\n", with_boundary(boundary.as_deref()))
        }
        Change::PutInline { of, name, document, .. } => {
            format!("Would attach policy {name} to {of}:\n{document:#}\n")
        }
        Change::CreateRole(new) => {
            format!("Would create role: {}, which trusts:\n{:#}\n", new.name, new.trust)
        }
        Change::Attach { to, arn } => format!("Would attach policy {arn} to {to}\n"),
        other => format!("Would {}\n", other.to_do(Phrasing::Create)),
    }
}
