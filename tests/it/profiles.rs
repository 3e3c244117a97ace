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
    let headings = ["NAME", "KIND", "ACCOUNT", "ROLE", "SOURCE", "MFA", "MANAGED", "SESSION"];
    assert_eq!(lines[0], headings);
    assert_eq!(
        lines[1],
        ["my-role", "role", "222222222222", "MyApp/MyS3Access", "base", "-", "yes", "-"]
    );
    assert_eq!(output.stderr, "");
}

#[test]
fn a_session_is_listed_with_its_end_by_its_record_alone() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    // A session of other settings is not the profile's own.
    let login = ["login", "plain", "--duration", "900"];
    let _output = stage.sandbox.rolecall(&login).run().ok();
    // No store is asked, so none is needed.
    let list = ["profile", "list", "--store", "none", "--output", "json"];
    let list = stage.sandbox.rolecall(&list).run().ok().json();
    for (name, at) in [("my-role", 0), ("second", 1)] {
        assert_eq!(list[at]["name"], name);
        let left = list[at]["session"]["remaining_seconds"].as_i64().unwrap();
        assert!((3500..=3600).contains(&left), "{list}");
    }
    assert_eq!(list[2]["name"], "plain");
    assert!(list[2]["session"].is_null() && list[3]["session"].is_null(), "{list}");
    let table = stage.sandbox.rolecall(&["profile", "list"]).run().ok();
    let line = table.stdout.lines().nth(1).unwrap();
    assert!(line.contains("until ") && line.ends_with(", 1 h"), "{table:?}");
    // Of another config file, it is another profile.
    let other = stage.sandbox.path("other");
    fs::copy(stage.sandbox.config_path(), &other).unwrap();
    let list = ["profile", "list", "--output", "json"];
    let list = stage.sandbox.rolecall(&list).env("AWS_CONFIG_FILE", other).run().ok().json();
    assert!(list[0]["session"].is_null(), "{list}");
}

/// The names that `profile list` has with these arguments.
#[track_caller]
fn listed(stage: &Stage, arguments: &[&str]) -> Vec<String> {
    let verb = ["profile", "list", "--output", "json"];
    let list = stage.sandbox.rolecall(&[&verb, arguments].concat()).run().ok().json();
    list.as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_list_can_be_narrowed_by_text_kind_account_and_management() {
    let stage = Stage::new();
    let cases: [(&[&str], &[&str]); 10] = [
        (&["my-"], &["my-role"]),
        (&["MYS3"], &["my-role"]),
        (&["333333333333"], &["second"]),
        (&["my-role"], &["my-role"]),
        (&["--kind", "keys"], &["base"]),
        (&["--kind", "keys,sso", "--kind", "role"], &["my-role", "second", "plain", "base"]),
        (&["--managed"], &["my-role", "second"]),
        (&["--account", "333333333333"], &["second"]),
        (&["--managed", "--account", "222222222222"], &["my-role"]),
        (&["nothing-like-it"], &[]),
    ];
    for (arguments, names) in cases {
        assert_eq!(listed(&stage, arguments), names, "{arguments:?}");
    }
    let run = |arguments: &[&str]| {
        stage.sandbox.rolecall(&[&["profile", "list"], arguments].concat()).run()
    };
    let table = run(&["second"]).ok().stdout;
    assert!(table.contains("second ") && !table.contains("plain"), "{table}");
    assert_eq!(run(&["nothing-like-it"]).ok().stderr, "no profile matches\n");
    let wrong = run(&["--account", "prod"]).code(2);
    assert!(wrong.stderr.contains("'prod' is not an AWS account ID"), "{wrong:?}");
    let wrong = run(&["--kind", "rolle"]).code(2);
    assert!(wrong.stderr.contains("did you mean 'role'"), "{wrong:?}");
}

#[test]
fn every_kind_can_be_asked_for() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile role]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = keys\n\
         [profile sso]\nsso_start_url = https://a.awsapps.com/start\n\
         [profile keys]\naws_access_key_id = AKIA\n[profile process]\ncredential_process = x\n\
         [profile web-identity]\nweb_identity_token_file = /t\n\
         [profile credential-source]\ncredential_source = Environment\n\
         [profile login]\nlogin_session = arn:aws:iam::222222222222:user/u\n\
         [profile alias]\ncredential_process = rolecall credential-process role\n\
         [profile none]\nregion = x\n",
    );
    let list = |arguments: &[&str]| {
        let verb = ["profile", "list", "--output", "json"];
        let list = sandbox.rolecall(&[&verb, arguments].concat()).run().ok().json();
        list.as_array().unwrap().clone()
    };
    let all = list(&[]);
    assert_eq!(all.len(), 9);
    for profile in all {
        let kind = profile["kind"].as_str().unwrap();
        assert_eq!(profile["name"], kind);
        assert_eq!(list(&["--kind", kind]), std::slice::from_ref(&profile), "{kind}");
    }
}

#[test]
fn the_list_can_be_sorted_by_name_and_by_use() {
    let stage = Stage::new();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    assert_eq!(listed(&stage, &["--sort", "name"]), ["base", "my-role", "plain", "second"]);
    let unused = ["my-role", "second", "plain", "base"];
    assert_eq!(listed(&stage, &["--sort", "recent"]), unused, "as in the files");
    for name in ["plain", "my-role"] {
        stage.sandbox.rolecall(&["login", name]).run().ok();
    }
    let sorted = listed(&stage, &["--sort", "recent"]);
    assert_eq!(sorted, ["my-role", "plain", "second", "base"]);
    assert_eq!(listed(&stage, &["--sort", "recent", "pl"]), ["plain"]);
}

#[test]
fn to_list_makes_no_state() {
    let stage = Stage::new();
    let _output = stage.sandbox.rolecall(&["profile", "list"]).run().ok();
    assert!(!stage.sandbox.state().exists());
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
fn show_tells_what_wins_and_over_what() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[default]\nregion = w\n[profile default]\nregion = x\nRegion = y\n\
         rolecall_external_id = ours\nexternal_id = plain\n",
    );
    sandbox.credentials("[default]\nregion = z\n");
    let show = ["profile", "show"];
    let shown = sandbox.rolecall(&show).env("AWS_REGION", "env").run().ok();
    let rows: Vec<Vec<&str>> =
        shown.stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    let row = |words: &[&str]| rows.iter().position(|row| row[..].starts_with(words)).unwrap();
    let first = row(&["region", "z"]);
    assert_eq!(row(&["not", "region", "x"]), first + 1, "{shown:?}");
    assert_eq!(row(&["not", "region", "y"]), first + 2, "{shown:?}");
    assert_eq!(row(&["but", "AWS_REGION", "env"]), first + 3, "{shown:?}");
    let ours = row(&["rolecall_external_id", "ours"]);
    assert_eq!(row(&["not", "external_id", "plain"]), ours + 1, "{shown:?}");
    assert!(
        shown.stdout.contains("[default] is ignored because of [profile default]"),
        "{shown:?}"
    );
    assert!(shown.stdout.contains("config:1)"), "{shown:?}");

    let show = ["profile", "show", "--output", "json"];
    let shown = sandbox.rolecall(&show).env("AWS_REGION", "env").run().ok().json();
    let region = &shown["properties"]["region"];
    assert_eq!(region["value"], "z");
    assert_eq!(region["wins_over"][1]["value"], "y");
    assert_eq!(region["wins_over"][1]["line"], 5);
    assert_eq!(region["loses_to"]["variable"], "AWS_REGION");
    let ours = &shown["properties"]["rolecall_external_id"]["wins_over"];
    assert_eq!((ours[0]["key"].as_str(), ours.as_array().unwrap().len()), (Some("external_id"), 1));
}

#[test]
fn show_names_every_variable_that_takes_precedence() {
    let sandbox = Sandbox::new();
    let settings = [
        ("region", "eu-west-1", "AWS_DEFAULT_REGION", "eu-north-1"),
        ("endpoint_url", "https://a.example", "AWS_ENDPOINT_URL_STS", "https://b.example"),
        ("sts_regional_endpoints", "legacy", "AWS_STS_REGIONAL_ENDPOINTS", "regional"),
        ("max_attempts", "2", "AWS_MAX_ATTEMPTS", "4"),
        ("retry_mode", "legacy", "AWS_RETRY_MODE", "standard"),
        ("ignore_configured_endpoint_urls", "true", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
        ("use_fips_endpoint", "true", "AWS_USE_FIPS_ENDPOINT", "false"),
        ("use_dualstack_endpoint", "true", "AWS_USE_DUALSTACK_ENDPOINT", "false"),
        ("ca_bundle", "/a.pem", "AWS_CA_BUNDLE", "/b.pem"),
        (
            "ec2_metadata_service_endpoint",
            "http://a.example",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "http://b.example",
        ),
        (
            "ec2_metadata_service_endpoint_mode",
            "IPv4",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "IPv6",
        ),
    ];
    let lines = settings.map(|(key, value, ..)| format!("{key} = {value}\n")).concat();
    sandbox.config(format!("[profile p]\n{lines}"));
    let mut show = sandbox.rolecall(&["profile", "show", "p", "--output", "json"]);
    for (_, _, variable, value) in settings {
        show = show.env(variable, value);
    }
    let shown = show.run().ok().json();
    for (key, _, variable, value) in settings {
        let loses_to = serde_json::json!({ "variable": variable, "value": value });
        assert_eq!(shown["properties"][key]["loses_to"], loses_to, "{key}");
    }
}

#[test]
fn a_secret_that_loses_is_hidden_too() {
    let sandbox = Sandbox::new();
    sandbox.secret("the older secret", "older-secret-of-the-test");
    sandbox.config("[profile a]\naws_secret_access_key = older-secret-of-the-test\n");
    sandbox.secret("the newer secret", "newer-secret-of-the-test");
    sandbox.credentials("[a]\naws_secret_access_key = newer-secret-of-the-test\n");
    for output in ["table", "json"] {
        let shown = sandbox.rolecall(&["profile", "show", "a", "--output", output]).run().ok();
        assert_eq!(shown.stdout.matches("****").count(), 2, "{shown:?}");
    }
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
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines.len(), 6, "{output:?}");
    assert!(lines[0].contains("'~' or '$'") && lines[0].ends_with("config:2)"), "{output:?}");
    let program = env!("CARGO_BIN_EXE_rolecall");
    let better = format!(
        "hint: 'rolecall profile set a \"credential_process={program} credential-process a\"'"
    );
    assert_eq!(lines[1], better);
    assert!(lines[2].contains("relative path"), "{output:?}");
    assert!(lines[4].contains("take precedence over its credential_process"), "{output:?}");
    assert!(lines[5].contains("'rolecall keys import c'"), "{output:?}");
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
fn a_plain_role_beside_a_line_of_ours_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\ncredential_process = rolecall credential-process a\n\
         role_arn = arn:aws:iam::222222222222:role/r\nsource_profile = b\n",
    );
    let output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(lines[0].contains("AWS tools act on 'role_arn' of 'a'"), "{output:?}");
    assert!(lines[0].ends_with("config:3)") && lines.len() == 2, "{output:?}");
}

#[test]
fn what_stands_twice_is_warned_about() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\nRegion = y\n[profile b]\n[profile a]\n");
    let output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{output:?}");
    assert!(lines[0].contains("duplicate key 'Region' of section [profile a]"), "{output:?}");
    assert!(lines[0].ends_with("config:3)") && lines[2].ends_with("config:5)"), "{output:?}");
    assert!(lines[1].contains("'rolecall profile unset a region'"), "{output:?}");
    assert_eq!(lines[3], "hint: move its lines up into the section in line 1");
}

#[test]
fn of_thousands_of_warnings_the_first_are_shown() {
    let sandbox = Sandbox::new();
    let process = "credential_process = rolecall credential-process";
    let role = "role_arn = arn:aws:iam::222222222222:role/r\nsource_profile = b\n";
    let trapped = |i: usize| format!("[profile a{i}]\n{process} a{i}\n{role}regoin = x\n");
    sandbox.config((0..500).map(trapped).collect::<String>());
    let output = sandbox.rolecall(&["profile", "list"]).run().ok();
    let warnings = output.stderr.lines().filter(|line| line.starts_with("warning: ")).count();
    assert_eq!(warnings, 11, "{output:?}");
    assert!(
        output.stderr.contains("\nwarning: 990 more like these\nhint: 'rolecall doctor --all' ")
    );
    assert_eq!(output.stdout.lines().count(), 501);
    // Broken profiles are errors, and no more of them are shown.
    let broken = |i: usize| format!("[profile a{i}]\nx\n");
    sandbox.config((0..500).map(broken).collect::<String>());
    let output = sandbox.rolecall(&["profile", "list"]).run().code(5);
    let errors = output.stderr.lines().filter(|line| line.starts_with("rolecall: ")).count();
    assert_eq!(errors, 11, "{output:?}");
    assert!(output.stderr.contains("warning: 489 more like these\n"), "{output:?}");
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
    let mkfifo = need!(require_program("mkfifo", "coreutils"));
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
    assert!(
        output.stderr.contains("pipe is not a regular file, and reading it did not finish within"),
        "{output:?}"
    );
    assert_eq!(output.stderr.lines().count(), 2, "{output:?}");
}
