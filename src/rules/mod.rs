//! AWS's naming rules, each exactly once, with the AWS document that it comes from.
//!
//! Pure: no I/O, no clock, no setting of ours. A check returns what the value is made of, or an
//! [`Invalid`] that says what is wrong with it and what a correct one looks like. Callers add the
//! kind of error, the flag, or the file and line.

mod arn;
mod bucket;
mod duration;
mod endpoint;
mod error_code;
mod iam;
mod invisible;
mod key_id;
mod likely;
mod nearest;
mod partition;
mod pattern;
mod quotes;
mod read_only;
mod s3_access;
mod session_name;
mod start_url;
mod sts;
mod tag;

use std::{borrow::Cow, fmt};

use crate::error::{Error, Kind};

pub use arn::{
    Arn, Principal, aws_managed_policy, bucket_arn, check_policy_arn, check_role_arn,
    is_fido_serial, partition_of,
};
pub use bucket::{
    check_bucket_name, check_new_bucket_name, location_constraint, region_at_location,
};
pub use error_code::{
    ACCESS_DENIED, DELETE_CONFLICT, NO_SUCH_BUCKET, NO_SUCH_ENTITY, NOT_FOUND, NOT_MODIFIABLE_YET,
    UNKNOWN_ACCESS_KEY, is_access_denied,
};
pub use iam::{
    IamKind, LONGEST_MANAGED_POLICY, LONGEST_TRUST_POLICY, MOST_ACCESS_KEYS,
    MOST_ATTACHED_POLICIES, MOST_GROUPS, MOST_POLICY_VERSIONS, ROLE_SESSION_SECONDS,
    check_account_id, is_name_char,
};
pub use key_id::is_session_key_id;
pub use nearest::{is_typo_of, nearest_of};
pub use partition::{check_region, default_region, partition_named, partition_of_region};
pub use pattern::matches_pattern;
pub use s3_access::{S3Access, S3Scope};
pub use sts::{
    LONGEST_CHAINED, LONGEST_SESSION_POLICY, check_duration, check_external_id, session_name_of,
};
pub use tag::{LONGEST_TAG_VALUE, check_tag, is_tag_char};

pub(crate) use arn::{account_of, check_mfa_serial, is_session_of};
pub(crate) use duration::seconds_of;
pub(crate) use endpoint::{check_endpoint_url, is_plain_http};
pub(crate) use error_code::{is_expired, is_throttling, is_unknown_access_key};
pub(crate) use invisible::check_visible_ends;
pub(crate) use key_id::{account_of_key_id, check_long_lived_key_id, is_key_id};
pub(crate) use partition::{GLOBAL_REGION, check_region_label, is_opt_in_region};
pub(crate) use quotes::check_unquoted;
pub(crate) use read_only::{ReadOnly, is_reading_action, is_reading_policy};
pub(crate) use session_name::{
    NamePart, check_session_name_or_template, is_name_template, name_of_template,
};
pub(crate) use start_url::{check_start_url, is_access_portal, region_of_start_url};
pub(crate) use sts::{
    MFA_CODE_DIGITS, MOST_POLICY_ARNS, MOST_SESSION_TAGS, SESSION_TOKEN_SECONDS,
    check_source_identity, mfa_code, session_name_of_agent,
};

/// What is wrong with a value, and what a correct one looks like. Contains no part of the value, which
/// may be a secret in the wrong place, except in a suggestion that is valid itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// Follows the name of the value: `is not the ARN of a role`.
    pub reason: Cow<'static, str>,
    /// Follows the word `it`: `must look like arn:aws:iam::222222222222:role/NAME`.
    pub(crate) form: Cow<'static, str>,
    /// A valid value that was probably meant.
    pub(crate) meant: Option<String>,
}

impl Invalid {
    fn new(reason: impl Into<Cow<'static, str>>, form: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into(), form: form.into(), meant: None }
    }

    /// Returns the error of `kind` that says so of `what`: `--role-arn`, `'My_bucket'`.
    pub fn error(&self, kind: Kind, what: impl fmt::Display) -> Error {
        Error::new(kind, format!("{what} {}", self.reason)).hint(self.hint())
    }

    /// Adds the value that was probably meant, if it is known.
    fn with_meant(self, meant: Option<String>) -> Self {
        Self { meant, ..self }
    }

    /// Returns the correct form, or the value that was probably meant, as a hint.
    pub fn hint(&self) -> String {
        match &self.meant {
            Some(meant) => format!("did you mean '{meant}'? It {}", self.form),
            None => format!("it {}", self.form),
        }
    }
}

/// Returns an error with the reason and the correct form unless `is_right`.
pub(crate) fn require(
    is_right: bool,
    reason: impl Into<Cow<'static, str>>,
    form: impl Into<Cow<'static, str>>,
) -> Result<(), Invalid> {
    known(is_right.then_some(()), reason, form)
}

/// Returns `value`, or an error with the reason and the correct form if there is none.
pub(crate) fn known<T>(
    value: Option<T>,
    reason: impl Into<Cow<'static, str>>,
    form: impl Into<Cow<'static, str>>,
) -> Result<T, Invalid> {
    value.ok_or_else(|| Invalid::new(reason, form))
}
