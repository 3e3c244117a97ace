//! MFA codes: asked for once a device, sent once, and what becomes of one that AWS does not take.

use std::time::Duration;

use chrono::TimeDelta;

use super::{
    Sessions,
    acquire::Task,
    mfa_words,
    mint::{Made, endpoint, hold_after_denial},
    sent_codes::SentCodes,
    wait::Turn,
};
use crate::{
    aws::{self, Budget, Issued, MfaCode},
    context::Context,
    error::{Error, Kind, Result},
    plan::Mfa,
    prompt::{self, Mode, Question, Refusal},
    secret::Secret,
    state::{Backoff, Lock},
};

/// How often a human may mistype a code.
const MOST_CODES: u32 = 3;
/// How often one code is tried, when it did not reach AWS.
const MOST_SENDINGS: u32 = 3;
/// A device shows another code each half minute (RFC 6238).
const CODE_SECONDS: i64 = 30;

/// One call that carries a code.
pub(super) type Call<'c> =
    dyn Fn(MfaCode, Budget) -> std::result::Result<Issued, aws::Failure> + 'c;

impl Sessions<'_> {
    /// The MFA session of a base's keys, step `i`.
    pub(super) fn mfa_session(&self, task: &Task<'_>, i: usize, mfa: &Mfa) -> Result<Made> {
        let keys = self.own_keys(task)?;
        let endpoint = endpoint(task.plan);
        let answer = self.with_code(task, i, mfa, &|code, budget| {
            self.aws.get_session_token(&endpoint, &keys, Some(&code), mfa.seconds, budget)
        })?;
        answer.map_err(|refusal| {
            let now = self.context.now();
            hold_after_denial(task, mfa_words::explain_mfa(&refusal, task.plan, mfa, now))
        })
    }

    /// Makes `call` with a code of the device. The inner result is AWS's word on all but the code.
    ///
    /// Only one question is put at a time for a device, whichever profiles ask. AWS takes each code
    /// once, so none is sent twice: not even after a call without an answer, unless it is certain
    /// that it did not arrive.
    pub(super) fn with_code(
        &self,
        task: &Task<'_>,
        i: usize,
        mfa: &Mfa,
        call: &Call<'_>,
    ) -> Result<std::result::Result<Made, aws::Failure>> {
        if task.wish.quiet {
            let message = "an MFA code is needed, and nobody is asked for an early renewal";
            return Err(Error::new(Kind::NeedsHuman, message));
        }
        let mut sent = SentCodes::of(self.state(), &mfa.serial);
        let _device = self.device_lock(task, mfa, sent.name())?;
        let mut again = None;
        for tries_left in (0..MOST_CODES).rev() {
            let (code, from) = self.code(task, mfa, again)?;
            if sent.has(&code, self.context.now()) {
                match from {
                    From::Flag => return Err(spent()),
                    From::Command => self.wait_for_next_code(task)?,
                    From::Human => {}
                }
                again = Some("that code was used already: wait for the next one");
                continue;
            }
            match self.send(task, i, mfa, &code, &mut sent, call)? {
                Ok(issued) => return self.judged(issued).map(Ok),
                Err(failure) if mfa_words::is_wrong_code(&failure) => {
                    if from != From::Human {
                        return Ok(Err(failure));
                    }
                    again = Some("AWS did not take that code");
                }
                Err(failure) if is_no_answer(&failure) => {
                    if from == From::Flag || tries_left == 0 {
                        return Ok(Err(failure));
                    }
                    if from == From::Command {
                        self.wait_for_next_code(task)?;
                    }
                    again =
                        Some("AWS gave no answer, and that code may be used up: take the next one");
                }
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Err(Error::new(Kind::Denied, format!("AWS took none of {MOST_CODES} MFA codes"))
            .at(mfa.at.clone())
            .hint("look whether the device's clock is right, and whether it is the device named"))
    }

    /// Sends one code, again only where it can't have arrived.
    fn send(
        &self,
        task: &Task<'_>,
        i: usize,
        mfa: &Mfa,
        code: &Secret,
        sent: &mut SentCodes,
        call: &Call<'_>,
    ) -> Result<std::result::Result<Issued, aws::Failure>> {
        sent.add(code, self.context.now());
        let mut clock_offset = TimeDelta::zero();
        let mut attempt = 1;
        loop {
            let budget = Budget { attempts: 1, clock_offset, ..self.budget(task, i)? };
            let code = MfaCode { serial: mfa.serial.clone(), code: code.clone() };
            let failure = match call(code, budget) {
                Ok(issued) => return Ok(Ok(issued)),
                Err(failure) => failure,
            };
            let clock = mfa_words::clock_refusal(&failure, self.context.now());
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
    fn code(&self, task: &Task<'_>, mfa: &Mfa, again: Option<&str>) -> Result<(Secret, From)> {
        if let Some(code) = self.mfa_code.take() {
            return Ok((code, From::Flag));
        }
        let mode = mode(self.context)?;
        let about = about(task, mfa);
        let command = mfa.command.as_deref();
        let chain = &task.plan.chain;
        let question = Question { serial: &mfa.serial, about: &about, again, command, chain };
        let name = task.plan.name();
        match prompt::ask(&question, mode, self.context, task.wish.deadline) {
            Ok(code) if command.is_some() => Ok((code, From::Command)),
            Ok(code) => Ok((code, From::Human)),
            Err(Refusal::Nobody(why)) => Err(nobody(task, &why)),
            Err(Refusal::Cancelled) => Err(Error::new(
                Kind::Interrupted,
                format!("the MFA code for '{name}' was not given"),
            )),
            Err(Refusal::Stopped) => {
                self.stopped.set(true);
                Err(Error::new(Kind::Interrupted, "stopped at the question for an MFA code"))
            }
            Err(Refusal::TimedOut) => Err(Error::new(
                Kind::NeedsHuman,
                format!("no time is left to ask for the MFA code of '{name}'"),
            )
            .hint(format!("run 'rolecall login {name}' in a terminal first"))),
            Err(Refusal::Failed(why)) => Err(Error::new(
                Kind::NeedsHuman,
                format!("there is no MFA code for '{name}': {why}"),
            )
            .hint("look at rolecall_mfa_process, or take it out to be asked")),
        }
    }

    /// Waits until nobody else asks for a code of this device.
    fn device_lock(&self, task: &Task<'_>, mfa: &Mfa, name: &str) -> Result<Option<Lock>> {
        match self.turn(task, name) {
            Turn::Ours(lock) => Ok(lock),
            Turn::TooLate => Err(Error::new(
                Kind::NeedsHuman,
                format!("another rolecall is asking for a code of {}", mfa.serial),
            )
            .hint("answer it first")),
        }
    }

    /// Waits for the half minute in which a device shows its next code.
    fn wait_for_next_code(&self, task: &Task<'_>) -> Result<()> {
        let left = CODE_SECONDS - self.context.now().timestamp().rem_euclid(CODE_SECONDS);
        let pause = Duration::from_secs(left.unsigned_abs());
        if self.context.elapsed() + pause >= task.wish.deadline {
            return Err(Error::new(
                Kind::NeedsHuman,
                "no time is left to wait for the next MFA code",
            )
            .hint("try again in half a minute"));
        }
        std::thread::sleep(pause);
        Ok(())
    }

    /// Whether a human, or a command, could give a code.
    pub(super) fn can_ask(&self, mfa: &Mfa) -> bool {
        let mode = Mode::of(self.context);
        mode.is_ok_and(|mode| prompt::can_ask(mfa.command.as_deref(), mode, self.context).is_ok())
    }
}

/// Who gave a code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// `--mfa-code`.
    Flag,
    /// `rolecall_mfa_process`.
    Command,
    Human,
}

fn mode(context: &Context) -> Result<Mode> {
    Mode::of(context).map_err(|why| Error::new(Kind::Usage, why))
}

/// For whom it is asked, in one line.
fn about(task: &Task<'_>, mfa: &Mfa) -> String {
    let what = match task.plan.hops.last() {
        Some(hop) => format!("to assume {}", hop.role_arn),
        None => format!("of {} for its session", mfa.serial),
    };
    match &task.plan.profile {
        Some(profile) => format!("rolecall: profile '{profile}' needs an MFA code {what}"),
        None => format!("rolecall: an MFA code is needed {what}"),
    }
}

fn nobody(task: &Task<'_>, why: &str) -> Error {
    let name = task.plan.name();
    Error::new(
        Kind::NeedsHuman,
        format!("'{name}' needs an MFA code, and nobody can be asked: {why}"),
    )
    .hint(format!("run 'rolecall login {name}' in a terminal first"))
}

fn spent() -> Error {
    Error::new(Kind::Denied, "this MFA code was sent to AWS already, which takes each once")
        .hint("wait for the next code")
}

fn is_no_answer(failure: &aws::Failure) -> bool {
    matches!(failure, aws::Failure::Unreachable { sent: true, .. } | aws::Failure::Unable { .. })
}
