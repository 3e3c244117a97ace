//! Why a role is denied: what `rolecall doctor --online` asks `rolecall-provision`, and the answer.

use serde::{Deserialize, Serialize};

/// The call that AWS refused: AssumeRole for the last role of a profile.
#[derive(Clone, Debug)]
pub struct RoleCall {
    /// The role's ARN.
    pub role_arn: String,
    /// `ExternalId`.
    pub external_id: Option<String>,
    /// `RoleSessionName`.
    pub session_name: String,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// Whether the call is made with MFA.
    pub has_mfa: bool,
    /// The session policy of the credentials that sign the call, as JSON.
    pub signer_policy: Option<String>,
}

/// What could be learned: the answer to `rolecall-provision iam why-denied`.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct WhyDenied {
    /// What was judged, statement by statement.
    pub judgments: Vec<Judgment>,
    /// The permissions that were missing to learn more, such as `iam:GetRole`.
    pub missing: Vec<String>,
}

/// What one statement, or one policy, has to do with the refusal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgment {
    /// What it is about.
    pub about: JudgedPart,
    /// What it says, in one line.
    pub text: String,
}

/// The part of a call that a policy judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JudgedPart {
    /// The external ID is missing, or another one.
    ExternalId,
    /// MFA is missing.
    Mfa,
    /// Somebody else is trusted.
    Principal,
    /// Another condition is not met.
    Condition,
    /// A statement denies the call.
    Denial,
    /// The policies of the caller do not allow the call.
    Permission,
    /// The session policy of the caller does not allow it.
    SessionPolicy,
    /// Nothing that explains the refusal.
    Nothing,
}
