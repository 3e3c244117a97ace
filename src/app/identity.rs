//! Who AWS takes the owner of credentials for.

use std::time::Duration;

use crate::{
    aws::{Aws as _, Budget, Call, Identity, Sdk},
    context::Context,
    credentials::Credentials,
    error::Result,
    plan::Plan,
    progress::waiting_for,
    session::{endpoint, explain_identity},
};

/// How many times STS is asked.
const ATTEMPTS: u32 = 3;

/// A question to STS: whose credentials are these?
pub(crate) struct IdentityRequest<'r> {
    pub(crate) context: &'r Context,
    /// What the credentials were resolved from; it also names the region and the endpoint.
    pub(crate) plan: &'r Plan,
    /// How long STS may take.
    pub(crate) limit: Duration,
    /// What the progress line says is waited for.
    pub(crate) waiting_for: &'r str,
}

impl IdentityRequest<'_> {
    /// Returns the account, ARN and unique ID that STS knows `credentials` by.
    ///
    /// # Errors
    /// If STS refuses them or can't be reached.
    ///
    /// Rule: STS API reference, `GetCallerIdentity`.
    pub(crate) fn of(&self, credentials: &Credentials) -> Result<Identity> {
        let Self { context, plan, limit, .. } = *self;
        let call = Call { endpoint: &endpoint(plan), budget: Budget::new(limit, ATTEMPTS) };
        let waiting = waiting_for(context, self.waiting_for);
        let identity = Sdk.caller_identity(call, credentials);
        drop(waiting);
        identity.map_err(|failure| explain_identity(&failure, plan, context.now()))
    }
}
