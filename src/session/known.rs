//! The keys of a plan's sessions, without asking anyone for them.

use super::{
    key::SessionKey,
    request::BaseAnswer,
    web_identity::{subject_of, web_identity_token},
};
use crate::{
    context::Context,
    identity_center::sign_in_id,
    input::Pipe,
    plan::{Plan, Source},
};

/// Returns the keys of all sessions of `plan`, as far as they are known without asking anyone; `None` if
/// they depend on what its base would say.
pub(crate) fn known_keys(context: &Context, plan: &Plan) -> Option<Vec<SessionKey>> {
    let answer = match &plan.base.source {
        source if source.is_asked_each_time() => return None,
        Source::Process { .. } if !plan.hops.is_empty() => return None,
        Source::Sso(role) => BaseAnswer::SignIn(Some(sign_in_id(context, None, &role.session)?)),
        Source::WebIdentity { token_file } => {
            let token = web_identity_token(&plan.base, token_file, Pipe::Refuse).ok()?;
            let subject = subject_of(&token);
            BaseAnswer::Token { token, subject }
        }
        _ => BaseAnswer::Nothing,
    };
    Some(SessionKey::of_steps(plan, answer.identity()))
}
