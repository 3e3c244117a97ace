//! The tests' stand-in for STS as a program, for trying things by hand.
//!
//! ```text
//! cargo run --example sts -- [--port N] [--world FILE.json] [--exit-with-stdin]
//! ```
//!
//! The first line on stdout is the endpoint. Without `--world` there is one user with an MFA device
//! and one role that requires an external ID, and the contents for the two AWS files follow. Each
//! call is a line on stderr.

#![expect(clippy::disallowed_methods, reason = "a program of its own, for trying things by hand")]

#[path = "../tests/it/support/sts/mod.rs"]
mod sts;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;

use sts::{Call, Outcome, Sts, World, base32};

const USAGE: &str = "usage: sts [--port N] [--world FILE.json] [--exit-with-stdin]";

/// The options of the command line.
#[derive(Default)]
struct Options {
    port: u16,
    world: Option<String>,
    exit_with_stdin: bool,
    help: bool,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            writeln!(io::stderr(), "sts: {message}").ok();
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let options = Options::parse(std::env::args().skip(1))?;
    if options.help {
        return say(USAGE);
    }
    let world = match &options.world {
        Some(path) => read(path)?,
        None => World::sample(),
    };
    let address = format!("127.0.0.1:{}", options.port);
    let sts = Sts::start_on(&address, world.clone())
        .map_err(|error| format!("can't listen on {address}: {error}"))?;
    sts.on_call(|call| {
        writeln!(io::stderr(), "{}", line(call)).ok();
    });
    say(&sts.endpoint())?;
    if options.world.is_none() {
        say(&config(&world, &sts.endpoint()))?;
    }
    if options.exit_with_stdin {
        io::copy(&mut io::stdin(), &mut io::sink()).map_err(|error| format!("stdin: {error}"))?;
        return Ok(());
    }
    loop {
        thread::park();
    }
}

impl Options {
    fn parse(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self::default();
        while let Some(arg) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value\n{USAGE}"));
            match arg.as_str() {
                "--port" => {
                    let port = value()?;
                    let number = port.parse();
                    options.port = number.map_err(|_| format!("'{port}' is not a port"))?;
                }
                "--world" => options.world = Some(value()?),
                "--exit-with-stdin" => options.exit_with_stdin = true,
                "-h" | "--help" => options.help = true,
                _ => return Err(format!("unknown argument '{arg}'\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn read(path: &str) -> Result<World, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    World::from_json(&text).map_err(|error| format!("{path}: {error}"))
}

fn say(text: &str) -> Result<(), String> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| format!("stdout: {error}"))
}

/// Describes a call in one line, without secrets.
fn line(call: &Call) -> String {
    let outcome = match &call.outcome {
        Outcome::Ok => "ok",
        Outcome::Error(code) => code,
        Outcome::Unanswered => "unanswered",
    };
    let action = if call.action.is_empty() { "-" } else { &call.action };
    let role = call.role_arn.as_deref().unwrap_or("-");
    let time = call.at.format("%H:%M:%S");
    // A request can contain anything: escape it, so that it can't control the terminal.
    let clean = |text: &str| text.escape_debug().to_string();
    format!("{time} {} {} {outcome}", clean(action), clean(role))
}

/// Returns the world as the text of the two AWS files.
fn config(world: &World, endpoint: &str) -> String {
    let (mut credentials, mut config) = (String::new(), String::new());
    for user in &world.users {
        let _ = write!(
            credentials,
            "[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n\n",
            user.name, user.access_key_id, user.secret_access_key
        );
        let _ = write!(
            config,
            "[profile {}]\nregion = eu-west-1\nendpoint_url = {endpoint}\n",
            user.name
        );
        if let Some(mfa) = &user.mfa {
            let secret = base32(&mfa.totp_secret);
            let _ = writeln!(config, "# {} has the secret {secret}", mfa.serial);
        }
        config.push('\n');
    }
    for (number, role) in (1..).zip(&world.roles) {
        let source = world.users.first().map_or("", |user| &user.name);
        let _ = write!(
            config,
            "[profile role-{number}]\nrole_arn = {}\nsource_profile = {source}\n\
             region = eu-west-1\nendpoint_url = {endpoint}\n",
            role.arn
        );
        if let Some(external_id) = &role.external_id {
            let _ = writeln!(config, "external_id = {external_id}");
        }
        config.push('\n');
    }
    format!(
        "\n# ~/.aws/credentials\n{credentials}# ~/.aws/config\n{}",
        config.trim_end_matches('\n')
    )
}
