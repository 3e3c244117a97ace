//! Access tokens for calls to the portal. One process renews a token for all.
//!
//! A refresh token can be used once: the answer has the next one. So it is used under a lock, and
//! only where it lies: two copies would make each other useless.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    aws_cache::AwsCache,
    find::{FoundToken, Place},
    record::SignInRecord,
    sign_ins::{LockOutcome, SignInWait, SignIns},
    token::SignIn,
};
use crate::{
    aws::{Budget, Call, Endpoint, Failure, Grant, IssuedToken, create_token},
    plan::SsoSession,
    secret::Secret,
    store::none,
};

/// Before its end by less than this, a token is renewed, but nobody waits for it.
const DUE: TimeDelta = TimeDelta::minutes(15);
/// Before its end by less than this, everybody waits for the new one.
///
/// Rule: the AWS SDKs for Rust and JavaScript do it 5 minutes before.
const ENDING: TimeDelta = TimeDelta::minutes(5);
/// The limit of a renewal that a valid token makes optional.
const EARLY_LIMIT: Duration = Duration::from_secs(3);
/// The limit of any other renewal, and the time that is left for what needs the token.
const LIMIT: Duration = Duration::from_secs(15);
const RESERVE: Duration = Duration::from_secs(5);
/// How long to wait for another process's renewal while the token is valid.
const SHORT_WAIT: Duration = Duration::from_secs(5);
/// After a failed early renewal, none is attempted for this long.
const RENEWAL_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// A request for the access token of a sign-in.
#[derive(Clone, Copy)]
pub(crate) struct TokenRequest<'r> {
    /// The sign-in.
    pub(crate) session: &'r SsoSession,
    /// The OIDC service, which renews it.
    pub(crate) oidc: &'r Endpoint,
    /// When to give up, counted from the start of the process.
    pub(crate) deadline: Duration,
    /// Whether the caller can do without: then nobody waits or is asked to unlock a store.
    pub(crate) is_early: bool,
    /// An access token that the portal does not accept any more.
    pub(crate) rejected: Option<&'r Secret>,
}

/// How much of an access token's time is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Left {
    Nothing,
    Minutes,
    Due,
    Enough,
}

impl SignIns<'_> {
    /// Returns an access token of a sign-in. It is renewed if that is due and needs no person.
    ///
    /// # Errors
    /// [`Failure::SignIn`] if a person must sign in.
    pub(crate) fn access_token(&self, request: &TokenRequest<'_>) -> Result<Secret, Failure> {
        let session = request.session;
        let found = self.find(session, false);
        let left = self.left(found.as_ref(), request);
        if let (Left::Enough, Some(found)) = (left, &found) {
            return Ok(found.token.access_token.clone());
        }
        let wait = match left {
            _ if request.is_early => SignInWait::None,
            Left::Due | Left::Enough => SignInWait::None,
            // A person may be signing in, which takes longer than it is worth while this one lasts.
            Left::Minutes => {
                SignInWait::Until(request.deadline.min(self.context.elapsed() + SHORT_WAIT))
            }
            Left::Nothing => SignInWait::Until(request.deadline.saturating_sub(RESERVE)),
        };
        let turn = self.turn(session, wait);
        // Somebody else may have renewed it meanwhile.
        let found = self.find(session, !request.is_early);
        let left = self.left(found.as_ref(), request);
        match (left, turn, found) {
            (Left::Enough, _, Some(found))
            | (Left::Minutes | Left::Due, LockOutcome::Theirs, Some(found)) => {
                Ok(found.token.access_token)
            }
            (_, LockOutcome::Theirs, _) => Err(Failure::SignIn {
                cause: "another rolecall is still signing in, or renewing the sign-in".to_owned(),
            }),
            (_, LockOutcome::Ours(_), None) => {
                Err(Failure::SignIn { cause: "there is no token".to_owned() })
            }
            (_, LockOutcome::Ours(_lock), Some(found)) => self.renew(request, &found, left),
        }
    }

    /// Renews the token that was found, or returns it if that fails while it is valid.
    fn renew(
        &self,
        request: &TokenRequest<'_>,
        found: &FoundToken,
        left: Left,
    ) -> Result<Secret, Failure> {
        let (session, token, now) = (request.session, &found.token, self.context.now());
        let or_valid = |failure: Failure| match left {
            Left::Nothing => Err(failure),
            _ => Ok(token.access_token.clone()),
        };
        let ended = |why: &str| Failure::SignIn { cause: why.to_owned() };
        let (Some(refresh_token), Some(client)) = (&token.refresh_token, &token.registration)
        else {
            return or_valid(ended("the sign-in has expired"));
        };
        if !token.is_renewable(now) {
            return or_valid(ended("the registration of the sign-in has expired"));
        }
        let mut record = self.record(session);
        if record.has_refused(refresh_token) {
            return or_valid(ended("the sign-in has expired"));
        }
        if left != Left::Nothing && record.no_renewal_before.is_some_and(|time| time > now) {
            return Ok(token.access_token.clone());
        }
        let time = request.deadline.saturating_sub(self.context.elapsed());
        let (limit, attempts) = if left == Left::Nothing && !request.is_early {
            (LIMIT.min(time.saturating_sub(RESERVE)).max(EARLY_LIMIT), 3)
        } else {
            (EARLY_LIMIT.min(time), 1)
        };
        let call = Call { endpoint: request.oidc, budget: Budget::new(limit, attempts) };
        match create_token(call, client, &Grant::RefreshToken(refresh_token)) {
            Ok(issued) => {
                let new = renewed(token, issued, now);
                self.keep_renewed(request, found, &new);
                if found.place == Place::AwsCache {
                    record.note_aws_token(&token.access_token, &new.access_token);
                }
                let new = FoundToken { token: new, place: found.place };
                self.note_renewal(session, record, &new);
                Ok(new.token.access_token)
            }
            Err(Failure::Refused { code, .. }) if is_final(&code) => {
                // Somebody who does not know our lock may have used the refresh token first.
                if let Some(newer) = self.find(session, false)
                    && newer.token.access_token != token.access_token
                    && self.left(Some(&newer), request) > Left::Nothing
                {
                    return Ok(newer.token.access_token);
                }
                if code == "InvalidClientException" {
                    // A browser that is sent to the service with it would not come back.
                    self.forget_registrations(session);
                }
                record.refuse(refresh_token);
                record.renewable_until = None;
                self.write_record(session, &record);
                or_valid(ended("the sign-in has expired"))
            }
            Err(failure) => {
                if left != Left::Nothing {
                    self.log("a sign-in could not be renewed early");
                    record.no_renewal_before = Some(now + RENEWAL_PAUSE);
                    self.write_record(session, &record);
                }
                or_valid(failure)
            }
        }
    }

    /// Saves a renewed token where the old one was found.
    fn keep_renewed(&self, request: &TokenRequest<'_>, found: &FoundToken, new: &SignIn) {
        let session = request.session;
        let cache = AwsCache::of(self.context, session);
        let in_file = || cache.as_ref().is_some_and(|cache| cache.write(new).is_ok());
        let in_store = || {
            let kept = self.keep(session, new, !request.is_early);
            kept.is_ok_and(|name| name != none::NAME)
        };
        let is_kept = match found.place {
            // The file comes second: it may be the one that can't be written.
            Place::AwsCache => in_file() || in_store(),
            Place::Store => {
                let is_kept = in_store();
                // `sso login --aws-cache` left a copy, whose refresh token is used up now.
                let copy = cache.as_ref().and_then(AwsCache::read);
                let is_copy = copy.is_some_and(|copy| {
                    copy.refresh_token == found.token.refresh_token
                        || copy.access_token == found.token.access_token
                });
                (is_copy && in_file()) || is_kept
            }
        };
        if !is_kept {
            self.log(
                "a renewed sign-in could not be saved: you must sign in again when it expires",
            );
        }
    }

    fn note_renewal(&self, session: &SsoSession, record: SignInRecord, found: &FoundToken) {
        let FoundToken { token: new, place } = found;
        let mut record =
            SignInRecord { no_renewal_before: None, refused: None, failure: None, ..record };
        // If both have one, the AWS CLI's may be another person's.
        if *place == Place::Store || record.store.is_none() {
            record.ends = Some(new.ends);
            let until = Some(new.kept_until());
            record.renewable_until = until.filter(|_| new.refresh_token.is_some());
        }
        self.write_record(session, &record);
    }

    fn left(&self, found: Option<&FoundToken>, request: &TokenRequest<'_>) -> Left {
        let Some(FoundToken { token, .. }) = found else { return Left::Nothing };
        // Not all processes at the same moment.
        let jitter = TimeDelta::seconds(i64::from(std::process::id() % 30));
        let left = token.ends - self.context.now();
        match () {
            () if request.rejected == Some(&token.access_token) => Left::Nothing,
            () if left <= TimeDelta::zero() => Left::Nothing,
            () if left < ENDING + jitter => Left::Minutes,
            () if left < DUE => Left::Due,
            () => Left::Enough,
        }
    }
}

/// The token after its renewal at `now`. An answer without a refresh token leaves the old one valid.
fn renewed(old: &SignIn, issued: IssuedToken, now: DateTime<Utc>) -> SignIn {
    SignIn {
        refresh_token: issued.refresh_token.clone().or_else(|| old.refresh_token.clone()),
        registration: old.registration.clone(),
        ..SignIn::issued(issued, now)
    }
}

/// Whether a refresh token that was refused with `code` stays useless.
///
/// Rule: IAM Identity Center OIDC API reference, CreateToken, "Errors".
fn is_final(code: &str) -> bool {
    matches!(
        code,
        "InvalidGrantException"
            | "InvalidClientException"
            | "UnauthorizedClientException"
            | "ExpiredTokenException"
            | "AccessDeniedException"
    )
}
