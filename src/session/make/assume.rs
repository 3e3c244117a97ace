//! Assumes one role of a plan, with keys, a session or a token, and with an MFA code if needed.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    maker::{Answer, Maker, NewSession, SessionOf, endpoint},
    mfa::CallWithCode,
};
use crate::{
    aws::{self, Call},
    credentials::Credentials,
    error::Result,
    plan::{Hop, Source, Step},
    progress::waiting_for,
    rules::LONGEST_CHAINED,
    secret::Secret,
    session::{
        explain::{is_about_the_signer, is_access_denied},
        request::{BaseAnswer, Origin, StepRequest},
    },
};

/// A denial is not attributed to the age of an MFA session that is younger than this.
const YOUNG_MFA: TimeDelta = TimeDelta::seconds(60);

/// The credentials that a role is assumed with.
enum RoleSource {
    Keys {
        credentials: Credentials,
        /// Whether they came from the store. Then AWS may have revoked them since.
        stored: bool,
        /// For an MFA session: when its code was entered.
        mfa_at: Option<DateTime<Utc>>,
    },
    Token(Secret),
}

impl RoleSource {
    fn keys(credentials: Credentials) -> Self {
        Self::Keys { credentials, stored: false, mfa_at: None }
    }

    fn is_stored(&self) -> bool {
        matches!(self, Self::Keys { stored: true, .. })
    }

    /// Returns the duration to request. Only now is it known whether another program returned a
    /// session; then this is role chaining, which AWS limits to one hour.
    fn capped(&self, seconds: u32) -> u32 {
        match self {
            Self::Keys { credentials, .. } if credentials.session_token.is_some() => {
                seconds.min(LONGEST_CHAINED)
            }
            _ => seconds,
        }
    }
}

impl Maker<'_> {
    /// Assumes `hop`, the role of `step`. Tries again with a new session of the previous step if
    /// AWS may have revoked the stored one, or may require a more recent MFA code.
    pub(super) fn assume(
        &self,
        step: &StepRequest<'_>,
        hop: &Hop,
        session_of: &SessionOf<'_>,
    ) -> Result<NewSession> {
        let source = self.source(step, session_of)?;
        let mut answer = self.assume_once(step, hop, &source)?;
        let may_help_to_renew_source = |refusal: &aws::Failure| {
            source.is_stored() && is_about_the_signer(refusal)
                || is_access_denied(refusal) && self.may_want_newer_mfa(step, &source)
        };
        if let Some(before) = step.before()
            && answer.as_ref().is_err_and(may_help_to_renew_source)
        {
            if before.is_answered() {
                // Other credentials may be another identity's, for which this key is wrong.
                self.base_refused.set(true);
                return answer.map_err(|failure| self.explain(step, &failure));
            }
            let credentials = session_of(&before, true)?.credentials;
            answer = self.assume_once(step, hop, &RoleSource::keys(credentials))?;
        }
        answer.map_err(|failure| self.explain(step, &failure))
    }

    /// Returns the credentials that the role of `step` is assumed with.
    fn source(&self, step: &StepRequest<'_>, session_of: &SessionOf<'_>) -> Result<RoleSource> {
        match (step.before(), &step.plan().base.source) {
            (Some(before), _) => {
                // With `force`, the MFA session is renewed too.
                let is_mfa = matches!(before.step(), Step::Mfa(_));
                let acquired = session_of(&before, is_mfa && step.of.request.force)?;
                let stored = acquired.origin == Origin::Stored;
                let minted = acquired.lifetime.filter(|_| is_mfa).map(|lifetime| lifetime.minted);
                Ok(RoleSource::Keys { credentials: acquired.credentials, stored, mfa_at: minted })
            }
            (None, Source::WebIdentity { .. }) => match step.of.base {
                BaseAnswer::Token { token, .. } => Ok(RoleSource::Token(token.clone())),
                _ => unreachable!("BUG: the token is read before its role is assumed"),
            },
            (None, Source::Keys(_) | Source::StoredKeys { .. }) => {
                Ok(RoleSource::keys(self.own_keys(&step.of)?))
            }
            (None, _) => unreachable!("BUG: fetching a base is a separate step"),
        }
    }

    /// Whether a trust policy may require a more recent code than that of the shared MFA session
    /// (`aws:MultiFactorAuthAge`), and a new one can be obtained.
    fn may_want_newer_mfa(&self, step: &StepRequest<'_>, source: &RoleSource) -> bool {
        let RoleSource::Keys { mfa_at: Some(at), .. } = source else { return false };
        let mfa = step.before().map(|before| before.step());
        !step.of.is_early_renewal
            && self.now() - *at > YOUNG_MFA
            && matches!(mfa, Some(Step::Mfa(mfa)) if self.can_get_code(mfa))
    }

    /// Calls AssumeRole for `hop` once. The inner result is AWS's answer.
    fn assume_once(
        &self,
        step: &StepRequest<'_>,
        hop: &Hop,
        source: &RoleSource,
    ) -> Result<Answer<NewSession>> {
        let attributes = hop.attributes.clone();
        let role = aws::AssumeRole {
            role_arn: hop.role_arn.clone(),
            session_name: hop.session_name.clone(),
            external_id: hop.external_id.clone(),
            duration_seconds: hop.duration_seconds.map(|seconds| source.capped(seconds)),
            policy: attributes.policy,
            policy_arns: attributes.policy_arns,
            tags: attributes.tags,
            transitive_tag_keys: attributes.transitive_tag_keys,
            source_identity: attributes.source_identity,
            mfa: None,
        };
        let endpoint = endpoint(step.plan());
        let what = format!("STS, to assume {}", hop.role_arn);
        if let (Some(mfa), RoleSource::Keys { credentials, .. }) = (step.direct_mfa(), source) {
            let call = |code, budget| {
                let _waiting = waiting_for(self.finder.context, &what);
                let role = aws::AssumeRole { mfa: Some(code), ..role.clone() };
                self.aws.assume_role(Call { endpoint: &endpoint, budget }, credentials, &role)
            };
            return self.with_code(&CallWithCode { step, mfa, call: &call });
        }
        let call = Call { endpoint: &endpoint, budget: self.budget(step)? };
        let waiting = waiting_for(self.finder.context, &what);
        let answer = match source {
            RoleSource::Keys { credentials, .. } => self.aws.assume_role(call, credentials, &role),
            RoleSource::Token(token) => self.aws.assume_role_with_web_identity(call, token, &role),
        };
        drop(waiting);
        answer.map_or_else(|failure| Ok(Err(failure)), |issued| self.checked(step, issued).map(Ok))
    }
}
