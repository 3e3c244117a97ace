//! What the program beside this one, `rolecall-provision`, calls AWS with.

use chrono::TimeDelta;

use super::{Selection, human_request, plan, sessions};
use crate::{
    aws::{Endpoint, Sdk},
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    plan::{AwsSettings, Environment, Plan, Request, Source, service_endpoint, settings_of},
    profile::{Files, ProfileSet},
    session::SessionRequest,
    store::Store,
};

/// AccessRequestse credentials, and where AWS is called.
#[derive(Debug, Default)]
pub struct AccessRequest {
    /// The profile; `None`: the environment's, else `default`.
    pub profile: Option<String>,
    /// The store of sessions and keys.
    pub store: Option<String>,
    /// The region, where it is not the profile's.
    pub region: Option<String>,
}

/// A profile's credentials, and how AWS is called with them.
pub struct Access {
    /// The profile that they are of, or whose settings are used.
    pub profile: String,
    /// Long-lived keys, or a session with an end.
    pub credentials: Credentials,
    endpoint: Endpoint,
    files: Files,
}

impl Access {
    /// The credentials of a profile, made where there are none in the store that last at least
    /// `at_least`. A human may be asked.
    ///
    /// `warn` is told what did not go as it should.
    ///
    /// # Errors
    /// As those of every verb: the profile, the store, AWS's answer.
    pub fn of(
        context: &Context,
        who: AccessRequest,
        at_least: TimeDelta,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let (store, files, plan) = resolved(context, who)?;
        // A session from keys without MFA can't call IAM: the keys themselves, whatever
        // `rolecall_session` says. Rule: STS API reference, GetSessionToken.
        let plan = Plan { session: None, ..plan };
        Self::acquired(context, &*store, files, plan, (at_least, warn))
    }

    /// The long-lived keys that a profile's chain of roles starts from, or its own. Nobody is asked for
    /// a code.
    ///
    /// # Errors
    /// As those of [`Self::of`]; of kind `Config` where it starts from anything else.
    pub fn of_long_lived_keys(
        context: &Context,
        who: AccessRequest,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let (store, files, plan) = resolved(context, who)?;
        let is_long_lived = match &plan.base.source {
            Source::StoredKeys { .. } => true,
            Source::Keys(keys) => keys.session_token.is_none(),
            _ => false,
        };
        if !is_long_lived {
            let base = &plan.base.profile;
            return Err(Error::config(format!("profile '{base}' has no long-lived access key"))
                .at(plan.base.at)
                .hint("MFA devices that STS takes are those of IAM users with such keys"));
        }
        let plan = Plan { session: None, mfa: None, hops: Vec::new(), ..plan };
        Self::acquired(context, &*store, files, plan, (TimeDelta::zero(), warn))
    }

    fn acquired(
        context: &Context,
        store: &dyn Store,
        files: Files,
        plan: Plan,
        (at_least, warn): (TimeDelta, &mut dyn FnMut(&str)),
    ) -> Result<Self> {
        let sessions = sessions(context, store, &Sdk, &files);
        let session_request = SessionRequest { at_least: Some(at_least), ..human_request() };
        let acquired = sessions.acquire(&plan, session_request);
        for warning in sessions.take_warnings() {
            warn(&warning);
        }
        let credentials = acquired?.credentials;
        let profile = plan.name().to_owned();
        Ok(Self { profile, credentials, endpoint: endpoint_of(plan.aws), files })
    }

    /// These credentials, with the settings of the profile (region, endpoints), where there is one.
    ///
    /// # Errors
    /// Those of the files and the settings in them.
    pub fn with(context: &Context, who: AccessRequest, credentials: Credentials) -> Result<Self> {
        let AccessRequest { profile, store, region } = who;
        let profile = Selection { profile, store }.profile_name(context, None)?;
        let files = Files::read(context)?;
        let set = ProfileSet::new(&files);
        let settings = settings_of(&profile, &set, Environment::of(context), region.as_deref())?;
        Ok(Self { profile, credentials, endpoint: endpoint_of(settings), files })
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

/// The store, the files, and what the profile comes to.
fn resolved(context: &Context, who: AccessRequest) -> Result<(Box<dyn Store>, Files, Plan)> {
    let AccessRequest { profile, store, region } = who;
    let selection = Selection { profile, store };
    let store = selection.store(context)?;
    let request = selection.request(context, None, Request { region, ..Request::default() })?;
    let (files, plan) = plan(context, &request)?;
    Ok((store, files, plan))
}

/// Region and certificates as for STS, whose own URL is nobody else's.
fn endpoint_of(settings: AwsSettings) -> Endpoint {
    let AwsSettings { region, use_fips, use_dual_stack, ca_bundle, .. } = settings;
    Endpoint { region, url: None, use_fips, use_dual_stack, ca_bundle }
}
