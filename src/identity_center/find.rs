//! Finds and keeps the tokens of sign-ins.

use super::{
    aws_cache::AwsCache,
    sign_ins::SignIns,
    token::{SignIn, TokenKey},
};
use crate::{
    plan::SsoSession,
    store::{self, NewItem},
};

/// Where a token was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In our store.
    Store,
    /// In the AWS CLI's folder.
    AwsCache,
}

/// A token, and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FoundToken {
    pub(super) token: SignIn,
    pub(super) place: Place,
}

impl SignIns<'_> {
    /// Returns the token of `session` that expires last; `None` if there is none. A store that fails
    /// has none.
    pub(super) fn find(&self, session: &SsoSession, unlock: bool) -> Option<FoundToken> {
        let own = self.find_own(session, unlock);
        let other = AwsCache::of(self.context, session).and_then(|cache| cache.read());
        let is_newer = |other: &SignIn| own.as_ref().is_none_or(|own| other.ends > own.ends);
        match other.filter(is_newer) {
            Some(token) => Some(FoundToken { token, place: Place::AwsCache }),
            None => own.map(|token| FoundToken { token, place: Place::Store }),
        }
    }

    /// Returns the token of `session` in our store.
    pub(super) fn find_own(&self, session: &SsoSession, unlock: bool) -> Option<SignIn> {
        let key = TokenKey::of_token(session);
        match self.store.get(key.as_str(), self.options(unlock)) {
            Ok(item) => SignIn::from_bytes(&item?, &key),
            Err(error) => {
                self.log(&format!("the store '{}' can't be read: {error}", self.store.name()));
                None
            }
        }
    }

    /// Saves `token` in our store. Returns the store's name.
    pub(super) fn keep(
        &self,
        session: &SsoSession,
        token: &SignIn,
        unlock: bool,
    ) -> Result<&'static str, store::Error> {
        let key = TokenKey::of_token(session);
        let label = format!("rolecall sign-in {}", session.token_name());
        let bytes = token.to_bytes(&key);
        let item = NewItem { label: &label, secret: &bytes, ends: Some(token.kept_until()) };
        self.store.put(key.as_str(), &item, self.options(unlock))
    }
}
