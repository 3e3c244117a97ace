//! Examples for every verb, shown in its help, its man page and docs/cli.md. A test checks that each
//! verb has one, and that clap accepts it.

mod doctor;
mod example;
mod exec;
mod log;
mod serve;
mod sso;

use clap::Command;

pub(crate) use example::Example;
use example::example;

/// The examples by verb; those of `rolecall` itself have an empty name.
pub(crate) const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "",
        &[
            example(
                "Add a profile for a role",
                "rolecall profile add my-role --source-profile base \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
            example(
                "Create its session now, prompting for an MFA code if needed",
                "rolecall login my-role",
            ),
            example("Show all sessions and when they expire", "rolecall status"),
        ],
    ),
    (
        "credential-process",
        &[
            example("Print a profile's credentials", "rolecall credential-process my-role"),
            example(
                "Let every AWS program get them, with this line in ~/.aws/config",
                "credential_process = /usr/local/bin/rolecall credential-process my-role",
            ),
        ],
    ),
    (
        "login",
        &[
            example("Create the sessions of two profiles", "rolecall login my-role other-role"),
            example(
                "Make sure the session lasts for a two-hour job",
                "rolecall login my-role --at-least 2h",
            ),
            example(
                "Assume a role that has no profile",
                "rolecall login arn:aws:iam::222222222222:role/MyRole --source-profile base",
            ),
        ],
    ),
    (
        "logout",
        &[
            example("Delete a profile's session", "rolecall logout my-role"),
            example("Delete all sessions", "rolecall logout --all"),
        ],
    ),
    (
        "status",
        &[
            example("Show all sessions", "rolecall status"),
            example(
                "Read a session's expiration in a script",
                "rolecall status my-role --output json",
            ),
        ],
    ),
    ("log", log::ALL),
    ("doctor", doctor::ALL),
    ("sso", sso::ALL),
    ("sso configure", sso::CONFIGURE),
    ("sso login", sso::LOGIN),
    ("sso logout", sso::LOGOUT),
    ("sso accounts", sso::ACCOUNTS),
    ("sso roles", sso::ROLES),
    ("sso populate", sso::POPULATE),
    ("exec", exec::ALL),
    ("serve", serve::ALL),
    (
        "env",
        &[
            example(
                "Set a profile's credentials in the current shell",
                "eval \"$(rolecall env my-role)\"",
            ),
            example(
                "Pass them to a container",
                "docker run --env-file <(rolecall env my-role --shell dotenv) IMAGE",
            ),
        ],
    ),
    (
        "console",
        &[
            example("Open the AWS web console", "rolecall console my-role"),
            example("Open a service's page", "rolecall console my-role --service s3"),
        ],
    ),
    ("keys", &[example("List the access keys in the keychain", "rolecall keys list")]),
    (
        "keys add",
        &[example(
            "Prompt for an access key and store it for a new profile",
            "rolecall keys add base",
        )],
    ),
    (
        "keys import",
        &[example("Move a profile's access key into the keychain", "rolecall keys import base")],
    ),
    ("keys list", &[example("List the access keys in the keychain", "rolecall keys list")]),
    (
        "keys rotate",
        &[
            example("Replace a profile's access key", "rolecall keys rotate base"),
            example(
                "Replace it with another profile's permissions",
                "rolecall keys rotate base --profile admin",
            ),
        ],
    ),
    (
        "keys remove",
        &[example("Delete an access key from the keychain", "rolecall keys remove base")],
    ),
    (
        "keys export",
        &[example(
            "Print an access key, to move it to another machine",
            "rolecall keys export base",
        )],
    ),
    ("profile tree", &[example("Show all role chains", "rolecall profile tree")]),
    (
        "profile set",
        &[example(
            "Change two settings, one of them nested",
            "rolecall profile set my-role region=eu-west-1 s3.max_concurrent_requests=20",
        )],
    ),
    ("profile unset", &[example("Remove a setting", "rolecall profile unset my-role region")]),
    (
        "profile remove",
        &[example("Remove two profiles", "rolecall profile remove my-role other-role")],
    ),
    (
        "profile rename",
        &[example(
            "Preview renaming a profile and all references to it",
            "rolecall profile rename my-role our-role --dry-run",
        )],
    ),
    (
        "profile adopt",
        &[example("Preview adopting all role profiles", "rolecall profile adopt --all --dry-run")],
    ),
    (
        "profile release",
        &[example(
            "Restore a profile, so that the AWS CLI assumes its role itself",
            "rolecall profile release my-role",
        )],
    ),
    (
        "s3",
        &[example(
            "Preview creating a user with access to one bucket",
            "rolecall s3 create my-bucket --dry-run",
        )],
    ),
    (
        "s3 create",
        &[
            example(
                "Preview creating a user with access to one bucket",
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
                "rolecall iam service-account ana --bucket my-bucket \\\n    --read-only --require-mfa",
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
            example("Show a profile's account, ARN and user ID", "rolecall whoami my-role"),
            example("Print them in the AWS CLI's format", "rolecall whoami my-role --output json"),
        ],
    ),
    ("profile", &[example("List all profiles", "rolecall profile list")]),
    (
        "profile list",
        &[
            example("List all profiles", "rolecall profile list"),
            example(
                "List the roles with 'prod' in their name, newest sessions first",
                "rolecall profile list prod --kind role --sort recent",
            ),
            example(
                "Read their names in a script",
                "rolecall profile list --output json | jq -r '.[].name'",
            ),
        ],
    ),
    (
        "profile show",
        &[example(
            "Show where each setting comes from, and the roles it assumes",
            "rolecall profile show my-role",
        )],
    ),
    (
        "profile add",
        &[
            example(
                "Preview adding a profile for a role that requires an external ID and MFA",
                "rolecall profile add my-role --source-profile base --external-id ext-42 \\\n    --mfa-serial arn:aws:iam::111111111111:mfa/natan \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole --dry-run",
            ),
            example(
                "Look up the MFA device of the source profile's user in IAM",
                "rolecall profile add my-role --source-profile base --mfa-serial auto \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
            example(
                "Add a profile to a config file shared between machines",
                "rolecall profile add my-role --bare --source-profile base \\\n    --role-arn arn:aws:iam::222222222222:role/MyRole",
            ),
        ],
    ),
    (
        "shell-init",
        &[
            example(
                "Define the function in bash, in ~/.bashrc (for zsh, 'shell-init zsh' in ~/.zshrc)",
                r#"eval "$(rolecall shell-init bash)""#,
            ),
            example(
                "The same in fish, in ~/.config/fish/config.fish",
                "rolecall shell-init fish | source",
            ),
            example(
                "The same in PowerShell, in $PROFILE",
                "rolecall shell-init powershell | Out-String | Invoke-Expression",
            ),
        ],
    ),
    (
        "completions",
        &[
            example(
                "Enable completion in this bash session",
                r#"eval "$(rolecall completions bash)""#,
            ),
            example(
                "Enable it in all fish sessions",
                "rolecall completions fish > ~/.config/fish/completions/rolecall.fish",
            ),
        ],
    ),
    (
        "man",
        &[
            example("Read the page of a command", "rolecall man profile add | man -l -"),
            example(
                "Install all pages for your user",
                "rolecall man --dir ~/.local/share/man/man1",
            ),
        ],
    ),
];

/// Returns the examples of a verb, such as `profile add`.
pub(crate) fn examples(path: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(verb, _)| *verb == path).map_or(&[], |(_, examples)| examples)
}

/// Returns `command`, with examples after the help of each verb.
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
