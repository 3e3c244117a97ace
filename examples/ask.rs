//! The tour of `src/prompt`: asks for an MFA code as rolecall does, and prints it.
//!
//! ```text
//! cargo run --example ask -- SERIAL ABOUT [AGAIN]
//! ```
//!
//! `ASK_COMMAND` is a command that prints a code, `ASK_SECONDS` how many seconds there are to
//! answer (default: 60), `ROLECALL_PROMPT` where a human may be asked. The exit code is 3 if nobody
//! could be asked, 130 if the human said no, otherwise 1.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a separate program")]

use std::{process::ExitCode, time::Duration};

use rolecall::{
    CodeQuestion, Context, PromptMode, Unanswered, ask_for_code, can_ask_for_code, stop_job,
};

fn main() -> ExitCode {
    let context = Context::from_process();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [serial, about, again @ ..] = arguments.as_slice() else {
        eprintln!("ask: a serial and a line about it are missing");
        return ExitCode::from(2);
    };
    let seconds = context.var("ASK_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(60);
    let mode = match PromptMode::of(&context) {
        Ok(mode) => mode,
        Err(why) => {
            eprintln!("ask: {why}");
            return ExitCode::from(2);
        }
    };
    let question = CodeQuestion {
        serial,
        about,
        again: again.first().map(String::as_str),
        command: context.var("ASK_COMMAND"),
        chain: &[],
        mode,
    };
    loop {
        let can_ask = can_ask_for_code(question.command, mode, &context);
        let unanswered = match ask_for_code(&question, &context, Duration::from_secs(seconds)) {
            Ok(code) => {
                println!("{}", code.expose());
                return ExitCode::SUCCESS;
            }
            Err(unanswered) => unanswered,
        };
        assert!(
            can_ask.is_ok() || matches!(unanswered, Unanswered::Nobody(_)),
            "{can_ask:?}, {unanswered:?}"
        );
        eprintln!("ask: {unanswered:?}");
        match unanswered {
            Unanswered::Stopped => {
                stop_job();
                eprintln!("ask: resumed");
            }
            Unanswered::Nobody(_) => return ExitCode::from(3),
            Unanswered::Cancelled => return ExitCode::from(130),
            Unanswered::TimedOut | Unanswered::Failed(_) => return ExitCode::FAILURE,
        }
    }
}
