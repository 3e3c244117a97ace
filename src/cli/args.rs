//! The command line, as clap reads it. Pure: no environment, no files.

mod credentials;
mod doctor;
mod help;
mod keys;
mod log;
mod narrow;
mod profile;
pub mod provision;
mod serve;
mod server;
mod sessions;
mod settings;
mod sso;

pub(crate) use credentials::*;
pub(crate) use doctor::*;
pub(crate) use help::*;
pub use keys::*;
pub(crate) use log::*;
pub(crate) use narrow::*;
pub(crate) use profile::*;
pub(crate) use serve::*;
pub(crate) use server::*;
pub(crate) use sessions::*;
pub use settings::*;
pub(crate) use sso::*;

use clap::{Args, Command, Parser, Subcommand, ValueEnum};

/// AWS role sessions for the CLI and every SDK, stored in the OS keychain
#[derive(Debug, Parser)]
#[command(name = "rolecall", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
    /// The flags that every verb takes.
    #[command(flatten)]
    pub(crate) global: GlobalFlags,
}

/// The flags that every verb takes.
#[derive(Debug, Args)]
pub(crate) struct GlobalFlags {
    /// Profile to use, instead of naming it as an argument
    #[arg(long, global = true, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,

    /// Store: auto, secret-service, keyutils, keychain, wincred, file or none [default: ROLECALL_STORE, or
    /// auto]
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,

    /// When to use colors: auto (on a terminal), always or never
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    pub(crate) color: Option<ColorChoice>,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless the environment says otherwise
    Auto,
    /// Also in a pipe or file
    Always,
    /// Not even on a terminal
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Print a profile's credentials as JSON, for credential_process in ~/.aws/config
    CredentialProcess(CredentialProcess),
    /// Create sessions now so nothing prompts later
    Login(Login),
    /// Delete stored sessions
    Logout(Logout),
    /// Show sessions and when they expire
    Status(Status),
    /// Show which credentials were handed out, and to which programs
    ///
    /// Prints a line for each new session that was handed out, newest last: when, for which profile, to which
    /// program, by which command, and in which directory. With 'rolecall_audit = all' in a profile, sessions
    /// from the store are logged too.
    Log(Log),
    /// Show a profile's AWS identity
    Whoami(Whoami),
    /// Diagnose problems and suggest fixes
    ///
    /// Checks the AWS files, the environment, and the programs that profiles run, without the network
    /// and without changing anything, unless you use --online or --fix. The exit code is that of the worst
    /// problem.
    Doctor(Doctor),
    /// Manage long-lived access keys in the keychain
    #[command(subcommand)]
    Keys(Keys),
    /// Sign in to IAM Identity Center
    #[command(subcommand)]
    Sso(Sso),
    /// Run a program with a profile's credentials in its environment
    Exec(Exec),
    /// Serve sessions over HTTP to programs that outlive one
    ///
    /// AWS programs get them over HTTP on this machine, from the two variables that it prints, and get new
    /// ones before they expire. Stops on Ctrl-C, or when the program that it runs exits.
    Serve(Serve),
    /// Print a profile's credentials as environment variables
    Env(Env),
    /// Sign in to the AWS web console with a profile's session
    Console(Console),
    /// List, show, add, edit and convert profiles
    #[command(subcommand)]
    Profile(Profile),
    /// Set up access to S3 buckets: users, access keys, policies
    ///
    /// Needs rolecall-provision in the same directory as rolecall; './install.sh --provision' installs both.
    S3 {
        /// What to set up.
        #[command(subcommand)]
        verb: provision::S3,
        /// Who calls AWS.
        #[command(flatten)]
        access: provision::CallerFlags,
    },
    /// Set up IAM users and roles: service accounts, or a team from a file
    ///
    /// Needs rolecall-provision in the same directory as rolecall; './install.sh --provision' installs both.
    Iam {
        /// What to set up.
        #[command(subcommand)]
        verb: provision::Iam,
        /// Who calls AWS.
        #[command(flatten)]
        access: provision::CallerFlags,
    },
    /// Print a shell function that switches profiles
    ///
    /// Defines 'assume', with completion: 'assume my-role' selects a profile and its region in the current
    /// shell. 'assume' alone offers a list, 'assume --unset' undoes it. No keys are put into the shell: AWS
    /// programs get them from rolecall when they need them, so nothing expires.
    ShellInit(ShellInit),
    /// Print a shell completion script
    Completions(Completions),
    /// Print the man page of rolecall or of a command
    Man(Man),
}

impl Cli {
    /// Returns the command line with only `credential-process`. SDKs run that verb all the time, and
    /// describing all the other verbs takes longer than finding a session.
    pub(super) fn helper_command() -> Command {
        let verb = CredentialProcess::augment_args(Command::new(HELPER));
        GlobalFlags::augment_args(Command::new("rolecall"))
            .subcommand_required(true)
            .subcommand(verb)
    }
}

/// The verb that the AWS CLI and the SDKs call.
pub(super) const HELPER: &str = "credential-process";

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
}
