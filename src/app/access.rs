//! The credentials and endpoints with which `rolecall-provision` calls AWS.

use chrono::TimeDelta;

use super::{Resolved, RoleCall, Selection, human_request};
use crate::{
    aws::Endpoint,
    context::Context,
    credentials::Credentials,
    error::{Error, Result},
    plan::{AwsSettings, Environment, Plan, Request, SettingsReader, check_base_is_handed_out},
    profile::{Files, ProfileSet},
    session::{ConfirmRequest, SessionRequest},
};

/// Whose credentials to use, and where to call AWS.
#[derive(Debug, Default)]
pub struct AccessRequest {
    /// The profile; `None` stands for the environment's, or else `default`.
    pub profile: Option<String>,
    /// The store of sessions and keys.
    pub store: Option<String>,
    /// The region, if not the profile's.
    pub region: Option<String>,
    /// How much longer the credentials must be valid.
    pub at_least: TimeDelta,
}

/// A profile's credentials, and how to call AWS with them.
pub struct Access {
    /// The profile that the credentials or the settings come from.
    pub profile: String,
    /// Long-lived keys, or a session that expires.
    pub credentials: Credentials,
    endpoint: Endpoint,
    files: Files,
}

impl Access {
    /// Returns a profile's credentials: stored ones if there are any, else new ones, for which the
    /// user may be prompted. Problems that are not errors go to
    /// `warn`.
    ///
    /// # Errors
    /// If the profile can't be resolved, the store can't be used, or AWS refuses.
    pub fn of(context: &Context, who: AccessRequest, warn: &mut dyn FnMut(&str)) -> Result<Self> {
        let at_least = who.at_least;
        let mut resolved = resolved(context, who)?;
        // A session made from keys without MFA can't call IAM, so this uses the keys themselves,
        // whatever `rolecall_session` says. Rule: STS API reference, GetSessionToken.
        resolved.plan.session = None;
        // They don't leave, but whoever runs this acts with them.
        let request = SessionRequest { at_least: Some(at_least), ..human_request() };
        let (context, plan) = (resolved.context, &resolved.plan);
        let (verb, program, is_ahead) = ("provisioning", None, false);
        let asked = ConfirmRequest { context, plan, verb, program, request, is_ahead };
        check_region(plan)?;
        let credentials = asked.confirmed(|| resolved.acquire(request, warn))?.0.credentials;
        Ok(Self::with_credentials(resolved, credentials))
    }

    /// Returns the long-lived keys at the start of a profile's role chain. Never prompts for an MFA
    /// code.
    ///
    /// # Errors
    /// Those of [`Self::of`]; of kind `Config` if the chain starts from anything else.
    pub fn of_long_lived_keys(
        context: &Context,
        who: AccessRequest,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        let resolved = resolved(context, who)?;
        check_base_is_handed_out(&resolved.plan, Environment::of(context))?;
        let plan = resolved.plan;
        if !plan.base.source.is_long_lived() {
            let base = &plan.base.profile;
            return Err(Error::config(format!("profile '{base}' has no long-lived access key"))
                .at(plan.base.at)
                .hint("only IAM users with access keys have MFA devices that STS accepts"));
        }
        let plan = Plan { session: None, mfa: None, hops: Vec::new(), ..plan };
        Self::acquired(Resolved { plan, ..resolved }, TimeDelta::zero(), warn)
    }

    /// Returns the credentials that assume the last role of a profile, and the call that they make.
    ///
    /// # Errors
    /// Those of [`Self::of`]; of kind `Config` if the profile has no role.
    pub fn of_role_caller(
        context: &Context,
        who: AccessRequest,
        warn: &mut dyn FnMut(&str),
    ) -> Result<(Self, RoleCall)> {
        let resolved = resolved(context, who)?;
        check_base_is_handed_out(&resolved.plan, Environment::of(context))?;
        let plan = &resolved.plan;
        let Some((hop, before)) = plan.without_last_role() else {
            return Err(Error::config(format!("profile '{}' has no role", plan.name())));
        };
        let call = RoleCall {
            role_arn: hop.role_arn.clone(),
            external_id: hop.external_id.clone(),
            session_name: hop.session_name.clone(),
            source_identity: hop.attributes.source_identity.clone(),
            has_mfa: plan.mfa.is_some(),
            signer_policy: before.hops.last().and_then(|hop| hop.attributes.policy.clone()),
        };
        let resolved = Resolved { plan: before, ..resolved };
        Ok((Self::acquired(resolved, TimeDelta::zero(), warn)?, call))
    }

    fn acquired(
        resolved: Resolved<'_>,
        at_least: TimeDelta,
        warn: &mut dyn FnMut(&str),
    ) -> Result<Self> {
        check_region(&resolved.plan)?;
        let session_request = SessionRequest { at_least: Some(at_least), ..human_request() };
        let credentials = resolved.acquire(session_request, warn)?.credentials;
        Ok(Self::with_credentials(resolved, credentials))
    }

    fn with_credentials(resolved: Resolved<'_>, credentials: Credentials) -> Self {
        let Resolved { files, plan, .. } = resolved;
        let profile = plan.name().to_owned();
        Self { profile, credentials, endpoint: endpoint_of(plan.aws), files }
    }

    /// Combines these credentials with the region and endpoints of the profile, if it exists.
    ///
    /// # Errors
    /// If the files, or settings in them, are invalid.
    pub fn with(context: &Context, who: AccessRequest, credentials: Credentials) -> Result<Self> {
        let AccessRequest { profile, store, region, at_least: _ } = who;
        let profile = Selection { profile, store }.profile_name(context, None)?;
        let files = Files::read(context)?;
        let set = ProfileSet::new(&files);
        let found = set.profile(&profile)?;
        let environment = Environment::of(context);
        let reader = SettingsReader { profile: found.as_ref(), set: &set, environment };
        let settings = reader.settings(region.as_deref(), "aws")?;
        settings.check_region_label(&profile)?;
        Ok(Self { profile, credentials, endpoint: endpoint_of(settings), files })
    }

    /// Returns the endpoint of `service`: its ID in lower case with `_` for spaces, such as `iam`.
    ///
    /// Rule: AWS SDKs and Tools reference, "Service-specific endpoints".
    pub fn endpoint(&self, context: &Context, service: &str) -> Result<Endpoint> {
        let set = ProfileSet::new(&self.files);
        let found = set.profile(&self.profile)?;
        let environment = Environment::of(context);
        let reader = SettingsReader { profile: found.as_ref(), set: &set, environment };
        let url = reader.service_endpoint(service)?;
        Ok(Endpoint { url, ..self.endpoint.clone() })
    }
}

fn check_region(plan: &Plan) -> Result<()> {
    plan.aws.check_region_label(plan.chain.first().map_or(plan.name(), String::as_str))
}

/// Opens the store, reads the files and resolves the profile.
fn resolved(context: &Context, who: AccessRequest) -> Result<Resolved<'_>> {
    let AccessRequest { profile, store, region, at_least: _ } = who;
    let selection = Selection { profile, store };
    let store = selection.store(context)?;
    let request = selection.request(context, None, Request { region, ..Request::default() })?;
    Resolved::of(context, store, &request)
}

/// The region and certificates of STS apply to other services too; its URL doesn't.
fn endpoint_of(settings: AwsSettings) -> Endpoint {
    let AwsSettings { region, use_fips, use_dual_stack, ca_bundle, max_attempts, .. } = settings;
    Endpoint { region, url: None, use_fips, use_dual_stack, ca_bundle, max_attempts }
}
