//! The credentials that a refused call was signed with.

use std::fmt;

use crate::{
    plan::{Plan, Source, Step},
    rules::is_session_key_id,
};

/// The credentials that a call is signed with.
pub(super) struct Signer {
    /// Its profile or role.
    pub(super) name: String,
    /// Whether it is the MFA session of its keys.
    pub(super) has_mfa: bool,
    /// What it is.
    pub(super) kind: SignerKind,
}

/// What a call is signed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignerKind {
    /// Access keys that don't expire.
    LongLived,
    /// A session.
    Session,
    /// A session's access key, without its token.
    WithoutToken,
    /// Nothing: the call carries a web identity token instead of a signature.
    WebIdentity,
}

impl Signer {
    /// Returns the signer of the call for step `i` of `plan`.
    pub(super) fn of_step(plan: &Plan, i: usize) -> Self {
        if let Some(before) = i.checked_sub(1) {
            // An MFA session is known by the profile whose keys it belongs to, not by its device.
            let (name, has_mfa) = match plan.step(before) {
                Step::Mfa(_) => (plan.base.profile.as_str(), true),
                step => (step.name(), false),
            };
            return Self { name: name.to_owned(), has_mfa, kind: SignerKind::Session };
        }
        let kind = SignerKind::of(&plan.base.source);
        Self { name: plan.base.profile.clone(), has_mfa: false, kind }
    }

    /// Returns the signer of a call with the credentials that `plan` gives.
    pub(super) fn of_plan(plan: &Plan) -> Self {
        let is_session = plan.steps() > 0;
        let kind = if is_session { SignerKind::Session } else { SignerKind::of(&plan.base.source) };
        Self { name: plan.name().to_owned(), has_mfa: false, kind }
    }
}

impl SignerKind {
    fn of(source: &Source) -> Self {
        match source {
            Source::WebIdentity { .. } => Self::WebIdentity,
            source if source.is_temporary() => Self::Session,
            Source::Keys(keys) if is_session_key_id(&keys.access_key_id) => Self::WithoutToken,
            _ => Self::LongLived,
        }
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{}'{}", self.name, if self.has_mfa { " (with MFA)" } else { "" })
    }
}
