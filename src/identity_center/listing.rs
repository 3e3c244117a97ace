//! The accounts and roles that a sign-in gives access to: from the portal, or as they were listed last.

use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{renew::TokenRequest, sign_ins::SignIns, token::TokenKey};
use crate::{
    aws::{
        AccountRoles, Budget, Call, Endpoint, Failure, RoleListing, SsoAccount, list_accounts,
        list_roles,
    },
    context::Context,
    plan::SsoSession,
    secret::Secret,
    state::{Records, StateRecord},
};

/// How long a listing may take. IAM Identity Center throttles it.
const LIMIT: Duration = Duration::from_mins(5);
/// How the name of a record's file starts.
const PREFIX: &str = "listing-";

/// What to list.
pub(crate) struct ListRequest<'r> {
    /// The sign-in.
    pub(crate) session: &'r SsoSession,
    /// The OIDC service, which renews the token.
    pub(crate) oidc: &'r Endpoint,
    /// The access portal.
    pub(crate) portal: &'r Endpoint,
    /// Whether the roles of an account are wanted; `None`: those of all.
    pub(crate) is_wanted: Option<&'r dyn Fn(&SsoAccount) -> bool>,
    /// Called with the number of accounts that are done, and of all.
    pub(crate) progress: &'r dyn Fn(usize, usize),
}

/// What the portal listed last for one sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListingRecord {
    /// The key of the sign-in.
    sign_in: String,
    /// When the accounts were listed (UTC).
    pub(crate) listed: DateTime<Utc>,
    /// The accounts.
    accounts: Vec<ListedAccount>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ListedAccount {
    account_id: String,
    account_name: String,
    email_address: String,
    /// `None` if they have not been listed yet.
    roles: Option<Vec<String>>,
}

/// The name of a listing's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ListingId(String);

impl ListingId {
    fn of(session: &SsoSession) -> Self {
        Self(format!("{PREFIX}{}", TokenKey::of_token(session).as_str()))
    }
}

impl fmt::Display for ListingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StateRecord for ListingRecord {
    type Id = ListingId;
    const FOLDER: &'static str = "";
    const SUFFIX: &'static str = ".json";
    const VERSION: Option<u32> = Some(1);
    /// An account with 20 roles has about 1 KiB.
    const MAX_BYTES: u64 = 32 * 1024 * 1024;

    fn parse_id(text: &str) -> Option<ListingId> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        (digits.len() == 64 && digits.bytes().all(is_hex)).then(|| ListingId(text.to_owned()))
    }

    fn has_id(&self, id: &ListingId) -> bool {
        id.0.strip_prefix(PREFIX) == Some(&*self.sign_in)
    }
}

impl ListingRecord {
    /// Returns what was listed last for each sign-in. Nothing is created.
    pub(crate) fn all(context: &Context) -> Vec<Self> {
        let records = Records::<Self>::existing(context).map(|records| records.all());
        records.unwrap_or_default().into_iter().map(|(_, record)| record).collect()
    }

    /// Returns the accounts.
    pub(crate) fn accounts(&self) -> Vec<SsoAccount> {
        self.accounts.iter().map(ListedAccount::account).collect()
    }

    /// Returns the roles of the accounts that they are known of.
    pub(crate) fn roles(&self) -> Vec<AccountRoles> {
        let known = self.accounts.iter().filter_map(|listed| {
            Some(AccountRoles { account: listed.account(), roles: Ok(listed.roles.clone()?) })
        });
        known.collect()
    }
}

impl ListedAccount {
    fn account(&self) -> SsoAccount {
        SsoAccount {
            id: self.account_id.clone(),
            name: self.account_name.clone(),
            email: self.email_address.clone(),
        }
    }
}

impl SignIns<'_> {
    /// Returns what was listed last for `session`; `None` if nothing was.
    pub(crate) fn last_listing(&self, session: &SsoSession) -> Option<ListingRecord> {
        Records::new(self.state.clone()?).read(&ListingId::of(session))
    }

    /// Forgets what was listed for `session`.
    pub(super) fn forget_listing(&self, session: &SsoSession) {
        if let Some(state) = &self.state {
            Records::<ListingRecord>::new(state.clone()).remove(&ListingId::of(session));
        }
    }

    /// Returns the accounts of a sign-in.
    ///
    /// # Errors
    /// [`Failure::SignIn`] if a person must sign in.
    pub(crate) fn accounts(&self, request: &ListRequest<'_>) -> Result<Vec<SsoAccount>, Failure> {
        let call = Call { endpoint: request.portal, budget: Budget::new(LIMIT, 1) };
        let accounts = self.with_token(request, |token| list_accounts(call, token))?;
        let known = self.last_listing(request.session);
        let known = known.map(|listing| listing.accounts).unwrap_or_default();
        let listed = accounts.iter().map(|account| {
            let same = known.iter().find(|known| known.account_id == account.id);
            listed(account, same.and_then(|known| known.roles.clone()))
        });
        self.keep_listing(request.session, listed.collect());
        Ok(accounts)
    }

    /// Returns the roles of each wanted account of a sign-in. A failure that concerns one account
    /// doesn't lose the others.
    ///
    /// # Errors
    /// [`Failure::SignIn`] if a person must sign in; those of the list of accounts.
    pub(crate) fn roles(&self, request: &ListRequest<'_>) -> Result<Vec<AccountRoles>, Failure> {
        let call = Call { endpoint: request.portal, budget: Budget::new(LIMIT, 1) };
        let mut done: Vec<AccountRoles> = Vec::new();
        let mut left = None;
        let outcome = self.with_token(request, |token| {
            let count = done.len();
            let progress = |now: usize, of: usize| (request.progress)(count + now, count + of);
            let listing = RoleListing {
                token,
                accounts: left.take(),
                is_wanted: request.is_wanted.unwrap_or(&|_| true),
                progress: &progress,
            };
            // After a new token, only what the old one could not list is listed again.
            let mut refused = Vec::new();
            for answer in list_roles(call, listing)? {
                match answer.roles {
                    Err(failure @ Failure::SignIn { .. }) => {
                        refused.push((answer.account, failure));
                    }
                    roles => done.push(AccountRoles { account: answer.account, roles }),
                }
            }
            let Some((_, failure)) = refused.first() else { return Ok(()) };
            let failure = failure.clone();
            left = Some(refused.into_iter().map(|(account, _)| account).collect());
            Err(failure)
        });
        done.sort_by(|one, other| one.account.cmp(&other.account));
        let is_all = request.is_wanted.is_none() && outcome.is_ok();
        self.keep_roles(request.session, &done, is_all);
        outcome.map(|()| done)
    }

    /// Calls the portal with the token of the sign-in; once more with a new token if it refuses that.
    fn with_token<T>(
        &self,
        request: &ListRequest<'_>,
        mut call: impl FnMut(&Secret) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let token = TokenRequest {
            session: request.session,
            oidc: request.oidc,
            deadline: self.context.elapsed() + LIMIT,
            is_early: false,
            rejected: None,
        };
        let first = self.access_token(&token)?;
        match call(&first) {
            Err(Failure::SignIn { .. }) => {
                call(&self.access_token(&TokenRequest { rejected: Some(&first), ..token })?)
            }
            outcome => outcome,
        }
    }

    /// Keeps the roles that were listed, and what is known of other accounts, unless `done` has all
    /// that there are.
    fn keep_roles(&self, session: &SsoSession, done: &[AccountRoles], is_all: bool) {
        let known = self.last_listing(session);
        let mut all = known.map(|listing| listing.accounts).unwrap_or_default();
        let is_listed = |id: &str| done.iter().any(|listed| listed.account.id == id);
        all.retain(|known| !is_all || is_listed(&known.account_id));
        for AccountRoles { account, roles } in done {
            let Ok(roles) = roles else { continue };
            all.retain(|known| known.account_id != account.id);
            all.push(listed(account, Some(roles.clone())));
        }
        all.sort_by_key(ListedAccount::account);
        self.keep_listing(session, all);
    }

    /// Writes the record of `session`. Without one, `--cached` finds nothing, and that is all.
    fn keep_listing(&self, session: &SsoSession, accounts: Vec<ListedAccount>) {
        let id = ListingId::of(session);
        let sign_in = TokenKey::of_token(session).as_str().to_owned();
        let record = ListingRecord { sign_in, listed: self.context.now(), accounts };
        if let Some(state) = &self.state
            && let Err(error) = Records::new(state.clone()).write(&id, &record)
        {
            self.log(&format!("a listing of roles could not be written: {error}"));
        }
    }
}

fn listed(account: &SsoAccount, roles: Option<Vec<String>>) -> ListedAccount {
    ListedAccount {
        account_id: account.id.clone(),
        account_name: account.name.clone(),
        email_address: account.email.clone(),
        roles,
    }
}
