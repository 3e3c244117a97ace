//! Two commands at once that work on the same thing: one after the other.

use crate::{
    apply::TEAM,
    moto::Account,
    proxy::{Fault, Proxy},
    share,
};

#[test]
fn two_that_create_a_user_give_it_two_keys() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateUser", Fault::Hold);
    let create = || account.rolecall(&["s3", "create", "mine"]).may_print_secrets();
    let one = create().env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateUser held");
    let two = create().spawn();
    two.until_stderr("Waiting for another rolecall that is working on user s3.read-write.mine\n");
    // What only looks does not wait, and neither does another user.
    account.rolecall(&["s3", "create", "mine", "--dry-run"]).run().ok();
    let _other = account.create(&["mine", "--username", "other"]);
    proxy.release();
    let (one, two) = (account.created(&one.wait().ok()), account.created(&two.wait().ok()));
    assert_ne!(one.access_key_id, two.access_key_id);
    assert_eq!(account.key_count("s3.read-write.mine"), 2);
}

#[test]
fn the_second_file_is_compared_with_what_the_first_one_made() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateUser", Fault::Hold);
    let one = account.apply(TEAM, &[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateUser held");
    let two = account.apply(TEAM, &[]).spawn();
    two.until_stderr("Waiting for another rolecall that is working on a team\n");
    proxy.release();
    let (_one, two) = (one.wait().ok(), two.wait().ok());
    assert!(two.stdout.starts_with("Nothing to do"), "{two:?}");
}

#[test]
fn a_bucket_that_is_being_shared_is_shared_once() {
    let account = need!(share::account());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateLoginProfile", Fault::Hold);
    let one = share::share(&account, &[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("CreateLoginProfile held");
    let two = share::share(&account, &[]).spawn();
    two.until_stderr("Waiting for another rolecall that is working on shared buckets\n");
    proxy.release();
    let (_one, two) = (one.wait().ok(), two.wait().ok());
    assert!(two.stderr.contains("already had a password"), "{two:?}");
}

#[test]
fn who_deletes_a_user_waits_for_who_creates_it() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateUser", Fault::Hold);
    let create = account.rolecall(&["s3", "create", "mine", "--username", "u"]);
    let one = create.env("AWS_ENDPOINT_URL", &proxy.url).may_print_secrets().spawn();
    proxy.until("CreateUser held");
    let two = account.rolecall(&["s3", "delete-user", "u"]).spawn();
    two.until_stderr("Waiting for another rolecall that is working on user u\n");
    // Ctrl-C ends the wait.
    two.signal(rustix::process::Signal::INT);
    let two = two.wait().code(130);
    assert!(!two.stdout.contains("Deleted"), "{two:?}");
    proxy.release();
    let _keys = account.created(&one.wait().ok());
    assert_eq!(account.users(), ["u"]);
}
