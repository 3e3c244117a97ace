//! The `rolecall` program: from the process's context to its exit code.

use std::{io, process::ExitCode};

use rolecall::{Context, forbid_core_dumps};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    forbid_core_dumps();
    let context = Context::from_process();
    let arguments = std::env::args_os().collect();
    ExitCode::from(rolecall::run(&context, arguments, &mut io::stdout(), &mut io::stderr()))
}
