//! Fetches the credentials of a base from a program, IAM Identity Center, a container's service, or
//! the instance's metadata.

use std::time::Duration;

use super::{
    maker::{Maker, NewSession, endpoint},
    provider_files::{check_console_session, check_container_token},
};
use crate::{
    aws::{Call, Issued, Provider},
    child,
    error::{Error, Kind, Quote, Result},
    output::shorten,
    plan::{Base, Source},
    progress::{waiting_for, waiting_for_program},
    session::request::{Acquired, Origin, StepRequest},
};

/// At most this many characters of a program's own message are shown.
const LONGEST_MESSAGE: usize = 300;

impl Maker<'_> {
    /// Returns the credentials of the base of `step`, without storing them.
    pub(in crate::session) fn ask_base(&self, step: &StepRequest<'_>) -> Result<Acquired> {
        let NewSession { credentials, lifetime } = self.fetch(step, &step.plan().base)?;
        let (origin, is_code_typed) = (Origin::Minted, false);
        Ok(Acquired { credentials, lifetime, origin, store: None, key: None, is_code_typed })
    }

    /// Returns the credentials of `base`, which is `step`.
    pub(super) fn fetch(&self, step: &StepRequest<'_>, base: &Base) -> Result<NewSession> {
        // The budget is computed after waiting for the lock.
        let _lock = match &base.source {
            Source::Login { session } => self.console_lock(step, session),
            _ => None,
        };
        let provider = match &base.source {
            Source::Process { command, account_id, is_kept: _ } => {
                let limit = self.time_left(step)?.limit;
                let issued = self.run_program(step, command, limit)?;
                let mut session = self.checked(step, issued)?;
                let credentials = &mut session.credentials;
                credentials.account_id = credentials.account_id.take().or(account_id.clone());
                return Ok(session);
            }
            Source::Sso(role) => return self.sso_role(step, role),
            Source::Login { session } => {
                check_console_session(self.finder.context, base, session)?;
                Provider::Login { session: session.clone() }
            }
            Source::Container { .. } => {
                check_container_token(self.finder.context, base)?;
                Provider::Container
            }
            Source::InstanceMetadata { endpoint } => {
                Provider::InstanceMetadata { endpoint: endpoint.clone() }
            }
            Source::Keys(_) | Source::StoredKeys { .. } | Source::WebIdentity { .. } => {
                unreachable!("BUG: these sources have no fetch step")
            }
        };
        let budget = self.budget(step)?;
        let waiting = waiting_for(self.finder.context, service(&provider));
        let issued = self.aws.fetch(Call { endpoint: &endpoint(step.plan()), budget }, &provider);
        drop(waiting);
        self.checked(step, issued.map_err(|failure| self.explain(step, &failure))?)
    }

    /// Runs the `credential_process` of the base, for at most `limit`.
    fn run_program(
        &self,
        step: &StepRequest<'_>,
        command: &str,
        limit: Duration,
    ) -> Result<Issued> {
        let base = &step.plan().base;
        let profile = &base.profile;
        if step.of.is_early_renewal {
            return Err(failed(
                base,
                "is not run for an early renewal, because it may prompt".to_owned(),
            ));
        }
        let environment = self.finder.context.environment_of_child(&step.plan().chain);
        let what = format!("the credential_process of profile '{profile}'");
        let waiting = waiting_for_program(self.finder.context, &what);
        let output = child::run(command, &environment, limit);
        drop(waiting);
        let output = output.map_err(|failure| match failure {
            child::ProgramFailure::NotStarted(why) => {
                failed(base, format!("could not be started: {why}"))
            }
            child::ProgramFailure::TooSlow(limit) => {
                failed(base, format!("was stopped after {} s without credentials", limit.as_secs()))
            }
            child::ProgramFailure::TooMuch => {
                failed(base, "printed far more than credentials".to_owned())
            }
            child::ProgramFailure::Cancelled => failed(base, "was cancelled".to_owned()),
            child::ProgramFailure::Circle => circle(base),
            child::ProgramFailure::Failed { code, stderr, .. } if is_circle(&stderr, code) => {
                circle(base)
            }
            child::ProgramFailure::Failed { how, code, stderr } => {
                let message = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
                let error = match message.as_str() {
                    "" => failed(base, format!("failed ({how}) without a message")),
                    message => failed(base, format!("failed ({how})"))
                        .quoting(&Quote::new(&shorten(message, LONGEST_MESSAGE))),
                };
                error
                    .with_kind(kind_of(&stderr, code))
                    .hint("run its line by hand to see what it needs")
            }
        })?;
        let credentials = child::parse(&output).map_err(|why| {
            failed(base, format!("did not print credentials: its output {why}"))
                .hint(format!("run the 'credential_process' of '{profile}' by hand, and fix it"))
        })?;
        if credentials.expiration.is_some_and(|end| end <= self.now()) {
            return Err(failed(base, "printed credentials that have expired".to_owned())
                .hint("check whether it renews them, and check this machine's clock"));
        }
        Ok(Issued { credentials, arn: None, date: None })
    }
}

/// Returns the name of the service that gives the credentials.
fn service(provider: &Provider) -> &'static str {
    match provider {
        Provider::Sso(_) => "IAM Identity Center",
        Provider::Login { .. } => "AWS Sign-In",
        Provider::Container => "the container's credentials endpoint",
        Provider::InstanceMetadata { .. } => "the instance metadata service",
    }
}

/// Returns the error of a `credential_process` that returned no credentials.
fn failed(base: &Base, how: String) -> Error {
    Error::new(Kind::Other, format!("the 'credential_process' of profile '{}' {how}", base.profile))
        .at(base.at.clone())
}

/// What the error of such a program says, whichever process notices it.
const CIRCLE: &str = "starts rolecall, which starts it again";

/// Returns the error of a `credential_process` that runs rolecall, which runs it again.
fn circle(base: &Base) -> Error {
    failed(base, format!("{CIRCLE}, without end"))
        .with_kind(Kind::Config)
        .hint("name a program that gets credentials without this profile")
}

/// Whether a program failed because rolecall, which it started, noticed that.
fn is_circle(stderr: &str, code: Option<i32>) -> bool {
    kind_of(stderr, code) == Kind::Config && stderr.contains(CIRCLE)
}

/// Returns the kind of a program's failure. If the program is rolecall itself, its exit code says
/// it.
fn kind_of(stderr: &str, code: Option<i32>) -> Kind {
    use Kind::{Config, Denied, NeedsHuman, Store, Unreachable};
    let code = code.filter(|_| stderr.starts_with("rolecall: "));
    match code.map(Kind::of_exit_code) {
        Some(kind @ (NeedsHuman | Denied | Config | Store | Unreachable)) => kind,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exit_code_of_another_rolecall_is_adopted() {
        assert_eq!(kind_of("rolecall: no", Some(5)), Kind::Config);
        assert_eq!(kind_of("rolecall: no", Some(99)), Kind::Other);
        assert_eq!(kind_of("fool: no", Some(5)), Kind::Other);
    }
}
