//! How profiles resolve: chains, loops, half-configured ones. Each error names file and line.

use crate::support::{
    sandbox::Sandbox,
    stage::{PLAIN, Stage},
};

const KEYS: &str = "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = s3cr3t-of-the-test\n";

/// What `credential-process a` says when these are the files.
#[track_caller]
fn refusal(config: &str, credentials: &str) -> String {
    let sandbox = Sandbox::new();
    sandbox.secret("the secret key", "s3cr3t-of-the-test");
    sandbox.config(config).credentials(credentials);
    let output = sandbox.rolecall(&["credential-process", "a"]).run().code(5);
    assert_eq!(output.stdout, "");
    output.stderr
}

#[track_caller]
fn assert_told(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "{part:?} is not in:\n{told}");
    }
}

/// The roles that `profile show` says `profile` assumes, first to last, and the base's profile.
fn plan(config: &str, credentials: &str, profile: &str) -> (String, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.secret("the secret key", "s3cr3t-of-the-test");
    sandbox.config(config).credentials(credentials);
    let shown = sandbox.rolecall(&["profile", "show", profile, "--output", "json"]).run();
    let plan = shown.ok().json()["plan"].clone();
    let roles = plan["hops"].as_array().unwrap_or_else(|| panic!("no hops in {plan}"));
    let roles = roles.iter().map(|hop| hop["role_arn"].as_str().unwrap().to_owned());
    (plan["base"]["profile"].as_str().unwrap().to_owned(), roles.collect())
}

#[test]
fn plain_role_profiles_work_with_every_verb() {
    let stage = Stage::new();
    stage.document("plain");
    assert_eq!(stage.sts.calls()[0].role_arn.as_deref(), Some(PLAIN));
}

#[test]
fn chains_may_be_long_and_mix_managed_and_plain_profiles() {
    let mut config = String::from("[profile p0]\nrole_arn = r0\nsource_profile = base\n");
    for i in 1..40 {
        let prefix = if i % 2 == 0 { "" } else { "rolecall_" };
        config += &format!(
            "[profile p{i}]\n{prefix}role_arn = r{i}\n{prefix}source_profile = p{}\n",
            i - 1
        );
    }
    let (base, roles) = plan(&config, &format!("[base]\n{KEYS}"), "p39");
    assert_eq!(base, "base");
    assert_eq!(roles.len(), 40);
    assert_eq!((roles[0].as_str(), roles[39].as_str()), ("r0", "r39"));
}

#[test]
fn keys_end_a_chain_from_the_second_profile_on_but_not_in_the_first() {
    let config = format!(
        "[profile a]\nrole_arn = ra\nsource_profile = b\n{KEYS}\
         [profile b]\nrole_arn = rb\nsource_profile = c\n{KEYS}\
         [profile c]\n{KEYS}"
    );
    assert_eq!(plan(&config, "", "a"), ("b".into(), vec!["ra".into()]));
    assert_eq!(plan(&config, "", "b"), ("c".into(), vec!["rb".into()]));
}

#[test]
fn a_profile_that_is_its_own_source_means_its_own_keys() {
    let config = "[profile a]\nrole_arn = ra\nsource_profile = a\n";
    let keys = format!("[a]\n{KEYS}");
    assert_eq!(plan(config, &keys, "a"), ("a".into(), vec!["ra".into()]));
    assert_told(&refusal(config, ""), &["'a' is its own source", "config:3)"]);
}

#[test]
fn prefixed_settings_win_over_plain_ones() {
    let config = format!(
        "[profile a]\nrole_arn = plain\nrolecall_role_arn = own\nsource_profile = nowhere\n\
         rolecall_source_profile = b\n[profile b]\n{KEYS}"
    );
    assert_eq!(plan(&config, "", "a"), ("b".into(), vec!["own".into()]));
}

#[test]
fn a_line_of_ours_that_names_another_profile_means_that_profile() {
    let config = format!(
        "[profile a]\ncredential_process = /opt/rolecall credential-process b\n\
         [profile b]\nrolecall_role_arn = rb\nrolecall_source_profile = c\n\
         credential_process = rolecall credential-process b\n[profile c]\n{KEYS}"
    );
    assert_eq!(plan(&config, "", "a"), ("c".into(), vec!["rb".into()]));
}

#[test]
fn a_loop_is_printed_as_one() {
    let told = refusal(
        &format!(
            "[profile a]\nrole_arn = ra\nsource_profile = b\n{KEYS}\
             [profile b]\nrole_arn = rb\nsource_profile = c\n\
             [profile c]\nrole_arn = rc\nsource_profile = b\n"
        ),
        "",
    );
    assert_told(&told, &["b -> c -> b", "config:11)", "hint: "]);
    let told = refusal(
        "[profile a]\ncredential_process = rolecall credential-process b\n\
         [profile b]\ncredential_process = rolecall credential-process a\n",
        "",
    );
    assert_told(&told, &["a -> b -> a", "config:4)"]);
}

#[test]
fn a_missing_source_is_told_where_it_is_named() {
    let told = refusal("[profile a]\nrole_arn = ra\nsource_profile = Base\n[profile base]\n", "");
    assert_told(
        &told,
        &[
            "'source_profile' of profile 'a' is 'Base', which does not exist",
            "config:3)",
            "did you mean 'base'?",
        ],
    );
}

#[test]
fn a_role_needs_exactly_one_source() {
    let told = refusal("[profile a]\nrolecall_role_arn = ra\n", "");
    assert_told(
        &told,
        &["'rolecall_role_arn' without a source", "config:2)", "rolecall_source_profile"],
    );
    let told = refusal(
        "[profile a]\nrole_arn = ra\nsource_profile = b\ncredential_source = Environment\n",
        "",
    );
    assert_told(&told, &["both 'source_profile' and 'credential_source'", "config:4)"]);
}

#[test]
fn half_a_pair_of_keys_is_an_error() {
    let told = refusal("", "[a]\naws_access_key_id = AKIAEXAMPLE\n");
    assert_told(&told, &["without 'aws_secret_access_key'", "credentials:2)"]);
    let told = refusal("", "[a]\nregion = x\naws_secret_access_key = s3cr3t-of-the-test\n");
    assert_told(&told, &["without 'aws_access_key_id'", "credentials:3)"]);
}

#[test]
fn a_pair_is_never_mixed_from_both_files() {
    let told = refusal(&format!("[profile a]\n{KEYS}"), "[a]\naws_access_key_id = AKIAOTHER\n");
    assert_told(&told, &["in different files", "credentials:2)"]);
}

#[test]
fn a_half_configured_managed_profile_says_what_is_missing() {
    let told = refusal("[profile a]\ncredential_process = rolecall credential-process a\n", "");
    assert_told(&told, &["has no role", "rolecall_role_arn", "config:1)"]);
    let told = refusal(
        "[profile a]\ncredential_process = rolecall credential-process a\n\
         rolecall_source_profile = b\n[profile b]\n",
        "",
    );
    assert_told(&told, &["'rolecall_source_profile' without a role", "config:3)"]);
}

#[test]
fn a_setting_of_long_lived_keys_that_makes_no_sense_hands_out_nothing_else() {
    for (line, told) in [
        ("rolecall_access_key_id = AKIA", "this is not the ID of an access key"),
        ("rolecall_access_key_id = ASIAIOSFODNN7EXAMPLE", "this is a session's access key"),
        ("rolecall_session = yes", "'rolecall_session' is not on or off"),
    ] {
        let config = format!("[profile a]\n{line}\n{KEYS}[profile b]\n{KEYS}");
        assert_told(&refusal(&config, ""), &[told, "config:"]);
    }
}

#[test]
fn a_profile_without_credentials_is_an_error_whatever_the_environment_holds() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\n");
    sandbox.env("AWS_ACCESS_KEY_ID", "AKIAOFTHEENVIRONMENT").env("AWS_SECRET_ACCESS_KEY", "x");
    let output = sandbox.rolecall(&["credential-process", "a"]).run().code(5);
    assert_told(&output.stderr, &["profile 'a' has no credentials", "config:1)"]);
    let output = sandbox.rolecall(&["credential-process"]).run().code(5);
    assert_told(&output.stderr, &["profile 'default' does not exist"]);
}

#[test]
fn broken_files_are_told_with_the_line() {
    for (config, line) in [
        ("key = before any section\n", 1),
        ("[profile a]\nno equals sign s3cr3t-of-the-test\n", 2),
        ("[profile a]\n  indented = first\n", 2),
        ("[profile a]\n= no key\n", 2),
        ("\n\n[profile a\nx = y\n", 3),
    ] {
        assert_told(&refusal(config, ""), &[&format!("config:{line})"), "hint: "]);
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.config(b"[profile a]\nregion = \xff\n");
    let output = sandbox.rolecall(&["credential-process", "a"]).run().code(5);
    assert_told(&output.stderr, &["not UTF-8", "config:2)"]);
}

#[test]
fn the_call_goes_to_the_endpoint_and_region_of_the_profile_asked_for() {
    let stage = Stage::new();
    let endpoint = stage.sts.endpoint();
    stage.sandbox.env_remove("AWS_ENDPOINT_URL_STS");
    stage.edit_config(
        "[profile plain]\n",
        "[services mine]\nsts =\n  endpoint_url = ENDPOINT\n\n[profile plain]\nservices = mine\nregion = ap-south-1\n",
    );
    stage.edit_config("ENDPOINT", &endpoint);
    stage.document("plain");
    assert_eq!(stage.sts.calls()[0].region.as_deref(), Some("ap-south-1"));
    let elsewhere = stage.helper("plain").env("AWS_REGION", "us-west-2").run().ok();
    drop(elsewhere);
    assert_eq!(stage.sts.calls()[1].region.as_deref(), Some("us-west-2"));
}

#[test]
fn the_environments_endpoint_wins_unless_endpoints_are_to_be_ignored() {
    let stage = Stage::new();
    stage.edit_config("[profile plain]\n", "[profile plain]\nendpoint_url = http://127.0.0.1:9\n");
    stage.document("plain");
    let plan = |stage: &Stage, name: &str, value: &str| {
        let arguments = ["profile", "show", "plain", "--output", "json"];
        let shown = stage.sandbox.rolecall(&arguments).env(name, value).run().ok().json();
        shown["plan"]["endpoint_url"].clone()
    };
    assert_eq!(plan(&stage, "AWS_ENDPOINT_URL_STS", ""), "http://127.0.0.1:9");
    assert_eq!(
        plan(&stage, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        serde_json::Value::Null
    );
}

#[test]
fn fips_and_an_endpoint_of_ones_own_contradict_each_other() {
    let stage = Stage::new();
    for variable in ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"] {
        let output = stage.helper("plain").env(variable, "true").run().code(5);
        assert_told(&output.stderr, &["are both set", "hint: "]);
    }
    assert_eq!(stage.assumed(), 0);
}

#[test]
fn a_role_of_another_partition_is_asked_for_in_that_partition() {
    let region = |role: &str| {
        let sandbox = Sandbox::new();
        sandbox.config(format!(
            "[profile a]\nrole_arn = {role}\nsource_profile = b\n[profile b]\n{KEYS}"
        ));
        let shown = sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok();
        shown.json()["plan"]["region"].as_str().unwrap().to_owned()
    };
    assert_eq!(region("arn:aws-cn:iam::222222222222:role/r"), "cn-north-1");
    assert_eq!(region("arn:aws-us-gov:iam::222222222222:role/r"), "us-gov-west-1");
    assert_eq!(region("arn:aws:iam::222222222222:role/r"), "us-east-1");
}

#[test]
fn a_large_file_is_read_like_a_small_one() {
    use std::fmt::Write as _;
    let mut config = String::from("# first\n");
    for i in 0..5000 {
        if i == 3000 {
            config.push_str("[profile a]\nrole_arn = ra\nsource_profile = b\n");
        }
        if i == 4000 {
            writeln!(config, "[profile b]\n{KEYS}").unwrap();
        }
        write!(config, "[profile other-{i}]\nregion = eu-west-1\noutput = json # {i}\n\n").unwrap();
    }
    assert!(config.len() > 300_000);
    assert_eq!(plan(&config, "", "a"), ("b".into(), vec!["ra".into()]));
    let told = refusal(&config.replace("source_profile = b\n", "source_profile = c\n"), "");
    assert_told(
        &told,
        &["'source_profile' of profile 'a' is 'c', which does not exist", "config:12004)"],
    );
    let told = refusal(&config.replace("source_profile = b\n", "nonsense\n"), "");
    assert_told(&told, &["without '='", "config:12004)"]);
    let told = refusal(&format!("{config}[profile z\n"), "");
    assert_told(&told, &["section header without ']'", "config:20009)"]);
}

#[test]
fn a_role_in_the_flags_of_a_line_is_an_error_and_never_its_sources_keys() {
    for flags in ["--source-profile b --role-arn r", "--external-id b a2", "b --duration 900"] {
        let config = format!(
            "[profile a]\ncredential_process = /opt/rolecall credential-process {flags}\n[profile b]\n{KEYS}"
        );
        assert_told(&refusal(&config, ""), &["flags of 'credential_process'", "config:2)"]);
    }
}

#[test]
fn a_chain_that_nobody_can_walk_is_an_error() {
    use std::fmt::Write as _;
    let mut config = String::from("[profile a]\nrole_arn = r\nsource_profile = p0\n");
    for i in 0..600 {
        write!(config, "[profile p{i}]\nrole_arn = r{i}\nsource_profile = p{}\n", i + 1).unwrap();
    }
    assert_told(&refusal(&config, ""), &["more than 500 profiles", "config:"]);
}
