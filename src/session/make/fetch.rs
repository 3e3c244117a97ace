//! Fetches the credentials of a base from a program, IAM Identity Center, a container's service, or
//! the instance's metadata.

use std::{path::Path, time::Duration};

use super::maker::{Maker, NewSession, endpoint, hold_after_denial};
use crate::{
    aws::{Call, Endpoint, Issued, Provider, SsoRoleCredentials},
    child,
    error::{Error, Kind, Result},
    input::{self, Pipe},
    output::shorten,
    plan::{Base, Plan, Source, SsoRole},
    secret::Secret,
    session::{explain::explain_base, request::StepRequest},
};

/// Larger than any token, in bytes: STS takes 20,000 characters.
const LARGEST_TOKEN: u64 = 64 * 1024;
/// The most of a program's words that is shown.
const MOST_WORDS: usize = 300;

impl Maker<'_> {
    /// The credentials of `base`, which is `step`.
    pub(super) fn fetch(&self, step: &StepRequest<'_>, base: &Base) -> Result<NewSession> {
        // First the turn: what is left of the time is counted when it has come.
        let _turn = match &base.source {
            Source::Sso(role) => self.turn_to_renew(step, role),
            _ => None,
        };
        let budget = self.budget(step)?;
        let provider = match &base.source {
            Source::Process { command, account_id } => {
                let issued = self.ask_program(step, command, budget.limit)?;
                let mut made = self.judged(issued)?;
                let credentials = &mut made.credentials;
                credentials.account_id = credentials.account_id.take().or(account_id.clone());
                return Ok(made);
            }
            Source::Sso(role) => sso(role, step.plan()),
            Source::Login { session } => Provider::Login { session: session.clone() },
            Source::Container { .. } => Provider::Container,
            Source::InstanceMetadata { endpoint, .. } => {
                Provider::InstanceMetadata { endpoint: endpoint.clone() }
            }
            Source::Keys(_) | Source::StoredKeys { .. } | Source::WebIdentity { .. } => {
                unreachable!("BUG: what is there already is not fetched")
            }
        };
        let issued =
            self.aws.fetch(Call { endpoint: &endpoint(step.plan()), budget }, &provider).map_err(
                |failure| hold_after_denial(step, explain_base(&failure, base, self.now())),
            )?;
        self.judged(issued)
    }

    fn ask_program(
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
                "is not run for an early renewal: it may ask a human".to_owned(),
            ));
        }
        let environment = self.finder.context.environment_of_child(&step.plan().chain);
        let output = child::run(command, &environment, limit).map_err(|failure| match failure {
            child::ProgramFailure::NotStarted(why) => {
                failed(base, format!("could not be started: {why}"))
            }
            child::ProgramFailure::TooSlow(limit) => {
                failed(base, format!("was ended after {} s without credentials", limit.as_secs()))
            }
            child::ProgramFailure::TooMuch => {
                failed(base, "printed far more than credentials".to_owned())
            }
            child::ProgramFailure::Cancelled => failed(base, "was cancelled".to_owned()),
            child::ProgramFailure::Failed { how, code, stderr } => {
                let said = stderr.split_whitespace().collect::<Vec<_>>().join(" ");
                let said =
                    if said.is_empty() { "without a word" } else { &shorten(&said, MOST_WORDS) };
                failed(base, format!("failed ({how}): {said}"))
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
        Ok(Issued { credentials, date: None })
    }
}

/// The program that profile `base` names did not give credentials.
fn failed(base: &Base, how: String) -> Error {
    Error::new(Kind::Other, format!("the 'credential_process' of profile '{}' {how}", base.profile))
        .at(base.at.clone())
}

/// What a failure of a program means. One that is rolecall itself says it with its exit code.
fn kind_of(words: &str, code: Option<i32>) -> Kind {
    use Kind::{Config, Denied, NeedsHuman, Store, Unreachable};
    let code = code.filter(|_| words.starts_with("rolecall: "));
    match code.map(Kind::of_exit_code) {
        Some(kind @ (NeedsHuman | Denied | Config | Store | Unreachable)) => kind,
        _ => Kind::Other,
    }
}

/// The token in `file`, which whoever trusts it replaces from time to time.
pub(super) fn token(base: &Base, file: &Path) -> Result<Secret> {
    let wrong = |why: &str| {
        Error::config(format!(
            "the token file {} of profile '{}' {why}",
            file.display(),
            base.profile
        ))
        .at(base.at.clone())
        .hint("check whether the program that writes the file has done so")
    };
    let text = input::read_text(file, LARGEST_TOKEN, Pipe::WaitShortly)
        .map_err(|error| wrong(&format!("can't be read: {error}")))?;
    let token = text.trim();
    if token.is_empty() {
        return Err(wrong("is empty"));
    }
    Ok(Secret::from(token))
}

fn sso(role: &SsoRole, plan: &Plan) -> Provider {
    let service = |url: &Option<String>| Endpoint {
        region: role.region.clone(),
        url: url.clone(),
        ..endpoint(plan)
    };
    Provider::Sso(SsoRoleCredentials {
        token_name: role.token_name().to_owned(),
        start_url: role.start_url.clone(),
        account_id: role.account_id.clone(),
        role_name: role.role_name.clone(),
        portal: service(&plan.aws.sso_url),
        oidc: service(&plan.aws.sso_oidc_url),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_of_another_rolecall_is_taken_over_and_nobody_elses() {
        assert_eq!(kind_of("rolecall: no", Some(5)), Kind::Config);
        assert_eq!(kind_of("rolecall: no", Some(99)), Kind::Other);
        assert_eq!(kind_of("fool: no", Some(5)), Kind::Other);
    }
}
