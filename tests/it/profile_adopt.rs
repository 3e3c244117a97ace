//! `profile adopt` and `profile release`: what they change, what they refuse, and that the one takes
//! back the other to the byte.

use std::fs;

use proptest::{prelude::*, test_runner::TestRunner};

use crate::support::{
    clients::{require_aws_cli, require_boto3},
    sandbox::Sandbox,
    stage::{EXTERNAL_ID, PLAIN, ROLE, Stage},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rolecall");

fn config(sandbox: &Sandbox) -> String {
    String::from_utf8(fs::read(sandbox.config_path()).unwrap()).unwrap()
}

#[test]
fn keys_are_renamed_where_they_stand_and_come_back() {
    let sandbox = Sandbox::new();
    let before = "# mine\n[profile a]\nRole_Arn=arn:aws:iam::222222222222:role/r\n# note\nregion = x\n\
                  source_profile\t= base\nmfa_serial =\n\n; end\n[profile b]\nregion = y\n";
    sandbox.config(before);
    let output = sandbox.rolecall(&["profile", "adopt", "a"]).run().ok();
    assert_eq!(output.stdout, "adopted profile 'a'\n");
    assert_eq!(output.stderr, "");
    let adopted = format!(
        "# mine\n[profile a]\nrolecall_Role_Arn=arn:aws:iam::222222222222:role/r\n# note\nregion = x\n\
         rolecall_source_profile\t= base\nrolecall_mfa_serial =\n\
         credential_process={PROGRAM} credential-process a\n\n; end\n[profile b]\nregion = y\n"
    );
    assert_eq!(config(&sandbox), adopted);
    let output = sandbox.rolecall(&["profile", "adopt", "a"]).run().ok();
    assert_eq!(output.stdout, "profile 'a' is already managed\n");
    assert_eq!(config(&sandbox), adopted);
    let output = sandbox.rolecall(&["profile", "release", "a"]).run().ok();
    assert_eq!(output.stdout, "released profile 'a'\n");
    assert_eq!(config(&sandbox), before);
}

#[test]
fn an_adopted_profile_has_the_plan_that_it_had() {
    let stage = Stage::new();
    let plan = || {
        let show = ["profile", "show", "plain", "--output", "json"];
        stage.sandbox.rolecall(&show).run().ok().json()["plan"].clone()
    };
    let before = plan();
    let _adopted = stage.sandbox.rolecall(&["profile", "adopt", "plain"]).run().ok();
    assert!(config(&stage.sandbox).contains("rolecall_role_arn = "));
    assert_eq!(plan(), before);
}

#[test]
fn a_session_from_before_is_used_after() {
    let stage = need!(Stage::with_keyutils());
    let before = stage.document("plain");
    let _adopted = stage.sandbox.rolecall(&["profile", "adopt", "plain"]).run().ok();
    assert_eq!(stage.document("plain"), before);
    assert_eq!(stage.assumed(), 1);
}

#[test]
fn a_dry_run_shows_the_change_and_hides_secrets() {
    let sandbox = Sandbox::new();
    sandbox.secret("a key in the config", "s3cr3t-of-the-test");
    let before = "[profile k]\naws_access_key_id = A\naws_secret_access_key = s3cr3t-of-the-test\n\
                  [profile a]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = k\n";
    sandbox.config(before);
    let output = sandbox.rolecall(&["profile", "adopt", "--all", "--dry-run"]).run().ok();
    assert!(output.stdout.contains("\n aws_secret_access_key = ****\n"), "{output:?}");
    assert!(
        output.stdout.contains("\n-role_arn = arn:aws:iam::222222222222:role/r\n"),
        "{output:?}"
    );
    assert!(
        output.stdout.contains("\n+rolecall_role_arn = arn:aws:iam::222222222222:role/r\n"),
        "{output:?}"
    );
    assert_eq!(config(&sandbox), before);
    assert!(!sandbox.state().exists());
    let _adopted = sandbox.rolecall(&["profile", "adopt", "--all"]).run().ok();
    let adopted = config(&sandbox);
    let output = sandbox.rolecall(&["profile", "release", "a", "--dry-run"]).run().ok();
    assert!(
        output.stdout.contains("\n+role_arn = arn:aws:iam::222222222222:role/r\n"),
        "{output:?}"
    );
    assert_eq!(config(&sandbox), adopted);
}

/// What is refused: the section of profile `a`, the credentials file, what the reason says, and the
/// line that it names.
const REFUSED: [(&str, &str, &str, &str); 15] = [
    ("region = x\n", "", "has no role to adopt", "config:1)"),
    ("role_arn = r\n", "", "'role_arn' without a source", "config:2)"),
    (
        "role_arn = r\nsource_profile = b\ncredential_process = /bin/other\n",
        "",
        "has a credential_process already",
        "config:4)",
    ),
    (
        "role_arn = r\nsource_profile = b\ncredential_process =\n",
        "",
        "has a credential_process already",
        "config:4)",
    ),
    (
        "role_arn = r\nsource_profile = b\ncredential_process = rolecall credential-process a\n",
        "",
        "calls rolecall already",
        "config:4)",
    ),
    (
        "role_arn = r\nrolecall_source_profile = b\n",
        "",
        "already has 'rolecall_source_profile' next to plain settings",
        "config:3)",
    ),
    (
        "role_arn = r\nsource_profile = b\n",
        "[a]\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
        "many tools take before a credential_process",
        "credentials:2)",
    ),
    (
        "role_arn = r\nsource_profile = a\naws_access_key_id = AKIA\naws_secret_access_key = x\n",
        "",
        "many tools take before a credential_process",
        "config:4)",
    ),
    (
        "role_arn = r\nsource_profile = b\n",
        "[a]\nmfa_serial = x\n",
        "has 'mfa_serial' in the credentials file",
        "credentials:2)",
    ),
    (
        "region = x\n",
        "[a]\nrole_arn = r\nsource_profile = b\n",
        "in the credentials file",
        "credentials:2)",
    ),
    ("role_arn = r\nRole_arn = s\nsource_profile = b\n", "", "has 'Role_arn' twice", "config:3)"),
    ("role_arn = r\n[profile a]\nsource_profile = b\n", "", "has several sections", "config:1)"),
    (
        "sso_start_url = u\nsso_region = r\nsso_account_id = 1\nsso_role_name = n\n",
        "",
        "is signed in to by its name",
        "config:2)",
    ),
    (
        "role_arn = r\nsource_profile = a\nlogin_session = s\n",
        "",
        "which refuses a profile with a credential_process",
        "config:4)",
    ),
    ("role_arn = r\nsource_profile = b\nnonsense\n", "", "without '='", "config:4)"),
];

#[test]
fn what_would_not_work_or_not_come_back_is_refused_with_its_place() {
    for (section, credentials, reason, place) in REFUSED {
        let sandbox = Sandbox::new();
        let text = format!("[profile a]\n{section}[profile b]\nregion = x\n");
        sandbox.config(&text).credentials(credentials);
        for all in [false, true] {
            let which = if all { "--all" } else { "a" };
            let output = sandbox.rolecall(&["profile", "adopt", which]).run();
            let output = output.code(if all { 0 } else { 5 });
            if !all || section != "region = x\n" || !credentials.is_empty() {
                assert!(output.stderr.contains(reason), "{section}: {output:?}");
                assert!(output.stderr.contains(place), "{section}: {output:?}");
                assert!(output.stderr.contains("\nhint: "), "{section}: {output:?}");
            }
            assert_eq!(config(&sandbox), text, "{section}");
        }
    }
}

#[test]
fn the_default_profile_under_both_headers_is_refused() {
    let sandbox = Sandbox::new();
    let text = "[default]\nregion = x\n[profile default]\nrole_arn = r\nsource_profile = b\n";
    sandbox.config(text);
    let output = sandbox.rolecall(&["profile", "adopt", "default"]).run().code(5);
    assert!(output.stderr.contains("has several sections"), "{output:?}");
    assert_eq!(config(&sandbox), text);
}

#[test]
fn one_of_several_that_is_refused_leaves_all_as_they_are() {
    let sandbox = Sandbox::new();
    let text = "[profile a]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = b\n[profile b]\nregion = x\n";
    sandbox.config(text);
    let output = sandbox.rolecall(&["profile", "adopt", "a", "b"]).run().code(5);
    assert!(output.stderr.contains("'b' has no role"), "{output:?}");
    let output = sandbox.rolecall(&["profile", "adopt", "a", "nobody"]).run().code(5);
    assert!(output.stderr.contains("'nobody' does not exist"), "{output:?}");
    for (wrong, why) in [
        (&["adopt"][..], "expected either profile names or --all"),
        (&["adopt", "a", "--all"], "'--all'"),
    ] {
        let output = sandbox.rolecall(&[&["profile"], wrong].concat()).run().code(2);
        assert!(output.stderr.contains(why), "{output:?}");
    }
    assert_eq!(config(&sandbox), text);
}

#[test]
fn all_takes_what_can_be_and_says_what_cannot() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = base\n\
         [profile b]\nrole_arn = arn:aws:iam::222222222222:role/r\nsource_profile = base\ncredential_process = /bin/x\n\
         [sso-session s]\nsso_start_url = u\nsso_region = r\n\
         [profile c]\nsso_session = s\nsso_account_id = 1\nsso_role_name = n\n\
         [profile base]\nregion = x\n[profile d]\nweb_identity_token_file = /t\nrole_arn = arn:aws:iam::222222222222:role/r\n",
    );
    let output = sandbox.rolecall(&["profile", "adopt", "--all"]).run().ok();
    let adopted = "adopted profile 'a'\nadopted profile 'c'\nadopted profile 'd'\n";
    assert_eq!(output.stdout, adopted);
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert_eq!(lines.len(), 4, "{output:?}");
    assert!(lines[0].starts_with("warning: skipped 'b': profile 'b' has a credential_process"));
    assert!(lines[2].contains("no longer signs in to 's'"), "{output:?}");
    assert_eq!(lines[3], "hint: 'aws sso login --sso-session s' does");
    assert!(config(&sandbox).contains("[sso-session s]\nsso_start_url = u\n"));
    let output = sandbox.rolecall(&["profile", "adopt", "--all"]).run().ok();
    assert_eq!(output.stdout, "no profile has a role that can be adopted\n");
    let output = sandbox.rolecall(&["profile", "release", "--all"]).run().ok();
    assert_eq!(output.stdout, adopted.replace("adopted", "released"));
}

#[test]
fn release_refuses_what_would_be_another_profile() {
    let line = "credential_process = rolecall credential-process";
    let cases = [
        ("role_arn = r\nsource_profile = b\n".to_owned(), "is not managed", 5),
        (format!("{line} b\n"), "is not managed", 5),
        (format!("{line} a\n"), "has no role that other tools could act on", 5),
        (
            format!("{line} a\nrolecall_role_arn = r\nrolecall_access_key_id = A\n"),
            "has 'rolecall_access_key_id', which other tools don't know",
            5,
        ),
        (
            format!("{line} a\nrolecall_role_arn = r\nrolecall_source_profile = b\nrole_arn = s\n"),
            "has both 'rolecall_role_arn' and its plain form",
            5,
        ),
    ];
    for (section, reason, code) in cases {
        let sandbox = Sandbox::new();
        let text = format!("[profile a]\n{section}[profile b]\nregion = x\n");
        sandbox.config(&text);
        let output = sandbox.rolecall(&["profile", "release", "a"]).run().code(code);
        assert!(output.stderr.contains(reason), "{section}: {output:?}");
        assert_eq!(config(&sandbox), text);
    }
    let sandbox = Sandbox::new();
    sandbox.config(format!(
        "[profile a]\n{line} a\nrolecall_role_arn = r\nrolecall_source_profile = b\n\
         rolecall_session_policy = {{}}\n"
    ));
    let output = sandbox.rolecall(&["profile", "release", "a"]).run().ok();
    assert!(output.stderr.contains("without its 'rolecall_session_policy'"), "{output:?}");
    assert!(output.stderr.contains("config:4)"), "{output:?}");
}

#[test]
fn a_new_profile_can_be_released_and_adopted_again() {
    let stage = Stage::new();
    let before = config(&stage.sandbox);
    let _released = stage.sandbox.rolecall(&["profile", "release", "--all"]).run().ok();
    assert!(!config(&stage.sandbox).contains("rolecall"));
    stage.document("second");
    let _adopted = stage.sandbox.rolecall(&["profile", "adopt", "my-role"]).run().ok();
    stage.document("my-role");
    assert_ne!(config(&stage.sandbox), before);
}

/// A profile that was adopted, as itself and as the source of a plain one, from the real clients.
#[test]
fn real_clients_use_adopted_profiles_and_plain_ones_above_them() {
    let stage = Stage::new();
    let text = format!(
        "[profile mine]\nregion = eu-west-1\nrole_arn = {ROLE}\nsource_profile = base\n\
         external_id = {EXTERNAL_ID}\n\
         [profile above]\nregion = eu-west-1\nrole_arn = arn:aws:iam::333333333333:role/Second\n\
         source_profile = mine\n\
         [profile my other]\n[profile \"my other\"]\nregion = eu-west-1\nrole_arn = {PLAIN}\n\
         source_profile = base\n"
    );
    stage.sandbox.config(text.replace("[profile my other]\n", ""));
    let _adopted = stage.sandbox.rolecall(&["profile", "adopt", "mine", "my other"]).run().ok();
    let endpoint = stage.sts.endpoint();
    let sessions = [("mine", "MyS3Access"), ("above", "Second"), ("my other", "Plain")];
    let runs = |profile: &str| {
        let mut runs = Vec::new();
        for version in [1, 2] {
            if let Some(aws) = require_aws_cli(version) {
                let who = ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"];
                let arguments = [&who[..], &["--profile", profile, "--endpoint-url", &endpoint]];
                runs.push(stage.sandbox.program(aws, &arguments.concat()));
            }
        }
        if let Some(python) = require_boto3() {
            let script = "import boto3, sys\n\
                          session = boto3.Session(profile_name=sys.argv[1])\n\
                          print(session.client('sts').get_caller_identity()['Arn'])\n";
            runs.push(stage.sandbox.program(python, &["-c", script, profile]));
        }
        runs
    };
    for (profile, role) in sessions {
        for run in runs(profile) {
            // The AWS CLI keeps what it assumes itself, of `above`, in a file of its own.
            let cache = stage.sandbox.home().join(".aws/cli/cache");
            stage.sandbox.may_hold_secrets(cache);
            let output = run.run().ok();
            assert!(output.stdout.contains(&format!("assumed-role/{role}/")), "{output:?}");
        }
    }
}

// --- Adopting and releasing any config -----------------------------------------------------------

/// A line of a profile's section, with its ending left out.
fn line() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        8 => prop::sample::select(vec![
            "role_arn", "Role_Arn", "source_profile", "SOURCE_PROFILE", "external_id", "mfa_serial",
            "duration_seconds", "region", "output", "sso_session", "sso_account_id", "sso_role_name",
            "role_session_name", "credential_source", "services", "rolecall_session_tags",
        ]),
        1 => prop::sample::select(vec![
            "credential_process", "aws_access_key_id", "rolecall_role_arn", "login_session",
            "web_identity_token_file", "sso_start_url", "rolecall_mfa_serial",
        ]),
    ];
    let equals = prop::sample::select(vec![" = ", "=", "\t=\t", "  =", "= ", "    =    "]);
    let value = prop::sample::select(vec![
        "x",
        "arn:aws:iam::222222222222:role/r",
        "base",
        "a b # note",
        "",
        "value   ",
        "x;y",
    ]);
    let odd = prop::sample::select(vec![
        "",
        "# role_arn = no",
        "; note",
        "   ",
        "\t",
        "s3 =\n    max = 5\n  role_arn = nested",
        "api_versions =\n\tec2 = 2015",
        "region = x\n  more",
        "nonsense",
        "key : x",
    ]);
    prop_oneof![
        6 => (key, equals, value).prop_map(|(key, equals, value)| format!("{key}{equals}{value}")),
        2 => odd.prop_map(str::to_owned),
    ]
}

/// A section of that number; most are a whole role profile, with more lines around.
fn section() -> impl Strategy<Value = (Vec<String>, usize, bool)> {
    (prop::collection::vec(line(), 0..6), 0..8_usize, any::<bool>())
}

fn header(number: usize, shape: usize) -> String {
    match shape {
        0 => format!("[ profile p{number} ]"),
        1 => format!("[profile\tp{number}] # note"),
        2 => format!("[profile \"p {number}\"]"),
        3 => format!("[profile p{}]", number / 2),
        4 => "[default]".to_owned(),
        5 => format!("[sso-session p{number}]"),
        _ => format!("[profile p{number}]"),
    }
}

/// A whole config: sections, the ending of its lines, a byte order mark, a last ending.
fn any_config() -> impl Strategy<Value = String> {
    let endings = prop::sample::select(vec!["\n", "\r\n"]);
    let sections = prop::collection::vec(section(), 1..40);
    (sections, endings, any::<bool>(), any::<bool>()).prop_map(|(sections, ending, bom, last)| {
        let mut text = String::new();
        for (number, (lines, shape, is_role)) in sections.into_iter().enumerate() {
            text.push_str(&header(number, shape));
            text.push('\n');
            if is_role {
                text.push_str("role_arn = arn:aws:iam::222222222222:role/r\nsource_profile=base\n");
            }
            for line in lines {
                text.push_str(&line);
                text.push('\n');
            }
        }
        if !last {
            text.pop();
        }
        let text = text.replace('\n', ending);
        if bom { format!("\u{feff}{text}") } else { text }
    })
}

/// The names that `--all` converted.
fn converted(output: &crate::support::run::Output) -> Vec<String> {
    let names = output.stdout.lines().filter_map(|line| line.split('\'').nth(1));
    names.map(str::to_owned).collect()
}

#[test]
fn release_takes_back_what_adopt_did_to_the_byte_whatever_the_config() {
    let sandbox = Sandbox::new();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let seen = std::cell::Cell::new(0);
    runner
        .run(&any_config(), |text| {
            // What is managed already is not adopted's to take back.
            sandbox.config(&text);
            let adopted = sandbox.rolecall(&["profile", "adopt", "--all"]).run();
            if adopted.status.code() != Some(0) {
                // The file itself is broken: a line before any section and the like.
                prop_assert_eq!(adopted.status.code(), Some(5));
                prop_assert_eq!(&config(&sandbox), &text);
                return Ok(());
            }
            let names = converted(&adopted);
            seen.set(seen.get() + names.len());
            let after = config(&sandbox);
            prop_assert_eq!(names.is_empty(), after == text);
            if names.is_empty() {
                return Ok(());
            }
            let arguments = ["profile", "release"].into_iter().map(str::to_owned);
            let arguments: Vec<String> = arguments.chain(names).collect();
            let released = sandbox.rolecall(&arguments).run();
            prop_assert_eq!(released.status.code(), Some(0), "{:?}", released);
            prop_assert_eq!(&config(&sandbox), &text);
            Ok(())
        })
        .unwrap();
    // It is random how many there are, but if there are few, the configs are not what they should be.
    assert!(seen.get() > 20, "only {} profiles were adopted", seen.get());
}

#[test]
fn hundreds_of_profiles_as_people_have_them_come_back_to_the_byte() {
    for ending in ["\n", "\r\n"] {
        let sandbox = Sandbox::new();
        let mut text =
            String::from("\u{feff}# The team's profiles\n\n[default]\nregion = eu-west-1\n\n");
        for i in 0..400 {
            let section = match i % 8 {
                0 => format!(
                    "[profile p{i}]\nrole_arn = arn:aws:iam::222222222222:role/r{i}\nsource_profile = base\n\n"
                ),
                1 => format!(
                    "[profile p{i}]\nRole_Arn=arn:aws:iam::222222222222:role/r{i}\nSource_Profile=p{}\nregion=x\n",
                    i - 1
                ),
                2 => format!(
                    "[profile team/p{i}]\t# mine\nrole_arn      =  arn:aws:iam::222222222222:role/r{i}\nsource_profile=  base   \n\n# end of it\n\n"
                ),
                3 => format!(
                    "[profile \"p {i}\"]\ns3 =\n  max_concurrent_requests = 20\n  role_arn = no\nrole_arn = arn:aws:iam::222222222222:role/r\n#mfa_serial = x\ncredential_source = Ec2InstanceMetadata\n"
                ),
                4 => format!(
                    "[profile p{i}]\nsso_session = s\nsso_account_id = 222222222222\nsso_role_name = n\nregion = x\n  and more\n\n\n"
                ),
                5 => format!(
                    "[profile p{i}]\nrole_arn = arn:aws:iam::222222222222:role/r\nrole_arn = twice\nsource_profile = base\n"
                ),
                6 => format!("[profile p{i}]\ncredential_process = /usr/bin/other {i}\n"),
                _ => format!("[ profile p{i} ]\n\trole_arn = indented\n"),
            };
            text.push_str(&section);
        }
        text.push_str("[sso-session s]\nsso_start_url = https://x\nsso_region = r");
        let text = text.replace('\n', ending);
        sandbox.config(&text);
        sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
        let output = sandbox.rolecall(&["profile", "adopt", "--all"]).run().ok();
        assert_eq!(converted(&output).len(), 250, "{output:?}");
        assert!(
            config(&sandbox).contains("rolecall_Source_Profile=p0"),
            "the key as it was written"
        );
        let output = sandbox.rolecall(&["profile", "release", "--all"]).run().ok();
        assert_eq!(converted(&output).len(), 250, "{output:?}");
        assert_eq!(config(&sandbox), text);
    }
}
