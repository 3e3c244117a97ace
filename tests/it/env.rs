//! `env`: what real shells make of it.

use std::path::PathBuf;

use crate::support::{clients::require_program, run::Output, stage::Stage};

/// A region and a name that no shell may take for words of its own.
const HOSTILE: &str = "it's \"$(touch ran)\" `touch ran` \\ %PATH% !!;touch ran;#\u{2019}";

const SECRET: &str = "it's/a\\secret+with$signs";

/// A stage whose profile `my own` has that region, and a session's keys, so that nobody is asked.
fn stage() -> Stage {
    let stage = Stage::new();
    stage.sandbox.secret("the profile's secret", SECRET);
    let profile = format!(
        "[profile \"my own\"]\nregion = {HOSTILE}\naws_access_key_id = ASIAEXAMPLE\n\
         aws_secret_access_key = {SECRET}\naws_session_token = {}\n\n[profile plain]\n",
        "IQo/".repeat(200)
    );
    stage.edit_config("[profile plain]\n", &profile);
    stage
}

/// Has a shell run `script`, in which `$ROLECALL` is the program.
fn shell(stage: &Stage, shell: &PathBuf, script: &str) -> Output {
    let run = stage.sandbox.program(shell, &["-c", script]).may_print_secrets();
    run.env("ROLECALL", env!("CARGO_BIN_EXE_rolecall"))
        .env("SHELL", shell)
        .env("AWS_PROFILE", "second")
        .env("AWS_SESSION_TOKEN", "stale")
        .run()
}

/// What the programs that a shell starts find.
const SHOW: &str = "env | grep -E '^(AWS_(REGION|PROFILE|ACC|SEC|SESS)|ROLECALL_P)' | sort";

fn check(stage: &Stage, name: &str, package: &str, evaluate: &str, take_out: &str) {
    let program = need!(require_program(name, package));
    let before = shell(stage, &program, SHOW).ok().stdout;
    let output = shell(stage, &program, &format!("{evaluate}; {SHOW}")).ok();
    let line = |start: &str| output.stdout.lines().find_map(|line| line.strip_prefix(start));
    assert_eq!(line("AWS_REGION="), Some(HOSTILE), "{name}: {output:?}");
    assert_eq!(line("ROLECALL_PROFILE="), Some("my own"), "{name}");
    assert_eq!(line("AWS_ACCESS_KEY_ID="), Some("ASIAEXAMPLE"), "{name}");
    assert_eq!(line("AWS_SECRET_ACCESS_KEY="), Some(SECRET), "{name}");
    assert!(line("AWS_SESSION_TOKEN=").unwrap().len() > 500, "{name}");
    assert_eq!(line("AWS_PROFILE="), None, "{name}");
    assert!(!stage.sandbox.home().join("ran").exists(), "{name} ran what was a value");
    let gone = shell(stage, &program, &format!("{evaluate}; {take_out}; {SHOW}")).ok().stdout;
    assert_eq!(gone, "", "{name}, which had before:\n{before}");
}

#[test]
fn every_shell_reads_back_what_was_meant() {
    let stage = stage();
    let evaluate = "eval \"$($ROLECALL env 'my own')\"";
    let take_out = "eval \"$($ROLECALL env --unset)\"";
    for (name, package) in [("bash", "bash"), ("zsh", "zsh"), ("sh", "dash")] {
        check(&stage, name, package, evaluate, take_out);
    }
    let fish = "$ROLECALL env 'my own' | source";
    check(&stage, "fish", "fish", fish, "$ROLECALL env --unset | source");
}

#[test]
fn a_failure_gives_a_shell_nothing_to_run() {
    let stage = Stage::new();
    stage.sts.with_world(|world| world.roles[2].denied = true);
    let output = stage.sandbox.rolecall(&["env", "plain", "--shell", "bash"]).run().code(4);
    assert_eq!(output.stdout, "");
    let output = stage.sandbox.rolecall(&["env", "nobody", "--shell", "fish"]).run().code(5);
    assert_eq!(output.stdout, "");
    let output = stage.sandbox.rolecall(&["env", "my-role", "--unset", "--shell", "sh"]).run();
    assert_eq!(output.code(2).stdout, "");
}

#[test]
fn a_file_of_variables_is_plain_lines_or_nothing() {
    let stage = stage();
    let run = |name: &str| stage.sandbox.rolecall(&["env", name, "--shell", "dotenv"]);
    let output = run("my-role").may_print_secrets().run().ok();
    assert!(output.stdout.starts_with("AWS_ACCESS_KEY_ID=ASIA"), "{output:?}");
    assert!(output.stdout.contains("\nAWS_REGION=eu-west-1\n"), "{output:?}");
    assert!(!output.stdout.contains(['\'', '"']), "{output:?}");
    let output = run("my own").run().code(5);
    assert!(output.stderr.contains("has characters that this format can't express"), "{output:?}");
    assert_eq!(output.stdout, "");
    let output = stage.sandbox.rolecall(&["env", "--unset", "--shell", "dotenv"]).run().code(2);
    assert!(output.stderr.contains("can't unset variables"), "{output:?}");
}

#[test]
fn the_language_is_that_of_the_users_shell() {
    let stage = Stage::new();
    let start = |shell: &str| {
        let run = stage.sandbox.rolecall(&["env", "--unset"]).env("SHELL", shell);
        run.run().ok().stdout.split(' ').next().unwrap().to_owned()
    };
    assert_eq!(start("/usr/bin/fish"), "set");
    assert_eq!(start("/bin/zsh"), "unset");
    assert!(start("/opt/pwsh").starts_with("$Env:AWS_ACCESS_KEY_ID"));
    let run = stage.sandbox.rolecall(&["env", "my-role"]).env("SHELL", "/bin/tcsh").run();
    assert!(run.code(2).stderr.contains("--shell bash, zsh"), "csh speaks another language");
    let run = stage.sandbox.rolecall(&["env", "my-role"]).env_remove("SHELL").run().code(2);
    assert!(run.stderr.contains("can't be determined from SHELL"), "{run:?}");
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn taking_out_leaves_a_region_that_the_user_chose() {
    let stage = Stage::new();
    let unset = |region: &str| {
        let run = stage.sandbox.rolecall(&["env", "--unset", "--shell", "sh"]);
        run.env("ROLECALL_REGION", "eu-west-1").env("AWS_REGION", region).run().ok().stdout
    };
    assert!(unset("eu-west-1").contains(" AWS_REGION"));
    assert!(!unset("us-east-1").contains(" AWS_REGION"));
}

#[test]
fn the_shell_that_runs_it_counts_and_not_the_login_shell() {
    let stage = stage();
    for (name, package, login_shell) in
        [("fish", "fish", "/bin/bash"), ("bash", "bash", "/usr/bin/fish")]
    {
        let program = need!(require_program(name, package));
        // A second command keeps the shell from replacing itself by the first.
        let run = stage.sandbox.program(&program, &["-c", "$ROLECALL env --unset; true"]);
        let run = run.env("ROLECALL", env!("CARGO_BIN_EXE_rolecall")).env("SHELL", login_shell);
        let printed = run.run().ok().stdout;
        assert_eq!(printed.starts_with("set -eg"), name == "fish", "{name}: {printed}");
    }
}
