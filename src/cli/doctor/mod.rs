//! `rolecall doctor`: prints what is wrong, and offers repairs.

mod repair;
mod text;

use serde_json::{Value, json};

use repair::Repairs;

use super::args::{self, Output};
use crate::{
    cli::invocation::Invocation,
    doctor::{Examination, Finding, Report, Severity, examine},
    error::{Error, Kind, Result},
    output::Streams,
};

/// Returns the exit code: that of the worst problem.
pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Doctor,
    streams: &mut Streams<'_>,
) -> Result<u8> {
    let Invocation { context, selection } = invocation;
    let store = selection.store_name(context).to_owned();
    let examination =
        Examination { profile: selection.named_profile(args.name)?, store, is_online: args.online };
    let examined = || examine(context, examination.clone());
    let mut report = examined();
    if args.fix {
        if args.output == Output::Json && !args.yes {
            return Err(Error::new(
                Kind::Usage,
                "--fix prompts, so it needs --yes with --output json",
            ));
        }
        let repairs = Repairs { context, report, examined: &examined };
        report = if args.yes { repairs.make_all(streams) } else { repairs.offer(streams) }?;
    }
    if args.share {
        report = report.shared(context);
    }
    match args.output {
        Output::Json => streams.print_json(&json(&report, args.strict))?,
        Output::Table => {
            let screen = streams.screen(context.stdout_width());
            let text = context.with_tildes(&text::of_report(&report, args.all));
            let text = text::wrapped(&text, screen);
            streams.print(&text::colored(&text, screen.color))?;
        }
    }
    Ok(report.exit_code(args.strict))
}

fn json(report: &Report, strict: bool) -> Value {
    let findings: Vec<Value> = report.findings.iter().map(Finding::json).collect();
    json!({
        "profile": report.profile,
        "exit_code": report.exit_code(strict),
        "problems": report.count(Severity::Problem),
        "warnings": report.count(Severity::Warning),
        "findings": findings,
        "questions": report.questions,
    })
}
