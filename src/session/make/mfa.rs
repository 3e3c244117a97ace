//! MFA codes: asked for once a device, sent once, and what becomes of one that AWS does not take.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    maker::{Answer, Maker, NewSession, endpoint, hold_after_denial},
    sent_codes::SentCodes,
};
use crate::{
    aws::{self, Budget, Call, GetSessionToken, Issued, MfaCode},
    context::Context,
    error::{Error, Kind, Result},
    plan::{Mfa, Plan},
    prompt::{CodeQuestion, PromptMode, Unanswered, ask_for_code, can_ask_for_code},
    secret::Secret,
    session::{
        explain::{clock_refusal, explain_mfa, is_wrong_code},
        request::StepRequest,
        state_access::Turn,
    },
    state::{Backoff, Lock},
};

/// How often a human may mistype a code.
const MOST_CODES: u32 = 3;
/// How often one code is tried, when it did not reach AWS.
const MOST_SENDINGS: u32 = 3;
/// A device shows another code each half minute (RFC 6238).
const CODE_SECONDS: i64 = 30;

/// How long the clock is not looked at while the next code is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// One call that carries a code.
type CallWithCode<'c> = dyn Fn(MfaCode, Budget) -> Answer<Issued> + 'c;

impl Maker<'_> {
    /// The MFA session of a base's keys.
    pub(super) fn mfa_session(&self, step: &StepRequest<'_>, mfa: &Mfa) -> Result<NewSession> {
        let keys = self.own_keys(&step.of)?;
        let endpoint = endpoint(step.plan());
        let answer = self.with_code(step, mfa, &|code, budget| {
            let session = GetSessionToken { duration_seconds: mfa.seconds, mfa: Some(code) };
            self.aws.get_session_token(Call { endpoint: &endpoint, budget }, &keys, &session)
        })?;
        answer.map_err(|refusal| {
            hold_after_denial(step, explain_mfa(&refusal, step.plan(), mfa, self.now()))
        })
    }

    /// Makes `call` with a code of the device. The inner result is AWS's word on all but the code.
    ///
    /// Only one question is put at a time for a device, whichever profiles ask. AWS takes each code
    /// once, so none is sent twice: not even after a call without an answer, unless it is certain
    /// that it did not arrive.
    pub(super) fn with_code(
        &self,
        step: &StepRequest<'_>,
        mfa: &Mfa,
        call: &CallWithCode<'_>,
    ) -> Result<Answer<NewSession>> {
        if step.of.is_early_renewal {
            let message = "an MFA code is needed, and nobody is asked for an early renewal";
            return Err(Error::new(Kind::NeedsHuman, message));
        }
        let mut sent = SentCodes::of(self.finder.state.directory(), &mfa.serial);
        let _device = self.device_lock(step, mfa, sent.name())?;
        let mut again = None;
        for tries_left in (0..MOST_CODES).rev() {
            let (code, from) = self.code(step, mfa, again)?;
            let given = self.now();
            if sent.has(&code, given) {
                match from {
                    CodeSource::Flag => return Err(spent()),
                    CodeSource::Command => self.wait_for_next_code(step, given)?,
                    CodeSource::Human => {}
                }
                again = Some("that code was used already: wait for the next one");
                continue;
            }
            sent.add(&code, self.now());
            let code = MfaCode { serial: mfa.serial.clone(), code };
            match self.send(step, &code, call, &mut sent)? {
                Ok(issued) => return self.judged(issued).map(Ok),
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
                        self.wait_for_next_code(step, given)?;
                    }
                    again =
                        Some("AWS did not answer, and that code may be used up: use the next one");
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Err(Error::new(Kind::Denied, format!("AWS accepted none of {MOST_CODES} MFA codes"))
            .at(mfa.at.clone())
            .hint("check that the device's clock is right, and that it is the device named"))
    }

    /// Sends one code, again only where it can't have arrived.
    fn send(
        &self,
        step: &StepRequest<'_>,
        code: &MfaCode,
        call: &CallWithCode<'_>,
        sent: &mut SentCodes,
    ) -> Result<Answer<Issued>> {
        let mut clock_offset = TimeDelta::zero();
        let mut attempt = 1;
        loop {
            let budget = Budget { attempts: 1, clock_offset, ..self.budget(step)? };
            let failure = match call(code.clone(), budget) {
                Ok(issued) => return Ok(Ok(issued)),
                Err(failure) => failure,
            };
            let clock = clock_refusal(&failure, self.now());
            let unsent = matches!(failure, aws::Failure::Unreachable { sent: false, .. });
            if attempt == MOST_SENDINGS || !unsent && clock.is_none() {
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

    /// A code, and who gave it.
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
            about: &about(step.plan(), mfa),
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
                Err(no_code(step.plan().name(), unanswered))
            }
        }
    }

    /// Waits until nobody else asks for a code of this device.
    fn device_lock(&self, step: &StepRequest<'_>, mfa: &Mfa, name: &str) -> Result<Option<Lock>> {
        match self.finder.state.turn(name, step.deadline()) {
            Turn::Ours(lock) => Ok(lock),
            Turn::TooLate => Err(Error::new(
                Kind::NeedsHuman,
                format!("another rolecall is asking for a code of {}", mfa.serial),
            )
            .hint("answer it first")),
        }
    }

    /// Waits until a device shows another code than the one that it gave at `given`. The clock is
    /// looked at again and again: it goes on while a machine sleeps, and a pause does not.
    fn wait_for_next_code(&self, step: &StepRequest<'_>, given: DateTime<Utc>) -> Result<()> {
        let half_minute = |now: DateTime<Utc>| now.timestamp().div_euclid(CODE_SECONDS);
        loop {
            let now = self.now();
            if half_minute(now) != half_minute(given) {
                return Ok(());
            }
            let left = CODE_SECONDS - now.timestamp().rem_euclid(CODE_SECONDS);
            let left = Duration::from_secs(left.unsigned_abs());
            if self.finder.context.elapsed() + left >= step.deadline() {
                return Err(Error::new(
                    Kind::NeedsHuman,
                    "no time is left to wait for the next MFA code",
                )
                .hint("try again in half a minute"));
            }
            std::thread::sleep(left.min(LOOK_AGAIN));
        }
    }

    /// Whether a human, or a command, could give a code.
    pub(super) fn can_ask(&self, mfa: &Mfa) -> bool {
        let context = self.finder.context;
        let command = mfa.command.as_deref();
        mode(context).is_ok_and(|mode| can_ask_for_code(command, mode, context).is_ok())
    }
}

/// Who gave a code.
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

/// For whom it is asked, in one line.
fn about(plan: &Plan, mfa: &Mfa) -> String {
    let what = match plan.hops.last() {
        Some(hop) => format!("to assume {}", hop.role_arn),
        None => format!("of {} for its session", mfa.serial),
    };
    match &plan.profile {
        Some(profile) => format!("rolecall: profile '{profile}' needs an MFA code {what}"),
        None => format!("rolecall: an MFA code is needed {what}"),
    }
}

/// The error for a code that was asked for in vain.
fn no_code(name: &str, unanswered: Unanswered) -> Error {
    let (missing, hint) = match unanswered {
        Unanswered::Failed(_) => (
            format!("there is no MFA code for '{name}'"),
            "check rolecall_mfa_process, or remove it to be asked".to_owned(),
        ),
        _ => (
            format!("'{name}' needs an MFA code"),
            format!("run 'rolecall login {name}' in a terminal first"),
        ),
    };
    let error =
        unanswered.into_error(&missing, &format!("the MFA code for '{name}' was not given"));
    if error.kind() == Kind::NeedsHuman { error.hint(hint) } else { error }
}

fn spent() -> Error {
    Error::new(Kind::Denied, "this MFA code was already sent to AWS, which accepts each only once")
        .hint("wait for the next code")
}

fn is_no_answer(failure: &aws::Failure) -> bool {
    matches!(failure, aws::Failure::Unreachable { sent: true, .. } | aws::Failure::Unable { .. })
}
