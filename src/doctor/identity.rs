//! The profile's own credentials: whether there are any, and who AWS says that they are.

use std::time::Duration;

use super::{check::Check, finding::Finding};
use crate::{
    app,
    aws::{Aws as _, Budget, Call, Identity, Sdk},
    context::Context,
    credentials::Credentials,
    error::{Kind, Result},
    plan::Plan,
    profile::Files,
    progress::waiting_for,
    session::{endpoint, explain_identity},
};

/// How long GetCallerIdentity may take.
const BUDGET: Budget = Budget::new(Duration::from_secs(10), 2);

/// What a profile's credentials are asked with.
#[derive(Clone, Copy)]
pub(super) struct Means<'m> {
    pub(super) context: &'m Context,
    pub(super) files: &'m Files,
    /// The name of the store.
    pub(super) store: &'m str,
}

/// What AWS says of a profile.
pub(super) struct Asked {
    /// Who the profile is; `None` if it has no credentials.
    pub(super) identity: Option<Identity>,
    /// Whether AWS refused to let its last role be assumed.
    pub(super) is_denied: bool,
    pub(super) findings: Vec<Finding>,
}

/// Gets the credentials of `plan`, for which a person may be asked, and asks AWS whose they are.
pub(super) fn check(means: &Means<'_>, plan: &Plan) -> Asked {
    match identity(means, plan) {
        Ok(identity) => {
            let text = format!("'{}' is {} according to AWS", plan.name(), identity.arn);
            let findings = vec![Finding::ok(Check::Identity, text).of_profile(plan.name())];
            Asked { identity: Some(identity), is_denied: false, findings }
        }
        Err(error) => {
            let is_denied = error.kind() == Kind::Denied && !plan.hops.is_empty();
            let check = match error.kind() {
                Kind::Denied => Check::Denied,
                Kind::NeedsHuman => Check::NeedsHuman,
                Kind::Store => Check::UnusableKeychain,
                Kind::Unreachable => Check::Unreachable,
                _ => Check::of(error.reason()),
            };
            let finding = Finding { check, ..Finding::of_error(&error) }.of_profile(plan.name());
            Asked { identity: None, is_denied, findings: vec![finding] }
        }
    }
}

/// Returns who AWS says the credentials of `plan` are.
///
/// # Errors
/// If there are none, or AWS refuses them.
pub(super) fn identity(means: &Means<'_>, plan: &Plan) -> Result<Identity> {
    let credentials = credentials(means, plan)?;
    let context = means.context;
    let call = Call { endpoint: &endpoint(plan), budget: BUDGET };
    let _waiting = waiting_for(context, "STS");
    Sdk.caller_identity(call, &credentials)
        .map_err(|failure| explain_identity(&failure, plan, context.now()))
}

fn credentials(means: &Means<'_>, plan: &Plan) -> Result<Credentials> {
    let Means { context, files, store } = *means;
    let store = app::store_by_name(context, store)?;
    let sessions = app::sessions(context, &*store, files);
    let acquired = sessions.acquire(plan, app::human_request());
    drop(sessions.take_warnings());
    Ok(acquired.map_err(|error| app::with_misspelt_keys(error, files, plan))?.credentials)
}
