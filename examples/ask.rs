//! The tour of `rolecall::prompt`: asks for an MFA code as rolecall does, and prints it.
//!
//! ```text
//! cargo run --example ask -- SERIAL ABOUT [AGAIN]
//! ```
//!
//! `ASK_COMMAND` is a command that prints a code, `ASK_SECONDS` how long there is time (60 s
//! otherwise), `ROLECALL_PROMPT` where a human may be asked. The exit code is 3 where nobody could
//! be asked, 130 where the human said no, 1 else.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of its own")]

use std::{process::ExitCode, time::Duration};

use rolecall::{
    context::Context,
    prompt::{Mode, Question, Refusal, ask, can_ask, stop_ourselves},
};

fn main() -> ExitCode {
    let context = Context::from_process();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [serial, about, again @ ..] = arguments.as_slice() else {
        eprintln!("ask: name a serial, and what is asked for");
        return ExitCode::from(2);
    };
    let question = Question {
        serial,
        about,
        again: again.first().map(String::as_str),
        command: context.var("ASK_COMMAND"),
        chain: &[],
    };
    let seconds = context.var("ASK_SECONDS").and_then(|text| text.parse().ok()).unwrap_or(60);
    let mode = match Mode::of(&context) {
        Ok(mode) => mode,
        Err(why) => {
            eprintln!("ask: {why}");
            return ExitCode::from(2);
        }
    };
    loop {
        let could = can_ask(question.command, mode, &context);
        let refusal = match ask(&question, mode, &context, Duration::from_secs(seconds)) {
            Ok(code) => {
                println!("{}", code.expose());
                return ExitCode::SUCCESS;
            }
            Err(refusal) => refusal,
        };
        assert!(could.is_ok() || matches!(refusal, Refusal::Nobody(_)), "{could:?}, {refusal:?}");
        eprintln!("ask: {refusal:?}");
        match refusal {
            Refusal::Stopped => {
                stop_ourselves();
                eprintln!("ask: goes on");
            }
            Refusal::Nobody(_) => return ExitCode::from(3),
            Refusal::Cancelled => return ExitCode::from(130),
            Refusal::TimedOut | Refusal::Failed(_) => return ExitCode::FAILURE,
        }
    }
}
