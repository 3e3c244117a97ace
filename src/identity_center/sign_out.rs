//! Ends sign-ins: at the portal, in the store, in the AWS CLI's folder, and in what was listed with
//! them.

use std::time::Duration;

use super::{
    aws_cache::AwsCache,
    explain::{FailedSsoCall, SsoGoal},
    record::SignInId,
    sign_ins::{SignInWait, SignIns},
    token::TokenKey,
};
use crate::{
    aws::{Budget, Call, Endpoint, Failure, end_sign_in},
    error::{Error, Kind, Result},
    plan::SsoSession,
    store::ErrorKind,
};

/// The limit of the call to the portal.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait for a renewal that another process makes.
const TURN_LIMIT: Duration = Duration::from_secs(5);

/// What became of a sign-in.
pub(crate) struct SignedOut {
    /// Whether there was one.
    pub(crate) was_signed_in: bool,
    /// Why the portal did not end it, although it is forgotten here.
    pub(crate) not_ended: Option<String>,
    /// Whether `aws sso login` left a sign-in of its own, which stays.
    pub(crate) is_left_to_aws_cli: bool,
}

impl SignIns<'_> {
    /// Ends the sign-in of `session` at `portal`, and forgets it.
    ///
    /// # Errors
    /// Of kind `Store` if the token can't be removed.
    pub(crate) fn sign_out(&self, session: &SsoSession, portal: &Endpoint) -> Result<SignedOut> {
        let until = self.context.elapsed() + TURN_LIMIT;
        let _turn = self.turn(session, SignInWait::Until(until));
        let record = self.record(session);
        let cache = AwsCache::of(self.context, session);
        let in_file = cache.as_ref().and_then(AwsCache::read);
        let own = self.find_own(session, true);
        let is_file_ours = record.aws_cache
            || own.as_ref().zip(in_file.as_ref()).is_some_and(|(own, file)| {
                own.access_token == file.access_token || own.refresh_token == file.refresh_token
            });
        let mut not_ended = None;
        let of_file = in_file.as_ref().filter(|_| is_file_ours);
        let mut tokens: Vec<_> = own.iter().chain(of_file).collect();
        tokens.dedup_by(|one, other| one.access_token == other.access_token);
        for token in &tokens {
            let call = Call { endpoint: portal, budget: Budget::new(CALL_LIMIT, 2) };
            match end_sign_in(call, &token.access_token) {
                // It has ended already.
                Ok(()) | Err(Failure::SignIn { .. }) => {}
                Err(failure) => {
                    let now = self.context.now();
                    let call = FailedSsoCall { session, goal: SsoGoal::SignOut, now };
                    not_ended = Some(call.error(&failure).to_string());
                }
            }
        }
        let key = TokenKey::of_token(session);
        self.store.delete(key.as_str(), self.options(true)).or_else(|error| {
            // This system has no such store.
            if error.kind == ErrorKind::Unavailable && own.is_none() {
                return Ok(());
            }
            let message = format!("the sign-in can't be removed from the store: {error}");
            Err(Error::new(Kind::Store, message).hint("unlock the keychain, then try again"))
        })?;
        self.forget_registrations(session);
        if let Some(cache) = cache.filter(|_| is_file_ours && in_file.is_some()) {
            cache.remove().map_err(|error| Error::io("remove", cache.path(), error))?;
        }
        if let Some(records) = self.records() {
            records.remove(&SignInId::of(session));
        }
        self.forget_listing(session);
        Ok(SignedOut {
            was_signed_in: !tokens.is_empty() || record.signed_in.is_some(),
            not_ended,
            is_left_to_aws_cli: in_file.is_some() && !is_file_ours,
        })
    }
}
