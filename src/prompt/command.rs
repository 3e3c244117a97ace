//! The command that prints a code: `ykman oath accounts code -s aws`, `pass otp aws`.

use std::process::Stdio;

use crate::{
    child::{self, ProgramFailure},
    output::shorten,
    secret::Secret,
};

use super::{Asking, Refusal, code_in, terminal};

/// How much of what it said is told.
const MOST_WORDS: usize = 200;

/// Runs it. It may ask for a touch or a password on the terminal, where we have one; stdin is the
/// caller's, and none of its business.
pub(super) fn ask(line: &str, asking: &Asking<'_>) -> Result<Secret, Refusal> {
    let limit = asking.time_left().ok_or(Refusal::TimedOut)?;
    let mut command = child::shell(line);
    command.env_clear().envs(asking.context.environment_of_child(asking.question.chain));
    let lent = terminal::Lent::new();
    let unstoppable = terminal::Unstoppable::new();
    let files =
        lent.as_ref().map(|lent| Ok::<_, std::io::Error>((lent.hand_out()?, lent.hand_out()?)));
    match files {
        Some(Ok((stdin, stderr))) => command.stdin(stdin).stderr(stderr),
        _ => command.stdin(Stdio::null()).stderr(Stdio::piped()),
    };
    let answer = child::watch(command, &[], limit, &|| asking.is_called_off());
    let ended = matches!(answer, Some(Ok(_) | Err(ProgramFailure::NotStarted(_))));
    if let Some(lent) = lent.filter(|_| !ended) {
        lent.put_right();
    }
    drop(unstoppable);
    if asking.is_called_off() {
        return Err(Refusal::Cancelled);
    }
    let failed = |how: &str| Err(Refusal::Failed(format!("'rolecall_mfa_process' {how}")));
    match answer {
        None => Err(Refusal::Cancelled),
        Some(Ok(output)) => match code_in(&output) {
            Some(code) => Ok(code),
            None => failed("printed something else than a code of six digits"),
        },
        Some(Err(ProgramFailure::TooMuch)) => {
            failed("printed something else than a code of six digits")
        }
        Some(Err(ProgramFailure::TooSlow(_))) => Err(Refusal::TimedOut),
        Some(Err(ProgramFailure::NotStarted(why))) => {
            failed(&format!("could not be started: {why}"))
        }
        Some(Err(ProgramFailure::Failed { how, words, .. })) => match without_codes(&words) {
            said if said.is_empty() => failed(&format!("failed ({how})")),
            said => failed(&format!("failed ({how}): {}", shorten(&said, MOST_WORDS))),
        },
    }
}

/// What a program said, on one line, with every number that could be a code made unreadable.
pub(super) fn without_codes(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown = String::with_capacity(line.len());
    for part in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        if digits >= 6 {
            shown.push_str("******");
            shown.push_str(&part[digits..]);
        } else {
            shown.push_str(part);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_code_is_not_told() {
        assert_eq!(
            without_codes("the code:\n 123456\nis old (404)"),
            "the code: ****** is old (404)"
        );
        assert_eq!(without_codes("1234567"), "******");
    }
}
