//! The one door through which credentials leave rolecall.

use crate::{context::Context, error::Result, plan::Plan, session::Acquired};

/// Credentials of a profile that are about to leave rolecall, for a program, a file or a browser.
///
/// Every verb that gives credentials away gets them here; `tests/it/hand_outs.rs` fails if one goes around it.
/// Verbs that use credentials only to ask AWS something themselves, such as `whoami`, don't need it.
///
/// What belongs here holds for all of these verbs, and knows nothing of how they print. What can refuse a
/// hand-out runs before the session is searched or created, so that a refusal costs no MFA code and no call to
/// AWS; what notes one runs when the credentials are there, before anyone else has them.
#[expect(dead_code, reason = "nothing is asked or noted yet")]
pub(crate) struct HandOut<'h> {
    /// The process's context.
    pub(crate) context: &'h Context,
    /// Whose credentials.
    pub(crate) plan: &'h Plan,
    /// The verb, as users write it: `exec --serve`.
    pub(crate) verb: &'static str,
}

impl HandOut<'_> {
    /// Returns the credentials that `acquire` returns, for the verb to hand out.
    ///
    /// # Errors
    /// Those of `acquire`.
    #[expect(clippy::unused_self, reason = "nothing is asked or noted yet")]
    pub(crate) fn of(self, acquire: impl FnOnce() -> Result<Acquired>) -> Result<Acquired> {
        acquire()
    }
}
