//! The `rolecall` program: from the process's context to its exit code.

use std::{io, process::ExitCode};

use rolecall::{Context, Streams, colors, exit_on_panic, forbid_core_dumps};

#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() -> ExitCode {
    forbid_core_dumps();
    exit_on_panic();
    let context = Context::from_process();
    let arguments: Vec<_> = std::env::args_os().collect();
    let colors = colors(&context, &arguments);
    let mut streams = Streams { stdout: &mut io::stdout(), stderr: &mut io::stderr(), colors };
    ExitCode::from(rolecall::run(&context, &arguments, &mut streams))
}
