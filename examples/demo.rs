//! The tour: rolecall doing its main job, without an AWS account.
//!
//! ```text
//! cargo run --release --example demo -- PATH/TO/rolecall
//! ```
//!
//! It creates a temporary home directory, starts the tests' stand-in for STS on a loopback port, and
//! runs the commands that a person would type. Every command that it shows is the one it runs; `aws`
//! is the real AWS CLI if one is installed.

#![expect(clippy::disallowed_methods, reason = "a separate program, with its own clock")]

#[path = "../tests/it/support/sts/mod.rs"]
mod sts;

use std::{
    error::Error,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output, Stdio},
    time::Instant,
};

use sts::{Sts, World};

const ROLE: &str = "arn:aws:iam::222222222222:role/MyApp/MyS3Access";
const EXTERNAL_ID: &str = "ext-42";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            drop(writeln!(io::stderr(), "demo: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let program = std::env::args_os().nth(1).ok_or("the path of rolecall is missing")?;
    let tour = Tour::new(std::fs::canonicalize(program)?)?;
    let shown = tour.show();
    // Whatever happened, remove the session from the store; dropping the tour removes the home.
    let cleared = tour.rolecall(&["logout", "--all"]).output();
    shown?;
    cleared?;
    say("\nThat's it. The session has been removed from the store, and the home directory deleted.")
}

struct Tour {
    program: PathBuf,
    home: tempfile::TempDir,
    sts: Sts,
    aws: Option<PathBuf>,
}

impl Tour {
    fn new(program: PathBuf) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("rolecall-demo-").tempdir()?;
        let sts = Sts::start(World::sample());
        let mut tour = Self { program, home, sts, aws: None };
        tour.aws = tour.find_aws();
        Ok(tour)
    }

    fn show(&self) -> Result<()> {
        say("A temporary home directory, and a stand-in for AWS on this machine:")?;
        say(&format!("  HOME={}", self.home.path().display()))?;
        say(&format!("  AWS_ENDPOINT_URL_STS={}\n", self.sts.endpoint()))?;
        self.write_keys()?;
        say("A user's access keys are in ~/.aws/credentials, as profile `base`. A client has")?;
        say("given the user a role with an external ID. One command adds a profile for it:\n")?;

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
            "--region",
            "eu-west-1",
        ])?;
        show_command("cat ~/.aws/config")?;
        say(&std::fs::read_to_string(self.home.path().join(".aws/config"))?)?;

        say("Create the session now, so that nothing prompts later:\n")?;
        self.step(&["login", "my-role"])?;

        say("From now on, the AWS CLI and every SDK can use it; they call rolecall themselves:\n")?;
        let first = self.use_role()?;
        let before = self.sts.count("AssumeRole");
        let second = self.use_role_quietly()?;
        let calls = self.sts.count("AssumeRole");
        say(&format!("  first  {first:>5.0} ms"))?;
        say(&format!("  again  {second:>5.0} ms"))?;
        let helper = self.time_helper()?;
        say(&format!("  rolecall's share, with the session in the store: {helper:.1} ms\n"))?;
        match calls {
            1 => say("STS was called once in all: the session comes from the store.\n")?,
            _ if before == calls => say("The second call was answered from the store.\n")?,
            _ => say("No store can be used here, so STS was called each time.\n")?,
        }
        self.step(&["status"])
    }

    fn write_keys(&self) -> Result<()> {
        let user = World::sample().users.swap_remove(0);
        let folder = self.home.path().join(".aws");
        std::fs::create_dir(&folder)?;
        let mut file = std::fs::File::create(folder.join("credentials"))?;
        writeln!(
            file,
            "[base]\naws_access_key_id = {}\naws_secret_access_key = {}",
            user.access_key_id, user.secret_access_key
        )?;
        Ok(())
    }

    /// Shows and runs a rolecall command, and shows its output.
    fn step(&self, arguments: &[&str]) -> Result<()> {
        show_command(&format!("rolecall {}", arguments.join(" ")))?;
        let output = checked(&mut self.rolecall(arguments))?;
        say(&String::from_utf8_lossy(&output.stdout))
    }

    /// Lists the buckets with the role or, without an AWS CLI, gets the role's credentials. Returns
    /// the time in milliseconds.
    fn use_role(&self) -> Result<f64> {
        let endpoint = self.sts.endpoint();
        let started = Instant::now();
        if self.aws.is_some() {
            show_command(&format!("aws s3 ls --profile my-role --endpoint-url {endpoint}"))?;
            let output = checked(&mut self.list_buckets())?;
            let took = started.elapsed();
            say(&String::from_utf8_lossy(&output.stdout))?;
            return Ok(took.as_secs_f64() * 1000.0);
        }
        say("(The AWS CLI is not installed; this is what it would call.)\n")?;
        show_command("rolecall credential-process my-role")?;
        let output = checked(&mut self.rolecall(&["credential-process", "my-role"]))?;
        let took = started.elapsed();
        say(&format!("{}\n", without_secrets(&output.stdout)?))?;
        Ok(took.as_secs_f64() * 1000.0)
    }

    fn use_role_quietly(&self) -> Result<f64> {
        let started = Instant::now();
        if self.aws.is_some() {
            checked(&mut self.list_buckets())?;
        } else {
            checked(&mut self.rolecall(&["credential-process", "my-role"]))?;
        }
        Ok(started.elapsed().as_secs_f64() * 1000.0)
    }

    /// Returns the median time of a few calls of rolecall alone, in milliseconds.
    fn time_helper(&self) -> Result<f64> {
        let mut times = Vec::new();
        for _ in 0..9 {
            let started = Instant::now();
            checked(&mut self.rolecall(&["credential-process", "my-role"]))?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        times.sort_by(f64::total_cmp);
        Ok(times[times.len() / 2])
    }

    fn rolecall(&self, arguments: &[&str]) -> Command {
        let mut command = self.at_home(&self.program);
        command.args(arguments);
        command
    }

    fn list_buckets(&self) -> Command {
        let aws = self.aws.as_deref().unwrap_or(Path::new("aws"));
        let mut command = self.at_home(aws);
        // An AWS CLI that does not know AWS_ENDPOINT_URL would call the real AWS.
        command.args(["s3", "ls", "--profile", "my-role", "--endpoint-url"]);
        command.arg(self.sts.endpoint());
        command
    }

    fn find_aws(&self) -> Option<PathBuf> {
        let output = self.at_home(Path::new("aws")).arg("--version").output().ok()?;
        output.status.success().then(|| PathBuf::from("aws"))
    }

    /// Returns `program` with the tour's home and endpoint, without the user's own AWS settings.
    fn at_home(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let proxies = ["http_proxy", "https_proxy", "all_proxy"];
            if text.starts_with("AWS_")
                || text.starts_with("ROLECALL_")
                || text.starts_with("XDG_STATE")
                || proxies.contains(&text.to_lowercase().as_str())
            {
                command.env_remove(&name);
            }
        }
        command
            .env("HOME", self.home.path())
            .env("AWS_ENDPOINT_URL_STS", self.sts.endpoint())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_PAGER", "")
            .stdin(Stdio::null());
        command
    }
}

fn checked(command: &mut Command) -> Result<Output> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(output);
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(format!("{program} failed: {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Returns the document without its secrets.
fn without_secrets(document: &[u8]) -> Result<String> {
    let mut document: serde_json::Value = serde_json::from_slice(document)?;
    for name in ["SecretAccessKey", "SessionToken"] {
        document[name] = "(not shown)".into();
    }
    Ok(document.to_string())
}

/// Shows a command line as a person would type it, long ones with a line break before each option.
fn show_command(line: &str) -> Result<()> {
    let line = if line.len() > 90 { line.replace(" --", " \\\n      --") } else { line.to_owned() };
    say(&format!("  $ {line}"))
}

fn say(text: &str) -> Result<()> {
    writeln!(io::stdout(), "{text}").map_err(Into::into)
}
