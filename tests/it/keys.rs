//! Long-lived keys in the keychain: moved there, used from there, and never lost on the way.

use std::{fs, time::Instant};

use crate::support::{
    clients::{require_aws_cli, require_boto3, require_program},
    keyring::{Service, SessionBus},
    run::Output,
    stage::Stage,
    sts::Mfa,
};

const SERIAL: &str = "arn:aws:iam::111111111111:mfa/natan";

/// Runs `test` with a keyring, and the keys of `base` in it.
fn imported(test: impl FnOnce(&Stage, SessionBus<'_>)) {
    Stage::with_keyring(|stage, bus| {
        let _output = import(stage, &["base"]).ok();
        test(stage, bus);
    });
}

fn keys(stage: &Stage, arguments: &[&str]) -> Output {
    let arguments: Vec<&str> = ["keys"].iter().chain(arguments).copied().collect();
    stage.sandbox.rolecall(&arguments).run()
}

fn import(stage: &Stage, arguments: &[&str]) -> Output {
    let arguments: Vec<&str> = ["import"].iter().chain(arguments).copied().collect();
    keys(stage, &arguments)
}

fn config(stage: &Stage) -> String {
    fs::read_to_string(stage.sandbox.config_path()).unwrap()
}

fn credentials(stage: &Stage) -> String {
    fs::read_to_string(stage.sandbox.credentials_path()).unwrap()
}

fn list(stage: &Stage) -> serde_json::Value {
    keys(stage, &["list", "--output", "json"]).ok().json()
}

/// From now on the secret may lie in no file, not even where the test wrote it.
fn assert_secret_is_in_no_file(stage: &Stage) {
    fn search(folder: &std::path::Path, secret: &str) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => search(&path, secret),
                Ok(kind) if kind.is_file() => {
                    let bytes = fs::read(&path).unwrap_or_default();
                    let found = memchr::memmem::find(&bytes, secret.as_bytes());
                    assert!(found.is_none(), "the secret is in {}", path.display());
                }
                _ => {}
            }
        }
    }
    search(stage.sandbox.root(), &stage.secret);
}

/// Takes the key out of the keychain behind rolecall's back.
fn lose_the_key(stage: &Stage) {
    let name = format!("access-key:{}", stage.key_id);
    let clear = ["clear", "application", "rolecall", "key", &name];
    // That there was none is exit 1.
    let _output = stage.sandbox.program("secret-tool", &clear).run();
}

#[test]
fn imported_keys_are_in_the_keychain_and_in_no_file() {
    Stage::with_keyring(|stage, mut bus| {
        stage.sandbox.credentials(format!(
            "# mine\n[base]\naws_access_key_id = {}\naws_secret_access_key={}\nregion = eu-west-1\n\n[other]\nx = 1\n",
            stage.key_id, stage.secret
        ));
        let before = config(stage);
        let output = import(stage, &["base"]).ok();
        let moved = format!("base: access key {} moved to secret-service\n", stage.key_id);
        assert_eq!((&*output.stdout, &*output.stderr), (&*moved, ""));
        assert_eq!(credentials(stage), "# mine\n[base]\nregion = eu-west-1\n\n[other]\nx = 1\n");
        let program = env!("CARGO_BIN_EXE_rolecall");
        let section = format!(
            "\n[profile base]\ncredential_process = {program} credential-process base\nrolecall_access_key_id = {}\n",
            stage.key_id
        );
        assert_eq!(config(stage), before + &section);
        assert_secret_is_in_no_file(stage);
        bus.restart_daemon();
        assert_secret_is_in_no_file(stage);
        let output = stage.helper("base").run().ok().json();
        assert_eq!(output["SecretAccessKey"], stage.secret.as_str());
        let fields: Vec<&String> = output.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["Version", "AccessKeyId", "SecretAccessKey"]);
        stage.document("my-role");
        let call = stage.sts.calls().pop().unwrap();
        assert_eq!(call.access_key_id.as_ref(), Some(&stage.key_id), "signed in process");
    });
}

#[test]
fn sessions_made_before_an_import_are_found_after_it() {
    Stage::with_keyring(|stage, _bus| {
        let before = stage.document("my-role");
        let _output = import(stage, &["--all"]).ok();
        assert_eq!(stage.document("my-role"), before);
        assert_eq!(stage.assumed(), 1);
    });
}

#[test]
fn a_role_profile_with_keys_is_passed_over_by_all_without_an_error() {
    Stage::with_keyring(|stage, _bus| {
        let text = fs::read_to_string(stage.sandbox.config_path()).unwrap();
        stage.sandbox.config(format!(
            "{text}[profile odd]\nrole_arn = {SERIAL}\nsource_profile = odd\nmfa_serial = x\n\
             aws_access_key_id = AKIAEXAMPLEOFAROLE00\naws_secret_access_key = none\n"
        ));
        let output = import(stage, &["--all"]).ok();
        assert!(output.stdout.contains("base: access key "), "{output:?}");
    });
}

#[test]
fn a_hit_does_not_need_the_long_lived_key_and_a_miss_says_that_it_is_gone() {
    imported(|stage, _bus| {
        let first = stage.document("my-role");
        lose_the_key(stage);
        assert_eq!(stage.document("my-role"), first);
        for arguments in [["credential-process", "base"], ["credential-process", "plain"]] {
            let output = stage.sandbox.rolecall(&arguments).run().code(6);
            let told = format!("the access key {} of profile 'base' is not in", stage.key_id);
            assert!(output.stderr.contains(&told), "{output:?}");
            assert!(output.stderr.contains("config:"), "{output:?}");
            assert!(output.stderr.contains("hint: save it there with 'rolecall keys add base'"));
        }
    });
}

#[test]
fn no_way_to_forget_sessions_forgets_a_long_lived_key() {
    imported(|stage, _bus| {
        stage.document("my-role");
        for arguments in [
            ["logout", "--all"],
            ["logout", "base"],
            ["logout", &stage.key_id],
            ["logout", "my-role"],
        ] {
            let _output = stage.sandbox.rolecall(&arguments).run();
        }
        // The same when the records are lost, and when one of them names the key.
        fs::remove_dir_all(stage.sandbox.state()).unwrap();
        let sessions = stage.sandbox.state().join("sessions");
        let _output = stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
        for entry in fs::read_dir(&sessions).unwrap().flatten() {
            let name = format!("access-key:{}.json", stage.key_id);
            fs::copy(entry.path(), sessions.join(name)).unwrap();
        }
        let _output = stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
        assert_eq!(stage.document("base")["SecretAccessKey"], stage.secret.as_str());
    });
}

#[test]
fn where_nothing_lasts_keys_stay_where_they_are() {
    let stage = Stage::new();
    let before = (config(&stage), credentials(&stage));
    for (store, why) in [
        ("keyutils", "it is cleared when the machine restarts"),
        ("file", "its files are plain text"),
        ("none", "it stores nothing"),
    ] {
        let arguments: [&[&str]; 3] = [
            &["import", "base", "--store", store],
            &["import", "--all", "--dry-run", "--store", store],
            &["add", "new", "--store", store],
        ];
        for arguments in arguments {
            let output = keys(&stage, arguments).code(6);
            let told = format!("the store '{store}' can't hold access keys: {why}");
            assert!(output.stderr.contains(&told), "{output:?}");
            assert!(output.stderr.contains("or use secret-service"), "{output:?}");
        }
    }
    stage.sandbox.store("auto");
    let output = import(&stage, &["base"]).code(6);
    assert!(output.stderr.contains("'secret-service': "), "{output:?}");
    assert!(
        output.stderr.contains("hint: access keys are only stored in GNOME Keyring"),
        "{output:?}"
    );
    assert_eq!((config(&stage), credentials(&stage)), before);
    let _bus = need!(SessionBus::start_with(&stage.sandbox, Service::NoCollection));
    let output = import(&stage, &["base"]).code(6);
    assert!(output.stderr.contains("no default collection"), "{output:?}");
    assert_eq!((config(&stage), credentials(&stage)), before);
    stage.document("my-role");
}

#[test]
fn a_locked_keychain_is_told_and_nothing_is_moved() {
    Stage::with_keyring(|stage, bus| {
        let before = (config(stage), credentials(stage));
        bus.lock();
        let output = import(stage, &["base"]).code(6);
        assert!(output.stderr.contains("locked"), "{output:?}");
        assert!(output.stderr.contains("hint: unlock the keychain, then try again"), "{output:?}");
        assert_eq!((config(stage), credentials(stage)), before);
    });
}

#[test]
fn keys_in_a_locked_keychain_are_exit_6_where_they_are_needed() {
    imported(|stage, bus| {
        bus.lock();
        for profile in ["base", "my-role"] {
            let output = stage.helper(profile).run().code(6);
            assert!(output.stderr.contains("the keyring is locked"), "{output:?}");
            assert!(output.stderr.contains("hint: unlock the keychain"), "{output:?}");
        }
        assert_eq!(stage.sts.calls().len(), 0);
        let listed = list(stage);
        assert_eq!(listed[0]["where"], "secret-service", "{listed}");
    });
}

#[test]
fn auto_finds_the_keys_in_the_keychain() {
    imported(|stage, _bus| {
        stage.sandbox.store("auto");
        assert_eq!(stage.document("base")["SecretAccessKey"], stage.secret.as_str());
        let output = stage.helper("base").env("ROLECALL_STORE", "keyutils").run().code(6);
        assert!(
            output.stderr.contains("the store 'keyutils' can't hold access keys"),
            "{output:?}"
        );
    });
}

#[test]
fn a_device_makes_an_mfa_session_that_roles_use_as_well() {
    imported(|stage, _bus| {
        stage.sts.with_world(|world| {
            let totp_secret = format!("of the device, {}", stage.secret).into_bytes();
            world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret });
            world.roles[2].require_mfa = true;
        });
        stage.edit_config("[profile base]\n", &format!("[profile base]\nmfa_serial = {SERIAL}\n"));
        stage
            .edit_config("[profile plain]\n", &format!("[profile plain]\nmfa_serial = {SERIAL}\n"));
        let nobody = stage.helper("base").run().code(3);
        assert!(nobody.stderr.contains("run 'rolecall login base' in a terminal"), "{nobody:?}");
        let code = stage.sts.totp(SERIAL, stage.sts.now());
        let _output = stage.sandbox.rolecall(&["login", "base", "--mfa-code", &code]).run().ok();
        let session = stage.document("base");
        assert!(session["SessionToken"].is_string() && session["Expiration"].is_string());
        stage.document("plain");
        assert_eq!(stage.sts.count("GetSessionToken"), 1, "one code for both");
        assert_eq!(stage.sts.calls()[0].duration, Some(43_200));
        let call = stage.sts.calls().pop().unwrap();
        assert_eq!(call.access_key_id.as_deref(), session["AccessKeyId"].as_str());
        let _output = stage.sandbox.rolecall(&["logout", "base"]).run().ok();
        assert_eq!(stage.helper("base").run().status.code(), Some(3));
    });
}

#[test]
fn a_session_is_handed_out_in_place_of_keys_where_the_profile_says_so() {
    imported(|stage, _bus| {
        stage.edit_config("[profile base]\n", "[profile base]\nrolecall_session = on\n");
        let session = stage.document("base");
        assert!(session["SessionToken"].is_string() && session["Expiration"].is_string());
        assert_eq!(stage.document("base"), session, "it is kept");
        stage.edit_config("session = on\n", "session = on\nduration_seconds = 129600\n");
        assert_ne!(stage.document("base"), session);
        let durations: Vec<_> = stage.sts.calls().iter().map(|call| call.duration).collect();
        assert_eq!(durations, [Some(43_200), Some(129_600)]);
        let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
        assert_eq!(status["sessions"][0]["base_kind"], "session", "{status}");
        // Roles are assumed with the keys themselves, so they may last longer than an hour.
        stage.document("my-role");
        assert_eq!(stage.sts.calls().pop().unwrap().access_key_id, Some(stage.key_id.clone()));
        stage.edit_config("duration_seconds = 129600", "duration_seconds = 129601");
        let output = stage.helper("base").run().code(5);
        assert!(output.stderr.contains("from 900 to 129600"), "{output:?}");
        stage.edit_config(
            "rolecall_session = on\nduration_seconds = 129601",
            "rolecall_session = no",
        );
        let output = stage.helper("base").run().code(5);
        assert!(output.stderr.contains("not on or off"), "{output:?}");
    });
}

#[test]
fn a_session_may_stand_for_keys_in_a_file_too() {
    let stage = Stage::new();
    stage.sandbox.config("[profile base]\nrolecall_session = on\n");
    assert!(stage.document("base")["SessionToken"].is_string());
    stage.sandbox.config(format!("[profile base]\nmfa_serial = {SERIAL}\n"));
    assert!(stage.document("base")["SessionToken"].is_null(), "as ever");
}

#[test]
fn a_session_in_place_of_a_session_is_an_error() {
    let stage = Stage::new();
    stage.sandbox.config("[profile base]\nrolecall_session = on\n");
    let credentials = fs::read_to_string(stage.sandbox.path("home/.aws/credentials")).unwrap();
    stage.sandbox.credentials(credentials + "aws_session_token = x\n");
    let output = stage.helper("base").run().code(5);
    assert!(output.stderr.contains("is for long-lived keys"), "{output:?}");
}

#[test]
fn the_aws_cli_and_boto3_work_with_stored_keys_and_with_roles_that_they_assume_with_them() {
    imported(|stage, _bus| {
        let endpoint = stage.sts.endpoint();
        // Where the CLI keeps the sessions of roles that it assumes itself.
        stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/cli"));
        stage.edit_config("[profile plain]\n", "[profile plain]\nregion = eu-west-1\n");
        stage.edit_config("[profile base]\n", "[profile base]\nregion = eu-west-1\n");
        for (profile, arn) in [
            ("base", "arn:aws:iam::111111111111:user/natan"),
            ("plain", "arn:aws:sts::222222222222:assumed-role/Plain/"),
        ] {
            for version in [1, 2] {
                if (version, profile) == (2, "plain") {
                    continue; // Version 2.9 would assume the role at AWS itself.
                }
                let aws = need!(require_aws_cli(version), continue);
                let call = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
                let common = ["--profile", profile, "--endpoint-url", &endpoint];
                let output = stage.sandbox.program(aws, &[&call[..], &common].concat()).run().ok();
                assert!(output.stdout.starts_with(arn), "{output:?}");
            }
            let python = need!(require_boto3(), continue);
            let script = "import boto3, sys\n\
                          session = boto3.Session(profile_name=sys.argv[1])\n\
                          sts = session.client('sts', endpoint_url=sys.argv[2])\n\
                          print(sts.get_caller_identity()['Arn'])\n";
            let arguments = ["-c", script, profile, &endpoint];
            let output = stage.sandbox.program(python, &arguments).run().ok();
            assert!(output.stdout.starts_with(arn), "{output:?}");
        }
    });
}

#[test]
fn an_import_twice_changes_nothing_more_and_a_half_done_one_is_finished() {
    Stage::with_keyring(|stage, _bus| {
        let (plain_config, plain) = (config(stage), credentials(stage));
        let _output = import(stage, &["base"]).ok();
        let (new_config, new) = (config(stage), credentials(stage));
        let output = import(stage, &["base"]).ok();
        assert_eq!(output.stdout, "base: its access key is in the store\n");
        assert_eq!(
            import(stage, &["--all"]).ok().stdout,
            "there are no access keys in the files\n"
        );
        for half in [&plain_config, &new_config] {
            stage.sandbox.config(half);
            stage.sandbox.credentials(&plain);
            stage.document("my-role");
            let _output = import(stage, &["base"]).ok();
            assert_eq!((&config(stage), &credentials(stage)), (&new_config, &new));
        }
    });
}

#[test]
fn an_import_that_is_killed_at_any_moment_loses_nothing() {
    Stage::with_keyring(|stage, _bus| {
        let (plain_config, plain) = (config(stage), credentials(stage));
        let started = Instant::now();
        let _output = import(stage, &["base"]).ok();
        // From its start to beyond its end.
        let step = started.elapsed() / 32;
        let mut finished = 0;
        for round in 0..40 {
            stage.sandbox.config(&plain_config);
            stage.sandbox.credentials(&plain);
            if round % 2 == 0 {
                lose_the_key(stage);
            }
            let mut import = stage.sandbox.rolecall(&["keys", "import", "--all"]).spawn();
            std::thread::sleep(step * round);
            if import.is_running() {
                import.signal(rustix::process::Signal::KILL);
            } else {
                finished += 1;
            }
            let _output = import.wait();
            // Whatever moment it was: the keys work, and a second run ends with them moved.
            let output = stage.helper("base").run().ok().json();
            assert_eq!(output["SecretAccessKey"], stage.secret.as_str(), "round {round}");
            let _output = keys(stage, &["import", "base"]).ok();
            assert_secret_is_in_no_file(stage);
        }
        assert!(finished < 40, "none was killed in time");
    });
}

#[test]
fn a_dry_run_shows_both_changes_without_the_secret_and_does_nothing() {
    Stage::with_keyring(|stage, _bus| {
        let before = (config(stage), credentials(stage));
        let output = import(stage, &["--all", "--dry-run"]).ok();
        assert!(output.stdout.contains("\n-aws_secret_access_key = ****\n"), "{output:?}");
        let added = format!("\n+rolecall_access_key_id = {}\n", stage.key_id);
        assert!(output.stdout.contains(&added), "{output:?}");
        assert_eq!((config(stage), credentials(stage)), before);
        assert!(!stage.sandbox.state().exists());
        lose_nothing(stage);
    });
}

/// The keychain has no item of ours.
fn lose_nothing(stage: &Stage) {
    let search = ["search", "--all", "application", "rolecall"];
    let found = stage.sandbox.program("secret-tool", &search).may_print_secrets().run();
    assert_eq!(found.stdout, "");
}

#[test]
fn keys_that_are_kept_in_the_file_win_and_that_is_told() {
    Stage::with_keyring(|stage, _bus| {
        let before = credentials(stage);
        let output = import(stage, &["base", "--keep"]).ok();
        assert!(output.stderr.contains("stay in the file, and take precedence"), "{output:?}");
        assert_eq!(credentials(stage), before);
        lose_the_key(stage);
        stage.document("base");
    });
}

#[test]
fn keys_in_the_config_file_are_moved_too() {
    Stage::with_keyring(|stage, _bus| {
        let keys = format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\n",
            stage.key_id, stage.secret
        );
        stage.sandbox.credentials("");
        let before = config(stage);
        stage.sandbox.config(format!("[default]\n{keys}output = json\n{before}"));
        stage.edit_config("source_profile = base", "source_profile = default");
        let _output = import(stage, &["--all"]).ok();
        assert_secret_is_in_no_file(stage);
        let start = "[default]\noutput = json\ncredential_process = ";
        assert!(config(stage).starts_with(start), "{}", config(stage));
        stage.document("default");
    });
}

#[test]
fn what_can_not_be_moved_is_left_to_the_byte() {
    Stage::with_keyring(|stage, _bus| {
        let id = &stage.key_id;
        let pair = format!("aws_access_key_id = {id}\naws_secret_access_key = {}\n", stage.secret);
        for (config_text, credentials_text, told) in [
            ("", format!("[a]\n{pair}aws_session_token = x\n"), "belong to a session"),
            (
                "[profile a]\ncredential_process = /bin/other\n",
                format!("[a]\n{pair}"),
                "has a 'credential_process' that runs something else",
            ),
            (
                "[profile a]\ncredential_process = rolecall credential-process b\n",
                format!("[a]\n{pair}"),
                "has a 'credential_process' that runs something else",
            ),
            (
                "[profile a]\nrole_arn = arn:aws:iam::222222222222:role/R\nsource_profile = a\n",
                format!("[a]\n{pair}"),
                "has a role, so it can't have keys as well",
            ),
            (
                "[profile a]\nrolecall_access_key_id = AKIAANOTHERANOTHER\n",
                format!("[a]\n{pair}"),
                "already has the access key AKIAANOTHERANOTHER",
            ),
            (
                "[profile a]\nsso_start_url = u\nsso_region = r\nsso_account_id = 1\nsso_role_name = x\n",
                format!("[a]\n{pair}"),
                "already has other credentials",
            ),
            ("", format!("[a]\naws_access_key_id = {id}\n"), "has half an access key"),
            (
                "",
                format!("[a]\naws_access_key_id = AKIAOTHEROTHEROTHE\n[a]\n{pair}"),
                "has two different access keys",
            ),
            (
                "",
                "[a]\naws_access_key_id = nonsense\naws_secret_access_key = x\n".to_owned(),
                "not the ID of an access key",
            ),
            ("", "[a]\nx = 1\n".to_owned(), "has no access keys in the files"),
            ("", "[b]\nx = 1\n".to_owned(), "profile 'a' does not exist"),
        ] {
            stage.sandbox.config(config_text).credentials(&credentials_text);
            let output = import(stage, &["a"]).code(5);
            assert!(output.stderr.contains(told), "{told}: {output:?}");
            assert_eq!((&*config(stage), &credentials(stage)), (config_text, &credentials_text));
        }
        lose_nothing(stage);
        stage.sandbox.config("").credentials(format!("[a]\n{pair}aws_session_token = x\n"));
        let output = import(stage, &["--all"]).ok();
        assert!(output.stderr.contains("skipped profile 'a'"), "{output:?}");
    });
}

#[test]
fn another_secret_under_the_same_id_is_not_overwritten() {
    imported(|stage, _bus| {
        stage.sandbox.secret("a mistyped one", "mistyped-mistyped-mistyped");
        stage.sandbox.credentials(format!(
            "[base]\naws_access_key_id = {}\naws_secret_access_key = mistyped-mistyped-mistyped\n",
            stage.key_id
        ));
        let before = credentials(stage);
        let output = import(stage, &["base"]).code(5);
        assert!(output.stderr.contains("have different secrets for"), "{output:?}");
        assert_eq!(credentials(stage), before);
    });
}

#[test]
fn a_copy_in_a_comment_is_told() {
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.credentials(format!(
            "[base]\n# {1}\naws_access_key_id = {0}\naws_secret_access_key = {1}\n",
            stage.key_id, stage.secret
        ));
        let output = import(stage, &["base"]).ok();
        assert!(output.stderr.contains("is still in"), "{output:?}");
        // Once, of however many profiles it was the key.
        let both = format!(
            "aws_access_key_id = {}\naws_secret_access_key = {}\n",
            stage.key_id, stage.secret
        );
        stage.sandbox.credentials(format!("# {}\n[one]\n{both}[two]\n{both}", stage.secret));
        let output = import(stage, &["--all"]).ok();
        assert_eq!(output.stderr.matches("is still in").count(), 1, "{output:?}");
    });
}

fn add(stage: &Stage, stdin: &str, more: &[&str]) -> Output {
    let arguments: Vec<&str> = ["keys", "add", "new"].iter().chain(more).copied().collect();
    stage.sandbox.rolecall(&arguments).stdin(stdin).run()
}

#[test]
fn a_key_from_stdin_is_checked_kept_and_given_to_a_new_profile() {
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.credentials("");
        let before = config(stage);
        let pair = format!("{}\n{}\n", stage.key_id, stage.secret);
        let output = add(stage, &pair, &["--region", "eu-west-1"]).ok();
        let told = format!(
            "new: saved access key {} of arn:aws:iam::111111111111:user/natan in secret-service\n",
            stage.key_id
        );
        assert_eq!(output.stdout, told);
        assert_eq!(stage.sts.calls()[0].action, "GetCallerIdentity");
        let section = config(stage).split_off(before.len());
        assert!(section.starts_with("\n[profile new]\nregion = eu-west-1\ncredential_process = "));
        assert!(section.ends_with(&format!("rolecall_access_key_id = {}\n", stage.key_id)));
        assert_eq!(stage.document("new")["SecretAccessKey"], stage.secret.as_str());
        let json = format!(
            "{{\"AccessKey\":{{\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}}}",
            stage.key_id, stage.secret
        );
        let again = config(stage);
        let _output = add(stage, &json, &[]).ok();
        assert_eq!(config(stage), again);
    });
}

#[test]
fn a_key_that_aws_does_not_take_is_not_kept() {
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.credentials("");
        stage.sandbox.secret("a mistyped one", "mistyped-mistyped-mistyped");
        let before = config(stage);
        let wrong = format!("{}\nmistyped-mistyped-mistyped\n", stage.key_id);
        let output = add(stage, &wrong, &[]).code(4);
        assert!(output.stderr.contains("hint: check the secret"), "{output:?}");
        let right = format!("{}\n{}\n", stage.key_id, stage.secret);
        stage.sandbox.env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
        let output = add(stage, &right, &[]).code(7);
        assert!(output.stderr.contains("--no-verify"), "{output:?}");
        for (input, told) in [
            ("", "no access key on stdin"),
            ("one line", "no access key on stdin"),
            ("ASIAIOSFODNN7EXAMPLE\nmistyped-mistyped-mistyped\n", "is a session's"),
            ("hello\nmistyped-mistyped-mistyped\n", "not the ID of an access key"),
            ("AKIAIOSFODNN7EXAMPLE\nshort\n", "not a secret access key"),
        ] {
            let output = add(stage, input, &[]).code(2);
            assert!(output.stderr.contains(told), "{output:?}");
        }
        assert_eq!(config(stage), before);
        lose_nothing(stage);
        let _output = add(stage, &right, &["--dry-run"]).ok();
        assert_eq!(config(stage), before);
        lose_nothing(stage);
        let output = add(stage, &right, &["--no-verify"]).ok();
        assert!(output.stdout.ends_with(" in secret-service\n"), "{output:?}");
        let output = add(stage, &wrong, &["--no-verify"]).code(1);
        assert!(output.stderr.contains("already has a different secret"), "{output:?}");
    });
}

#[test]
fn a_key_is_not_added_where_one_in_a_file_would_win() {
    Stage::with_keyring(|stage, _bus| {
        let output = stage.sandbox.rolecall(&["keys", "add", "base"]).run().code(5);
        assert!(
            output.stderr.contains("hint: 'rolecall keys import base' moves them"),
            "{output:?}"
        );
    });
}

#[test]
fn the_secret_is_typed_on_the_terminal_without_an_echo() {
    Stage::with_keyring(|stage, _bus| {
        stage.sandbox.credentials("");
        let terminal = stage.sandbox.rolecall(&["keys", "add", "new"]).on_terminal();
        terminal.until("Access key ID: ");
        terminal.type_keys(&format!("x\x7f{}\r", stage.key_id));
        terminal.until(&stage.key_id);
        terminal.until("Secret access key (not shown): ");
        assert!(!terminal.echoes());
        terminal.type_keys(&format!("{}\r", stage.secret));
        terminal.until(" in secret-service");
        terminal.finish().code(0);
        assert_eq!(stage.document("new")["SecretAccessKey"], stage.secret.as_str());
        let terminal = stage.sandbox.rolecall(&["keys", "add", "more"]).on_terminal();
        terminal.until("Access key ID: ");
        terminal.type_keys("\x03");
        assert!(!terminal.finish().status.success());
    });
}

#[test]
fn the_list_tells_where_each_key_is_and_asks_no_keychain() {
    imported(|stage, bus| {
        stage
            .sandbox
            .credentials("[left]\naws_access_key_id = AKIALEFT\naws_secret_access_key = x\n");
        bus.pause();
        let listed = list(stage);
        bus.resume();
        assert_eq!(listed[0]["access_key_id"], stage.key_id.as_str());
        assert_eq!(listed[0]["profiles"], serde_json::json!(["base"]));
        assert_eq!(listed[0]["where"], "secret-service");
        assert!(listed[0]["since"].is_string(), "{listed}");
        assert_eq!((&listed[1]["where"], &listed[1]["line"]), (&"file".into(), &2.into()));
        let table = keys(stage, &["list"]).ok().stdout;
        assert!(table.contains("\n'rolecall keys import' moves keys"), "{table}");
        assert!(table.starts_with("KEY "), "{table}");
    });
}

#[test]
fn a_key_in_use_is_removed_only_by_force_and_its_sessions_with_it() {
    imported(|stage, _bus| {
        stage.document("my-role");
        stage.document("second");
        let output = keys(stage, &["remove", "base"]).code(5);
        assert!(output.stderr.contains("profile 'base' uses the access key"), "{output:?}");
        stage.document("base");
        let output = keys(stage, &["remove", "base", "--force"]).ok();
        assert!(output.stdout.contains(" and 2 sessions created with it\n"), "{output:?}");
        lose_nothing(stage);
        assert!(config(stage).ends_with("[profile base]\n"), "{}", config(stage));
        assert_eq!(list(stage), serde_json::json!([]));
        let output = keys(stage, &["remove", &stage.key_id]).code(5);
        assert!(output.stderr.contains("has no access key"), "{output:?}");
    });
}

#[test]
fn a_key_that_no_profile_names_is_removed_by_its_id() {
    imported(|stage, _bus| {
        stage.edit_config("rolecall_access_key_id", "was");
        assert_eq!(list(stage)[0]["profiles"], serde_json::json!([]));
        let _output = keys(stage, &["remove", &stage.key_id]).ok();
        lose_nothing(stage);
        assert_eq!(list(stage), serde_json::json!([]));
    });
}

#[test]
fn an_export_is_printed_after_a_yes_and_can_be_added_again() {
    imported(|stage, _bus| {
        let output = keys(stage, &["export", "base"]).code(3);
        assert!(output.stderr.contains("--yes"), "{output:?}");
        let export = |more: &[&str]| {
            let arguments: Vec<&str> =
                ["keys", "export", "base"].iter().chain(more).copied().collect();
            stage.sandbox.rolecall(&arguments).may_print_secrets()
        };
        let ini = export(&["--yes"]).run().ok().stdout;
        let (id, secret) = (&stage.key_id, &stage.secret);
        let expected =
            format!("[base]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        assert_eq!(ini, expected);
        let json = export(&["--yes", "--output", "json"]).run().ok().stdout;
        let terminal = export(&[]).on_terminal();
        terminal.until("Type 'yes' to continue: ");
        terminal.type_keys("no\r");
        let shown = terminal.finish().code(130);
        assert!(!shown.screen.contains(secret.as_str()));
        let terminal = export(&[]).on_terminal();
        terminal.until("Type 'yes' to continue: ");
        terminal.type_keys("yes\r");
        terminal.until(secret);
        terminal.finish().code(0);
        let _output = keys(stage, &["remove", "base", "--force"]).ok();
        let _output = add(stage, &json, &[]).ok();
        assert_eq!(stage.document("new")["SecretAccessKey"], stage.secret.as_str());
    });
}

#[test]
fn the_keychain_shows_the_key_as_what_it_is() {
    need!(require_program("secret-tool", "libsecret-tools"));
    imported(|stage, _bus| {
        let search = ["search", "--all", "application", "rolecall"];
        let found = stage.sandbox.program("secret-tool", &search).may_print_secrets().run().ok();
        let label = format!("label = rolecall: access key {}\n", stage.key_id);
        assert!(found.stdout.contains(&label), "it is labelled");
        let shown = format!("{}{}", found.stdout, found.stderr);
        assert!(shown.contains("schema = dev.rolecall.AccessKey"), "it has a kind of its own");
        let attributes = shown.lines().filter(|line| line.starts_with("attribute."));
        let attributes: Vec<&str> = attributes.collect();
        assert!(attributes.len() > 1, "attributes are printed");
        assert!(attributes.iter().all(|line| !line.contains(&stage.secret)));
    });
}
