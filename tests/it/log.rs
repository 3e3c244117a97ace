//! The log of hand-outs: what is noted, for whom, and what `rolecall log` shows of it.

mod crowd;
mod shown;

use std::{fs, os::unix::fs::PermissionsExt as _, path::PathBuf};

use serde_json::Value;

use crate::{
    serve::server::Server,
    support::{
        clients::require_program,
        programs,
        run::Run,
        stage::{PLAIN, ROLE, Stage},
    },
};

/// The file that new lines go to.
fn file(stage: &Stage) -> PathBuf {
    stage.sandbox.state().join("audit.log")
}

/// What is noted, the oldest first.
fn noted(stage: &Stage) -> Vec<Value> {
    let log = stage.sandbox.rolecall(&["log", "--output", "json"]).run().ok().json();
    assert_eq!(log["unreadable_lines"], 0, "{log}");
    log["hand_outs"].as_array().expect("an array").clone()
}

/// A program of the user's with this name, which runs `line`.
fn program<'s>(stage: &'s Stage, name: &str, line: &str, arguments: &[&str]) -> Run<'s> {
    let line = line.replace("rolecall", &programs::rolecall().display().to_string());
    // The shell must not become rolecall.
    let script = stage.sandbox.script(format!("home/{name}"), format!("#!/bin/sh\n{line}\n:\n"));
    stage.sandbox.program(script, arguments).may_print_secrets()
}

#[test]
fn a_new_session_is_noted_with_the_program_that_got_it_and_a_stored_one_is_not() {
    let stage = need!(Stage::with_keyutils());
    let document = stage.document("my-role");
    stage.document("my-role");
    let noted = noted(&stage);
    assert_eq!(noted.len(), 1, "{noted:?}");
    let entry = &noted[0];
    for (field, value) in [
        ("verb", "credential-process"),
        ("profile", "my-role"),
        ("role", ROLE),
        ("account_id", "222222222222"),
        ("session_name", "natan"),
        ("access_key_id", document["AccessKeyId"].as_str().unwrap()),
        ("expiration", document["Expiration"].as_str().unwrap()),
        ("given", "new"),
        ("folder", stage.sandbox.home().to_str().unwrap()),
    ] {
        assert_eq!(entry[field], value, "{field}: {entry}");
    }
    assert_eq!(entry["agent"], Value::Null);
    assert_eq!(fs::metadata(file(&stage)).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_setting_of_the_profile_counts_then_that_of_default_then_the_variable() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let count_after = |variable: &str| {
        let before = noted(&stage).len();
        stage.helper("my-role").env("ROLECALL_AUDIT", variable).run().ok();
        noted(&stage).len() - before
    };
    assert_eq!([count_after(""), count_after("new"), count_after("off")], [0, 0, 0]);
    assert_eq!([count_after("all"), count_after("ALL")], [1, 1]);
    assert_eq!(noted(&stage).last().unwrap()["given"], "stored");
    stage.edit_config("[profile second]", "[default]\nrolecall_audit = all\n[profile second]");
    assert_eq!(count_after("off"), 1, "a caller can't turn off what a file says");
    stage.edit_config("[profile my-role]\n", "[profile my-role]\nrolecall_audit = off\n");
    assert_eq!([count_after("all"), count_after("")], [0, 0]);
    stage.sandbox.rolecall(&["login", "my-role", "--force"]).run().ok();
    stage
        .sandbox
        .rolecall(&["env", "my-role", "--shell", "sh", "--at-least", "59m"])
        .may_print_secrets()
        .run()
        .ok();
    assert_eq!(noted(&stage).len(), 4, "not even a new one");
}

#[test]
fn a_word_that_is_none_is_an_error_with_its_place() {
    let stage = Stage::new();
    let output = stage.helper("my-role").env("ROLECALL_AUDIT", "yes").run().code(2);
    assert!(output.stderr.contains("ROLECALL_AUDIT is not all, new or off"), "{output:?}");
    stage.edit_config("[profile my-role]\n", "[profile my-role]\nrolecall_audit = everything\n");
    let output = stage.helper("my-role").run().code(5);
    assert!(output.stderr.contains("'rolecall_audit' is not all, new or off"), "{output:?}");
    assert!(output.stderr.contains("config:2)"), "{output:?}");
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn each_verb_that_hands_credentials_out_is_noted_and_no_other() {
    let stage = need!(Stage::with_keyutils());
    stage.sandbox.env("ROLECALL_AUDIT", "all");
    stage.sandbox.env("AWS_ENDPOINT_URL_SIGNIN", stage.sts.endpoint());
    for line in [
        &["login", "my-role"][..],
        &["whoami", "my-role"],
        &["status"],
        &["profile", "show", "my-role"],
        &["doctor", "my-role"],
        &["logout", "second"],
    ] {
        let _any = stage.sandbox.rolecall(line).run();
    }
    assert_eq!(noted(&stage), Vec::<Value>::new(), "nobody got anything");
    let verbs: [(&str, &[&str]); 5] = [
        ("credential-process", &["credential-process", "my-role"]),
        ("env", &["env", "my-role", "--shell", "bash"]),
        ("exec", &["exec", "my-role", "--", "/bin/sh", "-c", "exit 0"]),
        ("console", &["console", "my-role", "--print"]),
        ("login --export-to", &["login", "my-role", "--export-to", "exported"]),
    ];
    for (verb, line) in verbs {
        let before = noted(&stage).len();
        stage.sandbox.may_hold_secrets(stage.sandbox.credentials_path());
        stage.sandbox.rolecall(line).may_print_secrets().run().ok();
        let noted = noted(&stage);
        assert_eq!((noted.len() - before, noted.last().unwrap()["verb"].as_str()), (1, Some(verb)));
    }
    // Long-lived keys are passed on as they are.
    stage.document("base");
    let entry = noted(&stage).pop().unwrap();
    assert_eq!(
        (&entry["given"], &entry["role"], &entry["expiration"]),
        (&"keys".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(entry["access_key_id"], stage.key_id);
    // A role without a profile has its ARN.
    let role = ["--role-arn", PLAIN, "--source-profile", "base"];
    stage.sandbox.rolecall(&[&["credential-process"], &role[..]].concat()).run().ok();
    let entry = noted(&stage).pop().unwrap();
    assert_eq!((&entry["profile"], &entry["role"]), (&Value::Null, &PLAIN.into()));
    let of_role = stage.sandbox.rolecall(&["log", PLAIN, "--output", "json"]).run().ok().json();
    assert_eq!(of_role["hand_outs"].as_array().unwrap().len(), 1);
}

#[test]
#[cfg(target_os = "linux")] // which tells which program it is
fn the_program_is_named_without_its_arguments_and_not_the_shell_between() {
    let stage = Stage::new();
    stage.sandbox.secret("an argument of the caller", "hunter2-of-the-caller");
    let arguments = ["--password", "hunter2-of-the-caller"];
    let direct = "rolecall credential-process my-role";
    let shell = "sh -c 'rolecall credential-process my-role; :'";
    for (name, line) in [("my-tool", direct), ("a-tool-with-a-long-name", shell)] {
        program(&stage, name, line, &arguments).run().ok();
        let entry = noted(&stage).pop().unwrap();
        // The kernel keeps 15 bytes of a script's name.
        assert_eq!(entry["program"], name[..name.len().min(15)], "{entry}");
        assert_eq!(entry["path"], fs::canonicalize("/bin/sh").unwrap().to_str().unwrap());
        assert!(entry["pid"].as_u64() != entry["parent_pid"].as_u64(), "{entry}");
        assert!(entry["parent"].as_str().unwrap().starts_with("it-"), "{entry}");
        assert_eq!(entry["parent_pid"], std::process::id(), "{entry}");
    }
}

#[test]
fn the_program_that_exec_runs_is_noted_with_its_own_process() {
    let stage = Stage::new();
    let line = "rolecall exec my-role -- /bin/sh -c 'echo $$'";
    let output = program(&stage, "outer", line, &[]).run().ok();
    let entry = noted(&stage).pop().unwrap();
    assert_eq!((&entry["verb"], &entry["program"]), (&"exec".into(), &"sh".into()), "{entry}");
    assert_eq!(entry["path"], "/bin/sh");
    assert_eq!(entry["pid"].to_string(), output.stdout.trim(), "{entry}");
    if cfg!(target_os = "linux") {
        assert_eq!(entry["parent"], "outer", "{entry}");
    }
}

#[test]
fn an_agent_that_shows_itself_is_named() {
    let stage = Stage::new();
    stage.helper("my-role").env("CLAUDECODE", "1").run().ok();
    assert_eq!(noted(&stage).pop().unwrap()["agent"], "CLAUDECODE");
}

#[test]
fn a_server_notes_the_first_client_of_each_session_or_all() {
    for (audit, count) in [("new", 1), ("all", 3), ("off", 0)] {
        let stage = Stage::new();
        stage.sandbox.env("ROLECALL_AUDIT", audit);
        let server = Server::start(&stage, &["my-role"]);
        assert_eq!(noted(&stage).len(), 0, "no client yet");
        let access = server.access(0);
        let wrong = access.ask("GET", &access.path, &[("Authorization", "wrong")]);
        assert_eq!(wrong.status, 403);
        let id = access.get().json()["AccessKeyId"].as_str().unwrap().to_owned();
        for _ in 0..2 {
            assert_eq!(access.get().status, 200);
        }
        let noted = noted(&stage);
        assert_eq!(noted.len(), count, "{audit}: {noted:?}");
        for (i, entry) in noted.iter().enumerate() {
            assert_eq!(
                (&entry["verb"], &entry["access_key_id"]),
                (&"serve".into(), &id.as_str().into())
            );
            assert_eq!(entry["given"], if i == 0 { "new" } else { "stored" });
            if cfg!(target_os = "linux") {
                // This test is the client.
                assert_eq!(entry["pid"], std::process::id(), "{entry}");
                assert!(entry["path"].as_str().unwrap().contains("/it-"), "{entry}");
            }
        }
    }
}

#[test]
#[cfg(target_os = "linux")] // which tells who is at the other end
fn a_client_over_a_socket_and_a_child_of_exec_serve_are_noted() {
    let stage = Stage::new();
    let curl = need!(require_program("curl", "curl"));
    let line = format!(
        "{} -sS -H \"Authorization: $AWS_CONTAINER_AUTHORIZATION_TOKEN\" \"$AWS_CONTAINER_CREDENTIALS_FULL_URI\"",
        curl.display()
    );
    let arguments = ["exec", "my-role", "--serve", "--", "/bin/sh", "-c", &line];
    stage.sandbox.rolecall(&arguments).may_print_secrets().run().ok();
    let entry = noted(&stage).pop().unwrap();
    assert_eq!((&entry["verb"], &entry["program"]), (&"exec --serve".into(), &"curl".into()));
    let server = Server::start(&stage, &["my-role", "--unix-socket", "socket"]);
    let access = server.access(0);
    let socket = stage.sandbox.home().join("socket").display().to_string();
    let header = format!("Authorization: {}", access.token);
    let url = format!("http://localhost{}", access.path);
    let arguments = ["-sS", "--unix-socket", &socket, "-H", &header, &url];
    stage.sandbox.program(&curl, &arguments).may_print_secrets().run().ok();
    let entry = noted(&stage).pop().unwrap();
    assert_eq!((&entry["verb"], &entry["program"]), (&"serve".into(), &"curl".into()), "{entry}");
}

#[test]
fn a_hit_does_nothing_for_the_log() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    stage.document("my-role");
    let calls = |audit: &str| {
        let output = stage.sandbox.path("calls");
        let to = output.display().to_string();
        let program = programs::rolecall().display().to_string();
        let words = ["-f", "-qq", "-o", &to, &program, "credential-process", "my-role"];
        let run = stage.sandbox.program(&strace, &words).env("ROLECALL_AUDIT", audit);
        stage.sandbox.may_hold_secrets(&output);
        run.may_print_secrets().run().ok();
        let calls = fs::read_to_string(output).unwrap();
        let touches = calls.lines().filter(|line| {
            line.contains("audit.log") || line.contains("getppid") || line.contains("/stat\"")
        });
        (calls.lines().count(), touches.count())
    };
    let (off, new, all) = (calls("off"), calls("new"), calls("all"));
    assert_eq!(new, (off.0, 0), "calls to the system, and those for the log");
    // What it costs if it is wanted: the folder, the caller, one write.
    assert!(all.1 >= 3 && all.0 - off.0 <= 40, "{all:?} {off:?}");
}

#[test]
fn a_log_that_cannot_be_written_costs_no_credentials_and_is_said() {
    let stage = Stage::new();
    stage.document("my-role");
    fs::remove_file(file(&stage)).unwrap();
    fs::create_dir(file(&stage)).unwrap();
    stage.document("my-role");
    let messages = fs::read_to_string(stage.sandbox.state().join("rolecall.log")).unwrap();
    assert!(messages.contains("the hand-out could not be logged: "), "{messages}");
    let env = stage
        .sandbox
        .rolecall(&["env", "my-role", "--shell", "bash"])
        .may_print_secrets()
        .run()
        .ok();
    assert!(env.stdout.contains("AWS_ACCESS_KEY_ID"), "{env:?}");
    assert!(env.stderr.contains("warning: the hand-out could not be logged: "), "{env:?}");
}

#[test]
fn the_log_outlives_the_sessions() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(noted(&stage).len(), 1);
}

#[test]
fn a_key_that_is_exported_is_noted() {
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.rolecall(&["keys", "import", "base"]).run().ok();
        let export = ["keys", "export", "base", "--yes"];
        stage.sandbox.rolecall(&export).may_print_secrets().run().ok();
        let entry = noted(stage).pop().unwrap();
        assert_eq!((&entry["verb"], &entry["given"]), (&"keys export".into(), &"keys".into()));
        assert_eq!(entry["access_key_id"], stage.key_id);
    });
}
