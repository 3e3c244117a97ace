//! The credentials of a base that somebody gives out: a program, IAM Identity Center, a container's
//! service, the instance's metadata.

use std::path::Path;

use chrono::{DateTime, Utc};

use super::{
    Sessions,
    acquire::Task,
    mint::{NewSession, endpoint, hold_after_denial},
    no_answer, words,
};
use crate::{
    aws::{self, Endpoint, Issued, Provider},
    child,
    error::{Error, Kind, Result},
    input::{self, Pipe},
    output::shorten,
    plan::{Base, Plan, Source, SsoRole},
    secret::Secret,
};

/// Larger than any token, in bytes: STS takes 20,000 characters.
const LARGEST_TOKEN: u64 = 64 * 1024;
/// The most of a program's words that is shown.
const MOST_WORDS: usize = 300;

impl Sessions<'_> {
    /// The credentials of `base`, which is step `i`.
    pub(super) fn fetch(&self, task: &Task<'_>, i: usize, base: &Base) -> Result<NewSession> {
        // First the turn: what is left of the time is counted when it has come.
        let _turn = match &base.source {
            Source::Sso(role) => self.turn_to_renew(task, role),
            _ => None,
        };
        let budget = self.budget(task, i)?;
        let provider = match &base.source {
            Source::Process { command, account_id } => {
                let issued = self.ask_program(task, base, command, budget.limit)?;
                let mut made = self.judged(issued)?;
                let credentials = &mut made.credentials;
                credentials.account_id = credentials.account_id.take().or(account_id.clone());
                return Ok(made);
            }
            Source::Sso(role) => sso(role, task.plan),
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
            self.aws.fetch(&endpoint(task.plan), &provider, budget).map_err(|failure| {
                hold_after_denial(task, explain(&failure, base, self.context.now()))
            })?;
        self.judged(issued)
    }

    fn ask_program(
        &self,
        task: &Task<'_>,
        base: &Base,
        command: &str,
        limit: std::time::Duration,
    ) -> Result<Issued> {
        let profile = &base.profile;
        if task.request.early_renewal {
            return Err(failed(
                base,
                "is not run for an early renewal: it may ask a human".to_owned(),
            ));
        }
        let environment = self.context.environment_of_child(&task.plan.chain);
        let output = child::run(command, &environment, limit).map_err(|failure| match failure {
            child::ProgramFailure::NotStarted(why) => {
                failed(base, format!("could not be started: {why}"))
            }
            child::ProgramFailure::TooSlow(limit) => {
                failed(base, format!("was ended after {} s without credentials", limit.as_secs()))
            }
            child::ProgramFailure::TooMuch => {
                failed(base, "wrote far more than credentials".to_owned())
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
            failed(base, format!("gave something else than credentials: its output {why}"))
                .hint(format!("run the 'credential_process' of '{profile}' by hand, and mend it"))
        })?;
        if credentials.expiration.is_some_and(|end| end <= self.context.now()) {
            return Err(failed(base, "gave credentials that have ended".to_owned())
                .hint("look whether it renews them, and at this machine's clock"));
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
        .hint("look whether whoever writes that file has done so")
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
    Provider::Sso {
        token_name: role.token_name().to_owned(),
        start_url: role.start_url.clone(),
        account_id: role.account_id.clone(),
        role_name: role.role_name.clone(),
        portal: service(&plan.aws.sso_url),
        oidc: service(&plan.aws.sso_oidc_url),
    }
}

/// The error of a base that gave nothing.
fn explain(failure: &aws::Failure, base: &Base, now: DateTime<Utc>) -> Error {
    let (place, hint) = match &base.source {
        Source::Sso(role) => (
            format!("IAM Identity Center in {}", role.region),
            format!("look at sso_account_id and sso_role_name of '{}'", base.profile),
        ),
        Source::Login { .. } => {
            ("AWS Sign-In".to_owned(), format!("run 'aws login --profile {}'", base.profile))
        }
        Source::InstanceMetadata { .. } => (
            "the instance metadata service".to_owned(),
            "attach a role to the instance, and allow its metadata".to_owned(),
        ),
        _ => (
            "the container's credential service".to_owned(),
            "look at the AWS_CONTAINER_… variables and at the container's role".to_owned(),
        ),
    };
    explain_base(failure, base, &place, &hint, now)
}

/// The error of a base that gave nothing. `place` is who was asked; `hint` what to do about a no.
fn explain_base(
    failure: &aws::Failure,
    base: &Base,
    place: &str,
    hint: &str,
    now: DateTime<Utc>,
) -> Error {
    let profile = &base.profile;
    let error = match failure {
        aws::Failure::Refused { code, message, date } => {
            let skew =
                date.map(|date| now - date).filter(|skew| skew.abs() > words::SIGNATURE_TOLERANCE);
            let clock =
                skew.map(|skew| format!("; this machine's clock is {} AWS's", words::off_by(skew)));
            words::denied(format!(
                "{place} gave profile '{profile}' no credentials: {}{}",
                words::words(code, message),
                clock.unwrap_or_default()
            ))
            .hint(hint)
        }
        aws::Failure::SignIn { cause } => {
            let command = match &base.source {
                Source::Sso(role) => role.login_command(profile),
                _ => format!("aws login --profile {profile}"),
            };
            Error::new(Kind::NeedsHuman, format!("profile '{profile}' is not signed in: {cause}"))
                .hint(format!("run '{command}'"))
        }
        aws::Failure::Broken { cause } => Error::new(
            Kind::Other,
            format!(
                "{place} gave profile '{profile}' no credentials: {}",
                shorten(cause, MOST_WORDS)
            ),
        )
        .hint(hint),
        other => no_answer::without_answer(other, place),
    };
    error.at(base.at.clone())
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
