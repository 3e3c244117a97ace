//! The command that prints a code: `ykman oath accounts code -s aws`, `pass otp aws`.

use std::process::Stdio;

use super::{
    asking::Asking,
    code::{code_in, without_codes},
    question::Unanswered,
    tty::{Loan, SuspendKeyOff},
};
use crate::{
    child::{self, ProgramFailure},
    output::shorten,
    secret::Secret,
};

/// How many characters of what it printed to stderr are shown.
const MAX_STDERR: usize = 200;

/// Runs the command for the profiles in `chain`. It may ask for a touch or a password at the
/// terminal, if we have one. It does not get our stdin, which belongs to our caller.
pub(super) fn ask(line: &str, chain: &[String], asking: &Asking<'_>) -> Result<Secret, Unanswered> {
    let limit = asking.time_left().ok_or(Unanswered::TimedOut)?;
    let mut command = child::shell(line);
    command.env_clear().envs(asking.context.environment_of_child(chain));
    let loan = Loan::new();
    let _suspend_key = SuspendKeyOff::new();
    match loan.as_ref().map(|loan| (loan.file(), loan.file())) {
        Some((Ok(stdin), Ok(stderr))) => command.stdin(stdin).stderr(stderr),
        _ => command.stdin(Stdio::null()).stderr(Stdio::piped()),
    };
    let answer = child::watch(command, &[], limit, &|| asking.is_cancelled());
    let ended = matches!(answer, Some(Ok(_) | Err(ProgramFailure::NotStarted(_))));
    if let Some(loan) = loan.filter(|_| !ended) {
        loan.restore();
    }
    if asking.is_cancelled() {
        return Err(Unanswered::Cancelled);
    }
    let failed = |how: &str| Err(Unanswered::Failed(format!("'rolecall_mfa_process' {how}")));
    match answer {
        None => Err(Unanswered::Cancelled),
        Some(Ok(output)) => match code_in(&output) {
            Some(code) => Ok(code),
            None => failed("printed something else than a code of six digits"),
        },
        Some(Err(ProgramFailure::TooMuch)) => {
            failed("printed something else than a code of six digits")
        }
        Some(Err(ProgramFailure::TooSlow(_))) => Err(Unanswered::TimedOut),
        Some(Err(ProgramFailure::NotStarted(why))) => {
            failed(&format!("could not be started: {why}"))
        }
        Some(Err(ProgramFailure::Failed { how, words, .. })) => match without_codes(&words) {
            said if said.is_empty() => failed(&format!("failed ({how})")),
            said => failed(&format!("failed ({how}): {}", shorten(&said, MAX_STDERR))),
        },
    }
}
