//! What the program beside this one, `rolecall-provision`, calls AWS with.

use chrono::TimeDelta;

use super::{args::Settings, setup};
use crate::{
    aws::{Endpoint, Sdk},
    context::Context,
    credentials::Credentials,
    error::Result,
    plan::{Environment, Plan, service_endpoint},
    profile::{Files, ProfileSet},
    session::{Wish, endpoint},
};

/// A profile's credentials, and how AWS is called with them.
pub struct Access {
    /// The profile that they are of.
    pub profile: String,
    /// Long-lived keys, or a session with an end.
    pub credentials: Credentials,
    endpoint: Endpoint,
    files: Files,
}

impl Access {
    /// The credentials of a profile (`None`: the environment's, else `default`), made where there
    /// are none in `store` that last at least `at_least`. A human may be asked.
    ///
    /// `warn` is told what did not go as it should.
    ///
    /// # Errors
    /// As those of every verb: the profile, the store, AWS's answer.
    pub fn of(
        context: &Context,
        profile: Option<String>,
        store: Option<String>,
        at_least: TimeDelta,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let common = setup::Common { profile, store };
        let store = common.store(context)?;
        let request = common.request(context, None, &Settings::default())?;
        let (files, plan) = setup::plan(context, &request)?;
        let sessions = setup::sessions(context, &*store, &Sdk, &files);
        let wish = Wish { at_least: Some(at_least), ..setup::human_wish() };
        let acquired = sessions.acquire(&plan, wish);
        for warning in sessions.take_warnings() {
            warn(&warning);
        }
        let credentials = acquired?.credentials;
        Ok(Self {
            profile: plan.name().to_owned(),
            credentials,
            endpoint: endpoint_of(&plan),
            files,
        })
    }

    /// How `service` (its ID in lower case with `_` for spaces: `iam`, `s3`) is called.
    ///
    /// Rule: AWS SDKs and Tools reference, "Service-specific endpoints".
    pub fn endpoint(&self, context: &Context, service: &str) -> Result<Endpoint> {
        let set = ProfileSet::new(&self.files);
        let url = service_endpoint(service, &self.profile, &set, Environment::of(context))?;
        Ok(Endpoint { url, ..self.endpoint.clone() })
    }
}

/// Region and certificates as for STS, whose own URL is nobody else's.
fn endpoint_of(plan: &Plan) -> Endpoint {
    Endpoint { region: plan.aws.region.clone(), url: None, ..endpoint(plan) }
}
