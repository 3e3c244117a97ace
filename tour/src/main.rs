//! The tour: rolecall doing its main job, without an AWS account.
//!
//! ```text
//! cargo run -p rolecall-tour -- PATH/TO/rolecall
//! ```
//!
//! It creates a temporary home directory, starts the tests' stand-in for STS on a loopback port and,
//! if GNOME Keyring is installed, a keyring of its own. Then it runs the commands that a person would
//! type, on a terminal that it types into. Every command that it shows is the one it runs; `aws` is
//! the real AWS CLI if one is installed.

#![expect(clippy::disallowed_methods, reason = "a separate program, with its own clock")]

mod home;
mod keyring;
#[path = "../../tests/it/support/sts/mod.rs"]
mod sts;
mod terminal;

use std::{
    error::Error,
    io::{self, IsTerminal as _, Write as _},
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use chrono::Utc;

use home::Home;
use keyring::Keyring;
use sts::{Sts, World};
use terminal::Answer;

const ROLE: &str = "arn:aws:iam::222222222222:role/MyApp/MyS3Access";
const EXTERNAL_ID: &str = "ext-42";
const SERIAL: &str = "arn:aws:iam::111111111111:mfa/natan";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "tour: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let program = std::env::args_os().nth(1).ok_or("the path of rolecall is missing")?;
    let sts = Sts::start(World::sample());
    let mut home = Home::new(std::fs::canonicalize(program)?, sts.endpoint())?;
    let keyring = Keyring::start(&home)?;
    if !io::stdout().is_terminal() {
        home.set("NO_COLOR", "1");
    }
    if let Some(keyring) = &keyring {
        home.set("DBUS_SESSION_BUS_ADDRESS", keyring.address());
    }
    let has_aws = home.command("aws").arg("--version").output().is_ok_and(|o| o.status.success());
    let tour = Tour { home, sts, has_keyring: keyring.is_some(), has_aws };
    let shown = tour.show();
    // Whatever happened, remove the sessions from the store. The home directory goes with the tour.
    let cleared = tour.home.rolecall(&["logout", "--all", "--mfa"]).output();
    shown?;
    cleared?;
    Ok(())
}

struct Tour {
    home: Home,
    sts: Sts,
    has_keyring: bool,
    has_aws: bool,
}

impl Tour {
    fn show(&self) -> Result<()> {
        say(
            "\nA tour of rolecall. Nothing is sent to AWS: a stand-in for it runs on this machine, and",
        )?;
        say("the home directory is a temporary one.\n")?;
        self.add_keys()?;
        say(
            "2. A client has given you a role, with an external ID, for users who sign in with MFA.",
        )?;
        say("   One command adds a profile for it:\n")?;
        self.step(&[
            "profile",
            "add",
            "my-role",
            "--role-arn",
            ROLE,
            "--source-profile",
            "base",
            "--external-id",
            EXTERNAL_ID,
            "--mfa-serial",
            SERIAL,
            "--region",
            "eu-west-1",
        ])?;
        show_command("cat ~/.aws/config")?;
        say_indented(&self.home.read(".aws/config")?)?;

        say(
            "3. The AWS CLI and every SDK can use the profile now: they call rolecall themselves. The",
        )?;
        say("   first call prompts for the MFA code (the tour types it), and asks STS once:\n")?;
        let first = self.use_role(true)?;
        say(
            "   Every further call, by any program, is answered from the store, without a prompt:\n",
        )?;
        let second = self.use_role(false)?;
        self.show_times(first, second)?;
        say("4. What there is, and until when:\n")?;
        self.step(&["status"])?;
        say(
            "That's it: the session is removed again, and the temporary home directory deleted.\n",
        )?;
        say(
            "To use rolecall with your own account, store your access keys, then add a profile:\n",
        )?;
        say("  rolecall keys add base")?;
        say("  rolecall profile add my-role --source-profile base --role-arn ARN\n")
    }

    /// Stores the user's access keys: in the keyring, or in the file if there is none.
    fn add_keys(&self) -> Result<()> {
        let user = World::sample().users.swap_remove(0);
        if !self.has_keyring {
            say(
                "1. Your access keys are in ~/.aws/credentials, as profile 'base'. (If GNOME Keyring were",
            )?;
            say("   installed, the tour would store them there.)\n")?;
            return self.home.write(
                ".aws/credentials",
                &format!(
                    "[base]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                    user.access_key_id, user.secret_access_key
                ),
            );
        }
        say(
            "1. Store your access keys in the keychain, not in a file (the tour has a keyring of its own",
        )?;
        say("   and types made-up keys):\n")?;
        let arguments = ["keys", "add", "base"];
        show_command(&format!("rolecall {}", arguments.join(" ")))?;
        let answers = [
            Answer { prompt: "Access key ID: ".to_owned(), typed: user.access_key_id },
            Answer {
                prompt: "Secret access key (not shown): ".to_owned(),
                typed: user.secret_access_key,
            },
        ];
        say_indented(&terminal::run(&self.home.rolecall(&arguments), &answers)?)
    }

    /// Shows and runs a rolecall command, and shows its output.
    fn step(&self, arguments: &[&str]) -> Result<()> {
        show_command(&format!("rolecall {}", arguments.join(" ")))?;
        say_indented(&terminal::run(&self.home.rolecall(arguments), &[])?)
    }

    /// Lists the buckets with the role or, without an AWS CLI, gets the role's credentials. Returns
    /// how long that took.
    fn use_role(&self, asks: bool) -> Result<Duration> {
        let code = self.sts.totp(SERIAL, Utc::now());
        let answers = [Answer { prompt: format!("Enter MFA code for {SERIAL}: "), typed: code }];
        let answers = if asks { &answers[..] } else { &[] };
        if self.has_aws {
            let endpoint = self.sts.endpoint();
            show_command(&format!("aws s3 ls --profile my-role --endpoint-url {endpoint}"))?;
            // An AWS CLI that does not know AWS_ENDPOINT_URL would call the real AWS.
            let mut command = self.home.command("aws");
            command.args(["s3", "ls", "--profile", "my-role", "--endpoint-url", &endpoint]);
            let started = Instant::now();
            let shown = terminal::run(&command, answers)?;
            let took = started.elapsed();
            say_indented(&shown)?;
            return Ok(took);
        }
        say("   (The AWS CLI is not installed; this is what it would call.)\n")?;
        show_command("rolecall credential-process my-role")?;
        let command = self.home.rolecall(&["credential-process", "my-role"]);
        let started = Instant::now();
        let shown = terminal::run(&command, answers)?;
        let took = started.elapsed();
        say_indented(&without_secrets(&shown))?;
        Ok(took)
    }

    /// Shows how long the two calls took, and rolecall alone, with and without a session in the store.
    fn show_times(&self, first: Duration, second: Duration) -> Result<()> {
        checked(&mut self.home.rolecall(&["logout", "my-role"]))?;
        let before = self.sts.count("AssumeRole");
        let cold = self.time_helper()?;
        let mut cached = Vec::new();
        for _ in 0..9 {
            cached.push(self.time_helper()?);
        }
        cached.sort();
        let calls = self.sts.count("AssumeRole") - before;
        let row = |what: &str, time| say(&format!("     {what:<34} {:>6} ms", ms(time)));
        say("   How long that took, and rolecall's part in it (a real AWS adds the way there):\n")?;
        row("first call, with the MFA prompt", first)?;
        row("second call", second)?;
        row("rolecall alone, new session", cold)?;
        row("rolecall alone, from the store", cached[cached.len() / 2])?;
        say("")?;
        if calls > 1 {
            say("   No store can be used here, so STS was called each time.\n")?;
        }
        Ok(())
    }

    fn time_helper(&self) -> Result<Duration> {
        let started = Instant::now();
        checked(&mut self.home.rolecall(&["credential-process", "my-role"]))?;
        Ok(started.elapsed())
    }
}

fn ms(duration: Duration) -> String {
    let ms = duration.as_secs_f64() * 1000.0;
    if ms < 10.0 { format!("{ms:.1}") } else { format!("{ms:.0}") }
}

fn checked(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Returns what a terminal showed, with the secrets of the JSON document in it hidden.
fn without_secrets(shown: &str) -> String {
    let hidden = |line: &str| {
        let Ok(mut document) = serde_json::from_str::<serde_json::Value>(line) else {
            return line.to_owned();
        };
        for name in ["SecretAccessKey", "SessionToken"] {
            document[name] = "(not shown)".into();
        }
        document.to_string()
    };
    shown.lines().map(hidden).collect::<Vec<_>>().join("\n")
}

/// Shows a command line as a person would type it, long ones with a line break before each option.
fn show_command(line: &str) -> Result<()> {
    let line =
        if line.len() > 90 { line.replace(" --", " \\\n         --") } else { line.to_owned() };
    say(&format!("   $ {line}"))
}

/// Shows output, indented like the command before it, and an empty line.
fn say_indented(text: &str) -> Result<()> {
    for line in text.trim_end().lines() {
        say(format!("   {line}").trim_end())?;
    }
    say("")
}

fn say(text: &str) -> Result<()> {
    writeln!(io::stdout(), "{text}").map_err(Into::into)
}
