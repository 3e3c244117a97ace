//! The `rolecall-provision` program, which `rolecall s3 …` runs.

use std::{io, process::ExitCode};

use rolecall::{Context, Streams, exit_on_panic, forbid_core_dumps};

fn main() -> ExitCode {
    forbid_core_dumps();
    exit_on_panic();
    let context = Context::from_process();
    context.allow_progress();
    let arguments: Vec<_> = std::env::args_os().collect();
    let (mut stdout, mut stderr) = (io::stdout(), io::stderr());
    let colors = rolecall::colors(&context, &arguments);
    let mut streams = Streams { stdout: &mut stdout, stderr: &mut stderr, colors };
    ExitCode::from(rolecall_provision::run(&context, &arguments, &mut streams))
}
