//! Which profile and which store a call is about.

use std::time::Duration;

use super::stores::{auto_store, store_by_name};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    plan::Request,
    profile::DEFAULT_PROFILE,
    progress::waiting_for,
    store::{
        CallOptions, Store,
        auto::{self, StoreCheck},
    },
};

/// How long a store may take to report whether it can be used.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// The variables that select a profile, the first one first, as in the AWS CLI v2.
pub(crate) const PROFILE_VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The profile and the store that the command line names, if it names any.
pub(crate) struct Selection {
    pub(crate) profile: Option<String>,
    pub(crate) store: Option<String>,
}

impl Selection {
    /// Returns the selected profile: that of the flag or the argument, of the environment, or
    /// `default`, in this order.
    pub(crate) fn profile_name(
        &self,
        context: &Context,
        argument: Option<String>,
    ) -> Result<String> {
        if let Some(name) = self.named_profile(argument)? {
            return Ok(name);
        }
        let from_environment = context.first_var(&PROFILE_VARIABLES);
        Ok(from_environment.map_or(DEFAULT_PROFILE, |(_, name)| name).to_owned())
    }

    /// Returns the profile that the command line names, if any.
    pub(crate) fn named_profile(&self, argument: Option<String>) -> Result<Option<String>> {
        match (&self.profile, argument) {
            (Some(flag), Some(argument)) if *flag != argument => {
                Err(Error::new(Kind::Usage, "the argument and --profile name different profiles"))
            }
            (flag, argument) => Ok(argument.or_else(|| flag.clone())),
        }
    }

    /// Completes `request` with the selected profile, unless it names a role and its source
    /// instead.
    pub(crate) fn request(
        &self,
        context: &Context,
        argument: Option<String>,
        request: Request,
    ) -> Result<Request> {
        let named = self.named_profile(argument)?;
        let without_profile =
            named.is_none() && request.role_arn.is_some() && request.source_profile.is_some();
        let profile = if without_profile { None } else { Some(self.profile_name(context, named)?) };
        Ok(Request { profile, ..request })
    }

    /// Checks the stores that could be used, best first.
    pub(crate) fn check_stores(&self, context: &Context) -> Result<Vec<StoreCheck>> {
        let options = CallOptions { timeout: CHECK_TIMEOUT, unlock: false };
        let _waiting = waiting_for(context, "the keychain");
        if self.store_name(context) == auto::NAME {
            return Ok(auto_store(context).check_each(options));
        }
        let store = self.store(context)?;
        Ok(vec![(store.name(), store.check(options))])
    }

    /// Returns the name of the selected store: that of the flag, of the environment, or `auto`.
    pub(crate) fn store_name<'s>(&'s self, context: &'s Context) -> &'s str {
        self.store.as_deref().or_else(|| context.var("ROLECALL_STORE")).unwrap_or(auto::NAME)
    }

    /// Opens the selected store.
    pub(crate) fn store(&self, context: &Context) -> Result<Box<dyn Store>> {
        store_by_name(context, self.store_name(context))
    }
}
