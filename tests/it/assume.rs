//! `shell-init`: the function `assume` in real shells. PowerShell can't run here.

use std::path::{Path, PathBuf};

use crate::support::{
    clients::require_program,
    run::Output,
    stage::{ROLE, Stage},
    terminal::Terminal,
};

/// The shells that the function exists for, with the commands that define it.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "eval \"$($ROLECALL shell-init bash)\""),
    ("zsh", "eval \"$($ROLECALL shell-init zsh)\""),
    ("fish", "$ROLECALL shell-init fish | source"),
];

/// What the programs that the shell starts find.
const SHOW: &str = "env | grep -E '^(AWS_(REGION|DEF|PROFILE|ACC|SEC|SESS|ROLE|WEB)|ROLECALL_[A-Z])' \
                    | grep -v ^ROLECALL_STORE | sort";

/// Has a shell define the function and run `script`.
fn run(stage: &Stage, program: &PathBuf, define: &str, script: &str) -> Output {
    let script = format!("{define}\n{script}\n");
    let run = stage.sandbox.program(program, &["-c", &script]);
    run.env("ROLECALL", env!("CARGO_BIN_EXE_rolecall")).run()
}

/// The variables that a shell's last lines show.
fn shown(output: &Output) -> Vec<&str> {
    output.stdout.lines().collect()
}

#[track_caller]
fn in_every_shell(check: impl Fn(&dyn Fn(&str) -> Output)) {
    for (name, define) in SHELLS {
        let program = need!(require_program(name, name));
        let stage = Stage::new();
        check(&|script| run(&stage, &program, define, script));
    }
}

#[test]
fn assume_selects_a_profile_and_its_region_and_no_keys() {
    in_every_shell(|run| {
        let output = run(&format!("assume my-role; {SHOW}")).ok();
        let expected = [
            "AWS_DEFAULT_REGION=eu-west-1",
            "AWS_PROFILE=my-role",
            "AWS_REGION=eu-west-1",
            "ROLECALL_ASSUMED=my-role",
            "ROLECALL_REGION=eu-west-1",
        ];
        assert_eq!(shown(&output), expected, "{output:?}");
        assert_eq!(output.stderr, "my-role: selected in this shell, in eu-west-1\n");
        let output = run(&format!("assume my-role; assume second; {SHOW}")).ok();
        assert_eq!(shown(&output), ["AWS_PROFILE=second", "ROLECALL_ASSUMED=second"], "{output:?}");
        let output = run(&format!("assume my-role; assume --unset; {SHOW}; true")).ok();
        assert_eq!(output.stdout, "", "{output:?}");
    });
}

#[test]
fn assume_clears_stale_keys_and_restores_the_users_own_region() {
    for (name, define) in SHELLS {
        let program = need!(require_program(name, name));
        let stage = Stage::new();
        stage.sandbox.secret("a stale key", "a-stale-secret-key");
        for (variable, value) in [
            ("AWS_ACCESS_KEY_ID", "AKIASTALE"),
            ("AWS_SECRET_ACCESS_KEY", "a-stale-secret-key"),
            ("AWS_SESSION_TOKEN", "stale-session-token"),
            ("AWS_ROLE_ARN", ROLE),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
            // boto3 prefers it to AWS_PROFILE.
            ("AWS_DEFAULT_PROFILE", "old"),
            ("AWS_REGION", "us-east-2"),
        ] {
            stage.sandbox.env(variable, value);
        }
        let output = run(&stage, &program, define, &format!("assume my-role; {SHOW}")).ok();
        let expected = [
            "AWS_DEFAULT_REGION=eu-west-1",
            "AWS_PROFILE=my-role",
            "AWS_REGION=eu-west-1",
            "ROLECALL_ASSUMED=my-role",
            "ROLECALL_OWN_REGIONS=us-east-2,",
            "ROLECALL_REGION=eu-west-1",
        ];
        assert_eq!(shown(&output), expected, "{name}: {output:?}");
        for script in
            ["assume my-role; assume --unset", "assume my-role; assume my-role; assume --unset"]
        {
            let output = run(&stage, &program, define, &format!("{script}; {SHOW}")).ok();
            assert_eq!(output.stdout, "AWS_REGION=us-east-2\n", "{name}: {output:?}");
        }
        let output =
            run(&stage, &program, define, &format!("assume my-role; assume second; {SHOW}"));
        let expected = ["AWS_PROFILE=second", "AWS_REGION=us-east-2", "ROLECALL_ASSUMED=second"];
        assert_eq!(shown(&output.ok()), expected, "{name}");
    }
}

#[test]
fn a_profile_that_cannot_be_used_changes_nothing_and_fails() {
    in_every_shell(|run| {
        let nobody = run(&format!("assume nobody; {SHOW}; assume nobody"));
        assert_eq!(nobody.stdout, "", "{nobody:?}");
        assert!(nobody.stderr.contains("profile 'nobody' does not exist"), "{nobody:?}");
        nobody.code(5);
        let none = run("assume");
        assert!(none.stderr.contains("'assume' needs a profile"), "{none:?}");
        none.code(2);
        let wrong = run("assume --bogus");
        assert!(wrong.stderr.contains("'assume --help'"), "{wrong:?}");
        wrong.code(2);
        let help = run(&format!("assume --help; {SHOW}; true")).ok();
        assert!(help.stderr.contains("--unset") && help.stdout.is_empty(), "{help:?}");
    });
}

#[test]
fn a_profile_that_is_not_managed_is_selected_with_the_way_to_adopt_it() {
    in_every_shell(|run| {
        let output = run(&format!("assume plain; {SHOW}")).ok();
        assert_eq!(shown(&output)[0], "AWS_PROFILE=plain", "{output:?}");
        assert!(output.stderr.contains("profile 'plain' is not managed"), "{output:?}");
        assert!(output.stderr.contains("'rolecall profile adopt plain'"), "{output:?}");
        let output = run("assume base").ok();
        assert!(output.stderr.contains("'rolecall keys import base'"), "{output:?}");
    });
}

#[test]
fn the_shells_programs_get_the_profiles_credentials_from_rolecall() {
    let stage = Stage::new();
    let bash = need!(require_program("bash", "bash"));
    let (_, define) = SHELLS[0];
    let output = run(&stage, &bash, define, "assume my-role; $ROLECALL whoami").ok();
    assert!(output.stdout.contains("assumed-role/MyS3Access"), "{output:?}");
    // And what is handed out as keys is not mistaken for the profile's.
    let script = format!("assume my-role; $ROLECALL exec second -- {SHOW}");
    let output = run(&stage, &bash, define, &script.replace(" | ", " \\| "));
    assert!(!output.stdout.contains("ROLECALL_ASSUMED"), "{output:?}");
}

#[test]
fn a_shell_of_exec_says_until_when_it_is_valid_and_that_exit_leaves() {
    let stage = Stage::new();
    let bash = need!(require_program("bash", "bash"));
    stage.sandbox.env("SHELL", &bash).env("PS1", "ready> ").env("TERM", "dumb");
    let (_, define) = SHELLS[0];
    let rolecall = env!("CARGO_BIN_EXE_rolecall");
    stage.sandbox.file("home/.bashrc", format!("ROLECALL={rolecall}\n{define}\nPS1='ready> '\n"));
    let terminal: Terminal<'_> =
        stage.sandbox.rolecall(&["exec", "my-role"]).may_print_secrets().on_terminal();
    let start = terminal.until("ready> ");
    let note = "This shell has the credentials of 'my-role', valid until ";
    assert!(start.contains(note) && start.contains("(1 h). 'exit' leaves it."), "{start}");
    terminal.type_keys("assume --unset; echo \"[$ROLECALL_PROFILE]\"\r");
    let unset = terminal.until("[my-role]");
    assert!(unset.contains(note), "{unset}");
    terminal
        .type_keys("assume second; echo \"[$ROLECALL_PROFILE$AWS_ACCESS_KEY_ID$AWS_PROFILE]\"\r");
    terminal.until("[second]");
    terminal.type_keys("exit\r");
    terminal.finish().code(0);
    // A script on stdin is no person.
    let output = stage.sandbox.rolecall(&["exec", "my-role"]).stdin("true\n").run().ok();
    assert_eq!(output.stderr, "");
}

/// Two profiles with keys; the name of one has characters that shells have views of their own of.
const KEYS: &str = "[profile team:role/a]\naws_access_key_id = AKIAEXAMPLE\n\
                    aws_secret_access_key = not-looked-at\n[profile other]\n\
                    aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-looked-at\n";

/// Types at the keyboard of a shell that has defined the function.
#[track_caller]
fn completes(shell: &str, rc: &str, setup: &str) {
    let stage = Stage::new();
    stage.sandbox.config(KEYS);
    let program = need!(require_program(shell, shell));
    let folder = Path::new(env!("CARGO_BIN_EXE_rolecall")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    stage.sandbox.env("PATH", path).env("TERM", "xterm").env("COLUMNS", "1000");
    stage.sandbox.file(rc, setup);
    let arguments: &[&str] = match shell {
        "bash" => &["--noprofile", "-i"],
        "zsh" => &["-d", "-i"],
        _ => &["-i"],
    };
    let terminal = stage.sandbox.program(program, arguments).on_terminal();
    terminal.until("ready> ");
    terminal.type_keys("assume te\t\r");
    terminal.until("team:role/a: selected in this shell");
    terminal.until("ready> ");
    // Without a name, a list to choose from, though a profile is selected.
    terminal.type_keys("assume\r");
    terminal.until("Esc cancels");
    terminal.type_keys("other\r");
    terminal.until("other: selected in this shell");
    terminal.until("ready> ");
    terminal.type_keys("assume --un\t; echo \"[$AWS_PROFILE]\"\r");
    terminal.until("[]");
    terminal.type_keys("exit\r");
    let _shown = terminal.finish();
}

#[test]
fn bash_completes_profiles_behind_assume() {
    let setup = "alias assume='. assume'\neval \"$(rolecall shell-init bash)\"\nPS1='ready> '\nHISTFILE=/dev/null\n";
    completes("bash", "home/.bashrc", setup);
}

#[test]
fn zsh_completes_profiles_behind_assume() {
    let setup = "autoload -Uz compinit; compinit -u; eval \"$(rolecall shell-init zsh)\"\n\
                 PS1='ready> '\nunsetopt prompt_cr prompt_sp beep\n";
    completes("zsh", "home/.zshrc", setup);
}

#[test]
fn fish_completes_profiles_behind_assume() {
    let setup = "rolecall shell-init fish | source\nfunction fish_prompt; echo 'ready> '; end\nset fish_greeting\n";
    completes("fish", "home/.config/fish/config.fish", setup);
}

#[test]
fn the_powershell_function_calls_this_program() {
    let stage = Stage::new();
    let script = stage.sandbox.rolecall(&["shell-init", "powershell"]).run().ok().stdout;
    let program = crate::support::programs::rolecall();
    let call = format!("& '{}' __assume powershell @words", program.display());
    assert!(script.contains(&call), "{script}");
    let arguments = ["__assume", "powershell", "my-role"];
    let lines = stage.sandbox.rolecall(&arguments).run().ok().stdout;
    assert!(lines.contains("$Env:AWS_PROFILE = 'my-role'\n"), "{lines}");
    assert!(lines.contains("$Env:AWS_ACCESS_KEY_ID = $null\n"), "{lines}");
}
