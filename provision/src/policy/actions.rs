//! S3's IAM actions, and the names often mistaken for them.
//!
//! Rules: Service Authorization Reference, "Actions, resources, and condition keys for Amazon S3";
//! S3 User Guide, "Required permissions for Amazon S3 API operations".

use rolecall::{is_typo_of, matches_pattern};

/// The actions, in alphabetical order.
#[rustfmt::skip]
const ACTIONS: [&str; 168] = [
    "AbortMultipartUpload", "AssociateAccessGrantsIdentityCenter", "BypassGovernanceRetention",
    "CreateAccessGrant", "CreateAccessGrantsInstance", "CreateAccessGrantsLocation",
    "CreateAccessPoint", "CreateAccessPointForObjectLambda", "CreateBucket",
    "CreateBucketMetadataTableConfiguration", "CreateJob", "CreateMultiRegionAccessPoint",
    "CreateStorageLensGroup", "DeleteAccessGrant", "DeleteAccessGrantsInstance",
    "DeleteAccessGrantsInstanceResourcePolicy", "DeleteAccessGrantsLocation", "DeleteAccessPoint",
    "DeleteAccessPointForObjectLambda", "DeleteAccessPointPolicy",
    "DeleteAccessPointPolicyForObjectLambda", "DeleteBucket",
    "DeleteBucketMetadataTableConfiguration", "DeleteBucketPolicy", "DeleteBucketWebsite",
    "DeleteJobTagging", "DeleteMultiRegionAccessPoint", "DeleteObject", "DeleteObjectTagging",
    "DeleteObjectVersion", "DeleteObjectVersionTagging", "DeleteStorageLensConfiguration",
    "DeleteStorageLensConfigurationTagging", "DeleteStorageLensGroup", "DescribeJob",
    "DescribeMultiRegionAccessPointOperation", "DissociateAccessGrantsIdentityCenter",
    "GetAccelerateConfiguration", "GetAccessGrant", "GetAccessGrantsInstance",
    "GetAccessGrantsInstanceForPrefix", "GetAccessGrantsInstanceResourcePolicy",
    "GetAccessGrantsLocation", "GetAccessPoint", "GetAccessPointConfigurationForObjectLambda",
    "GetAccessPointForObjectLambda", "GetAccessPointPolicy", "GetAccessPointPolicyForObjectLambda",
    "GetAccessPointPolicyStatus", "GetAccessPointPolicyStatusForObjectLambda",
    "GetAccountPublicAccessBlock", "GetAnalyticsConfiguration", "GetBucketAbac", "GetBucketAcl",
    "GetBucketCORS", "GetBucketLocation", "GetBucketLogging", "GetBucketMetadataTableConfiguration",
    "GetBucketNotification", "GetBucketObjectLockConfiguration", "GetBucketOwnershipControls",
    "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock",
    "GetBucketRequestPayment", "GetBucketTagging", "GetBucketVersioning", "GetBucketWebsite",
    "GetDataAccess", "GetEncryptionConfiguration", "GetIntelligentTieringConfiguration",
    "GetInventoryConfiguration", "GetJobTagging", "GetLifecycleConfiguration",
    "GetMetricsConfiguration", "GetMultiRegionAccessPoint", "GetMultiRegionAccessPointPolicy",
    "GetMultiRegionAccessPointPolicyStatus", "GetMultiRegionAccessPointRoutes", "GetObject",
    "GetObjectAcl", "GetObjectAttributes", "GetObjectLegalHold", "GetObjectRetention",
    "GetObjectTagging", "GetObjectTorrent", "GetObjectVersion", "GetObjectVersionAcl",
    "GetObjectVersionAttributes", "GetObjectVersionForReplication", "GetObjectVersionTagging",
    "GetObjectVersionTorrent", "GetReplicationConfiguration", "GetStorageLensConfiguration",
    "GetStorageLensConfigurationTagging", "GetStorageLensDashboard", "GetStorageLensGroup",
    "InitiateReplication", "ListAccessGrants", "ListAccessGrantsInstances",
    "ListAccessGrantsLocations", "ListAccessPoints", "ListAccessPointsForObjectLambda",
    "ListAllMyBuckets", "ListBucket", "ListBucketMultipartUploads", "ListBucketVersions",
    "ListCallerAccessGrants", "ListJobs", "ListMultiRegionAccessPoints", "ListMultipartUploadParts",
    "ListStorageLensConfigurations", "ListStorageLensGroups", "ListTagsForResource",
    "ObjectOwnerOverrideToBucketOwner", "PauseReplication", "PutAccelerateConfiguration",
    "PutAccessGrantsInstanceResourcePolicy", "PutAccessPointConfigurationForObjectLambda",
    "PutAccessPointPolicy", "PutAccessPointPolicyForObjectLambda",
    "PutAccessPointPublicAccessBlock", "PutAccountPublicAccessBlock", "PutAnalyticsConfiguration",
    "PutBucketAbac", "PutBucketAcl", "PutBucketCORS", "PutBucketLogging", "PutBucketNotification",
    "PutBucketObjectLockConfiguration", "PutBucketOwnershipControls", "PutBucketPolicy",
    "PutBucketPublicAccessBlock", "PutBucketRequestPayment", "PutBucketTagging",
    "PutBucketVersioning", "PutBucketWebsite", "PutEncryptionConfiguration",
    "PutIntelligentTieringConfiguration", "PutInventoryConfiguration", "PutJobTagging",
    "PutLifecycleConfiguration", "PutMetricsConfiguration", "PutMultiRegionAccessPointPolicy",
    "PutObject", "PutObjectAcl", "PutObjectLegalHold", "PutObjectRetention", "PutObjectTagging",
    "PutObjectVersionAcl", "PutObjectVersionTagging", "PutReplicationConfiguration",
    "PutStorageLensConfiguration", "PutStorageLensConfigurationTagging", "ReplicateDelete",
    "ReplicateObject", "ReplicateTags", "RestoreObject", "SubmitMultiRegionAccessPointRoutes",
    "TagResource", "UntagResource", "UpdateAccessGrantsLocation",
    "UpdateBucketMetadataInventoryTableConfiguration",
    "UpdateBucketMetadataJournalTableConfiguration", "UpdateJobPriority", "UpdateJobStatus",
    "UpdateObjectEncryption", "UpdateStorageLensGroup",
];

/// Calls whose action has another name.
#[rustfmt::skip]
const CALLS: [(&str, &str); 55] = [
    ("CompleteMultipartUpload", "PutObject"),
    ("CopyObject", "PutObject"),
    ("CreateMultipartUpload", "PutObject"),
    ("DeleteBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("DeleteBucketCors", "PutBucketCORS"),
    ("DeleteBucketEncryption", "PutEncryptionConfiguration"),
    ("DeleteBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("DeleteBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("DeleteBucketLifecycle", "PutLifecycleConfiguration"),
    ("DeleteBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("DeleteBucketOwnershipControls", "PutBucketOwnershipControls"),
    ("DeleteBucketReplication", "PutReplicationConfiguration"),
    ("DeleteBucketTagging", "PutBucketTagging"),
    ("DeleteObjects", "DeleteObject"),
    ("DeletePublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
    ("GetBucketAnalyticsConfiguration", "GetAnalyticsConfiguration"),
    ("GetBucketEncryption", "GetEncryptionConfiguration"),
    ("GetBucketIntelligentTieringConfiguration", "GetIntelligentTieringConfiguration"),
    ("GetBucketInventoryConfiguration", "GetInventoryConfiguration"),
    ("GetBucketLifecycle", "GetLifecycleConfiguration"),
    ("GetBucketLifecycleConfiguration", "GetLifecycleConfiguration"),
    ("GetBucketMetricsConfiguration", "GetMetricsConfiguration"),
    ("GetBucketNotificationConfiguration", "GetBucketNotification"),
    ("GetBucketReplication", "GetReplicationConfiguration"),
    ("GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
    ("GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
    ("HeadBucket", "ListBucket"),
    ("HeadObject", "GetObject"),
    ("ListBucketAnalyticsConfigurations", "GetAnalyticsConfiguration"),
    ("ListBucketIntelligentTieringConfigurations", "GetIntelligentTieringConfiguration"),
    ("ListBucketInventoryConfigurations", "GetInventoryConfiguration"),
    ("ListBucketMetricsConfigurations", "GetMetricsConfiguration"),
    ("ListBuckets", "ListAllMyBuckets"),
    ("ListMultipartUploads", "ListBucketMultipartUploads"),
    ("ListObjectVersions", "ListBucketVersions"),
    ("ListObjects", "ListBucket"),
    ("ListObjectsV2", "ListBucket"),
    ("ListParts", "ListMultipartUploadParts"),
    ("PostObject", "PutObject"),
    ("PutBucketAccelerateConfiguration", "PutAccelerateConfiguration"),
    ("PutBucketAnalyticsConfiguration", "PutAnalyticsConfiguration"),
    ("PutBucketEncryption", "PutEncryptionConfiguration"),
    ("PutBucketIntelligentTieringConfiguration", "PutIntelligentTieringConfiguration"),
    ("PutBucketInventoryConfiguration", "PutInventoryConfiguration"),
    ("PutBucketLifecycle", "PutLifecycleConfiguration"),
    ("PutBucketLifecycleConfiguration", "PutLifecycleConfiguration"),
    ("PutBucketMetricsConfiguration", "PutMetricsConfiguration"),
    ("PutBucketNotificationConfiguration", "PutBucketNotification"),
    ("PutBucketReplication", "PutReplicationConfiguration"),
    ("PutObjectLockConfiguration", "PutBucketObjectLockConfiguration"),
    ("PutPublicAccessBlock", "PutBucketPublicAccessBlock"),
    ("SelectObjectContent", "GetObject"),
    ("UploadPart", "PutObject"),
    ("UploadPartCopy", "PutObject"),
];

/// What a name after `s3:` is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// An action, or a pattern that matches one.
    Action,
    /// An API call or a misspelling; the action is this one.
    Means(&'static str),
    /// Possibly a newer action.
    Unknown,
}

/// Classifies a name. Action names are case-insensitive.
pub(super) fn judge(name: &str) -> Name {
    let is_pattern = name.contains(['*', '?']);
    let lower = name.to_ascii_lowercase();
    if ACTIONS.iter().any(|action| matches_pattern(&lower, &action.to_ascii_lowercase())) {
        return Name::Action;
    }
    if let Some((_, action)) = CALLS.iter().find(|(call, _)| call.eq_ignore_ascii_case(name)) {
        return Name::Means(action);
    }
    let near = |action: &&&str| !is_pattern && is_typo_of(name, action);
    ACTIONS.iter().find(near).map_or(Name::Unknown, |action| Name::Means(action))
}

/// Returns whether an action of S3 is on objects (or on buckets and the like); `None` for a pattern,
/// and for actions of other services.
pub(super) fn is_of_objects(action: &str) -> Option<bool> {
    /// Those whose names say nothing of objects.
    const OTHERS: [&str; 6] = [
        "abortmultipartupload",
        "bypassgovernanceretention",
        "initiatereplication",
        "listmultipartuploadparts",
        "replicatedelete",
        "replicatetags",
    ];
    let lower = action.to_ascii_lowercase();
    let name = lower.strip_prefix("s3:").filter(|name| !name.contains(['*', '?']))?;
    let has_word = name.contains("object")
        && !["objectlambda", "objectlock"].iter().any(|it| name.contains(it));
    Some(has_word || OTHERS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_patterns_of_them_are_known() {
        for name in ["GetObject", "getobject", "ListBucket", "*", "Get*", "*Tagging", "Get?bject"] {
            assert_eq!(judge(name), Name::Action, "{name}");
        }
    }

    #[test]
    fn actions_on_objects_are_told_from_those_on_buckets() {
        for action in ["s3:GetObject", "S3:putobjectacl", "s3:AbortMultipartUpload"] {
            assert_eq!(is_of_objects(action), Some(true), "{action}");
        }
        for action in ["s3:ListBucket", "s3:GetBucketObjectLockConfiguration", "s3:CreateBucket"] {
            assert_eq!(is_of_objects(action), Some(false), "{action}");
        }
        for action in ["s3:Get*", "*", "textract:Get", "everything but s3:GetObject"] {
            assert_eq!(is_of_objects(action), None, "{action}");
        }
    }

    #[test]
    fn calls_map_to_their_action() {
        assert_eq!(judge("ListObjectsV2"), Name::Means("ListBucket"));
        assert_eq!(judge("listobjects"), Name::Means("ListBucket"));
        assert_eq!(judge("HeadObject"), Name::Means("GetObject"));
        assert_eq!(judge("ListBuckets"), Name::Means("ListAllMyBuckets"));
    }

    #[test]
    fn one_typo_is_recognized() {
        for name in ["GetObjct", "GetObjeect", "GetObjectt", "GteObject", "GetObjext"] {
            assert_eq!(judge(name), Name::Means("GetObject"), "{name}");
        }
        for name in ["GetObjxxt", "Frobnicate", "Frob*", ""] {
            assert_eq!(judge(name), Name::Unknown, "{name}");
        }
    }

    #[test]
    fn every_call_maps_to_an_action_and_is_not_one() {
        for (call, action) in CALLS {
            assert!(ACTIONS.contains(&action), "{action}");
            assert!(!ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(call)), "{call}");
        }
    }
}
