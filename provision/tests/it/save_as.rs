//! `rolecall s3 create --save-as`.

use std::fs;

use crate::{
    moto::Account,
    proxy::{Fault, Proxy},
    support::keyring::SessionBus,
};

#[test]
fn the_secret_goes_into_the_keychain_and_the_profile_works() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service");
    let arguments = ["s3", "create", "mine", "--save-as", "mine", "--bucket-region", "eu-west-1"];
    let output = account.rolecall(&arguments).run().ok();
    assert_eq!(output.stdout, "");
    let saved = output.stderr.lines().last().unwrap_or_default();
    assert!(saved.starts_with("Saved as profile: mine; access key AKIA"), "{output:?}");
    let config = fs::read_to_string(account.sandbox.config_path()).unwrap();
    assert!(config.starts_with("[profile mine]\nregion = eu-west-1\n"), "{config}");
    assert!(config.contains("/rolecall credential-process mine\n"), "{config}");
    assert!(config.contains("rolecall_access_key_id = AKIA"), "{config}");
    let user = account.created(&account.rolecall(&["credential-process", "mine"]).run().ok());
    account.put(&user, "mine", "new").unwrap();
    // Another key for the same profile would leave the first one behind.
    let output = account.rolecall(&arguments).run().code(5);
    assert!(output.stderr.contains("has the access key AKIA"), "{output:?}");
    assert_eq!(account.key_count("s3.read-write.mine"), 1);
}

#[test]
fn a_config_file_that_can_not_be_written_undoes_all() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.buckets(&["mine"]);
    account.sandbox.store("secret-service").config("[profile other]\nregion = eu-west-1\n");
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Hold);
    let arguments = ["s3", "create", "mine", "--save-as", "mine"];
    let running = account.rolecall(&arguments).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateAccessKey held");
    // Meanwhile the profile gets a key from somebody else.
    account.sandbox.config("[profile mine]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n");
    proxy.release();
    let output = running.wait().code(5);
    assert!(output.stderr.contains("Undone: the access key AKIA"), "{output:?}");
    assert!(account.users().is_empty());
}

#[test]
fn without_a_keychain_nothing_is_made() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let output = account.rolecall_create(&["mine", "--save-as", "mine"]).code(6);
    assert!(output.stderr.contains("the store 'none' can't hold access keys"), "{output:?}");
    assert!(account.users().is_empty());
}
