//! `exec`: what the program finds, and what becomes of its exit code.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{
    run::Output,
    stage::{EXTERNAL_ID, ROLE, Stage},
};

/// `rolecall exec ARGUMENTS -- env`, with what a shell may have left in the environment.
pub(crate) fn environment(stage: &Stage, arguments: &[&str], more: &[(&str, &str)]) -> Output {
    let arguments = [&["exec"], arguments, &["--", "env"]].concat();
    let mut run = stage.sandbox.rolecall(&arguments).may_print_secrets();
    for (name, value) in more {
        run = run.env(name, value);
    }
    run.run().ok()
}

/// The value of a variable in what `env` printed.
pub(crate) fn value<'o>(output: &'o Output, name: &str) -> Option<&'o str> {
    output.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
}

#[test]
fn the_program_has_the_session_the_region_and_the_profiles_name() {
    let stage = need!(Stage::with_keyutils());
    let session = stage.document("my-role");
    let output = environment(&stage, &["my-role"], &[]);
    let text = |name: &str| session[name].as_str();
    assert_eq!(value(&output, "AWS_ACCESS_KEY_ID"), text("AccessKeyId"));
    assert_eq!(value(&output, "AWS_SECRET_ACCESS_KEY"), text("SecretAccessKey"));
    assert_eq!(value(&output, "AWS_SESSION_TOKEN"), text("SessionToken"));
    assert_eq!(value(&output, "AWS_CREDENTIAL_EXPIRATION"), text("Expiration"));
    assert_eq!(value(&output, "AWS_ACCOUNT_ID"), Some("222222222222"));
    assert_eq!(value(&output, "AWS_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "AWS_DEFAULT_REGION"), Some("eu-west-1"));
    assert_eq!(value(&output, "ROLECALL_PROFILE"), Some("my-role"));
    assert_eq!(output.stderr, "");
    assert_eq!(stage.assumed(), 1, "the cached session served both");
}

#[test]
fn all_that_could_win_over_the_session_is_taken_out_and_the_rest_stays() {
    let stage = Stage::new();
    let out = [
        ("AWS_PROFILE", "second"),
        ("AWS_DEFAULT_PROFILE", "second"),
        ("AWS_ACCESS_KEY", "AKIAOLD"),
        ("AWS_SECRET_KEY", "old"),
        ("AWS_SECURITY_TOKEN", "old"),
        ("AWS_ROLE_ARN", ROLE),
        ("AWS_ROLE_SESSION_NAME", "other"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/x"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "t"),
        ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/nowhere"),
        ("AWS_BEARER_TOKEN_BEDROCK", "b"),
    ];
    let config = stage.sandbox.config_path();
    let stays = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
        ("AWS_CONFIG_FILE", config.to_str().unwrap()),
        ("AWS_MAX_ATTEMPTS", "2"),
        ("PS1", "> "),
    ];
    let output = environment(&stage, &["plain"], &[&out[..], &stays[..]].concat());
    for (name, _) in out {
        assert_eq!(value(&output, name), None, "{name}");
    }
    for (name, kept) in stays {
        assert_eq!(value(&output, name), Some(kept), "{name}");
    }
    assert_eq!(value(&output, "AWS_REGION"), None, "the profile has none");
    // A stale token beside keys that have none would be sent along.
    let keys = environment(&stage, &["base"], &[("AWS_SESSION_TOKEN", "stale")]);
    assert_eq!(value(&keys, "AWS_SESSION_TOKEN"), None);
    assert_eq!(value(&keys, "AWS_ACCESS_KEY_ID"), Some(&*stage.key_id));
    assert!(keys.stderr.contains("warning: 'base' has long-lived keys"), "{keys:?}");
}

#[test]
fn the_users_region_goes_before_the_profiles_and_one_that_was_handed_out_does_not() {
    let stage = Stage::new();
    let output = environment(&stage, &["my-role"], &[("AWS_DEFAULT_REGION", "us-west-2")]);
    assert_eq!(value(&output, "AWS_REGION"), Some("us-west-2"));
    let output = environment(&stage, &["my-role", "--region", "eu-north-1"], &[]);
    assert_eq!(value(&output, "AWS_DEFAULT_REGION"), Some("eu-north-1"));
    let outer = [
        ("AWS_REGION", "cn-north-1"),
        ("AWS_DEFAULT_REGION", "cn-north-1"),
        ("ROLECALL_REGION", "cn-north-1"),
        ("ROLECALL_PROFILE", "chinese"),
    ];
    let output = environment(&stage, &["my-role"], &outer);
    assert_eq!(value(&output, "AWS_REGION"), Some("eu-west-1"));
    assert_eq!(stage.sts.calls().pop().unwrap().region.as_deref(), Some("eu-west-1"));
    let output = environment(&stage, &["plain"], &outer);
    assert_eq!(value(&output, "AWS_REGION"), None);
    assert_eq!(value(&output, "ROLECALL_REGION"), None);
}

#[test]
fn an_exec_within_an_exec_is_another_profiles_without_a_warning() {
    let stage = Stage::new();
    let program = env!("CARGO_BIN_EXE_rolecall");
    let inner = [program, "exec", "second", "--", program, "whoami", "my-role"];
    let arguments = [&["exec", "plain", "--"], &inner[..]].concat();
    let output = stage.sandbox.rolecall(&arguments).run().ok();
    assert!(output.stdout.contains("assumed-role/MyS3Access"), "{output:?}");
    assert_eq!(output.stderr, "");
    let inner = [program, "exec", "second", "--", "env"];
    let arguments = [&["exec", "my-role", "--"], &inner[..]].concat();
    let output = stage.sandbox.rolecall(&arguments).may_print_secrets().run().ok();
    assert_eq!(value(&output, "ROLECALL_PROFILE"), Some("second"));
    assert_eq!(value(&output, "AWS_ACCOUNT_ID"), Some("333333333333"));
    assert_eq!(value(&output, "AWS_REGION"), None, "that of the outer profile is not its own");
}

#[test]
fn the_exit_code_and_the_signal_are_the_programs_own() {
    let stage = Stage::new();
    let run =
        |script: &str| stage.sandbox.rolecall(&["exec", "plain", "--", "sh", "-c", script]).run();
    assert_eq!(run("exit 42").status.code(), Some(42));
    let killed = run("kill -TERM $$").status;
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&killed), Some(15));
}

#[test]
fn a_program_that_cannot_be_run_is_127_or_126_and_nobody_is_asked_for_it() {
    let stage = Stage::new();
    let run = |program: &str| stage.sandbox.rolecall(&["exec", "my-role", "--", program]).run();
    for missing in ["no-such-program", "./no-such-program"] {
        let output = run(missing).code(127);
        assert!(output.stderr.contains(&format!("program '{missing}' not found")), "{output:?}");
    }
    let file = stage.sandbox.file("home/data", "text\n");
    let output = run(file.to_str().unwrap()).code(126);
    assert!(output.stderr.contains("is not executable"), "{output:?}");
    let output = run("/tmp").code(126);
    assert!(output.stderr.contains("'/tmp' is not executable"), "{output:?}");
    assert_eq!(stage.sts.calls().len(), 0);
    let script = stage.sandbox.script("home/broken", "#!/no/such/interpreter\n");
    let output = run(script.to_str().unwrap()).code(127);
    assert!(output.stderr.contains("for a script its first line"), "{output:?}");
}

#[test]
fn without_a_program_it_is_the_users_shell() {
    let stage = Stage::new();
    let shell = stage.sandbox.script("bin/my-shell", "#!/bin/sh\necho \"$ROLECALL_PROFILE $#\"\n");
    let run = stage.sandbox.rolecall(&["exec", "plain"]).env("SHELL", shell);
    assert_eq!(run.run().ok().stdout, "plain 0\n");
    let run = stage.sandbox.rolecall(&["exec", "--profile", "plain"]).env_remove("SHELL");
    assert_eq!(run.stdin("echo $ROLECALL_PROFILE\n").run().ok().stdout, "plain\n");
}

#[test]
#[cfg(target_os = "linux")] // whose /proc tells of signals and descriptors
fn the_program_starts_as_if_the_caller_had_started_it() {
    let stage = need!(Stage::with_keyutils());
    let script = "grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status; umask; ulimit -c; ulimit -n; \
                  echo /proc/self/fd/*; cat /proc/self/oom_score_adj";
    let shell = ["sh", "-c", script];
    let direct = stage.sandbox.program(shell[0], &shell[1..]).run().ok();
    // Once as it makes the session, with its locks, sockets and threads; once from the store.
    for _ in 0..2 {
        let arguments = [&["exec", "my-role", "--"], &shell[..]].concat();
        let output = stage.sandbox.rolecall(&arguments).run().ok();
        assert_eq!(output.stdout, direct.stdout);
    }
    assert_eq!(stage.assumed(), 1);
    // A signal that the caller has ignored goes on being ignored.
    let script = "trap '' HUP; exec \"$@\"";
    let program = env!("CARGO_BIN_EXE_rolecall");
    let ask = "grep SigIgn /proc/self/status";
    let arguments = ["-c", script, "sh", program, "exec", "my-role", "--", "sh", "-c", ask];
    let output = stage.sandbox.program("sh", &arguments).run().ok();
    let mask = output.stdout.trim().rsplit_once('\t').unwrap().1;
    assert_eq!(u64::from_str_radix(mask, 16).unwrap() & 1, 1, "{output:?}");
}

#[test]
fn a_session_that_ends_too_soon_is_replaced_and_one_just_made_is_long_enough() {
    let stage = need!(Stage::with_keyutils());
    stage.sts.set_session_seconds(Some(600));
    stage.document("plain");
    let output = environment(&stage, &["plain"], &[]);
    assert_eq!(stage.assumed(), 2, "10 minutes are too few");
    assert!(output.stderr.contains("'plain' expires in 10 min"), "{output:?}");
    let output = environment(&stage, &["plain", "--at-least", "5m"], &[]);
    assert_eq!((stage.assumed(), &*output.stderr), (2, ""));
    stage.sts.set_session_seconds(None);
    environment(&stage, &["plain"], &[]);
    environment(&stage, &["plain", "--at-least", "45m"], &[]);
    assert_eq!(stage.assumed(), 3);
    environment(&stage, &["plain", "--at-least", "2h"], &[]);
    assert_eq!(stage.assumed(), 4);
}

#[test]
fn settings_of_the_call_are_those_of_its_session() {
    let stage = Stage::new();
    environment(&stage, &["my-role", "--duration", "900", "--session-name", "ci-42"], &[]);
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!((call.duration, call.session_name.as_deref()), (Some(900), Some("ci-42")));
    let role = ["--role-arn", ROLE, "--source-profile", "base", "--external-id", EXTERNAL_ID];
    let output = environment(&stage, &role, &[]);
    assert_eq!(value(&output, "ROLECALL_PROFILE"), Some(ROLE));
}

#[test]
fn a_failure_runs_nothing() {
    let stage = Stage::new();
    stage.sts.with_world(|world| world.roles[2].denied = true);
    let touch = ["exec", "plain", "--", "touch", "ran"];
    let output = stage.sandbox.rolecall(&touch).run().code(4);
    assert_eq!(output.stdout, "");
    assert!(!stage.sandbox.home().join("ran").exists());
    let output = stage.sandbox.rolecall(&["exec", "nobody", "--", "true"]).run().code(5);
    assert!(output.stderr.contains("'nobody' does not exist"), "{output:?}");
}

#[test]
fn arguments_reach_the_program_as_they_are() {
    let stage = Stage::new();
    let words = ["a b", "$HOME", "--profile", "x", "", "'\""];
    let arguments = [&["exec", "plain", "--", "printf", "[%s]"], &words[..]].concat();
    let output = stage.sandbox.rolecall(&arguments).run().ok();
    assert_eq!(output.stdout, "[a b][$HOME][--profile][x][]['\"]");
    let script = stage.sandbox.script("bin/tool", "#!/bin/sh\necho found\n");
    let mode = fs::metadata(&script).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let path = format!("{}:/usr/bin:/bin", script.parent().unwrap().display());
    let run = stage.sandbox.rolecall(&["exec", "plain", "--", "tool"]).env("PATH", path);
    assert_eq!(run.run().ok().stdout, "found\n");
}

/// A folder with a program of each of these names, which leaves its name in the sandbox if it runs.
fn planted(stage: &Stage, names: &[&str]) -> std::path::PathBuf {
    let ran = stage.sandbox.path("ran");
    for name in names {
        let text = format!("#!/bin/sh\necho {name} >> {}\n", ran.display());
        stage.sandbox.script(format!("hostile/bin/{name}"), text);
    }
    stage.sandbox.path("hostile")
}

#[test]
fn no_program_of_a_relative_folder_of_path_is_run() {
    let stage = Stage::new();
    let give = stage.sandbox.script("own/give", "#!/bin/sh\nexec false\n");
    stage.edit_config(
        "[profile plain]\n",
        &format!(
            "[profile tool]\ncredential_process = helper\n\
             [profile whole]\ncredential_process = {}\n\
             [profile coded]\nrole_arn = {ROLE}\nsource_profile = base\n\
             mfa_serial = arn:aws:iam::111111111111:mfa/natan\nrolecall_mfa_process = helper\n\
             [profile plain]\n",
            give.display()
        ),
    );
    let names = [
        "sh",
        "helper",
        "ps",
        "aws",
        "python3",
        "zenity",
        "pinentry",
        "xdg-open",
        "x-www-browser",
        "firefox",
        "rolecall-provision",
        "setsid",
        "printenv",
    ];
    let hostile = planted(&stage, &names);
    for name in names {
        std::os::unix::fs::symlink(format!("bin/{name}"), hostile.join(name)).unwrap();
    }
    for path in ["bin:.:/usr/bin:/bin", "/usr/bin:/bin:", ".", ":"] {
        for arguments in [
            &["credential-process", "tool"][..],
            &["credential-process", "whole"],
            &["credential-process", "coded"],
            &["whoami", "whole"],
            &["login", "coded"],
            &["console", "plain"],
            &["doctor", "plain", "--online"],
            &["exec", "plain", "--", "helper"],
            &["exec", "plain", "--serve", "--", "helper"],
            &["completions"],
        ] {
            let run = stage.sandbox.rolecall(arguments).folder(&hostile).env("PATH", path);
            let run = run.env("DISPLAY", ":9").env("BROWSER", "firefox:helper");
            let _output = run.env("ROLECALL_PROMPT", "gui").may_print_secrets().run();
            let ran = fs::read_to_string(stage.sandbox.path("ran")).unwrap_or_default();
            assert_eq!(ran, "", "{arguments:?} with PATH={path}");
        }
    }
    let output = stage.sandbox.rolecall(&["exec", "plain", "--", "helper"]).folder(&hostile);
    let output = output.env("PATH", "bin:/usr/bin").run().code(127);
    let what = "program 'helper' is only in a relative directory of PATH";
    assert!(output.stderr.contains(what) && output.stderr.contains("./helper"), "{output:?}");
    // Named with its folder, it is what the user wants.
    let output = stage.sandbox.rolecall(&["exec", "plain", "--", "./helper"]).folder(&hostile);
    output.run().ok();
    assert_eq!(fs::read_to_string(stage.sandbox.path("ran")).unwrap(), "helper\n");
}
