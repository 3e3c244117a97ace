//! The accounts and roles of the sign-in that a command line means.

use super::{Selection, warn_about_plain_http};
use crate::{
    aws::{Endpoint, Failure},
    context::Context,
    error::{Error, Kind, Result},
    identity_center::{
        AccountRoles, FailedSsoCall, ListRequest, SignIns, SsoAccount, SsoGoal, oidc_endpoint,
        portal_endpoint,
    },
    output::Streams,
    plan::{AwsSettings, Environment, SsoSession, settings_of},
    profile::{Files, ProfileSet},
    progress::{Counted, counting, waiting_for},
    store::Store,
};

/// What is waited for.
const SERVICE: &str = "IAM Identity Center";
const ROLES: Counted = Counted { doing: "Listing roles", items: "accounts" };
/// How many accounts that could not be listed are named.
const MOST_NAMED: usize = 5;

/// Where a sign-in is made, and where its accounts and roles are listed.
pub(crate) struct Services {
    session: SsoSession,
    oidc: Endpoint,
    portal: Endpoint,
}

impl Services {
    pub(crate) fn of(session: SsoSession, settings: &AwsSettings) -> Self {
        let oidc = oidc_endpoint(&session, settings);
        let portal = portal_endpoint(&session, settings);
        Self { session, oidc, portal }
    }
}

/// A sign-in, with what is needed to list its accounts and roles.
pub(crate) struct Directory<'c> {
    context: &'c Context,
    pub(crate) session: SsoSession,
    store: Box<dyn Store>,
    oidc: Endpoint,
    portal: Endpoint,
}

impl Selection {
    /// Returns the directory of the sign-in called `name`, of the profile, or of the only one.
    pub(crate) fn directory<'c>(
        &self,
        context: &'c Context,
        name: Option<&str>,
        streams: &mut Streams<'_>,
    ) -> Result<Directory<'c>> {
        let store = self.store(context)?;
        let files = Files::read(context)?;
        let set = ProfileSet::new(&files);
        let session = self.sso_session(context, name, &set)?;
        let profile = self.profile_name(context, None)?;
        let settings = settings_of(&profile, &set, Environment::of(context))?;
        warn_about_plain_http(settings.sso_url.as_deref(), streams);
        Ok(Directory::of(context, Services::of(session, &settings), store))
    }
}

impl<'c> Directory<'c> {
    /// Returns that of a sign-in whose section may not exist yet.
    pub(crate) fn of(context: &'c Context, services: Services, store: Box<dyn Store>) -> Self {
        let Services { session, oidc, portal } = services;
        Self { context, session, store, oidc, portal }
    }

    /// Returns the accounts, sorted by name: those of the portal, or as they were listed last.
    pub(crate) fn accounts(&self, is_cached: bool) -> Result<Vec<SsoAccount>> {
        let sign_ins = SignIns::new(self.context, &*self.store);
        if is_cached {
            let listing = sign_ins.last_listing(&self.session);
            return Ok(listing.ok_or_else(|| self.not_listed())?.accounts());
        }
        let waiting = waiting_for(self.context, SERVICE);
        let accounts = sign_ins.accounts(&self.request(None, &|_, _| {}));
        drop(waiting);
        accounts.map_err(|failure| self.error(&failure))
    }

    /// Returns the roles as they were listed last.
    pub(crate) fn cached_roles(&self) -> Result<Vec<AccountRoles>> {
        let listing = SignIns::new(self.context, &*self.store).last_listing(&self.session);
        Ok(listing.ok_or_else(|| self.not_listed())?.roles())
    }

    /// Returns the roles of each wanted account, or of all, from the portal. A failure that concerns one
    /// account is part of the answer.
    pub(crate) fn roles(
        &self,
        is_wanted: Option<&dyn Fn(&SsoAccount) -> bool>,
    ) -> Result<Vec<AccountRoles>> {
        let counting = counting(self.context, SERVICE, ROLES);
        let progress = |done: usize, total: usize| counting.set(done, total);
        let sign_ins = SignIns::new(self.context, &*self.store);
        let roles = sign_ins.roles(&self.request(is_wanted, &progress));
        drop(counting);
        roles.map_err(|failure| self.error(&failure))
    }

    fn request<'r>(
        &'r self,
        is_wanted: Option<&'r dyn Fn(&SsoAccount) -> bool>,
        progress: &'r dyn Fn(usize, usize),
    ) -> ListRequest<'r> {
        ListRequest {
            session: &self.session,
            oidc: &self.oidc,
            portal: &self.portal,
            is_wanted,
            progress,
        }
    }

    fn not_listed(&self) -> Error {
        let name = self.session.token_name();
        Error::new(Kind::Other, format!("the roles of '{name}' have not been listed yet"))
            .hint("run it without --cached")
    }

    /// Warns of the accounts whose roles could not be listed, and returns the error of the first.
    pub(crate) fn partial(
        &self,
        listing: &[AccountRoles],
        streams: &mut Streams<'_>,
    ) -> Option<Error> {
        let failed = listing.iter().filter_map(|listed| {
            let failure = listed.roles.as_ref().err()?;
            Some((&listed.account, failure))
        });
        let failed: Vec<_> = failed.collect();
        let (_, first) = failed.first()?;
        for (account, failure) in failed.iter().take(MOST_NAMED) {
            let error = self.error(failure);
            streams.warn(&format!("account {} ({}): {error}", account.id, account.name));
        }
        let kind = self.error(first).kind();
        let message =
            format!("the roles of {} of {} accounts can't be listed", failed.len(), listing.len());
        Some(Error::new(kind, message).hint("try again later; the other accounts are complete"))
    }

    /// Returns the error of a failed listing.
    fn error(&self, failure: &Failure) -> Error {
        let now = self.context.now();
        FailedSsoCall { session: &self.session, goal: SsoGoal::Listing, now }.error(failure)
    }
}
