//! Assuming one role of a plan: with keys, with a session, with a token, with an MFA code.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    fetch,
    maker::{Answer, Maker, NewSession, SessionOf, endpoint, hold_after_denial},
};
use crate::{
    aws::{self, Call},
    credentials::Credentials,
    error::Result,
    plan::{Hop, Source, Step},
    rules::LONGEST_CHAINED,
    secret::Secret,
    session::{
        explain::{explain_role, is_about_the_signer, is_access_denied},
        request::{Origin, StepRequest},
    },
};

/// How old an MFA session must be for a no to be blamed on its age.
const YOUNG_MFA: TimeDelta = TimeDelta::seconds(60);

/// What a role is assumed with.
enum RoleSource {
    Keys {
        credentials: Credentials,
        /// Whether they came from the store, where they may be worse than they look.
        stored: bool,
        /// For an MFA session: when its code was given.
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

    /// The duration to ask for. What another program gives shows only now: with a session, the role
    /// is chained.
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
    /// Assumes `hop`, the role of `step`; once more with a new session of the step before where AWS
    /// has ended the stored one before its time, or may want a newer MFA code.
    pub(super) fn assume(
        &self,
        step: &StepRequest<'_>,
        hop: &Hop,
        session_of: &SessionOf<'_>,
    ) -> Result<NewSession> {
        let source = self.source(step, session_of)?;
        let mut answer = self.assume_once(step, hop, &source)?;
        let may_be_the_sources_fault = |refusal: &aws::Failure| {
            source.is_stored() && is_about_the_signer(refusal)
                || is_access_denied(refusal) && self.may_want_newer_mfa(step, &source)
        };
        if let Some(before) = step.before()
            && answer.as_ref().is_err_and(may_be_the_sources_fault)
        {
            let credentials = session_of(&before, true)?.credentials;
            answer = self.assume_once(step, hop, &RoleSource::keys(credentials))?;
        }
        answer.map_err(|refusal| {
            hold_after_denial(step, explain_role(&refusal, step.plan(), step.index, self.now()))
        })
    }

    /// What the role of `step` is assumed with.
    fn source(&self, step: &StepRequest<'_>, session_of: &SessionOf<'_>) -> Result<RoleSource> {
        match (step.before(), &step.plan().base.source) {
            (Some(before), _) => {
                // Who forces a new session wants a new code for it, too.
                let is_mfa = matches!(before.step(), Step::Mfa(_));
                let acquired = session_of(&before, is_mfa && step.of.request.force)?;
                let stored = acquired.origin == Origin::Stored;
                let minted = acquired.lifetime.filter(|_| is_mfa).map(|lifetime| lifetime.minted);
                Ok(RoleSource::Keys { credentials: acquired.credentials, stored, mfa_at: minted })
            }
            (None, Source::WebIdentity { token_file }) => {
                Ok(RoleSource::Token(fetch::token(&step.plan().base, token_file)?))
            }
            (None, Source::Keys(_) | Source::StoredKeys { .. }) => {
                Ok(RoleSource::keys(self.own_keys(&step.of)?))
            }
            (None, _) => unreachable!("BUG: a base that is fetched is a step of its own"),
        }
    }

    /// Whether a trust policy may have said no because it wants a code that is newer than that of
    /// the shared MFA session (`aws:MultiFactorAuthAge`), and somebody could give one.
    fn may_want_newer_mfa(&self, step: &StepRequest<'_>, source: &RoleSource) -> bool {
        let RoleSource::Keys { mfa_at: Some(at), .. } = source else { return false };
        let mfa = step.before().map(|before| before.step());
        !step.of.is_early_renewal
            && self.now() - *at > YOUNG_MFA
            && matches!(mfa, Some(Step::Mfa(mfa)) if self.can_ask(mfa))
    }

    /// One call for `hop`. The inner result is AWS's word, the outer one ours.
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
        if let (Some(mfa), RoleSource::Keys { credentials, .. }) = (step.direct_mfa(), source) {
            return self.with_code(step, mfa, &|code, budget| {
                let role = aws::AssumeRole { mfa: Some(code), ..role.clone() };
                self.aws.assume_role(Call { endpoint: &endpoint, budget }, credentials, &role)
            });
        }
        let call = Call { endpoint: &endpoint, budget: self.budget(step)? };
        let answer = match source {
            RoleSource::Keys { credentials, .. } => self.aws.assume_role(call, credentials, &role),
            RoleSource::Token(token) => self.aws.assume_role_with_web_identity(call, token, &role),
        };
        answer.map_or_else(|failure| Ok(Err(failure)), |issued| self.judged(issued).map(Ok))
    }
}
