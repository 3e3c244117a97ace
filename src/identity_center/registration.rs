//! Registrations of this client, which are reused until they end.

use chrono::TimeDelta;

use super::{
    sign_ins::SignIns,
    token::{TokenKey, registration_from_bytes, registration_to_bytes},
};
use crate::{
    aws::{
        AUTHORIZATION_CODE_GRANT, Call, DEVICE_CODE_GRANT, Failure, REFRESH_TOKEN_GRANT,
        RegisterClient, Registration, register_client,
    },
    plan::SsoSession,
    store::NewItem,
};

/// A registration that ends sooner than this is not used any more.
///
/// Rule: as the AWS CLI.
const LEAST_LEFT: TimeDelta = TimeDelta::minutes(15);
/// The address that the browser is sent back to, without a port. AWS accepts any port with it.
const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";

/// A grant that a client registers for. A client that asks for both is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignInGrant {
    AuthorizationCode,
    DeviceCode,
}

impl SignInGrant {
    const ALL: [Self; 2] = [Self::AuthorizationCode, Self::DeviceCode];

    fn name(self) -> &'static str {
        match self {
            Self::AuthorizationCode => AUTHORIZATION_CODE_GRANT,
            Self::DeviceCode => DEVICE_CODE_GRANT,
        }
    }
}

/// What a client registers for.
pub(super) struct WantedRegistration<'w> {
    pub(super) session: &'w SsoSession,
    pub(super) grant: SignInGrant,
    /// The start URL as the service knows it.
    pub(super) start_url: &'w str,
}

impl SignIns<'_> {
    /// Returns a registration: the stored one, or a new one.
    pub(super) fn registration(
        &self,
        call: Call<'_>,
        wanted: &WantedRegistration<'_>,
    ) -> Result<Registration, Failure> {
        let WantedRegistration { session, grant, start_url } = *wanted;
        let key = TokenKey::of_registration(session, grant.name());
        let stored = self.store.get(key.as_str(), self.options(true)).ok().flatten();
        let stored = stored.and_then(|item| registration_from_bytes(&item, &key));
        if let Some(known) = stored.filter(|known| known.ends - self.context.now() > LEAST_LEFT) {
            return Ok(known);
        }
        let redirect = grant == SignInGrant::AuthorizationCode;
        let client = RegisterClient {
            scopes: &session.scopes,
            grant_types: &[grant.name(), REFRESH_TOKEN_GRANT],
            redirect_uri: redirect.then_some(REDIRECT_URI),
            issuer_url: start_url,
        };
        let new = register_client(call, &client)?;
        let label = format!("rolecall registration for {}", session.token_name());
        let bytes = registration_to_bytes(&new, &key);
        let item = NewItem { label: &label, secret: &bytes, ends: Some(new.ends) };
        if let Err(error) = self.store.put(key.as_str(), &item, self.options(true)) {
            self.log(&format!("a client registration could not be saved: {error}"));
        }
        Ok(new)
    }

    /// Forgets the stored registrations of `session`.
    pub(super) fn forget_registrations(&self, session: &SsoSession) {
        for grant in SignInGrant::ALL {
            let key = TokenKey::of_registration(session, grant.name());
            drop(self.store.delete(key.as_str(), self.options(false)));
        }
    }
}
