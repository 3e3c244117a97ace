//! MFA codes: one prompt per device, each code sent once, and a new prompt if AWS rejects a code.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    maker::{Answer, Maker, NewSession, endpoint},
    sent_codes::SentCodes,
};
use crate::{
    aws::{self, Budget, Call, GetSessionToken, Issued, MfaCode},
    context::Context,
    error::{Error, Kind, Result},
    plan::{Mfa, Plan},
    progress::waiting_for,
    prompt::{CodeQuestion, PromptMode, Unanswered, ask_for_code, can_ask_for_code},
    secret::Secret,
    session::{
        confirm::{asker, length, note_code},
        explain::{clock_refusal, is_wrong_code},
        request::StepRequest,
        state_access::LockOutcome,
    },
    state::{Backoff, Lock},
};

/// How many codes the user may try.
const MOST_CODES: u32 = 3;
/// How often one code is sent if it did not reach AWS.
const MOST_SENDINGS: u32 = 3;
/// A device shows a new code every half minute (RFC 6238).
const CODE_SECONDS: i64 = 30;

/// The time between two looks at the clock while waiting for the next code.
const CLOCK_INTERVAL: Duration = Duration::from_millis(200);

/// A call that includes an MFA code.
pub(super) struct CallWithCode<'c> {
    pub(super) step: &'c StepRequest<'c>,
    /// The device that the code is for.
    pub(super) mfa: &'c Mfa,
    /// Makes the call.
    pub(super) call: &'c dyn Fn(MfaCode, Budget) -> Answer<Issued>,
}

impl Maker<'_> {
    /// Creates the MFA session of a base's keys.
    pub(super) fn mfa_session(&self, step: &StepRequest<'_>, mfa: &Mfa) -> Result<NewSession> {
        let keys = self.own_keys(&step.of)?;
        let endpoint = endpoint(step.plan());
        let call = |code, budget| {
            let _waiting = waiting_for(self.finder.context, "STS, to check the MFA code");
            let session = GetSessionToken { duration_seconds: mfa.seconds, mfa: Some(code) };
            self.aws.get_session_token(Call { endpoint: &endpoint, budget }, &keys, &session)
        };
        let answer = self.with_code(&CallWithCode { step, mfa, call: &call })?;
        answer.map_err(|failure| self.explain(step, &failure))
    }

    /// Makes a call with a code of the device. The inner result is AWS's answer to everything but
    /// the code.
    ///
    /// There is only one prompt at a time per device, whichever profiles need a code. AWS accepts
    /// each code only once, so none is sent twice, not even after a call without an answer, unless
    /// the call certainly did not arrive.
    pub(super) fn with_code(&self, with: &CallWithCode<'_>) -> Result<Answer<NewSession>> {
        let CallWithCode { step, mfa, .. } = *with;
        if step.of.is_early_renewal {
            let message = "an MFA code is needed, but an early renewal must not prompt";
            return Err(Error::new(Kind::NeedsHuman, message));
        }
        let mut sent = SentCodes::of(self.finder.state.directory(), &mfa.serial);
        let _lock = self.device_lock(step, mfa, sent.name())?;
        let mut again = None;
        for tries_left in (0..MOST_CODES).rev() {
            let (code, from) = self.code(step, mfa, again)?;
            let entered = self.now();
            if sent.has(&code, entered) {
                match from {
                    CodeSource::Flag => return Err(already_sent()),
                    CodeSource::Command => self.wait_for_next_code(step, entered)?,
                    CodeSource::Human => {}
                }
                again = Some("that code has already been used: wait for the next one");
                continue;
            }
            sent.add(&code, self.now());
            let code = MfaCode { serial: mfa.serial.clone(), code };
            match self.send(with, &code, &mut sent)? {
                Ok(issued) => {
                    let session = self.checked(step, issued)?;
                    if from == CodeSource::Human {
                        self.code_typed.set(true);
                        note_code(self.finder.context, self.finder.state.directory(), step.plan());
                    }
                    return Ok(Ok(session));
                }
                Err(failure) if is_wrong_code(&failure) => {
                    if from != CodeSource::Human {
                        return Ok(Err(failure));
                    }
                    again = Some("AWS did not accept that code");
                }
                Err(failure) if is_no_answer(&failure) => {
                    if from == CodeSource::Flag || tries_left == 0 {
                        return Ok(Err(failure));
                    }
                    if from == CodeSource::Command {
                        self.wait_for_next_code(step, entered)?;
                    }
                    again =
                        Some("AWS did not answer, and that code may be used up: use the next one");
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Err(Error::new(Kind::Denied, format!("AWS accepted none of {MOST_CODES} MFA codes"))
            .at(mfa.at.clone())
            .hint("check that it is the right device, and that its clock is right"))
    }

    /// Sends a code; sends it again only if it can't have arrived.
    fn send(
        &self,
        with: &CallWithCode<'_>,
        code: &MfaCode,
        sent: &mut SentCodes,
    ) -> Result<Answer<Issued>> {
        let most = with.step.plan().aws.max_attempts.unwrap_or(MOST_SENDINGS).min(MOST_SENDINGS);
        let mut clock_offset = TimeDelta::zero();
        let mut attempt = 1;
        loop {
            let budget = Budget { attempts: 1, clock_offset, ..self.budget(with.step)? };
            let failure = match (with.call)(code.clone(), budget) {
                Ok(issued) => return Ok(Ok(issued)),
                Err(failure) => failure,
            };
            let clock = clock_refusal(&failure, self.now());
            let unsent = matches!(failure, aws::Failure::Unreachable { sent: false, .. });
            if attempt == most || !unsent && clock.is_none() {
                if unsent {
                    sent.remove_last();
                }
                return Ok(Err(failure));
            }
            clock_offset = clock.unwrap_or(clock_offset);
            attempt += 1;
            std::thread::sleep(Backoff::new(std::process::id()).next_pause());
        }
    }

    /// Gets a code; returns it and where it came from.
    fn code(
        &self,
        step: &StepRequest<'_>,
        mfa: &Mfa,
        again: Option<&str>,
    ) -> Result<(Secret, CodeSource)> {
        if let Some(code) = self.mfa_code.take() {
            return Ok((code, CodeSource::Flag));
        }
        let command = mfa.command.as_deref();
        let question = CodeQuestion {
            serial: &mfa.serial,
            about: &purpose(self.finder.context, step.plan(), mfa),
            again,
            command,
            chain: &step.plan().chain,
            mode: mode(self.finder.context)?,
        };
        let from = if command.is_some() { CodeSource::Command } else { CodeSource::Human };
        match ask_for_code(&question, self.finder.context, step.deadline()) {
            Ok(code) => Ok((code, from)),
            Err(unanswered) => {
                self.stopped.set(unanswered == Unanswered::Stopped);
                Err(no_code(step.plan(), unanswered))
            }
        }
    }

    /// Waits until no other process prompts for a code of this device.
    fn device_lock(&self, step: &StepRequest<'_>, mfa: &Mfa, name: &str) -> Result<Option<Lock>> {
        match self.finder.state.turn(name, step.deadline()) {
            LockOutcome::Ours(lock) => Ok(lock),
            LockOutcome::TooLate => Err(Error::new(
                Kind::NeedsHuman,
                format!("another rolecall is already prompting for a code of {}", mfa.serial),
            )
            .hint("answer it first")),
        }
    }

    /// Waits until the device shows another code than it did at `time`. Checks the clock often:
    /// unlike a pause, it advances while the machine is suspended.
    fn wait_for_next_code(&self, step: &StepRequest<'_>, time: DateTime<Utc>) -> Result<()> {
        let half_minute = |now: DateTime<Utc>| now.timestamp().div_euclid(CODE_SECONDS);
        let _waiting = waiting_for(self.finder.context, "the device's next MFA code");
        loop {
            let now = self.now();
            if half_minute(now) != half_minute(time) {
                return Ok(());
            }
            let left = CODE_SECONDS - now.timestamp().rem_euclid(CODE_SECONDS);
            let left = Duration::from_secs(left.unsigned_abs());
            if self.finder.context.elapsed() + left >= step.deadline() {
                return Err(Error::new(
                    Kind::NeedsHuman,
                    "not enough time left to wait for the next MFA code",
                )
                .hint("try again in half a minute"));
            }
            std::thread::sleep(left.min(CLOCK_INTERVAL));
        }
    }

    /// Whether a code can be obtained, from the user or a command.
    pub(super) fn can_get_code(&self, mfa: &Mfa) -> bool {
        let context = self.finder.context;
        let command = mfa.command.as_deref();
        mode(context).is_ok_and(|mode| can_ask_for_code(command, mode, context).is_ok())
    }
}

/// Where a code came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CodeSource {
    /// `--mfa-code`.
    Flag,
    /// `rolecall_mfa_process`.
    Command,
    Human,
}

fn mode(context: &Context) -> Result<PromptMode> {
    PromptMode::of(context).map_err(|why| Error::new(Kind::Usage, why))
}

/// Returns the line before the prompt, which says what the code is for, and who gets what it allows.
fn purpose(context: &Context, plan: &Plan, mfa: &Mfa) -> String {
    let what = match plan.hops.last() {
        Some(hop) => format!("to assume {}", hop.role_arn),
        None => format!("of {} for its session", mfa.serial),
    };
    let purpose = match &plan.profile {
        Some(profile) => format!("rolecall: profile '{profile}' needs an MFA code {what}"),
        None => format!("rolecall: an MFA code is needed {what}"),
    };
    let Some(confirm) = &plan.confirm else { return purpose };
    let asker = asker(context);
    match confirm.seconds {
        Some(seconds) => {
            let length = length(seconds);
            format!("{purpose}; requested by {asker}, and then given to every program for {length}")
        }
        None => format!("{purpose}; requested by {asker}"),
    }
}

/// Returns the error if no code could be obtained.
fn no_code(plan: &Plan, unanswered: Unanswered) -> Error {
    let name = plan.name();
    // With an MFA session, any login is enough. A role with a code of its own needs the same session.
    let is_own = plan.adjusted && plan.mfa.as_ref().is_some_and(|mfa| mfa.direct);
    let flags = if is_own { " with the same flags (such as --session-policy)" } else { "" };
    let (missing, hint) = match unanswered {
        Unanswered::Failed(_) => (
            format!("there is no MFA code for '{name}'"),
            "check rolecall_mfa_process, or remove it to be prompted".to_owned(),
        ),
        _ => (
            format!("'{name}' needs an MFA code"),
            format!("run 'rolecall login {name}'{flags} in a terminal first"),
        ),
    };
    let error =
        unanswered.into_error(&missing, &format!("the MFA code for '{name}' was not entered"));
    if error.kind() == Kind::NeedsHuman { error.hint(hint) } else { error }
}

fn already_sent() -> Error {
    Error::new(Kind::Denied, "this MFA code was already sent to AWS, which accepts each only once")
        .hint("wait for the next code")
}

/// Whether it is unknown if AWS received the call.
fn is_no_answer(failure: &aws::Failure) -> bool {
    matches!(failure, aws::Failure::Unreachable { sent: true, .. } | aws::Failure::Unable { .. })
}
