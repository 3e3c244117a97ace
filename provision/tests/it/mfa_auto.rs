//! `rolecall profile add --mfa-serial auto`.

use std::fs;

use crate::{
    moto::{Account, NOTHING, call},
    support::{keyring::SessionBus, run::Output},
};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";
const MAY_LIST: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Effect":"Allow","Action":"iam:ListMFADevices","Resource":"*"}]}"#;
const FIDO: &str = "arn:aws:iam::123456789012:u2f/user/u/key-AAAA";

impl Account {
    /// A virtual MFA device of user `u`; gives its ARN.
    fn device(&self, name: &str) -> String {
        let iam = self.iam(&self.admin);
        let made = call(iam.create_virtual_mfa_device().virtual_mfa_device_name(name).send());
        let serial = made.unwrap().virtual_mfa_device.unwrap().serial_number;
        self.enable(&serial);
        serial
    }

    fn enable(&self, serial: &str) {
        let enable = self.iam(&self.admin).enable_mfa_device().user_name("u").serial_number(serial);
        let enable = enable.authentication_code1("123456").authentication_code2("654321");
        call(enable.send()).unwrap();
    }

    fn add(&self, source: &str) -> Output {
        self.rolecall(&arguments(source)).run()
    }

    fn written(&self) -> String {
        fs::read_to_string(self.sandbox.config_path()).unwrap_or_default()
    }
}

fn arguments(source: &str) -> Vec<&str> {
    let auto = ["--source-profile", source, "--mfa-serial", "auto"];
    [&["profile", "add", "new", "--role-arn", ROLE], &auto[..]].concat()
}

#[test]
fn the_device_of_the_keys_user_is_written_over_a_chain_of_roles_too() {
    let account = need!(Account::new());
    account.act_as(&account.new_user("u", MAY_LIST));
    let serial = account.device("u");
    account.sandbox.config(format!(
        "[profile role]\nrole_arn = {ROLE}\nsource_profile = other\nmfa_serial = {serial}\n"
    ));
    for source in ["other", "role"] {
        let _output = account.add(source).ok();
        let config = account.written();
        assert!(config.contains(&format!("\nrolecall_mfa_serial = {serial}\n")), "{config}");
        assert!(!config.contains("auto"), "{config}");
        let _output = account.rolecall(&["profile", "remove", "new"]).run().ok();
    }
}

#[test]
fn a_key_in_the_keychain_asks_without_a_code() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let keys = account.new_user("u", MAY_LIST);
    let serial = account.device("u");
    account.enable(FIDO);
    account.sandbox.store("secret-service");
    let text = format!("{}\n{}\n", keys.access_key_id, keys.secret_access_key.expose());
    let arguments = ["keys", "add", "base", "--no-verify", "--mfa-serial", &serial];
    let _output = account.rolecall(&arguments).stdin(text).run().ok();
    let _output = account.add("base").ok();
    let config = account.written();
    let (_, new) = config.split_once("[profile new]").unwrap();
    assert!(new.contains(&format!("\nrolecall_mfa_serial = {serial}\n")), "{config}");
}

#[test]
fn without_a_device_that_sts_takes_nothing_is_written() {
    let account = need!(Account::new());
    account.act_as(&account.new_user("u", MAY_LIST));
    let output = account.add("other").code(5);
    let told = "rolecall: the user u of profile 'other' has no MFA device\n";
    assert!(output.stderr.starts_with(told), "{output:?}");
    account.enable(FIDO);
    let output = account.add("other").code(5);
    assert!(output.stderr.contains("FIDO keys, which don't work with STS"), "{output:?}");
    assert_eq!(account.written(), "");
}

#[test]
fn of_several_devices_one_is_chosen_at_the_terminal_or_by_flag() {
    let account = need!(Account::new());
    account.act_as(&account.new_user("u", MAY_LIST));
    let (one, two) = (account.device("one"), account.device("two"));
    let output = account.add("other").code(5);
    let told =
        format!("the user u has 2 MFA devices: {one}, {two}\nhint: choose one with --mfa-serial\n");
    assert!(output.stderr.contains(&told), "{output:?}");
    assert_eq!(account.written(), "");
    let arguments = ["profile", "add", "new", "--role-arn", ROLE];
    let terminal = account.rolecall(&arguments).on_terminal();
    for (question, text) in [
        ("Source profile, by number or name: ", "other"),
        ("External ID (Enter: none): ", ""),
        ("or auto (Enter: none): ", "auto"),
        ("Region (Enter: none): ", ""),
        ("MFA device, by number: ", "2"),
        ("Write this? [y/N] ", "y"),
    ] {
        terminal.until(question);
        terminal.type_keys(&format!("{text}\r"));
    }
    let _shown = terminal.finish().code(0);
    let config = account.written();
    assert!(config.contains(&format!("\nrolecall_mfa_serial = {two}\n")), "{config}");
}

#[test]
fn where_the_flags_say_all_else_the_device_is_chosen_at_the_terminal_too() {
    let account = need!(Account::new());
    account.act_as(&account.new_user("u", MAY_LIST));
    let (_one, two) = (account.device("one"), account.device("two"));
    let terminal = account.rolecall(&arguments("other")).on_terminal();
    terminal.until("MFA device, by number: ");
    terminal.type_keys("2\r");
    let _shown = terminal.finish().code(0);
    let config = account.written();
    assert!(config.contains(&format!("\nrolecall_mfa_serial = {two}\n")), "{config}");
}

#[test]
fn who_may_not_ask_iam_or_has_no_user_is_told_so() {
    let account = need!(Account::new());
    account.act_as(&account.new_user("u", NOTHING));
    let output = account.add("other").code(4);
    let told = "rolecall: can't list the MFA devices of user u: AccessDenied";
    assert!(output.stderr.starts_with(told), "{output:?}");
    assert!(output.stderr.contains("hint: or name the device with --mfa-serial\n"), "{output:?}");
    account.sandbox.config("[profile program]\ncredential_process = echo {}\n");
    let output = account.add("program").code(5);
    assert!(output.stderr.contains("'program' has no long-lived access key"), "{output:?}");
}
