//! `rolecall console`: signs in to the web console.

use chrono::TimeDelta;

use super::{args, invocation::Invocation, request::narrowed_request, short_session::Wanted, time};
use crate::{
    app::{self, Console, ConsoleAddress, ConsoleBrowser, Resolved},
    error::{Error, Kind, Result},
    output::{Streams, escape},
    rules::check_duration,
    secret::Secret,
    session::SessionRequest,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::Console,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let mut settings = args.settings;
    // The length of the console session, not of the credentials behind it.
    let seconds = settings.duration.take();
    check(args.service.as_deref(), seconds)?;
    app::warn_about_environment(context, streams);
    let store = selection.store(context)?;
    let request = selection.request(
        context,
        args.name,
        narrowed_request(context, &settings, &args.narrow)?,
    )?;
    let console = Console::of(Resolved::of(context, store, &request)?, seconds)?;
    console.warn(streams);
    // Before any MFA code is spent on an address that can't be shown.
    let browser = if args.print { None } else { Some(ConsoleBrowser::find(context)?) };

    let at_least = Some(TimeDelta::seconds(args.at_least.into()));
    let session_request = SessionRequest { at_least, ..app::human_request() };
    let signed_in = console.sign_in(session_request, args.service.as_deref(), streams)?;
    let ConsoleAddress { address, credentials_end, ends } = signed_in;
    let (plan, so) = (console.plan(), "and the console session with it");
    Wanted { plan, ends: credentials_end, at_least: args.at_least, so }
        .warn_if_short(context.now(), streams);
    let Some(browser) = browser else { return print(&address, streams) };
    browser.open(&address)?;
    let now = context.now();
    let until = ends.map_or_else(String::new, |ends| {
        format!(", until {} ({})", time::local(ends, now), time::length(ends - now))
    });
    streams.print(&format!("{}: the console is open in your browser{until}\n", escape(plan.name())))
}

fn print(address: &Secret, streams: &mut Streams<'_>) -> Result<()> {
    let mut line = zeroize::Zeroizing::new(String::with_capacity(address.expose().len() + 1));
    line.push_str(address.expose());
    line.push('\n');
    streams.print_bytes(line.as_bytes())
}

fn check(service: Option<&str>, seconds: Option<u32>) -> Result<()> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if service.is_some_and(|service| service.is_empty() || !service.chars().all(fits)) {
        return Err(Error::new(Kind::Usage, "--service is not the name of a service")
            .hint("use the name in the console's address, such as s3, ec2 or cloudwatch"));
    }
    // Rule: IAM user guide, "Enable custom identity broker access to the AWS console": as STS's.
    let checked = seconds.map_or(Ok(()), check_duration);
    checked.map_err(|invalid| invalid.error(Kind::Usage, "--duration"))
}
