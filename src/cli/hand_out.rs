//! What `exec` and `env` change in an environment: the credentials of a profile go in, and all that
//! could win over them comes out.

use std::{collections::BTreeMap, ffi::OsString};

use chrono::TimeDelta;

use super::{args::Settings, request::request, time};
use crate::{
    app::{self, Selection},
    aws::Sdk,
    context::Context,
    credentials::CREDENTIAL_VARIABLES,
    error::Result,
    output::Streams,
    plan::{HANDED_OUT_REGION, Plan, RegionFrom},
    secret::Secret,
    session::{Acquired, SessionRequest},
};

/// What AWS's programs take a region from.
const REGIONS: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// How much shorter than it was wanted a session may be without a word: one of just that length has
/// lost some seconds when it is here.
const SOON: TimeDelta = TimeDelta::minutes(1);

/// A change of an environment.
pub(super) struct Change {
    /// Variables to set.
    pub(super) set: Vec<(&'static str, Secret)>,
    /// Variables to take out.
    pub(super) unset: Vec<&'static str>,
}

impl Change {
    /// Hands out the credentials of a profile, which last `at_least` so many seconds more: whoever gets
    /// them has no way to renew them.
    pub(super) fn of_profile(
        context: &Context,
        selection: &Selection,
        name: Option<String>,
        settings: &Settings,
        at_least: u32,
        streams: &mut Streams<'_>,
    ) -> Result<Self> {
        app::warn_about_environment(context, streams);
        let store = selection.store(context)?;
        let request = selection.request(context, name, request(context, settings)?)?;
        let (files, plan) = app::plan(context, &request)?;
        let sessions = app::sessions(context, &*store, &Sdk, &files);
        let session_request = SessionRequest {
            at_least: Some(TimeDelta::seconds(at_least.into())),
            ..app::human_request()
        };
        let acquired = sessions.acquire(&plan, session_request);
        for warning in sessions.take_warnings() {
            streams.warn(&warning);
        }
        let acquired = acquired?;
        app::warn_about_caps(&plan, streams);
        let now = context.now();
        let least = TimeDelta::seconds(at_least.into()) - SOON;
        if let Some(ends) = acquired.credentials.expiration.filter(|ends| *ends - now < least) {
            streams.warn(&format!(
                "the session of '{}' ends in {} already, and what gets it can't renew it",
                plan.name(),
                time::length(ends - now)
            ));
        }
        if acquired.credentials.session_token.is_none() {
            streams.warn(&format!(
                "'{}' has long-lived keys, which are handed out as they are and never end",
                plan.name()
            ));
        }
        Ok(Self::of(context, &plan, &acquired))
    }

    fn of(context: &Context, plan: &Plan, acquired: &Acquired) -> Self {
        let mut set = acquired.credentials.variables();
        set.push((app::HANDED_OUT_PROFILE, plan.name().into()));
        let mut unset: Vec<&'static str> = CREDENTIAL_VARIABLES.to_vec();
        let region = || Secret::from(&*plan.aws.region);
        match plan.aws.region_from {
            RegionFrom::Flag | RegionFrom::Profile => {
                set.extend(REGIONS.map(|name| (name, region())));
                set.push((HANDED_OUT_REGION, region()));
            }
            RegionFrom::Environment => set.extend(REGIONS.map(|name| (name, region()))),
            // What is there was handed out for another profile.
            RegionFrom::Partition => {
                unset.extend(REGIONS.iter().filter(|name| context.var(name).is_some()));
            }
        }
        unset.retain(|name| set.iter().all(|(other, _)| other != name));
        Self { set, unset }
    }

    /// Takes out what an earlier change put there.
    pub(super) fn back(context: &Context) -> Self {
        let own = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        let more = ["AWS_CREDENTIAL_EXPIRATION", "AWS_ACCOUNT_ID", app::HANDED_OUT_PROFILE];
        let mut unset: Vec<&'static str> = own.into_iter().chain(more).collect();
        if let Some(region) = context.var(HANDED_OUT_REGION) {
            // One that was changed since is the user's.
            unset.extend(REGIONS.iter().filter(|name| context.var(name) == Some(region)));
        }
        unset.push(HANDED_OUT_REGION);
        Self { set: Vec::new(), unset }
    }

    /// The environment of this process with the change made.
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
