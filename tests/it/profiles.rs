//! Reading the two files: `profile list` and `profile show`.

use std::{fs, io::Write as _, thread, time::Duration};

use crate::support::{clients::require_program, sandbox::Sandbox, stage::Stage};

#[test]
fn the_list_has_every_profile_of_both_files_once() {
    let stage = Stage::new();
    let list = stage.sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    let rows: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|p| (p["name"].as_str().unwrap(), p["kind"].as_str().unwrap(), p["managed"] == true))
        .collect();
    let expected = [
        ("my-role", "role", true),
        ("second", "role", true),
        ("plain", "role", false),
        ("base", "keys", false),
    ];
    assert_eq!(rows, expected);
    assert_eq!(list[0]["account_id"], "222222222222");
    assert_eq!(list[0]["source_profile"], "base");
}

#[test]
fn the_table_shows_the_same_to_people() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&["profile", "list"]).run().ok();
    let lines: Vec<Vec<&str>> =
        output.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["NAME", "KIND", "ACCOUNT", "ROLE", "SOURCE", "MFA", "MANAGED"]);
    assert_eq!(
        lines[1],
        ["my-role", "role", "222222222222", "MyApp/MyS3Access", "base", "-", "yes"]
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn no_files_are_an_empty_list() {
    let sandbox = Sandbox::new();
    let output = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok();
    assert_eq!(output.stdout, "[]\n");
}

#[test]
fn show_says_where_each_setting_stands_and_hides_secrets() {
    let stage = Stage::new();
    let shown = stage.sandbox.rolecall(&["profile", "show", "base", "--output", "json"]).run();
    let shown = shown.ok().json();
    let secret = &shown["properties"]["aws_secret_access_key"];
    assert_eq!(secret["value"], "****");
    assert_eq!(secret["line"], 3);
    assert_eq!(secret["file"], stage.sandbox.credentials_path().to_str().unwrap());
    let arguments = ["profile", "show", "base", "--output", "json", "--show-secrets"];
    let shown = stage.sandbox.rolecall(&arguments).may_print_secrets().run().ok().json();
    assert_eq!(shown["properties"]["aws_secret_access_key"]["value"], stage.secret.as_str());
}

#[test]
fn show_merges_both_files_and_lowers_keys() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\nRegion = x\noutput = json\nS3 =\n  Max_Concurrent_Requests = 5\n  x = y\n",
    );
    sandbox.credentials("[a]\nregion = z\n");
    let shown = sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok().json();
    assert_eq!(shown["name"], "a");
    let properties = &shown["properties"];
    assert_eq!(properties["region"]["value"], "z");
    assert_eq!(properties["output"]["value"], "json");
    assert_eq!(properties["s3"]["value"]["max_concurrent_requests"], "5");
    assert_eq!(properties["s3"]["line"], 4);
    assert!(shown["plan"]["error"].as_str().unwrap().contains("has no credentials"), "{shown}");
}

#[test]
fn show_draws_the_plan() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&["profile", "show", "second"]).run().ok();
    let plan = output.stdout.split("plan: ").nth(1).unwrap();
    let lines: Vec<&str> = plan.lines().map(str::trim).collect();
    assert!(lines[0].ends_with("of 'base'"), "{plan}");
    assert!(
        lines[1].contains("role/MyApp/MyS3Access") && lines[1].contains("external ID"),
        "{plan}"
    );
    assert!(lines[2].contains("role/Second"), "{plan}");
}

#[test]
fn names_with_spaces_are_read_when_they_are_quoted() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile \"my profile\"]\nregion = x\n[profile other one]\n[nothing]\n");
    let list = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(names, ["my profile"]);
}

#[test]
fn the_files_are_found_where_the_environment_says() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile wrong]\n");
    sandbox.file("home/elsewhere", "[profile right]\n");
    sandbox.file("keys", "[too]\n");
    let run = sandbox
        .rolecall(&["profile", "list", "--output", "json"])
        .env("AWS_CONFIG_FILE", "~/elsewhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", sandbox.path("keys"));
    let list = run.run().ok().json();
    assert_eq!(list[0]["name"], "right");
    assert_eq!(list[1]["name"], "too");
}

#[test]
fn traps_in_credential_process_are_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\ncredential_process = ~/bin/rolecall credential-process a\n\
         [profile b]\ncredential_process = bin/other\n\
         [profile c]\ncredential_process = rolecall credential-process c\n",
    );
    sandbox.credentials("[c]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    let output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let warnings: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(warnings.len(), 3, "{output:?}");
    assert!(warnings[0].contains("'~' or '$'") && warnings[0].ends_with("config:2)"), "{output:?}");
    assert!(warnings[1].contains("relative path"), "{output:?}");
    assert!(warnings[2].contains("win over its credential_process"), "{output:?}");
}

#[test]
fn five_thousand_profiles_are_listed() {
    use std::fmt::Write as _;
    let sandbox = Sandbox::new();
    let mut config = String::new();
    for i in 0..5000 {
        write!(
            config,
            "[profile p{i}]\nrole_arn = arn:aws:iam::222222222222:role/r{i}\nsource_profile = b\n\n"
        )
        .unwrap();
    }
    sandbox.config(config);
    let list = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    assert_eq!(list.as_array().unwrap().len(), 5000);
    assert_eq!(list[4999]["name"], "p4999");
}

#[test]
fn a_line_of_another_dialect_does_not_show_its_secret_as_a_key() {
    let sandbox = Sandbox::new();
    sandbox.secret("a token", "toptokenoftest");
    sandbox.config("[profile a]\naws_session_token: toptokenoftest==\naws_session_token:toptokenoftest=\nregion = x\n");
    for output in ["table", "json"] {
        let shown = sandbox.rolecall(&["profile", "show", "a", "--output", output]).run().ok();
        assert!(shown.stdout.contains("region"), "{shown:?}");
    }
}

#[test]
fn what_stands_twice_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\nRegion = y\n[profile b]\n[profile a]\n");
    let output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let warnings: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(warnings.len(), 2, "{output:?}");
    assert!(warnings[0].contains("key 'Region' of section [profile a] stands twice"), "{output:?}");
    assert!(warnings[0].ends_with("config:3)") && warnings[1].ends_with("config:5)"), "{output:?}");
}

#[test]
fn a_very_long_value_is_cut_in_the_table() {
    let sandbox = Sandbox::new();
    sandbox.config(format!("[profile a]\nregion = {}\n", "x".repeat(100_000)));
    let output = sandbox.rolecall(&["profile", "show", "a"]).run().ok();
    assert!(output.stdout.len() < 5_000);
}

#[test]
#[cfg(target_os = "linux")] // elsewhere a file can't be called so
fn a_config_whose_path_is_not_utf_8_is_shown_all_the_same() {
    use std::os::unix::ffi::OsStrExt as _;

    let stage = Stage::new();
    let path = stage.sandbox.path(std::ffi::OsStr::from_bytes(b"config\xff"));
    fs::copy(stage.sandbox.config_path(), &path).unwrap();
    stage.sandbox.env("AWS_CONFIG_FILE", &path);
    let list = stage.sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    assert!(list[0]["file"].as_str().unwrap().ends_with("config\u{fffd}"), "{list}");
    let show = ["profile", "show", "my-role", "--output", "json"];
    let shown = stage.sandbox.rolecall(&show).run().ok().json();
    let place = &shown["properties"]["region"]["file"];
    assert!(place.as_str().unwrap().ends_with("config\u{fffd}"), "{shown}");
}

#[test]
fn a_config_may_come_through_a_pipe_but_not_for_ever() {
    let Some(mkfifo) = require_program("mkfifo", "coreutils") else { return };
    let stage = Stage::new();
    let config = fs::read(stage.sandbox.config_path()).unwrap();
    // One that is open already, as with `<(…)`.
    let run = stage.helper("my-role").env("AWS_CONFIG_FILE", "/dev/stdin");
    run.stdin(config.clone()).run().ok();
    // One that somebody opens later, and writes to in pieces.
    let pipe = stage.sandbox.home().join("pipe");
    let _made = stage.sandbox.program(mkfifo, &[&pipe]).run().ok();
    stage.sandbox.env("AWS_CONFIG_FILE", &pipe);
    let running = stage.helper("my-role").spawn();
    let mut writer = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let (start, rest) = config.split_at(40);
    writer.write_all(start).unwrap();
    thread::sleep(Duration::from_millis(50));
    writer.write_all(rest).unwrap();
    drop(writer);
    running.wait().ok();
    // And one that nobody writes to.
    let output = stage.helper("my-role").time_limit(Duration::from_secs(30)).run().code(5);
    assert!(output.stderr.contains("pipe is no file, and did not come to an end"), "{output:?}");
    assert_eq!(output.stderr.lines().count(), 2, "{output:?}");
}
