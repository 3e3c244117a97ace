//! `sso configure`: from a start URL to a working profile, for a person and for a script.

use std::fs;

use super::{
    START_URL,
    listing::{assign, sso},
    stage,
};
use crate::support::stage::Stage;

const ACCOUNTS: [(&str, &str); 2] = [("222222222222", "Prod"), ("000000000042", "Dev [EU]")];

/// A stage whose config file has no section yet.
fn empty() -> Stage {
    let stage = stage();
    assign(&stage, &ACCOUNTS, &["Admin", "Viewer"]);
    stage.sandbox.config("# mine\n");
    // The start page, which may name the region, is out of reach.
    stage.sandbox.env("HTTPS_PROXY", "http://127.0.0.1:9");
    stage
}

fn config(stage: &Stage) -> String {
    fs::read_to_string(stage.sandbox.config_path()).unwrap()
}

const FLAGS: [&str; 9] = [
    "configure",
    "--sso-session",
    "new",
    "--start-url",
    START_URL,
    "--sso-region",
    "us-east-2",
    "--device-code",
    "--bare",
];

#[test]
fn flags_are_enough_for_a_script_and_the_profile_works() {
    let stage = empty();
    let role = ["--account", "Dev [EU]", "--role", "Viewer", "--region", "eu-west-1"];
    let output = sso(&stage, &[&FLAGS[..], &role].concat()).ok();
    assert!(output.stdout.contains("wrote profile 'Dev-EU-Viewer'"), "{output:?}");
    let expected = format!(
        "# mine\n\n[sso-session new]\nsso_start_url = {START_URL}\nsso_region = us-east-2\n\
         sso_registration_scopes = sso:account:access\n\n[profile Dev-EU-Viewer]\n\
         region = eu-west-1\ncredential_process = rolecall credential-process Dev-EU-Viewer\n\
         rolecall_sso_session = new\nrolecall_sso_account_id = 000000000042\n\
         rolecall_sso_role_name = Viewer\n"
    );
    assert_eq!(config(&stage), expected);
    assert_eq!(stage.document("Dev-EU-Viewer")["AccountId"], "000000000042");
    // Signed in already, with the section's own start URL, and nothing to write.
    let signed_in = stage.sts.count("StartDeviceAuthorization");
    let again = sso(&stage, &[&["configure", "--bare"], &role[..]].concat()).ok();
    assert!(again.stdout.contains("is already in"), "{again:?}");
    assert_eq!(stage.sts.count("StartDeviceAuthorization"), signed_in);
    assert_eq!(config(&stage), expected);
    // The same name for another role.
    let other = ["configure", "--profile", "Dev-EU-Viewer", "--account", "Prod", "--role", "Admin"];
    let taken = sso(&stage, &other).code(5);
    assert!(taken.stderr.contains("profile 'Dev-EU-Viewer' already exists"), "{taken:?}");
    assert_eq!(config(&stage), expected);
}

#[test]
fn without_a_terminal_the_missing_flag_is_named_and_nothing_is_written() {
    let stage = empty();
    let configure = |more: &[&str]| sso(&stage, &[&["configure", "--device-code"], more].concat());
    for (flags, told) in [
        (&[][..], "--start-url is missing"),
        (&["--start-url", "http://d-1.awsapps.com/start"], "does not start with https://"),
        (&["--start-url", "https://d-1.awsapps.com"], "lacks /start"),
        (&["--start-url", START_URL], "--sso-region is missing"),
        (&["--start-url", START_URL, "--sso-region", "us_east_2"], "--sso-region is not a region"),
        (&["--region", "us east"], "--region"),
    ] {
        let output = configure(flags).code(2);
        assert!(output.stderr.contains(told), "{told}: {output:?}");
    }
    let output = sso(&stage, &FLAGS).code(2);
    assert!(output.stderr.contains("--account is missing"), "{output:?}");
    let unknown = [&FLAGS[..], &["--account", "222222222222", "--role", "Owner"]].concat();
    let unknown = sso(&stage, &unknown).code(4);
    assert!(unknown.stderr.contains("it has: Admin, Viewer"), "{unknown:?}");
    assert_eq!(config(&stage), "# mine\n");
}

#[test]
fn a_person_answers_questions_and_chooses_from_lists() {
    let stage = empty();
    let arguments = ["sso", "configure", "--device-code", "--bare"];
    let terminal = stage.sandbox.rolecall(&arguments).on_terminal();
    terminal.until("Name of the sso-session [sso]: ");
    terminal.type_keys("\r");
    terminal.until("Start URL: ");
    terminal.type_keys("d-abc123.awsapps.com/start\r");
    terminal.until("does not start with https://");
    terminal.until("Start URL: ");
    terminal.type_keys(&format!("{START_URL}\r"));
    terminal.until("Region of IAM Identity Center: ");
    terminal.type_keys("us-east-2\r");
    terminal.until("Esc cancels");
    terminal.type_keys("prod\r");
    terminal.until("Account: 222222222222");
    terminal.until("Esc cancels");
    terminal.type_keys("adm\r");
    terminal.until("Name of the profile [Prod-Admin]: ");
    terminal.type_keys("mine\r");
    terminal.finish().code(0);
    assert!(config(&stage).contains("[sso-session sso]\n"), "{}", config(&stage));
    assert_eq!(stage.document("mine")["AccountId"], "222222222222");
}

#[test]
fn leaving_a_list_writes_nothing() {
    let stage = empty();
    let terminal = stage.sandbox.rolecall(&[&["sso"], &FLAGS[..]].concat()).on_terminal();
    terminal.until("Esc cancels");
    terminal.type_keys("\x1b");
    terminal.finish().code(130);
    assert_eq!(config(&stage), "# mine\n");
}
