//! Commands that fail half-way, or are broken off.

use rustix::process::Signal;
use serde_json::json;

use crate::{
    moto::{Account, call},
    proxy::{Fault, Proxy, Rule},
    support::run::Run,
};

impl Account {
    /// `rolecall s3 create …` through `proxy`.
    fn create_through(&self, proxy: &Proxy, arguments: &[&str]) -> Run<'_> {
        let arguments: Vec<&str> = ["s3", "create"].iter().chain(arguments).copied().collect();
        self.rolecall(&arguments).env("AWS_ENDPOINT_URL", &proxy.url).may_print_secrets()
    }
}

#[test]
fn what_was_made_is_undone_when_a_later_step_fails() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "PutUserPolicy",
        skip: 1,
        times: 1,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let output = account.create_through(&proxy, &["mine", "made", "-c"]).run().code(4);
    assert_eq!(output.stdout, "");
    assert_eq!((account.users(), account.bucket_names()), (vec![], vec!["mine".to_owned()]));
    for line in [
        "Undone: the policy s3.read-write.mine of the user s3.read-write.mine,made\n",
        "Undone: the user s3.read-write.mine,made\n",
        "Undone: the bucket made\n",
        "rolecall: can't attach the policy s3.read-write.made to the user",
    ] {
        assert!(output.stderr.contains(line), "{line}: {output:?}");
    }
    // And then it works.
    let _keys = account.create(&["mine", "made", "-c"]);
}

#[test]
fn each_step_that_fails_leaves_nothing() {
    let account = need!(Account::new());
    for step in ["PUT /made", "CreateUser", "PutUserPolicy", "CreateAccessKey"] {
        let proxy = Proxy::before(&account.endpoint);
        proxy.faults(Rule {
            call: step,
            skip: 0,
            times: 9,
            fault: Fault::Refuse(400, "InvalidInput"),
        });
        let _output = account.create_through(&proxy, &["made", "-c"]).run().code(4);
        assert_eq!((account.users(), account.bucket_names()), (vec![], vec![]), "{step}");
    }
}

#[test]
fn keep_leaves_and_names_what_was_made_and_the_same_command_finishes() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let output = account.create_through(&proxy, &["made", "-c", "--keep"]).run().code(4);
    let left = "hint: created and kept: the bucket made, the user s3.read-write.made, \
                the policy s3.read-write.made of the user s3.read-write.made\n";
    assert!(output.stderr.contains(left), "{output:?}");
    let output = account.create_through(&proxy, &["made", "-c", "--keep"]).run().ok();
    let user = account.created(&output);
    account.put(&user, "made", "new").unwrap();
}

#[test]
fn what_can_not_be_undone_is_named() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Refuse(403, "AccessDenied"));
    proxy.faults(Rule {
        call: "DeleteUser",
        skip: 0,
        times: 9,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let output = account.create_through(&proxy, &["made", "-c", "--silent"]).run().code(4);
    let left =
        "hint: could not be undone: the user s3.read-write.made (can't undo it: AccessDenied";
    assert!(output.stderr.contains(left), "{output:?}");
    assert!(output.stderr.starts_with("rolecall: can't create an access key"), "{output:?}");
    assert_eq!((account.users().len(), account.bucket_names().len()), (1, 0));
}

#[test]
fn a_changed_policy_of_an_existing_user_is_put_back() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let _keys = account.create(&["mine", "--username", "u", "--read-only"]);
    let nothing = json!({ "Effect": "Deny", "Action": "*", "Resource": "*" });
    let before = json!({ "Version": "2012-10-17", "Statement": [nothing] });
    let iam = account.iam(&account.admin);
    let name = "s3.read-only.mine";
    let put = iam.put_user_policy().user_name("u").policy_name(name);
    call(put.policy_document(before.to_string()).send()).unwrap();
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let run = account.create_through(&proxy, &["mine", "--username", "u", "--read-only"]);
    let output = run.run().code(4);
    assert!(output.stderr.contains("Attached policy"), "{output:?}");
    assert_eq!(account.policy("u", name), before);
    assert_eq!((account.users(), account.key_count("u")), (vec!["u".to_owned()], 1));
}

#[test]
fn ctrl_c_undoes_even_the_call_that_is_under_way() {
    let account = need!(Account::new());
    for step in ["CreateUser", "PutUserPolicy", "CreateAccessKey"] {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Hold);
        let running = account.create_through(&proxy, &["made", "-c"]).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::INT);
        proxy.release();
        let output = running.wait().code(130);
        assert_eq!(output.stdout, "", "{step}");
        assert!(output.stderr.ends_with("rolecall: interrupted\n"), "{output:?}");
        assert_eq!((account.users(), account.bucket_names()), (vec![], vec![]), "{step}");
    }
}

#[test]
fn a_key_whose_answer_never_comes_is_found_and_deleted() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let first = account.create(&["mine", "--username", "u"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Hold);
    let running = account.create_through(&proxy, &["mine", "--username", "u"]).spawn();
    proxy.until("CreateAccessKey held");
    assert_eq!(account.key_count("u"), 2);
    running.signal(Signal::TERM);
    let output = running.wait().code(130);
    assert!(output.stderr.contains("Undone: an access key of the user u"), "{output:?}");
    assert_eq!(account.key_count("u"), 1);
    account.get(&first, "mine", "a/in").unwrap();
}

#[test]
fn killed_half_way_the_same_command_finishes() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateUser", Fault::Hold);
    let running = account.create_through(&proxy, &["made", "-c"]).spawn();
    proxy.until("CreateUser held");
    drop(running);
    assert_eq!(account.users(), ["s3.read-write.made"]);
    let user = account.create(&["made", "-c"]);
    account.put(&user, "made", "new").unwrap();
}

#[test]
fn a_user_that_iam_does_not_know_yet_is_waited_for() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "PutUserPolicy",
        skip: 0,
        times: 2,
        fault: Fault::Refuse(404, "NoSuchEntity"),
    });
    proxy.fault("CreateAccessKey", Fault::Refuse(404, "NoSuchEntity"));
    let output = account.create_through(&proxy, &["mine"]).run().ok();
    assert!(output.stderr.contains("Waiting for IAM to propagate the user\n"), "{output:?}");
    let user = account.created(&output);
    account.put(&user, "mine", "new").unwrap();
}

#[test]
fn credentials_that_nobody_takes_are_undone() {
    let account = need!(Account::new());
    account.buckets(&["mine"]);
    let program = crate::support::programs::rolecall();
    let script = format!("exec {} s3 create mine >/dev/full", program.display());
    let output = account.sandbox.program("sh", &["-c", &script]).run().code(1);
    assert!(output.stderr.contains("can't write to stdout"), "{output:?}");
    assert!(account.users().is_empty());
}
