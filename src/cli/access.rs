//! What the program beside this one, `rolecall-provision`, calls AWS with.

use chrono::TimeDelta;

use super::{args::Settings, keys, setup};
use crate::{
    aws::{Endpoint, Sdk},
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    plan::{AwsSettings, Environment, Plan, Source, service_endpoint, settings_of},
    profile::{Files, ProfileSet},
    prompt::Entry,
    secret::Secret,
    session::SessionRequest,
    store::Store,
};

/// Whose credentials, and where AWS is called.
#[derive(Debug, Default)]
pub struct Who {
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
        who: Who,
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
        who: Who,
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
        let sessions = setup::sessions(context, store, &Sdk, &files);
        let session_request = SessionRequest { at_least: Some(at_least), ..setup::human_request() };
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
    pub fn with(context: &Context, who: Who, credentials: Credentials) -> Result<Self> {
        let Who { profile, store, region } = who;
        let profile = setup::Common { profile, store }.profile_name(context, None)?;
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
fn resolved(context: &Context, who: Who) -> Result<(Box<dyn Store>, Files, Plan)> {
    let Who { profile, store, region } = who;
    let common = setup::Common { profile, store };
    let store = common.store(context)?;
    let settings = Settings { region, ..Settings::default() };
    let request = common.request(context, None, &settings)?;
    let (files, plan) = setup::plan(context, &request)?;
    Ok((store, files, plan))
}

/// Asks for a line on the terminal. `what` is what is not there otherwise: `secret access key`.
///
/// # Errors
/// Of kind `NeedsHuman` where there is nobody to ask.
pub fn ask(context: &Context, entry: &Entry<'_>, what: &str) -> Result<Secret> {
    keys::ask(context, entry, what)
}

/// Region and certificates as for STS, whose own URL is nobody else's.
fn endpoint_of(settings: AwsSettings) -> Endpoint {
    let AwsSettings { region, use_fips, use_dual_stack, ca_bundle, .. } = settings;
    Endpoint { region, url: None, use_fips, use_dual_stack, ca_bundle }
}
