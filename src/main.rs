//! The `rolecall` program: the process's context, the run, the exit code.

use std::{io, process::ExitCode};

use rolecall::context::{Context, forbid_core_dumps};

fn main() -> ExitCode {
    forbid_core_dumps();
    let context = Context::from_process();
    let arguments = std::env::args_os().collect();
    ExitCode::from(rolecall::run(&context, arguments, &mut io::stdout(), &mut io::stderr()))
}
