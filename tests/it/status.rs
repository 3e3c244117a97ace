//! `status`: what a shell prompt and a person are told, from the state files alone.

use std::{
    fs,
    io::ErrorKind,
    os::unix::{fs::symlink, net::UnixListener},
    path::PathBuf,
};

use serde_json::{Value, json};

use crate::{
    mfa::{self, SERIAL},
    support::{
        clients::require_program,
        keyring::SessionBus,
        run::Run,
        stage::{ROLE, Stage},
    },
};

/// `status PROFILE --output json`.
#[track_caller]
fn of(stage: &Stage, profile: &str) -> Value {
    stage.sandbox.rolecall(&["status", profile, "--output", "json"]).run().ok().json()
}

#[track_caller]
fn all(stage: &Stage) -> Value {
    stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json()
}

/// The records' files.
fn records(stage: &Stage) -> Vec<PathBuf> {
    let entries = fs::read_dir(stage.sandbox.state().join("sessions")).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// A copy of the first record under another key.
fn copy_record(stage: &Stage, number: usize, change: impl Fn(&mut Value)) -> PathBuf {
    let first = &records(stage)[0];
    let mut record: Value = serde_json::from_slice(&fs::read(first).unwrap()).unwrap();
    change(&mut record);
    let path = first.with_file_name(format!("{number:064x}.json"));
    fs::write(&path, record.to_string()).unwrap();
    path
}

#[test]
fn the_profiles_own_session_is_told_from_those_that_it_is_made_with() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    let status = of(&stage, "second");
    assert_eq!(status["profile"], "second");
    assert_eq!(status["session"]["account_id"], "333333333333");
    assert_eq!(status["session"], status["sessions"][0], "in front: {status}");
    let own = |i: usize| (&status["sessions"][i]["profile"], &status["sessions"][i]["own"]);
    assert_eq!(own(0), (&json!("second"), &json!(true)));
    assert_eq!(own(1), (&json!("my-role"), &json!(false)));
    assert_eq!(status["session"]["usable"], true);
    assert_eq!(status.get("stores"), None);
    assert_eq!(all(&stage)["session"], Value::Null, "nobody is named");
    // Without its last step, a chain has no session of its own.
    stage.sandbox.rolecall(&["logout", "second"]).run().ok();
    let status = of(&stage, "second");
    assert_eq!((&status["session"], &status["sessions"][0]["own"]), (&Value::Null, &json!(false)));
}

#[test]
fn what_was_made_from_other_settings_is_not_the_profiles_own() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let short = ["credential-process", "my-role", "--duration", "15m"];
    stage.sandbox.rolecall(&short).run().ok();
    let status = of(&stage, "my-role");
    assert_eq!(status["sessions"].as_array().unwrap().len(), 2);
    assert!(status["session"]["remaining_seconds"].as_i64().unwrap() > 900, "{status}");
    stage.edit_config("ext-42", "edited");
    let status = of(&stage, "my-role");
    assert_eq!(status["session"], Value::Null, "the next caller makes one: {status}");
    assert_eq!(status["sessions"].as_array().unwrap().len(), 2);
}

#[test]
fn a_broken_or_missing_config_costs_nothing() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    stage.sandbox.rolecall(&["login", "my-role", "--duration", "15m"]).run().ok();
    for config in ["[profile my-role]\nrolecall_role_arn\n", "[profile other]\n", "\u{0}[", ""] {
        stage.sandbox.config(config);
        let status = of(&stage, "my-role");
        assert_eq!(status["session"]["role_arn"], ROLE, "{config:?}: {status}");
        assert!(status["session"]["remaining_seconds"].as_i64().unwrap() > 900, "{status}");
    }
    fs::remove_dir_all(stage.sandbox.config_path().parent().unwrap()).unwrap();
    assert_eq!(of(&stage, "my-role")["session"]["role_arn"], ROLE);
    let table = stage.sandbox.rolecall(&["status", "my-role"]).run().ok();
    assert!(table.stdout.contains("MyApp/MyS3Access"), "{table:?}");
    assert!(table.stderr.starts_with("warning: "), "{table:?}");
}

#[test]
fn no_bus_and_no_keychain_is_waited_for() {
    let stage = Stage::new();
    stage.sandbox.store("auto");
    let bus = need!(SessionBus::start(&stage.sandbox));
    stage.document("my-role");
    let prompt = ["status", "my-role", "--output", "json"];
    let socket = stage.sandbox.path("bus-that-never-answers");
    let silent = UnixListener::bind(&socket).unwrap();
    silent.set_nonblocking(true).unwrap();
    let address = format!("unix:path={}", socket.display());
    let status = stage.sandbox.rolecall(&prompt);
    let status = status.env("DBUS_SESSION_BUS_ADDRESS", address).run().ok().json();
    let connected = silent.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(connected, Err(ErrorKind::WouldBlock), "the records alone are read");
    drop(bus);
    assert_eq!(status["session"]["store"], "secret-service");
    let nowhere = stage.sandbox.rolecall(&prompt);
    let nowhere = nowhere.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent").run().ok();
    assert_eq!(nowhere.json()["session"]["usable"], true);
    assert_eq!(nowhere.stderr, "");
}

#[test]
fn what_is_no_record_of_ours_is_passed_over() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let before = all(&stage);
    let folder = stage.sandbox.state().join("sessions");
    let key = |n: usize| folder.join(format!("{n:064x}.json"));
    copy_record(&stage, 1, |record| record["version"] = json!(2));
    copy_record(&stage, 2, |record| record["ends"] = json!("soon"));
    fs::write(key(3), "{").unwrap();
    fs::write(key(4), vec![b'x'; 100_000]).unwrap();
    fs::create_dir(key(5)).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        key(6),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    symlink(&records(&stage)[0], key(7)).unwrap();
    fs::write(folder.join("notes.txt"), "").unwrap();
    assert_eq!(all(&stage)["sessions"].as_array().unwrap().len(), 1);
    assert_eq!(all(&stage)["sessions"][0]["minted"], before["sessions"][0]["minted"]);
    stage.sandbox.rolecall(&["status"]).run().ok();
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(output.stdout.lines().count(), 1, "{output:?}");
    assert!(key(1).exists(), "what a newer version wrote is its own");
}

#[test]
fn a_state_directory_is_neither_needed_nor_made() {
    let stage = Stage::new();
    let status = |more: &[&str]| stage.sandbox.rolecall(&[&["status"], more].concat()).run().ok();
    let (table, one) = (status(&[]), status(&["my-role"]));
    assert!(table.stdout.starts_with("no sessions; "), "{table:?}");
    assert!(one.stdout.starts_with("no session for 'my-role'; "), "{one:?}");
    assert_eq!(status(&["--output", "json"]).json()["sessions"], json!([]));
    assert!(!stage.sandbox.home().join(".local").exists());
    let nowhere = stage.sandbox.rolecall(&["status", "--output", "json"]);
    let nowhere = nowhere.env_remove("HOME").env_remove("XDG_RUNTIME_DIR").run().ok();
    assert_eq!(nowhere.json()["sessions"], json!([]));
}

#[test]
fn records_that_can_not_be_written_any_more_are_still_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let folder = stage.sandbox.state();
    for folder in [folder.join("sessions"), folder.clone()] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    }
    let setpriv = need!(require_program("setpriv", "util-linux"));
    let bound = "--bounding-set=-dac_override,-dac_read_search";
    let rolecall = env!("CARGO_BIN_EXE_rolecall");
    let status = |more: &[&str]| {
        let arguments = [&[bound, rolecall, "status"], more].concat();
        let is_root = rustix::process::geteuid().is_root();
        let run: Run<'_> = if is_root {
            stage.sandbox.program(&setpriv, &arguments)
        } else {
            stage.sandbox.rolecall(&arguments[2..])
        };
        run.run().ok()
    };
    assert_eq!(status(&["my-role", "--output", "json"]).json()["session"]["role_arn"], ROLE);
    assert!(status(&[]).stdout.contains("my-role"));
    for folder in [folder.clone(), folder.join("sessions")] {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
}

#[test]
fn a_thousand_records_are_read_and_forgotten() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    for number in 0..1000 {
        copy_record(&stage, number, |record| record["profile"] = json!(format!("p{number}")));
    }
    assert_eq!(all(&stage)["sessions"].as_array().unwrap().len(), 1001);
    assert_eq!(of(&stage, "my-role")["sessions"].as_array().unwrap().len(), 1);
    let output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    assert_eq!(output.stdout.lines().count(), 1001);
}

#[test]
fn a_session_of_another_config_file_is_marked() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let other = fs::read_to_string(stage.sandbox.config_path()).unwrap().replace("ext-42", "else");
    let other = stage.sandbox.file("other/config", other);
    stage.sandbox.env("AWS_CONFIG_FILE", &other);
    let status = of(&stage, "my-role");
    assert_eq!(status["session"], Value::Null, "{status}");
    let config = stage.sandbox.config_path();
    assert_eq!(status["sessions"][0]["config_file"], config.to_str().unwrap());
    let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(table.contains("my-role*  "), "{table}");
    assert!(table.contains(&format!("\n* of {}\n", config.display())), "{table}");
}

#[test]
fn a_session_is_due_and_then_over_and_so_it_is_when_the_clock_was_put_back() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let told = |stage: &Stage| {
        let session = of(stage, "my-role")["session"].take();
        (session["usable"].clone(), session["due"].clone())
    };
    assert_eq!(told(&stage), (json!(true), json!(false)));
    need!(stage.pass(50));
    assert_eq!(told(&stage), (json!(true), json!(true)));
    let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(table.contains("10 min, due"), "{table}");
    stage.pass(-5);
    assert_eq!(told(&stage), (json!(false), json!(true)));
    let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(table.contains(", not usable"), "{table}");
    stage.pass(61);
    assert_eq!(of(&stage, "my-role")["session"], Value::Null);
    stage.pass(0);
}

#[test]
fn an_mfa_session_is_shown_with_its_device_its_end_and_its_profiles() {
    let stage = need!(mfa::kept());
    stage.document("first");
    let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(table.contains(&format!("MFA session of {SERIAL}\n  until ")), "{table}");
    assert!(table.contains("(12 h), saved in keyutils; keys of 'base'\n"), "{table}");
    assert!(table.contains("\n  no code needed for: first, other, chain\n"), "{table}");
    let status = of(&stage, "other");
    assert_eq!(status["session"], Value::Null, "{status}");
    assert_eq!(status["sessions"][0]["mfa_serial"], SERIAL);
    assert_eq!(of(&stage, "first")["session"]["mfa_serial"], Value::Null);
}

#[test]
fn the_table_fits_a_terminal_of_80_columns() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    copy_record(&stage, 1, |record| {
        record["profile"] = json!("acme-production");
        let ends = stage.sts.now() + chrono::Duration::minutes(11 * 60 + 59);
        record["ends"] = json!(ends.to_rfc3339());
    });
    let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
    assert!(table.contains("11 h 59 min"), "{table}");
    assert!(table.lines().all(|line| line.len() <= 80), "{table}");
}

#[test]
fn sessions_of_one_profile_are_shown_with_what_differs() {
    let stage = need!(Stage::with_keyutils());
    stage.document("my-role");
    let lines = || {
        let table = stage.sandbox.rolecall(&["status"]).run().ok().stdout;
        let lines = table.lines().take_while(|line| !line.is_empty());
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    assert!(!lines()[0].contains("DETAILS"), "one session needs none: {:?}", lines());
    for options in [
        &["--session-policy", "s3-read:bucket/prefix"][..],
        &["--session-name", "ci"],
        &["--duration", "15m"],
        &["--external-id", "ext-42", "--duration", "20m"],
    ] {
        stage.sandbox.rolecall(&[&["login", "my-role"], options].concat()).run().ok();
    }
    let lines = lines();
    assert!(lines[0].ends_with(" LEFT DETAILS"), "{lines:?}");
    assert_eq!(lines.len(), 6, "{lines:?}");
    for detail in [
        "session policy: s3:ListBucket ",
        " session name ci",
        "requested for 15 min",
        "requested for 20 min",
    ] {
        let with_it = lines.iter().filter(|line| line.contains(detail)).count();
        assert_eq!(with_it, 1, "{detail}: {lines:?}");
    }
    let mut rows: Vec<_> = lines[1..].to_vec();
    rows.sort();
    rows.dedup();
    assert_eq!(rows.len(), 5, "all differ: {lines:?}");
}

#[test]
fn a_profile_without_a_session_is_told_what_to_do() {
    let stage = Stage::new();
    let status = |name: &str| stage.sandbox.rolecall(&["status", name]).run().ok();
    let role = status("my-role");
    assert!(
        role.stdout.starts_with("no session for 'my-role'; 'rolecall login my-role' creates one\n")
    );
    assert!(status("base").stdout.contains("it has access keys, and needs no session"));
    let nobody = status("nobody");
    assert!(nobody.stderr.contains("'nobody' does not exist"), "{nobody:?}");
    assert_eq!(nobody.stdout.lines().next(), Some("no session for 'nobody'"));
    let mistyped = status("my-rloe");
    assert!(mistyped.stderr.contains("hint: did you mean 'my-role'?"), "{mistyped:?}");
}

/// The code block of docs/prompt.md that has `mark` in it.
fn from_docs(mark: &str) -> String {
    let text = include_str!("../../docs/prompt.md");
    let blocks = text.split("```").skip(1).step_by(2);
    let mut found = blocks.filter(|block| block.contains(mark));
    let block = found.next().unwrap_or_else(|| panic!("docs/prompt.md has no {mark:?}"));
    block.split_once('\n').expect("a line of its own").1.to_owned()
}

/// The sandbox's PATH with rolecall in it.
fn path() -> String {
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_rolecall")).parent().unwrap();
    format!("{}:/usr/bin:/bin", folder.display())
}

#[test]
fn the_shell_prompt_of_the_docs_works_in_bash_and_zsh() {
    let stage = need!(Stage::with_keyutils());
    need!(require_program("jq", "jq"));
    let snippet = from_docs("PS1=");
    for (shell, show) in
        [("bash", "printf '%s|' \"${PS1@P}\""), ("zsh", "print -rn -- \"${(%%)PS1}|\"")]
    {
        let shell_program = need!(require_program(shell, shell), continue);
        let no_files = if shell == "bash" { "--norc" } else { "-f" };
        let script = format!("PS1='$ '\n{snippet}\n{show}; rolecall login my-role >&2; {show}\n");
        let run = stage.sandbox.program(shell_program, &[no_files, "-c", &script]);
        let output = run.env("PATH", path()).env("AWS_PROFILE", "my-role").run().code(0);
        let parts: Vec<&str> = output.stdout.split('|').collect();
        assert_eq!(parts[..2], ["(my-role: no session) $ ", "(my-role: 60 min) $ "], "{output:?}");
        let run = stage
            .sandbox
            .program(require_program(shell, shell).unwrap(), &[no_files, "-c", &script]);
        let output = run.env("PATH", path()).run();
        assert!(output.stdout.starts_with("$ |"), "no profile, no word: {output:?}");
        stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    }
}

#[test]
fn the_starship_module_of_the_docs_works() {
    let stage = need!(Stage::with_keyutils());
    need!(require_program("jq", "jq"));
    let module = from_docs("[custom.aws_session]");
    // What of TOML is used: a table, and literal strings.
    let setting = |key: &str| {
        let line = module.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
        let value = line.unwrap_or_else(|| panic!("no {key}")).trim();
        let quotes = if value.starts_with("'''") { "'''" } else { "'" };
        value.trim_start_matches(quotes).trim_end_matches(quotes).to_owned()
    };
    let run = |script: &str| {
        let run = stage.sandbox.program("/bin/sh", &["-c", script]);
        run.env("PATH", path()).env("AWS_PROFILE", "my-role").run().ok().stdout
    };
    run(&setting("when"));
    assert_eq!(
        run(&setting("command")),
        "no session
"
    );
    stage.document("my-role");
    assert_eq!(
        run(&setting("command")),
        "60 min
"
    );
    need!(stage.pass(50));
    assert_eq!(
        run(&setting("command")),
        "10 min, due
"
    );
}
