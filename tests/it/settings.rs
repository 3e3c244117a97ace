//! Misspelt keys: who is told of them, and with which place.

use crate::support::{run::Output, sandbox::Sandbox, stage::Stage};

const ROLE: &str = "arn:aws:iam::222222222222:role/r";

/// Asserts that rolecall says of line `line` of the config file that `meant` should stand there.
#[track_caller]
fn assert_hinted(output: &Output, line: usize, key: &str, meant: &str) {
    let start = format!("hint: did you mean '{meant}' instead of '{key}'? (");
    let end = format!("/.aws/config:{line})");
    let is_told = |told: &str| told.starts_with(&start) && told.ends_with(&end);
    assert!(output.stderr.lines().any(is_told), "{start}…{end} is not in {output:?}");
}

/// What `credential-process a` says when this is the config file.
#[track_caller]
fn refusal(config: &str) -> Output {
    let sandbox = Sandbox::new();
    sandbox.config(config);
    sandbox.rolecall(&["credential-process", "a"]).run().code(5)
}

#[test]
fn a_profile_that_does_not_resolve_is_told_its_misspelt_keys_first() {
    let output =
        refusal(&format!("[profile a]\nrolecall_role_arn = {ROLE}\nrolecall_source-profile = b\n"));
    assert_hinted(&output, 3, "rolecall_source-profile", "rolecall_source_profile");
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(
        lines[0].contains("without a source") && lines[1].contains("did you mean"),
        "{lines:?}"
    );
    let output = refusal("[profile a]\naccess_key_id = AKIA\nsecretaccesskey = x\n");
    assert_hinted(&output, 2, "access_key_id", "aws_access_key_id");
    assert_hinted(&output, 3, "secretaccesskey", "aws_secret_access_key");
    let output = refusal(&format!("[profile a]\nrolearn = {ROLE}\nsource_profile = a\n"));
    assert_hinted(&output, 2, "rolearn", "role_arn");
}

#[test]
fn the_misspelt_key_may_stand_further_down_the_chain() {
    let output = refusal(&format!(
        "[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n[profile b]\ncredential_proces = x\n"
    ));
    assert_hinted(&output, 5, "credential_proces", "credential_process");
}

#[test]
fn keys_of_other_tools_are_no_reason_for_a_failure() {
    let output = refusal(
        "[profile a]\ngranted_sso_region = x\nmfa_process = y\ninclude_profile = z\nsession = on\n\
         sso_account_name = n\nexpiration = never\nrolecall_typo = x\n",
    );
    assert!(!output.stderr.contains("did you mean"), "{output:?}");
}

#[test]
fn a_profile_that_works_says_nothing_of_them() {
    let stage = Stage::new();
    stage.edit_config("[profile plain]\n", "[profile plain]\nregoin = x\nrolecall_typo = y\n");
    let output = stage.helper("plain").run().ok();
    assert_eq!(output.stderr, "");
}

#[test]
fn a_misspelt_key_of_ours_is_not_set() {
    for (key, meant) in [
        ("rolecall_exernal_id", "rolecall_external_id"),
        ("Rolecall_MFA_Serial_Number", "rolecall_mfa_serial"),
        ("rolecall_duration", "rolecall_duration_seconds"),
        ("rolecall_region", "region"),
    ] {
        let sandbox = Sandbox::new();
        let setting = format!("{key}=s3cr3t");
        let output = sandbox.rolecall(&["profile", "set", "a", &setting]).run().code(2);
        let told =
            format!("rolecall: rolecall has no setting '{key}'\nhint: did you mean '{meant}'?\n");
        assert_eq!(output.stderr, told);
        assert!(!sandbox.config_path().exists());
    }
    let sandbox = Sandbox::new();
    let output = sandbox.rolecall(&["profile", "set", "a", "rolecall_typo=x"]).run().code(2);
    assert!(
        output.stderr.contains("hint: the settings with the prefix 'rolecall_' are role_arn, "),
        "{output:?}"
    );
    assert!(!output.stderr.contains("did you mean"), "{output:?}");
}

#[test]
fn a_misspelt_key_of_awss_is_set_with_a_warning() {
    let sandbox = Sandbox::new();
    let set = ["profile", "set", "a", "Regoin=x", "granted_color=blue", "aws_external_id=y"];
    let output = sandbox.rolecall(&set).run().ok();
    let path = sandbox.config_path().display().to_string();
    assert_eq!(
        output.stderr,
        format!(
            "warning: 'regoin' of 'a' is not a known key ({path}:2)\nhint: did you mean 'region'?\n\
             warning: 'aws_external_id' of 'a' is not a known key ({path}:4)\n\
             hint: did you mean 'external_id'?\n"
        )
    );
    let config = std::fs::read_to_string(sandbox.config_path()).unwrap();
    assert_eq!(config, "[profile a]\nRegoin = x\ngranted_color = blue\naws_external_id = y\n");
}

#[test]
fn a_key_that_is_not_there_to_be_unset_may_be_misspelt() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\n");
    let output = sandbox.rolecall(&["profile", "unset", "a", "regoin", "color"]).run().ok();
    let lines: Vec<&str> = output.stderr.lines().collect();
    assert!(
        lines[0].contains("has no 'regoin'") && lines[2].contains("has no 'color'"),
        "{lines:?}"
    );
    assert_eq!((lines[1], lines.len()), ("hint: did you mean 'region'?", 3));
}

#[test]
fn list_and_show_warn_of_misspelt_keys_beside_what_they_print() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\nrolecall_exernal_id = y\n[profile b]\nouput = json\n");
    let path = sandbox.config_path().display().to_string();
    let told = |key: &str, name: &str, line: usize, meant: &str| {
        format!(
            "warning: '{key}' of '{name}' is not a known key ({path}:{line})\n\
             hint: did you mean '{meant}'?\n"
        )
    };
    let a = told("rolecall_exernal_id", "a", 3, "rolecall_external_id");
    let b = told("ouput", "b", 5, "output");
    for output in ["table", "json"] {
        let list = sandbox.rolecall(&["profile", "list", "--output", output]).run().ok();
        assert_eq!(list.stderr, format!("{a}{b}"));
        let show = sandbox.rolecall(&["profile", "show", "a", "--output", output]).run().ok();
        assert_eq!(show.stderr, a);
        assert!(!list.stdout.contains("did you mean"), "{list:?}");
    }
}

#[test]
fn a_role_that_aws_refuses_may_lack_what_a_misspelt_key_says() {
    let stage = Stage::new();
    stage.edit_config("rolecall_external_id", "rolecall_exernal_id");
    for verb in ["credential-process", "whoami", "login", "env"] {
        let output =
            stage.sandbox.rolecall(&[verb, "my-role"]).env("SHELL", "/bin/sh").run().code(4);
        let line = output.stderr.lines().find(|line| line.starts_with("hint: did you mean"));
        let line = line.unwrap_or_else(|| panic!("no such hint in {output:?}"));
        assert!(
            line.contains("'rolecall_external_id' instead of 'rolecall_exernal_id'?"),
            "{line}"
        );
    }
}

#[test]
fn a_key_that_is_not_there_to_be_unset_may_be_a_part_of_one_that_is() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\nrolecall_external_id = x\nsource_profile = b\ns3 =\n  max_queue_size = 5\n",
    );
    let unset = ["profile", "unset", "a", "external_id", "source", "s3.max_queue_siz", "zzz"];
    let output = sandbox.rolecall(&unset).run().ok();
    let hints: Vec<&str> = output.stderr.lines().filter(|line| line.starts_with("hint")).collect();
    assert_eq!(
        hints,
        [
            "hint: did you mean 'rolecall_external_id'?",
            "hint: did you mean 'source_profile'?",
            "hint: did you mean 's3.max_queue_size'?"
        ]
    );
}

#[test]
fn the_start_of_a_key_is_set_with_a_warning_and_ours_is_not_set() {
    let sandbox = Sandbox::new();
    let output = sandbox.rolecall(&["profile", "set", "a", "mfa_ser=x"]).run().ok();
    assert!(output.stderr.contains("'mfa_ser' of 'a' is not a known key"), "{output:?}");
    assert!(output.stderr.contains("hint: did you mean 'mfa_serial'?"), "{output:?}");
    let output = sandbox.rolecall(&["profile", "set", "a", "rolecall_source=x"]).run().code(2);
    let told = "hint: did you mean 'rolecall_source_profile' or 'rolecall_source_identity'?";
    assert!(output.stderr.contains(told), "{output:?}");
}
