//! Assuming one role of a plan: with keys, with a session, with a token, with an MFA code.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Origin, Sessions,
    acquire::Task,
    fetch,
    mint::{NewSession, endpoint, hold_after_denial},
    words,
};
use crate::{
    aws,
    credentials::Credentials,
    error::Result,
    plan::{Hop, Source, Step},
    rules::LONGEST_CHAINED,
    secret::Secret,
};

/// How old an MFA session must be for a no to be blamed on its age.
const YOUNG_MFA: TimeDelta = TimeDelta::seconds(60);

/// What a role is assumed with.
pub(super) enum RoleSource {
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

impl Sessions<'_> {
    /// What step `i`, a role, is assumed with.
    pub(super) fn source(&self, task: &Task<'_>, i: usize) -> Result<RoleSource> {
        match (i.checked_sub(1), &task.plan.base.source) {
            (Some(inner), _) => {
                // Who forces a new session wants a new code for it, too.
                let is_mfa = matches!(task.plan.step(inner), Step::Mfa(_));
                let acquired = self.step(task, inner, is_mfa && task.request.force)?;
                let stored = acquired.origin == Origin::Stored;
                let minted = acquired.lifetime.filter(|_| is_mfa).map(|lifetime| lifetime.minted);
                Ok(RoleSource::Keys { credentials: acquired.credentials, stored, mfa_at: minted })
            }
            (None, Source::WebIdentity { token_file }) => {
                Ok(RoleSource::Token(fetch::token(&task.plan.base, token_file)?))
            }
            (None, Source::Keys(_) | Source::StoredKeys { .. }) => {
                Ok(RoleSource::keys(self.own_keys(task)?))
            }
            (None, _) => unreachable!("BUG: a base that is fetched is a step of its own"),
        }
    }

    /// Assumes `hop`, step `i`; once more with a new source session where AWS has ended the stored
    /// one before its time, or may want a newer MFA code.
    pub(super) fn assume(
        &self,
        task: &Task<'_>,
        i: usize,
        hop: &Hop,
        with: RoleSource,
    ) -> Result<NewSession> {
        let mut answer = self.assume_once(task, i, hop, &with)?;
        let may_be_the_sources_fault = |refusal: &aws::Failure| {
            with.is_stored() && words::is_about_the_source(refusal)
                || words::is_access_denied(refusal) && self.may_want_newer_mfa(task, i, &with)
        };
        if answer.as_ref().is_err_and(may_be_the_sources_fault) {
            let credentials = self.step(task, i - 1, true)?.credentials;
            answer = self.assume_once(task, i, hop, &RoleSource::keys(credentials))?;
        }
        answer.map_err(|refusal| {
            let error = words::explain(&refusal, task.plan, i, self.context.now());
            hold_after_denial(task, error)
        })
    }

    /// Whether a trust policy may have said no because it wants a code that is newer than that of
    /// the shared MFA session (`aws:MultiFactorAuthAge`), and somebody could give one.
    fn may_want_newer_mfa(&self, task: &Task<'_>, i: usize, with: &RoleSource) -> bool {
        let RoleSource::Keys { mfa_at: Some(at), .. } = with else { return false };
        let mfa = i.checked_sub(1).map(|inner| task.plan.step(inner));
        !task.request.early_renewal
            && self.context.now() - *at > YOUNG_MFA
            && matches!(mfa, Some(Step::Mfa(mfa)) if self.can_ask(mfa))
    }

    /// One call for `hop`. The inner result is AWS's word, the outer one ours.
    fn assume_once(
        &self,
        task: &Task<'_>,
        i: usize,
        hop: &Hop,
        with: &RoleSource,
    ) -> Result<std::result::Result<NewSession, aws::Failure>> {
        let attributes = hop.attributes.clone();
        let role = aws::AssumeRole {
            role_arn: hop.role_arn.clone(),
            session_name: hop.session_name.clone(),
            external_id: hop.external_id.clone(),
            duration_seconds: hop.duration_seconds.map(|seconds| with.capped(seconds)),
            policy: attributes.policy,
            policy_arns: attributes.policy_arns,
            tags: attributes.tags,
            transitive_tag_keys: attributes.transitive_tag_keys,
            source_identity: attributes.source_identity,
            mfa: None,
        };
        if let (Some(mfa), RoleSource::Keys { credentials, .. }) = (task.plan.direct_mfa(i), with) {
            let endpoint = endpoint(task.plan);
            return self.with_code(task, i, mfa, &|code, budget| {
                let role = aws::AssumeRole { mfa: Some(code), ..role.clone() };
                self.aws.assume_role(&endpoint, credentials, &role, budget)
            });
        }
        let budget = self.budget(task, i)?;
        let endpoint = endpoint(task.plan);
        let answer = match with {
            RoleSource::Keys { credentials, .. } => {
                self.aws.assume_role(&endpoint, credentials, &role, budget)
            }
            RoleSource::Token(token) => {
                self.aws.assume_role_with_web_identity(&endpoint, token, &role, budget)
            }
        };
        match answer {
            Err(failure) => Ok(Err(failure)),
            Ok(issued) => self.judged(issued).map(Ok),
        }
    }
}
