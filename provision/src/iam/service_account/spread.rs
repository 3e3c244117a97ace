//! Waits until the new key can assume the new role everywhere.
//!
//! Rule: IAM User Guide, "Changes that I make are not always immediately visible".

use rolecall::{
    ACCESS_DENIED, AssumeRole, Credentials, Error, Failure, Kind, Result, Streams,
    UNKNOWN_ACCESS_KEY,
};

use super::spec::ServiceAccountSpec;
use crate::{caller::Caller, failure::OrCannot as _, progress::Propagation};

/// The error codes of STS until it knows the role and the key.
const NOT_YET: [&str; 2] = [ACCESS_DENIED, UNKNOWN_ACCESS_KEY];
const LEAST_SECONDS: u32 = 900;

impl ServiceAccountSpec {
    /// Waits until `keys` can assume the role. With MFA, only until the keys work, because nobody
    /// is prompted for a code here.
    ///
    /// # Errors
    /// If that doesn't happen. What was created is kept.
    pub(super) fn wait_until_usable(
        &self,
        caller: &Caller<'_>,
        keys: &Credentials,
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        caller.hold_signals()?;
        let propagation = Propagation { what: "IAM to propagate the role", codes: &NOT_YET };
        let outcome = propagation.wait(caller, streams, || self.assume(caller, keys));
        caller.heed_signal();
        caller.release_signals();
        let outcome = outcome.or_cannot(format_args!("assume the role {}", self.role));
        outcome.map_err(|error| not_usable_yet(&error, self))
    }

    fn assume(&self, caller: &Caller<'_>, keys: &Credentials) -> std::result::Result<(), Failure> {
        if self.mfa.is_some() {
            return caller.identity_with(keys).map(drop);
        }
        let role = AssumeRole {
            role_arn: self.role_arn.clone(),
            session_name: "rolecall".to_owned(),
            external_id: self.external_id.clone(),
            duration_seconds: Some(LEAST_SECONDS),
            ..AssumeRole::default()
        };
        caller.assume_with(keys, &role).map(drop)
    }
}

/// Nothing is undone: everything exists and may work in a moment.
fn not_usable_yet(error: &Error, spec: &ServiceAccountSpec) -> Error {
    let (name, role) = (&spec.name, &spec.role);
    let text = match error.kind() {
        Kind::Interrupted => "interrupted: everything was created, but not tested yet".to_owned(),
        _ => format!("everything was created, but does not work yet: {error}"),
    };
    Error::new(error.kind(), text)
        .hint(format!("try it in a minute: 'rolecall login {role}'"))
        .hint(format!("'rolecall iam remove {name}' removes it"))
}
