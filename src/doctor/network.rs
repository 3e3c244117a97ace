//! Whether the services that profiles call can be reached, by their answers to calls that nobody
//! can make, and the clock.

use std::{thread, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};

use super::{check::Check, finding::Finding};
use crate::{
    aws::{Aws as _, Budget, Call, Endpoint, Failure, Sdk, reach_oidc, reach_portal, reach_url},
    context::Context,
    credentials::Credentials,
    error::Kind,
    identity_center::{oidc_endpoint, portal_endpoint},
    plan::{Plan, Source},
    session::endpoint,
    unanswered::{Called, unanswered},
};

/// How long STS may take, with one attempt: connecting is limited to 3 s.
const BUDGET: Budget = Budget::new(Duration::from_secs(6), 1);
/// The most services that are called.
const MOST_SERVICES: usize = 12;
/// A smaller error of the clock has no effect.
const NEGLIGIBLE: TimeDelta = TimeDelta::seconds(60);
/// STS accepts a signature if its time differs by less than this from the present.
const SIGNATURE_TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// A service, and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Service {
    kind: ServiceKind,
    endpoint: Endpoint,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ServiceKind {
    Sts,
    /// The access portal of IAM Identity Center.
    Portal,
    /// The service that renews its sign-ins.
    Oidc,
    /// AWS Sign-In, which renews console sessions.
    SignIn,
    /// The container credentials service.
    Container,
    /// The instance metadata service.
    Metadata,
}

/// Returns whether the services that these plans call answer, and how far the clock is off.
pub(super) fn check(context: &Context, plans: &[Plan]) -> Vec<Finding> {
    let mut services: Vec<Service> = Vec::new();
    for service in plans.iter().flat_map(Service::of) {
        if !services.contains(&service) && services.len() < MOST_SERVICES {
            services.push(service);
        }
    }
    // Together, because each of them may take seconds to fail.
    let answers: Vec<_> = thread::scope(|scope| {
        let asked: Vec<_> = services.iter().map(|it| scope.spawn(|| it.ask())).collect();
        asked.into_iter().map(thread::ScopedJoinHandle::join).collect()
    });
    let mut findings = Vec::new();
    let mut time = None;
    for (service, answer) in services.iter().zip(answers) {
        let Ok(answer) = answer else { continue };
        findings.push(service.finding(&answer));
        time = time.or(answer.ok().flatten());
    }
    findings.extend(time.map(|date| clock(context.now() - date)));
    findings
}

impl Service {
    /// The services that a plan calls.
    fn of(plan: &Plan) -> Vec<Self> {
        let sts = endpoint(plan);
        let service = |kind, endpoint| Self { kind, endpoint };
        let at = |url: String| Endpoint {
            url: Some(url),
            ca_bundle: sts.ca_bundle.clone(),
            ..Endpoint::default()
        };
        let mut services = match &plan.base.source {
            Source::Sso(role) => vec![
                service(ServiceKind::Portal, portal_endpoint(&role.session, &plan.aws)),
                service(ServiceKind::Oidc, oidc_endpoint(&role.session, &plan.aws)),
            ],
            Source::Login { .. } => {
                // Rule: AWS Sign-In endpoints, AWS General Reference.
                let usual = || format!("https://{}.signin.aws.amazon.com", sts.region);
                let url = plan.aws.sign_in_url.clone().unwrap_or_else(usual);
                vec![service(ServiceKind::SignIn, at(url))]
            }
            Source::Container { uri } => vec![service(ServiceKind::Container, at(uri.clone()))],
            Source::InstanceMetadata { endpoint, .. } => {
                vec![service(ServiceKind::Metadata, at(endpoint.clone()))]
            }
            Source::Keys(_)
            | Source::StoredKeys { .. }
            | Source::WebIdentity { .. }
            | Source::Process { .. } => Vec::new(),
        };
        services.push(service(ServiceKind::Sts, sts));
        services
    }

    /// Calls the service. Returns its time, if it says so.
    fn ask(&self) -> Result<Option<DateTime<Utc>>, Failure> {
        let endpoint = &self.endpoint;
        match self.kind {
            ServiceKind::Sts => {
                // Any refusal is an answer, with the time in its header.
                let id = "AKIAROLECALLDOCTOR00".to_owned();
                let nobody = Credentials::long_lived(id, "nobody".into());
                match Sdk.caller_identity(Call { endpoint, budget: BUDGET }, &nobody) {
                    Ok(_) => Ok(None),
                    Err(Failure::Refused { date, .. }) => Ok(date),
                    Err(failure) => Err(failure),
                }
            }
            ServiceKind::Portal => reach_portal(endpoint).map(|()| None),
            ServiceKind::Oidc => reach_oidc(endpoint).map(|()| None),
            ServiceKind::SignIn | ServiceKind::Container | ServiceKind::Metadata => {
                reach_url(endpoint).map(|()| None)
            }
        }
    }

    /// Its name, and where it is.
    fn place(&self) -> String {
        let name = match self.kind {
            ServiceKind::Sts => "STS",
            ServiceKind::Portal => "the access portal",
            ServiceKind::Oidc => "the sign-in service of IAM Identity Center",
            ServiceKind::SignIn => "AWS Sign-In",
            ServiceKind::Container => "the container credentials service",
            ServiceKind::Metadata => "the instance metadata service",
        };
        match &self.endpoint.url {
            Some(url) => format!("{name} at {url}"),
            None => format!("{name} in {}", self.endpoint.region),
        }
    }

    fn finding(&self, answer: &Result<Option<DateTime<Utc>>, Failure>) -> Finding {
        let place = self.place();
        let Err(failure) = answer else {
            return Finding::ok(Check::Endpoint, format!("{place} answers"));
        };
        let region_setting = match self.kind {
            ServiceKind::Portal | ServiceKind::Oidc => "sso_region",
            _ => "the region",
        };
        let error = unanswered(failure, Called { place: &place, region_setting });
        let layer = failure.layer().map(|layer| format!(" (layer: {})", layer.word()));
        let finding = Finding::of_error(&error);
        let text = finding.text.clone() + &layer.unwrap_or_default();
        Finding { check: Check::Unreachable, text, ..finding }
    }
}

/// What an error of the clock means.
fn clock(skew: TimeDelta) -> Finding {
    if skew.abs() < NEGLIGIBLE {
        return Finding::ok(Check::Clock, "this machine's clock agrees with AWS's");
    }
    let side = if skew > TimeDelta::zero() { "ahead of" } else { "behind" };
    let text = format!("this machine's clock is {} s {side} AWS's", skew.num_seconds().abs());
    let remedy = "'timedatectl set-ntp true' synchronizes the clock";
    if skew.abs() < SIGNATURE_TOLERANCE {
        return Finding::warning(Check::Clock, text).remedy(remedy);
    }
    let problem = Finding::problem(Check::Clock, text).remedy(remedy);
    Finding { kind: Kind::Denied, ..problem }
}
