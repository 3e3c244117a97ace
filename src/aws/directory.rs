//! The accounts and roles that a sign-in to IAM Identity Center gives access to.
//!
//! All of Identity Center's APIs together allow 20 calls per second. So the calls are paced: a few at
//! a time, never more than that in any second, and slower after a refusal.

use std::{
    cell::Cell,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use aws_sdk_sso::Client;
use futures_util::{StreamExt as _, stream};

use super::{
    Budget, Call, Failure,
    client::{block_on, sdk_config},
    failure::{failure, timed_out},
    portal::with_sign_in,
};
use crate::{context::steady_now, secret::Secret};

/// The most entries of a page.
///
/// Rule: IAM Identity Center Portal API Reference, `maxResults`.
const PAGE: i32 = 100;
/// How many calls are in progress at once.
const AT_ONCE: usize = 8;
/// The pace, in calls per second, and how many calls may be made at once after a pause. Together they
/// stay below 20 in any second, with a margin for calls that the network delays less than others.
const PACE: f64 = 16.5;
const BURST: f64 = 2.0;
/// The slowest pace.
const SLOWEST: f64 = 1.0;
/// How much faster it gets with each answer, after it had become slower.
const RECOVERY: f64 = 0.2;
/// The time limit of one call.
const CALL_LIMIT: Duration = Duration::from_secs(15);
/// The pause before the second attempt; it doubles with each further one, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How often a service that has not answered yet is called.
const UNREACHED_ATTEMPTS: u32 = 3;

/// An account, as ListAccounts describes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SsoAccount {
    /// `accountName`: anything, also nothing.
    pub(crate) name: String,
    /// `accountId`: 12 digits.
    pub(crate) id: String,
    /// `emailAddress`.
    pub(crate) email: String,
}

/// The roles of an account, or why they could not be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRoles {
    /// The account.
    pub(crate) account: SsoAccount,
    /// The names of its roles, sorted.
    pub(crate) roles: Result<Vec<String>, Failure>,
}

/// A listing of roles to make.
pub(crate) struct RoleListing<'l> {
    /// The access token of a sign-in.
    pub(crate) token: &'l Secret,
    /// The accounts; `None`: those that the portal lists.
    pub(crate) accounts: Option<Vec<SsoAccount>>,
    /// Whether the roles of an account are wanted.
    pub(crate) is_wanted: &'l dyn Fn(&SsoAccount) -> bool,
    /// Called with the number of accounts that are done, and of all.
    pub(crate) progress: &'l dyn Fn(usize, usize),
}

/// Returns all accounts that the sign-in of `token` gives access to, sorted. `call` is to the portal,
/// and its limit is that of the whole listing.
///
/// # Errors
/// [`Failure::SignIn`] if the portal refuses the token.
pub(crate) fn list_accounts(call: Call<'_>, token: &Secret) -> Result<Vec<SsoAccount>, Failure> {
    let lister = Lister::new(call, token)?;
    block_on(call.budget.limit, lister.accounts())
}

/// Returns the names of the roles that the sign-in of `token` gives access to in one account, sorted.
///
/// # Errors
/// [`Failure::SignIn`] if the portal refuses the token.
pub(crate) fn account_roles(
    call: Call<'_>,
    token: &Secret,
    account_id: &str,
) -> Result<Vec<String>, Failure> {
    let lister = Lister::new(call, token)?;
    block_on(call.budget.limit, lister.roles(account_id))
}

/// Returns the roles of each account that is wanted, sorted by name and ID.
///
/// # Errors
/// Those of the list of accounts. A failure that concerns one account doesn't lose the others. After
/// the portal has refused the token, no further account is asked for.
pub(crate) fn list_roles(
    call: Call<'_>,
    listing: RoleListing<'_>,
) -> Result<Vec<AccountRoles>, Failure> {
    let lister = Lister::new(call, listing.token)?;
    // The inner limit returns what there is; the outer one is only a safeguard.
    block_on(call.budget.limit + 2 * CALL_LIMIT, async {
        let mut accounts = match listing.accounts {
            Some(accounts) => accounts,
            None => lister.accounts().await?,
        };
        accounts.retain(|account| (listing.is_wanted)(account));
        let (total, refused) = (accounts.len(), Cell::new(None));
        (listing.progress)(0, total);
        let (lister, refused) = (&lister, &refused);
        let mut all = Vec::with_capacity(total);
        let mut answers = stream::iter(accounts)
            .map(|account| async move {
                if let Some(failure) = refused.take() {
                    refused.set(Some(Failure::clone(&failure)));
                    return AccountRoles { account, roles: Err(failure) };
                }
                let roles = lister.roles(&account.id).await;
                if let Err(failure @ Failure::SignIn { .. }) = &roles {
                    refused.set(Some(failure.clone()));
                }
                AccountRoles { account, roles }
            })
            .buffer_unordered(AT_ONCE);
        while let Some(answer) = answers.next().await {
            all.push(answer);
            (listing.progress)(all.len(), total);
        }
        drop(answers);
        all.sort_by(|one: &AccountRoles, other| one.account.cmp(&other.account));
        Ok(all)
    })
}

struct Lister<'t> {
    client: Client,
    token: &'t Secret,
    pacer: Pacer,
    until: Instant,
    /// Whether the portal has answered anything yet.
    is_reached: Cell<bool>,
}

impl<'t> Lister<'t> {
    fn new(call: Call<'_>, token: &'t Secret) -> Result<Self, Failure> {
        // Attempts are counted here, because each must keep to the pace.
        let budget = Budget { limit: CALL_LIMIT, attempts: 1, ..call.budget };
        let client = Client::new(&sdk_config(call.endpoint, None, budget)?);
        let until = steady_now() + call.budget.limit;
        Ok(Self { client, token, pacer: Pacer::new(), until, is_reached: Cell::new(false) })
    }

    async fn accounts(&self) -> Result<Vec<SsoAccount>, Failure> {
        let (mut accounts, mut next) = (Vec::new(), None);
        loop {
            let page = self.patiently(|| async {
                let request = self.client.list_accounts().max_results(PAGE);
                let request = request.access_token(self.token.expose());
                request.set_next_token(next.clone()).send().await.map_err(|e| failure(&e, None))
            });
            let page = page.await?;
            accounts.extend(page.account_list.unwrap_or_default().into_iter().filter_map(|it| {
                Some(SsoAccount {
                    id: it.account_id?,
                    name: it.account_name.unwrap_or_default(),
                    email: it.email_address.unwrap_or_default(),
                })
            }));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                accounts.sort();
                return Ok(accounts);
            }
        }
    }

    async fn roles(&self, account: &str) -> Result<Vec<String>, Failure> {
        let (mut roles, mut next) = (Vec::new(), None);
        loop {
            let page = self.patiently(|| async {
                let request = self.client.list_account_roles().max_results(PAGE);
                let request = request.account_id(account).access_token(self.token.expose());
                request.set_next_token(next.clone()).send().await.map_err(|e| failure(&e, None))
            });
            let page = page.await?;
            let names = page.role_list.unwrap_or_default().into_iter();
            roles.extend(names.filter_map(|role| role.role_name));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                roles.sort();
                return Ok(roles);
            }
        }
    }

    /// Makes a call when its turn comes, and again as long as the service is busy or can't be
    /// reached, until the time is over. A service that was never reached is not waited for.
    async fn patiently<T, C>(&self, call: impl Fn() -> C) -> Result<T, Failure>
    where
        C: Future<Output = Result<T, Failure>>,
    {
        let (mut longest, mut unreached) = (FIRST_PAUSE, 0);
        loop {
            let turn = self.pacer.next_turn();
            if steady_now() + turn >= self.until {
                return Err(timed_out());
            }
            tokio::time::sleep(turn).await;
            let failure = match call().await {
                Ok(answer) => {
                    self.pacer.speed_up();
                    self.is_reached.set(true);
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::Unable { .. } => self.pacer.slow_down(),
                Failure::Unreachable { .. } => {
                    unreached += 1;
                    if unreached == UNREACHED_ATTEMPTS && !self.is_reached.get() {
                        return Err(failure);
                    }
                }
                other => return Err(with_sign_in(other)),
            }
            // Full jitter, so that those that were refused together don't come back together.
            let pause = longest.mul_f64(random());
            if steady_now() + pause >= self.until {
                return Err(failure);
            }
            tokio::time::sleep(pause).await;
            longest = (longest * 2).min(LONGEST_PAUSE);
        }
    }
}

/// A number from 0 to 1.
fn random() -> f64 {
    getrandom::u32().map_or(0.5, |number| f64::from(number) / f64::from(u32::MAX))
}

/// When the next call may be made: a token bucket that adapts to refusals.
struct Pacer(Mutex<Pace>);

#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Calls per second.
    rate: f64,
    /// How many calls may be made now; negative if some wait for their turn already.
    saved: f64,
    /// When `saved` was computed.
    at: Instant,
}

impl Pacer {
    fn new() -> Self {
        Self(Mutex::new(Pace { rate: PACE, saved: BURST, at: steady_now() }))
    }

    /// Takes a turn, and returns how long to wait for it.
    fn next_turn(&self) -> Duration {
        self.change(|pace| pace.take(steady_now()))
    }

    fn slow_down(&self) {
        self.change(|pace| pace.rate = (pace.rate / 2.0).max(SLOWEST));
    }

    fn speed_up(&self) {
        self.change(|pace| pace.rate = (pace.rate + RECOVERY).min(PACE));
    }

    fn change<T>(&self, change: impl FnOnce(&mut Pace) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Pace {
    fn take(&mut self, now: Instant) -> Duration {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.saved = (self.saved + passed * self.rate).min(BURST) - 1.0;
        self.at = now;
        Duration::from_secs_f64((-self.saved / self.rate).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_second_has_more_than_twenty_calls_and_303_take_less_than_twenty_seconds() {
        let start = steady_now();
        let mut pace = Pace { rate: PACE, saved: BURST, at: start };
        let turns: Vec<Duration> = (0..303).map(|_| pace.take(start)).collect();
        for (i, turn) in turns.iter().enumerate() {
            let within = |later: &&Duration| **later < *turn + Duration::from_secs(1);
            assert!(turns[i..].iter().filter(within).count() <= 20);
        }
        assert!(turns[302] < Duration::from_secs(19), "{:?}", turns[302]);
    }

    #[test]
    fn refusals_halve_the_pace_and_answers_restore_it() {
        let pacer = Pacer::new();
        let rate = || pacer.0.lock().unwrap().rate;
        pacer.slow_down();
        pacer.slow_down();
        assert!(rate() < PACE / 3.0);
        (0..10).for_each(|_| pacer.slow_down());
        assert!((SLOWEST..SLOWEST + 0.1).contains(&rate()));
        (0..100).for_each(|_| pacer.speed_up());
        assert!((PACE - 0.1..=PACE).contains(&rate()));
    }
}
