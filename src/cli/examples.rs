//! An example for every verb: in its help, its man page and docs/cli.md. A test holds that each verb
//! has one, and that the command line takes it.

use clap::Command;

/// A line to type, and what it is for.
pub struct Example {
    /// What it does: one line, an imperative, no final period.
    pub does: &'static str,
    /// The line, with a backslash where it goes on in the next. What clap is to take of it begins with
    /// `rolecall`.
    pub line: &'static str,
}

const fn example(does: &'static str, line: &'static str) -> Example {
    Example { does, line }
}

/// The examples by verb; those of `rolecall` itself are under the empty name.
pub const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            example(
                "Add a profile for a role",
                "rolecall profile add my-role --source-profile base \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
            example(
                "Make its session now, and be asked for an MFA code if need be",
                "rolecall login my-role",
            ),
            example("See which sessions there are", "rolecall status"),
        ],
    ),
    (
        "credential-process",
        &[
            example("Print the credentials of a profile", "rolecall credential-process my-role"),
            example(
                "Let every AWS program get them: a line of the profile in ~/.aws/config",
                "credential_process = /usr/local/bin/rolecall credential-process my-role",
            ),
        ],
    ),
    (
        "login",
        &[
            example("Make the sessions of two profiles", "rolecall login my-role other-role"),
            example(
                "Have one that lasts through a job of two hours",
                "rolecall login my-role --at-least 2h",
            ),
            example(
                "Assume a role that no profile describes",
                "rolecall login arn:aws:iam::222222222222:role/MyRole --source-profile base",
            ),
        ],
    ),
    (
        "logout",
        &[
            example("Forget the session of a profile", "rolecall logout my-role"),
            example("Forget all of them, as before a journey", "rolecall logout --all"),
        ],
    ),
    (
        "status",
        &[
            example("Show all sessions", "rolecall status"),
            example(
                "Get the end of a session in a script",
                "rolecall status my-role --output json",
            ),
        ],
    ),
    (
        "exec",
        &[
            example(
                "Run a program with the credentials of a profile",
                "rolecall exec my-role -- terraform plan",
            ),
            example("Work in a shell that has them", "rolecall exec my-role"),
        ],
    ),
    (
        "env",
        &[
            example(
                "Put the credentials of a profile into this shell",
                "eval \"$(rolecall env my-role)\"",
            ),
            example(
                "Give them to a container",
                "docker run --env-file <(rolecall env my-role --shell dotenv) IMAGE",
            ),
        ],
    ),
    (
        "console",
        &[
            example("Open the AWS web console as a role", "rolecall console my-role"),
            example("Open the page of a service", "rolecall console my-role --service s3"),
        ],
    ),
    ("keys", &[example("See which keys are in the keychain", "rolecall keys list")]),
    (
        "keys add",
        &[example(
            "Type an access key into the keychain, for a new profile",
            "rolecall keys add base",
        )],
    ),
    (
        "keys import",
        &[example(
            "Move the keys of a profile from the credentials file",
            "rolecall keys import base",
        )],
    ),
    ("keys list", &[example("See which keys are in the keychain", "rolecall keys list")]),
    (
        "keys rotate",
        &[
            example("Replace the key of a profile by a new one", "rolecall keys rotate base"),
            example(
                "Replace it with the rights of an administrator's profile",
                "rolecall keys rotate base --profile admin",
            ),
        ],
    ),
    ("keys remove", &[example("Take a key out of the keychain", "rolecall keys remove base")]),
    (
        "keys export",
        &[example("Print a key to move it to another machine", "rolecall keys export base")],
    ),
    ("profile tree", &[example("Draw all chains of roles", "rolecall profile tree")]),
    (
        "profile set",
        &[example(
            "Set two settings, one of them nested",
            "rolecall profile set my-role region=eu-west-1 s3.max_concurrent_requests=20",
        )],
    ),
    ("profile unset", &[example("Take a setting out", "rolecall profile unset my-role region")]),
    (
        "profile remove",
        &[example("Remove two profiles", "rolecall profile remove my-role other-role")],
    ),
    (
        "profile rename",
        &[example(
            "Rename a profile, wherever it is named",
            "rolecall profile rename my-role our-role --dry-run",
        )],
    ),
    (
        "profile adopt",
        &[example(
            "See what would change if rolecall took over all roles",
            "rolecall profile adopt --all --dry-run",
        )],
    ),
    (
        "profile release",
        &[example("Give a profile back to the AWS CLI", "rolecall profile release my-role")],
    ),
    (
        "s3",
        &[example(
            "Preview a user with access to one bucket only",
            "rolecall s3 create my-bucket --dry-run",
        )],
    ),
    (
        "s3 create",
        &[
            example(
                "Preview a user with access to one bucket",
                "rolecall s3 create my-bucket --dry-run",
            ),
            example(
                "Save a new user's read-only key in the keychain, for profile my-bucket",
                "rolecall s3 create my-bucket --read-only --save-as my-bucket",
            ),
            example(
                "Print credentials that expire after 15 minutes, without creating a user",
                "rolecall s3 create my-bucket --duration 15m",
            ),
        ],
    ),
    (
        "s3 policy",
        &[example(
            "Print a policy for reading one folder of a bucket",
            "rolecall s3 policy my-bucket --read-only --prefix reports/",
        )],
    ),
    (
        "s3 list-buckets",
        &[example(
            "List buckets with their region and public access settings",
            "rolecall s3 list-buckets --details",
        )],
    ),
    (
        "s3 list-users",
        &[example("List user names in a script", "rolecall s3 list-users --nl | jq -r .UserName")],
    ),
    (
        "s3 list-user-policies",
        &[example("Print one user's policies", "rolecall s3 list-user-policies ana")],
    ),
    (
        "s3 delete-user",
        &[example("Preview deleting a user", "rolecall s3 delete-user acme --dry-run")],
    ),
    (
        "s3 share",
        &[example(
            "Share one folder of a bucket with a client",
            "rolecall s3 share my-bucket --client acme --prefix for-acme/",
        )],
    ),
    (
        "iam",
        &[
            example(
                "Create a user who can only assume a role with access to one bucket",
                "rolecall iam service-account ci --bucket my-bucket --external-id",
            ),
            example(
                "Preview what a team file would change",
                "rolecall iam apply team.toml --dry-run",
            ),
        ],
    ),
    (
        "iam service-account",
        &[
            example(
                "Create user ci and a role for a bucket, with a generated external ID",
                "rolecall iam service-account ci --bucket my-bucket --external-id",
            ),
            example(
                "Let the role only read, and require MFA",
                "rolecall iam service-account ana --bucket my-bucket --read-only --require-mfa",
            ),
        ],
    ),
    (
        "iam remove",
        &[example(
            "Remove a service account with its role, keys and profiles",
            "rolecall iam remove ci",
        )],
    ),
    (
        "iam apply",
        &[
            example(
                "Preview what a team file would change",
                "rolecall iam apply team.toml --dry-run",
            ),
            example(
                "Apply it, and save new users' access keys in the keychain",
                "rolecall iam apply team.toml --save-keys",
            ),
        ],
    ),
    (
        "whoami",
        &[
            example("Show the account, ARN and user ID of a profile", "rolecall whoami my-role"),
            example("The same as the AWS CLI prints it", "rolecall whoami my-role --output json"),
        ],
    ),
    ("profile", &[example("List the profiles there are", "rolecall profile list")]),
    (
        "profile list",
        &[
            example("List the profiles there are", "rolecall profile list"),
            example(
                "Get their names in a script",
                "rolecall profile list --output json | jq -r '.[].name'",
            ),
        ],
    ),
    (
        "profile show",
        &[example(
            "Show where each setting stands, and which roles will be assumed",
            "rolecall profile show my-role",
        )],
    ),
    (
        "profile add",
        &[
            example(
                "See what would be written for a role that asks for an external ID and MFA",
                "rolecall profile add my-role --source-profile base --external-id ext-42 \\\n    --mfa-serial arn:aws:iam::111111111111:mfa/natan \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole --dry-run",
            ),
            example(
                "Have IAM asked for the MFA device of the source profile's user",
                "rolecall profile add my-role --source-profile base --mfa-serial auto \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
            example(
                "Add a profile to a config that is shared between machines",
                "rolecall profile add my-role --bare --source-profile base \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
        ],
    ),
    (
        "completions",
        &[
            example("Try them in this bash", r#"eval "$(rolecall completions bash)""#),
            example(
                "Have them in every fish",
                "rolecall completions fish > ~/.config/fish/completions/rolecall.fish",
            ),
        ],
    ),
    (
        "man",
        &[
            example("Read the page of a verb", "rolecall man profile add | man -l -"),
            example("Install all pages for yourself", "rolecall man --dir ~/.local/share/man/man1"),
        ],
    ),
];

/// The examples of the verb `path`, as `profile add`.
pub fn examples(path: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(verb, _)| *verb == path).map_or(&[], |(_, examples)| examples)
}

/// `command` and all below it with their examples behind the help.
pub(super) fn with_examples(command: Command) -> Command {
    add(command, "")
}

fn add(mut command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |sub| add(sub, path.trim_start()));
    }
    let examples = examples(path);
    if examples.is_empty() {
        return command;
    }
    let shown = examples
        .iter()
        .map(|Example { does, line }| format!("  {does}:\n    {}\n", line.replace('\n', "\n    ")));
    command.after_help(format!("Examples:\n{}", shown.collect::<String>().trim_end()))
}
