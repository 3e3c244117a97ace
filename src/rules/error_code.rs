//! AWS's error codes that mean the same wherever they come from.

/// IAM knows no such user, group, role, policy or access key.
///
/// Rule: IAM API reference, "Common errors" of each action.
pub const NO_SUCH_ENTITY: &str = "NoSuchEntity";

/// The access key that signed the call is not known, or not known everywhere yet.
///
/// Rule: STS and IAM API reference, "Common errors", `InvalidClientTokenId`.
pub const UNKNOWN_ACCESS_KEY: &str = "InvalidClientTokenId";

/// S3 knows no such bucket.
///
/// Rule: Amazon S3 API reference, "Error responses".
pub const NO_SUCH_BUCKET: &str = "NoSuchBucket";

/// The error codes of IAM and S3 for something that does not exist.
///
/// Rules: IAM API reference, "Common errors"; Amazon S3 API reference, "Error responses".
pub const NOT_FOUND: [&str; 6] = [
    NO_SUCH_ENTITY,
    NO_SUCH_BUCKET,
    "NoSuchKey",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchWebsiteConfiguration",
    "ServerSideEncryptionConfigurationNotFoundError",
];

/// Something still belongs to what is to be deleted.
///
/// Rule: IAM API reference, DeleteUser.
pub const DELETE_CONFLICT: &str = "DeleteConflict";

/// IAM is still busy with a previous change of the user or role.
///
/// Rule: IAM API reference, UpdateLoginProfile, `EntityTemporarilyUnmodifiable`.
pub const NOT_MODIFIABLE_YET: &str = "EntityTemporarilyUnmodifiable";

/// The caller lacks a permission; STS also says so of a role that it doesn't know yet.
///
/// Rule: IAM user guide, "Troubleshoot access denied error messages".
pub const ACCESS_DENIED: &str = "AccessDenied";

/// Whether `code` says that the credentials which signed the call have expired.
///
/// Rules: STS API reference, "Common error types"; the JSON protocol adds `Exception`.
pub(crate) fn is_expired(code: &str) -> bool {
    matches!(code, "ExpiredToken" | "ExpiredTokenException")
}

/// Whether `code` says that AWS does not know the access key which signed the call.
///
/// Rules: STS API reference, "Common error types" (`InvalidClientTokenId`); the JSON protocol has
/// `UnrecognizedClientException`, and S3 (API reference, "Error responses") `InvalidAccessKeyId`.
pub(crate) fn is_unknown_access_key(code: &str) -> bool {
    code == UNKNOWN_ACCESS_KEY
        || matches!(code, "UnrecognizedClientException" | "InvalidAccessKeyId")
}

/// Whether `code` says that the caller lacks a permission.
///
/// Rule: IAM user guide, "Troubleshoot access denied error messages"; the JSON protocol adds
/// `Exception`.
pub fn is_access_denied(code: &str) -> bool {
    matches!(code, ACCESS_DENIED | "AccessDeniedException")
}

/// Whether `code` says that there were too many calls.
///
/// Rule: the AWS SDK for Rust, `THROTTLING_ERRORS` of aws-runtime.
pub(crate) fn is_throttling(code: &str) -> bool {
    matches!(
        code,
        "Throttling"
            | "ThrottlingException"
            | "ThrottledException"
            | "RequestThrottled"
            | "RequestThrottledException"
            | "RequestLimitExceeded"
            | "TooManyRequestsException"
            | "SlowDown"
    )
}
