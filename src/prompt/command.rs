//! The command that prints a code: `ykman oath accounts code -s aws`, `pass otp aws`.

use std::process::Stdio;

use super::{
    asking::Asking,
    code::without_codes,
    question::Unanswered,
    tty::{Loan, SuspendKeyOff},
};
use crate::{
    child::{self, ChildProgram, ProgramFailure},
    output::shorten,
    rules::mfa_code,
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
    let is_cancelled = &|| asking.is_cancelled();
    let output = ChildProgram { command, input: &[], limit, is_cancelled }.output();
    if let Some(loan) = &loan
        && !matches!(output, Ok(_) | Err(ProgramFailure::NotStarted(_)))
    {
        loan.restore();
    }
    if asking.is_cancelled() {
        return Err(Unanswered::Cancelled);
    }
    let how = match output {
        Ok(output) => match mfa_code(&output) {
            Some(code) => return Ok(code),
            None => "printed something other than a six-digit code".to_owned(),
        },
        Err(ProgramFailure::TooMuch) => "printed something other than a six-digit code".to_owned(),
        Err(ProgramFailure::TooSlow(_)) => return Err(Unanswered::TimedOut),
        Err(ProgramFailure::Circle) => {
            "was not run: it starts rolecall, which runs it again".to_owned()
        }
        Err(ProgramFailure::Cancelled) => return Err(Unanswered::Cancelled),
        Err(ProgramFailure::NotStarted(why)) => format!("could not be started: {why}"),
        Err(ProgramFailure::Failed { how, stderr, .. }) => match without_codes(&stderr) {
            text if text.is_empty() => format!("failed ({how})"),
            text => format!("failed ({how}): {}", shorten(&text, MAX_STDERR)),
        },
    };
    Err(Unanswered::Failed(format!("'rolecall_mfa_process' {how}")))
}
