//! What `rolecall iam apply` does on this machine: keys and profiles.

use std::fs;

use serde_json::json;

use crate::{
    apply::TEAM,
    moto::{Account, NOTHING, call, refusal},
    proxy::{Fault, Proxy},
    support::keyring::SessionBus,
};

impl Account {
    fn config_now(&self) -> String {
        fs::read_to_string(self.sandbox.config_path()).unwrap_or_default()
    }

    /// A device for a user; gives its serial.
    fn mfa_device(&self, user: &str) -> String {
        let iam = self.iam(&self.admin);
        let made = call(iam.create_virtual_mfa_device().virtual_mfa_device_name(user).send());
        let serial = made.unwrap().virtual_mfa_device.unwrap().serial_number;
        let enable = iam.enable_mfa_device().user_name(user).serial_number(&serial);
        call(enable.authentication_code1("123456").authentication_code2("654321").send()).unwrap();
        serial
    }
}

#[test]
fn new_users_get_keys_in_the_keychain_and_profiles_that_work() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    account.new_user("ben", NOTHING);
    let dry = account.apply(TEAM, &["--save-keys", "--dry-run"]).run().ok();
    for line in [
        "+ access key of user ana, into the keychain, with profile ana\n",
        "Changes of the config file:\n",
        "+[profile ana]\n",
        "+rolecall_access_key_id = (the new key's id)\n",
    ] {
        assert!(dry.stdout.contains(line), "{line} {dry:?}");
    }
    assert_eq!((account.config_now(), account.users()), (String::new(), vec!["ben".to_owned()]));
    // Nothing but the account is shown: the sandbox looks for secrets in all that is written.
    let output = account.apply(TEAM, &["--save-keys"]).run().ok();
    assert!(output.stderr.contains("Saved access key AKIA"), "{output:?}");
    for user in ["ana", "cem"] {
        let keys = account.rolecall(&["credential-process", user]).run().ok().json();
        assert_eq!(account.key_ids(user), [keys["AccessKeyId"].as_str().unwrap()]);
        let who = account.rolecall(&["whoami", user]).run().ok();
        assert!(who.stdout.contains(&format!(":user/{user}")), "{who:?}");
    }
    // Who was there before keeps what he has.
    assert_eq!(account.key_count("ben"), 1);
    assert!(!account.config_now().contains("ben"), "{}", account.config_now());
    let again = account.apply(TEAM, &["--save-keys"]).run().ok();
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
    // One whom this file made, and who has no key yet, gets it later.
    let more = format!("{TEAM}[users.dan]\n").replace("cem = {", "eve = {}\ncem = {");
    account.apply(&more, &[]).run().ok();
    assert_eq!((account.key_count("dan"), account.key_count("eve")), (0, 0));
    let output = account.apply(&more, &["--save-keys"]).run().ok();
    assert!(output.stdout.contains(": 2 added, 0 changed"), "{output:?}");
    assert_eq!((account.key_count("dan"), account.key_count("ana")), (1, 1));
}

#[test]
fn without_a_keychain_or_with_a_profile_in_the_way_nothing_is_made() {
    let account = need!(Account::new());
    let output = account.apply(TEAM, &["--save-keys"]).run().code(6);
    assert!(output.stderr.contains("the store 'none' can't hold access keys"), "{output:?}");
    account.assert_untouched();
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    account.sandbox.config("[profile cem]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    let output = account.apply(TEAM, &["--save-keys"]).run().code(5);
    assert!(output.stderr.contains("profile 'cem' already has the access key AKIA"), "{output:?}");
    account.assert_untouched();
}

#[test]
fn who_may_not_see_the_whole_account_goes_on_as_well() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    let all_but = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Resource": "*", "Action": "*"},
        {"Effect": "Deny", "Resource": "*", "Action": "iam:GetAccountAuthorizationDetails"}]}"#;
    account.act_as(&account.new_user("helper", all_but));
    account.apply(TEAM, &[]).run().ok();
    let output = account.apply(TEAM, &["--save-keys"]).run().ok();
    assert!(output.stderr.contains("you lack iam:GetAccountAuthorizationDetails"), "{output:?}");
    assert!(output.stdout.contains(": 3 added, 0 changed"), "{output:?}");
    assert!(!output.stderr.contains("adopted"), "{output:?}");
}

#[test]
fn a_user_without_keys_stays_so_unless_they_are_to_be_kept() {
    let account = need!(Account::new());
    account.apply(TEAM, &[]).run().ok();
    assert_eq!(account.key_count("ana"), 0);
}

/// The profiles of the roles that the administrator may assume.
const LEADS: &str = r#"
[users.admin]

[roles.lead]
trust = { users = ["admin"], mfa = true, external_id = "ext-42" }

[roles.all]
trust = { accounts = ["123456789012"] }

[roles.mine]
trust = { users = ["admin"] }

[roles.others]
trust = { accounts = ["222222222222"] }
"#;

#[test]
fn roles_that_let_in_the_caller_get_profiles() {
    let account = need!(Account::new());
    account.sandbox.config("[profile admin]\nregion = eu-west-1\n");
    let output = account.apply(LEADS, &["--profiles"]).run().code(1);
    assert!(output.stderr.contains("user admin has no MFA device"), "{output:?}");
    let role = account.iam(&account.admin).get_role().role_name("all").send();
    assert_eq!(refusal(role), "NoSuchEntity");
    let serial = account.mfa_device("admin");
    let dry = account.apply(LEADS, &["--profiles", "--dry-run"]).run().ok();
    assert!(dry.stdout.contains("+ profile lead\n+ profile all\n+ profile mine\n"), "{dry:?}");
    assert_eq!(account.config_now(), "[profile admin]\nregion = eu-west-1\n");
    let output = account.apply(LEADS, &["--profiles"]).run().ok();
    assert!(output.stderr.contains("Wrote profiles: lead, all, mine\n"), "{output:?}");
    let config = account.config_now();
    let (_, lead) = config.split_once("[profile lead]\n").unwrap();
    let (lead, all) = lead.split_once("[profile all]\n").unwrap();
    for line in [
        "region = eu-west-1",
        "rolecall_role_arn = arn:aws:iam::123456789012:role/lead",
        "rolecall_source_profile = admin",
        "rolecall_external_id = ext-42",
        &format!("rolecall_mfa_serial = {serial}"),
    ] {
        assert!(lead.contains(&format!("{line}\n")), "{line}\n{lead}");
    }
    assert!(!all.contains("mfa") && !all.contains("external_id"), "{all}");
    assert!(!config.contains("others"), "{config}");
    // The one that moto lets in: it knows no accounts in a trust.
    let shown = account.rolecall(&["whoami", "mine"]).run().ok();
    assert!(shown.stdout.contains("assumed-role/mine/"), "{shown:?}");
    let again = account.apply(LEADS, &["--profiles"]).run().ok();
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
}

#[test]
fn a_role_that_the_caller_s_policies_lack_gets_no_profile() {
    let account = need!(Account::new());
    let text = r#"
        [roles.all]
        trust = { accounts = ["123456789012"] }
        [roles.other]
        trust = { accounts = ["123456789012"] }
    "#;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":["iam:*","sts:GetCallerIdentity"],"Resource":"*"},
        {"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::*:role/all"}]}"#;
    account.act_as(&account.new_user("helper", policy));
    account.apply(text, &["--profiles"]).run().ok();
    let config = account.config_now();
    assert!(config.contains("[profile all]") && !config.contains("[profile other]"), "{config}");
}

#[test]
fn a_role_that_calls_gets_the_profiles_of_roles_that_trust_it() {
    let account = need!(Account::new());
    let first = "[users.admin]\n[roles.first]\npolicies = [\"all\"]\ntrust = { users = [\"admin\"] }\n\
                 [policies.all]\ndocument = { Version = \"2012-10-17\", Statement = [{ Effect = \
                 \"Allow\", Action = \"*\", Resource = \"*\" }] }\n";
    account.apply(first, &["--profiles"]).run().ok();
    let more = "[roles.second]\ntrust = { roles = [\"first\"] }\n[roles.third]\n\
                trust = { users = [\"admin\"] }\n[roles.with-mfa]\n\
                trust = { accounts = [\"123456789012\"], mfa = true }\n";
    let run = account.apply(&format!("{first}{more}"), &["--profiles", "--profile", "first"]);
    run.run().ok();
    let config = account.config_now();
    let (_, second) = config.split_once("[profile second]\n").unwrap();
    assert!(second.contains("rolecall_source_profile = first\n"), "{config}");
    assert!(!config.contains("[profile third]") && !config.contains("with-mfa"), "{config}");
}

#[test]
fn a_profile_that_says_something_else_is_an_error_before_anything_is_made() {
    let account = need!(Account::new());
    let text = LEADS.replace("mfa = true, ", "");
    account.sandbox.config("[profile all]\nregion = eu-west-1\n");
    let output = account.apply(&text, &["--profiles"]).run().code(5);
    assert!(output.stderr.contains("profile 'all' already exists"), "{output:?}");
    assert!(output.stderr.contains("config:1"), "{output:?}");
    let role = account.iam(&account.admin).get_role().role_name("all").send();
    assert_eq!(refusal(role), "NoSuchEntity");
}

#[test]
fn a_profile_that_can_not_be_written_undoes_all() {
    let account = need!(Account::new());
    let text = LEADS.replace("mfa = true, ", "");
    let text = format!("master_copy = \"s3://acme-iam/iam/team.toml\"\n{text}");
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("PUT /acme-iam/iam/team.toml", Fault::Hold);
    let running = account.apply(&text, &["--profiles"]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("PUT /acme-iam/iam/team.toml held");
    // Meanwhile somebody else writes a profile of that name.
    account.sandbox.config("[profile all]\nregion = eu-west-1\n");
    proxy.release();
    let output = running.wait().code(5);
    for undone in ["the version of s3://acme-iam/iam/team.toml", "the bucket acme-iam"] {
        assert!(output.stderr.contains(&format!("Undone: {undone}\n")), "{output:?}");
    }
    assert!(account.bucket_names().is_empty());
    let role = account.iam(&account.admin).get_role().role_name("all").send();
    assert_eq!(refusal(role), "NoSuchEntity");
}

#[test]
fn who_calls_with_a_key_has_no_profile_to_start_from() {
    let account = need!(Account::new());
    let more = ["--profiles", "--access-key", &account.admin.access_key_id, "--secret-key", "-"];
    let run = account.apply(LEADS, &more);
    let output = run.stdin(account.admin.secret_access_key.expose()).run().code(2);
    assert!(output.stderr.contains("--profiles needs a source profile"), "{output:?}");
}

#[test]
fn a_user_and_a_role_of_one_name_can_not_both_have_the_profile() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    let text = "users = [\"all\"]\n[roles.all]\ntrust = { accounts = [\"123456789012\"] }\n";
    let output = account.apply(text, &["--profiles", "--save-keys"]).run().code(2);
    assert!(output.stderr.contains("a user and a role are both called 'all'"), "{output:?}");
    assert_eq!(json!(account.users()), json!([]));
}
