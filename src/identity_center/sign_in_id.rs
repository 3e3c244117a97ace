//! Which sign-in the present token comes from: another one is perhaps another person's.

use super::{
    aws_cache::AwsCache,
    record::{SignInId, SignInRecord, SignInRecords, digest},
    token::{SignIn, TokenKey},
};
use crate::{
    context::Context,
    plan::SsoSession,
    state::StateDirectory,
    store::{CallOptions, Store},
};

/// Returns what tells the present sign-in to `session` from all others; `None` if nobody is signed
/// in. It stays the same while the sign-in is renewed, and after its token has expired.
///
/// The store is asked only if there is no record. Nothing is created, and nobody is asked to unlock
/// anything.
pub(crate) fn sign_in_id(
    context: &Context,
    store: Option<&dyn Store>,
    session: &SsoSession,
) -> Option<String> {
    let id = SignInId::of(session);
    let states = StateDirectory::existing(context).into_iter();
    let record = states.map(SignInRecords::new).find_map(|records| records.read(&id));
    let own = record.as_ref().filter(|record| record.store.is_some());
    let in_file = AwsCache::of(context, session).and_then(|cache| cache.read());
    // As in `SignIns::find`: the one that expires last.
    let is_newer = |file: &SignIn| own.is_none_or(|own| own.ends.is_none_or(|own| file.ends > own));
    if let Some(file) = in_file.filter(is_newer) {
        let record = record.unwrap_or_else(|| SignInRecord::new(session));
        return Some(record.sign_in_of(&file.access_token));
    }
    if let Some(own) = own {
        return own.signed_in.map(|time| time.timestamp_millis().to_string());
    }
    let key = TokenKey::of_token(session);
    let options = CallOptions { timeout: super::sign_ins::TIMEOUT, unlock: false };
    let item = store?.get(key.as_str(), options).ok()??;
    SignIn::from_bytes(&item, &key).map(|token| digest(&token.access_token))
}
