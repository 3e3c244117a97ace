//! What `exec` and `env` change in an environment: they set a profile's credentials, and unset
//! everything that could take precedence.

use std::{collections::BTreeMap, ffi::OsString};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    args::{Narrow, Settings},
    invocation::Invocation,
    request::narrowed_request,
    short_session::Wanted,
    time,
};
use crate::{
    app::{self, Resolved, Way},
    context::{CONFINED, Context},
    credentials::CREDENTIAL_VARIABLES,
    error::Result,
    output::{Streams, escape},
    plan::{HANDED_OUT_REGION, Plan, RegionFrom},
    profile::Key,
    secret::Secret,
    session::{Acquired, SessionRequest},
};

/// The variables that set the region for AWS's programs.
pub(super) const REGIONS: &[&str] = Key::Region.variables();

/// A change of an environment.
pub(super) struct Change {
    /// Variables to set.
    pub(super) set: Vec<(&'static str, Secret)>,
    /// Variables to unset.
    pub(super) unset: Vec<&'static str>,
    /// Whose credentials are set; `None` if none are.
    pub(super) session: Option<HandedOut>,
}

/// A session in an environment.
pub(super) struct HandedOut {
    /// Its profile or role.
    pub(super) name: String,
    /// When it expires, if it does.
    pub(super) ends: Option<DateTime<Utc>>,
}

/// Which credentials a program is to get.
pub(super) struct Asked<'a> {
    /// How they are handed out.
    pub(super) way: Way<'a>,
    /// The profile or role; `None` for the one that is selected.
    pub(super) name: Option<String>,
    /// The flags that change the session.
    pub(super) settings: &'a Settings,
    /// The flags that narrow it.
    pub(super) narrow: &'a Narrow,
    /// How many more seconds they should be valid, if possible: the program can't renew them.
    pub(super) at_least: u32,
}

impl Change {
    /// Returns the change that sets a profile's credentials.
    pub(super) fn of_profile(
        invocation: Invocation<'_>,
        asked: Asked<'_>,
        streams: &mut Streams<'_>,
    ) -> Result<Self> {
        let Invocation { context, selection } = invocation;
        let Asked { way, name, settings, narrow, at_least } = asked;
        app::warn_about_environment(context, streams);
        let store = selection.store(context)?;
        let request =
            selection.request(context, name, narrowed_request(context, settings, narrow)?)?;
        let resolved = Resolved::of(context, store, &request)?;
        let session_request = SessionRequest {
            at_least: Some(TimeDelta::seconds(at_least.into())),
            ..app::human_request()
        };
        let acquired = resolved.hand_out(way, session_request, |warning| streams.warn(warning))?;
        let plan = resolved.plan;
        app::warn_about_plan(&plan, streams);
        let now = context.now();
        let so = "and the program can't renew it";
        let ends = acquired.credentials.expiration;
        Wanted { plan: &plan, ends, at_least, so }.warn_if_short(now, streams);
        if acquired.credentials.session_token.is_none() {
            streams.warn(&format!(
                "'{}' has long-lived keys, which are passed on as they are and never expire",
                plan.name()
            ));
        }
        let variables = acquired.credentials.variables();
        Ok(Self {
            session: Some(handed_out(&plan, &acquired)),
            ..Self::of(context, &plan, variables)
        })
    }

    /// Returns the change that sets these variables, which give access to the credentials of `plan`, and its
    /// region.
    pub(super) fn of(
        context: &Context,
        plan: &Plan,
        variables: Vec<(&'static str, Secret)>,
    ) -> Self {
        let mut set = variables;
        set.push((app::HANDED_OUT_PROFILE, plan.name().into()));
        let mut unset: Vec<&'static str> = CREDENTIAL_VARIABLES.to_vec();
        let region = || Secret::from(&*plan.aws.region);
        match plan.aws.region_from {
            RegionFrom::Flag | RegionFrom::Profile => {
                set.extend(REGIONS.iter().map(|name| (*name, region())));
                set.push((HANDED_OUT_REGION, region()));
            }
            RegionFrom::Environment => {
                set.extend(REGIONS.iter().map(|name| (*name, region())));
            }
            // The region there was set for another profile.
            RegionFrom::Partition => {
                unset.extend(REGIONS.iter().filter(|name| context.var(name).is_some()));
            }
        }
        unset.retain(|name| set.iter().all(|(other, _)| other != name));
        Self { set, unset, session: None }
    }

    /// Returns the change that undoes an earlier one.
    pub(super) fn back(context: &Context) -> Self {
        let own = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let more = ["AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", app::HANDED_OUT_PROFILE];
        let mut unset: Vec<&'static str> = own.into_iter().chain(more).collect();
        if let Some(region) = context.var(HANDED_OUT_REGION) {
            // A region that was changed since then is the user's own.
            unset.extend(REGIONS.iter().filter(|name| context.var(name) == Some(region)));
        }
        unset.push(HANDED_OUT_REGION);
        Self { set: Vec::new(), unset, session: None }
    }

    /// Returns the change, and hides from the program what else there is: the profiles of the AWS files, and all
    /// that rolecall gives. `name` is whose session it has.
    ///
    /// A guard rail: a program that runs as the same user can find the files, and unset the variables.
    pub(super) fn confined(mut self, name: &str) -> Self {
        let nothing = if cfg!(windows) { "NUL" } else { "/dev/null" };
        for file in ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"] {
            self.set.push((file, nothing.into()));
        }
        self.set.push((CONFINED, name.into()));
        self
    }

    /// Returns the environment of this process with the change applied.
    pub(super) fn applied(&self, context: &Context) -> BTreeMap<OsString, OsString> {
        let mut environment = context.environment().clone();
        for name in &self.unset {
            environment.remove(std::ffi::OsStr::new(name));
        }
        for (name, value) in &self.set {
            environment.insert((*name).into(), value.expose().into());
        }
        environment
    }
}

fn handed_out(plan: &Plan, acquired: &Acquired) -> HandedOut {
    HandedOut { name: plan.name().to_owned(), ends: acquired.credentials.expiration }
}

/// Returns what to say in a shell with the credentials of `name`, which are valid until `ends`.
pub(super) fn shell_note(name: &str, ends: Option<DateTime<Utc>>, now: DateTime<Utc>) -> String {
    let until = match ends {
        Some(ends) if ends > now => {
            format!(", valid until {} ({})", time::local(ends, now), time::length(ends - now))
        }
        Some(ends) => format!(", which expired at {}", time::local(ends, now)),
        None => String::new(),
    };
    format!("This shell has the credentials of '{}'{until}. 'exit' leaves it.\n", escape(name))
}
