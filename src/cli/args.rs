//! The command line, as clap reads it. Pure: no environment, no files.

mod hand_out;
mod help;
mod keys;
mod profile;
pub mod provision;

pub use hand_out::{Console, Env, Exec, Shell};
pub use help::{CompletedShell, Completions, Man};
pub use keys::*;
pub use profile::*;

use clap::{Args, Command, Parser, Subcommand, ValueEnum};

/// AWS role sessions for the CLI and every SDK, kept in the OS keychain
#[derive(Debug, Parser)]
#[command(name = "rolecall", version, max_term_width = 100)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub verb: Verb,
    /// The flags that every verb takes.
    #[command(flatten)]
    pub global: GlobalFlags,
}

/// The flags that every verb takes.
#[derive(Debug, Args)]
pub struct GlobalFlags {
    /// Profile, for verbs that take one: in place of the argument
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,

    /// Where sessions are kept: auto, secret-service, keyutils, keychain, wincred, file or none
    /// [default: `ROLECALL_STORE`, else auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub store: Option<String>,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Print a profile's credentials as JSON: what `credential_process` in ~/.aws/config calls
    CredentialProcess(CredentialProcess),
    /// Make sessions ready, so that nothing has to be asked for later
    Login(Login),
    /// Forget sessions
    Logout(Logout),
    /// Show sessions and when they end
    Status(Status),
    /// Show who AWS takes a profile for
    Whoami(Whoami),
    /// Keep long-lived access keys in the keychain
    #[command(subcommand)]
    Keys(Keys),
    /// Run a program with a profile's credentials in its environment
    Exec(Exec),
    /// Print a profile's credentials for a shell
    Env(Env),
    /// Sign in to the AWS web console with a profile's session
    Console(Console),
    /// List, show, add, edit and convert profiles
    #[command(subcommand)]
    Profile(Profile),
    /// Give users and clients access to S3 buckets
    ///
    /// Needs rolecall-provision, which './install.sh --provision' installs beside rolecall.
    S3 {
        /// What to set up.
        #[command(subcommand)]
        verb: provision::S3,
        /// Who calls AWS.
        #[command(flatten)]
        access: provision::Access,
    },
    /// Set up IAM users and roles, one at a time or a whole team from a file
    ///
    /// Needs rolecall-provision, which './install.sh --provision' installs beside rolecall.
    Iam {
        /// What to set up.
        #[command(subcommand)]
        verb: provision::Iam,
        /// Who calls AWS.
        #[command(flatten)]
        access: provision::Access,
    },
    /// Print what makes a shell complete rolecall's verbs, flags and profiles
    Completions(Completions),
    /// Print the man page of rolecall or of one verb
    Man(Man),
}

/// `rolecall credential-process`.
#[derive(Debug, Args)]
pub struct CredentialProcess {
    /// Profile to give credentials of [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    pub name: Option<String>,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// `rolecall login`.
#[derive(Debug, Args)]
pub struct Login {
    /// Profiles, or ARNs of roles to be assumed from --source-profile
    #[arg(value_name = "PROFILE|ROLE_ARN")]
    pub names: Vec<String>,
    /// Make new sessions even where there are good ones
    #[arg(long)]
    pub force: bool,
    /// Make a new session where the old one would end sooner than this
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub at_least: Option<u32>,
    /// Write the session into the credentials file too, as profile NAME: for programs that can read
    /// nothing else
    #[arg(long, value_name = "NAME")]
    pub export_to: Option<String>,
    /// The code that the MFA device shows now, in place of a question
    #[arg(long, value_name = "CODE")]
    pub mfa_code: Option<String>,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// `rolecall logout`.
#[derive(Debug, Args)]
pub struct Logout {
    /// Profiles whose sessions to forget
    #[arg(value_name = "PROFILE")]
    pub names: Vec<String>,
    /// Forget every session, MFA sessions too
    #[arg(long, conflicts_with = "names")]
    pub all: bool,
    /// Forget the MFA sessions that the profiles' sessions were made with, too: the next one asks for a code
    #[arg(long)]
    pub mfa: bool,
}

/// `rolecall status`.
#[derive(Debug, Args)]
pub struct Status {
    /// Only the sessions of this profile, its own in front
    #[arg(value_name = "PROFILE")]
    pub name: Option<String>,
    /// How to print it; JSON comes from the state files alone, for shell prompts
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// With --output json: ask the stores, too, whether they can be used
    #[arg(long)]
    pub stores: bool,
}

/// `rolecall whoami`.
#[derive(Debug, Args)]
pub struct Whoami {
    /// Profile to ask for [default: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, "default"]
    pub name: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    pub output: Output,
    /// Settings of this call.
    #[command(flatten)]
    pub settings: Settings,
}

/// Settings of a role: of one call, or of a new profile.
#[derive(Clone, Debug, Default, Args)]
pub struct Settings {
    /// Role to assume
    #[arg(long, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Profile whose credentials assume the role
    #[arg(long, value_name = "NAME")]
    pub source_profile: Option<String>,
    /// External ID that the role's trust policy asks for
    #[arg(long, value_name = "ID")]
    pub external_id: Option<String>,
    /// Serial number or ARN of the MFA device; `profile add` takes auto, and asks IAM for it
    #[arg(long, value_name = "SERIAL")]
    pub mfa_serial: Option<String>,
    /// How long the session should last: seconds, or 45m, 1h, 1h30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub duration: Option<u32>,
    /// Name of the session in AWS's logs [default: your user name]
    #[arg(long, value_name = "NAME")]
    pub session_name: Option<String>,
    /// Region: of the call to AWS, of a new profile, of what gets the credentials
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Policy that narrows the session: JSON, a file with it, policy ARNs with commas between, or
    /// s3-read:BUCKET/PREFIX, s3-write:…, s3-read-write:…
    #[arg(long, value_name = "POLICY")]
    pub session_policy: Option<String>,
}

impl Cli {
    /// The command line with `credential-process` alone. To describe all the other verbs takes longer
    /// than to find a session, and SDKs call this one at every turn.
    pub(super) fn helper_command() -> Command {
        let verb = CredentialProcess::augment_args(Command::new(HELPER));
        GlobalFlags::augment_args(Command::new("rolecall"))
            .subcommand_required(true)
            .subcommand(verb)
    }
}

/// The verb that the AWS CLI and the SDKs call.
pub(super) const HELPER: &str = "credential-process";

/// How reading verbs print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
}

/// Reads a duration: seconds, or hours, minutes and seconds with their letters.
pub fn duration(text: &str) -> Result<u32, String> {
    let wrong = || "not a duration: use seconds, or 45m, 1h, 1h30m".to_owned();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().map_err(|_| wrong());
    }
    let (mut seconds, mut number, mut last_unit) = (0_u32, String::new(), u32::MAX);
    for c in text.chars() {
        let unit = match c {
            '0'..='9' => {
                number.push(c);
                continue;
            }
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let value: u32 = number.parse().map_err(|_| wrong())?;
        let part = value.checked_mul(unit).filter(|_| unit < last_unit).ok_or_else(wrong)?;
        seconds = seconds.checked_add(part).ok_or_else(wrong)?;
        last_unit = unit;
        number.clear();
    }
    if number.is_empty() { Ok(seconds) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use clap::{Arg, CommandFactory as _};

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_helpers_own_command_line_is_a_part_of_the_whole() {
        let described = |mut command: Command| {
            command.build();
            let verb = command.find_subcommand(HELPER).expect("it is there").clone();
            let arguments = verb.get_arguments().filter(|argument| argument.get_id() != "help");
            let part = |argument: &Arg| {
                let (id, long) = (argument.get_id().to_string(), argument.get_long());
                (id, long.map(str::to_owned), argument.get_num_args(), argument.is_required_set())
            };
            let mut parts: Vec<_> = arguments.map(part).collect();
            parts.sort_by(|one, other| one.0.cmp(&other.0));
            parts
        };
        Cli::helper_command().debug_assert();
        assert_eq!(described(Cli::helper_command()), described(Cli::command()));
    }

    #[test]
    fn provisioning_has_the_profile_and_store_wherever_they_are_given() {
        for line in [
            "rolecall --profile p --store file s3 --region r policy b",
            "rolecall --store file s3 --profile p policy b --region r",
            "rolecall s3 policy b --profile p --store file --region r",
        ] {
            let cli = Cli::try_parse_from(line.split(' ')).expect("a good command line");
            let Verb::S3 { access, .. } = cli.verb else { panic!("another verb: {line}") };
            let given =
                [access.profile, access.store, access.region].map(Option::unwrap_or_default);
            assert_eq!(given, ["p", "file", "r"], "{line}");
        }
    }

    #[test]
    fn durations_are_seconds_or_have_letters() {
        for (text, seconds) in
            [("1", 1), ("900", 900), ("45m", 2700), ("1h30m", 5400), ("1h1m1s", 3661)]
        {
            assert_eq!(duration(text), Ok(seconds), "{text:?}");
        }
        let wrong = Err("not a duration: use seconds, or 45m, 1h, 1h30m".to_owned());
        for text in ["", "x", "-1", "1.5h", "1m1h", "1h30", "99999999999", "99999999999h", "h"] {
            assert_eq!(duration(text), wrong, "{text:?}");
        }
    }
}
