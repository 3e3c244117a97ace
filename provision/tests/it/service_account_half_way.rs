//! `rolecall iam service-account` that does not come to its end, or has to wait for it.

use std::time::Duration;

use aws_sdk_iam::types::StatusType;
use rustix::process::Signal;

use crate::{
    moto::{Account, call},
    proxy::{Fault, Proxy, Rule},
    service_account::{UPLOAD, account},
    support::{
        keyring::SessionBus,
        run::{Running, until_some},
    },
};

const PATIENCE: Duration = Duration::from_secs(30);

/// The calls that make something, in their order.
const STEPS: [&str; 5] =
    ["CreateUser", "CreateRole", "PutRolePolicy", "PutUserPolicy", "CreateAccessKey"];

/// A run in the midst of `step`: it is done, but no answer has come yet.
fn stopped_at<'a>(account: &'a Account, proxy: &Proxy, step: &'static str) -> Running<'a> {
    proxy.fault(step, Fault::Hold);
    let running = account.service(&["--external-id"]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until(&format!("{step} held"));
    running
}

#[test]
fn who_was_slower_than_another_run_is_told_to_look_again() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateRole", Fault::Refuse(409, "EntityAlreadyExists"));
    let output = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(
        output.stderr.contains("created it in the meantime: run the same command again"),
        "{output:?}"
    );
    account.assert_nothing();
}

#[test]
fn two_at_once_are_one_after_the_other() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    for step in STEPS {
        let proxy = Proxy::before(&account.endpoint);
        let one = stopped_at(&account, &proxy, step);
        let two = account.service(&["--external-id"]).spawn();
        two.until_stderr("Waiting for another rolecall that is working on user ci\n");
        let remove = account.rolecall(&["iam", "remove", "ci"]);
        if step == "CreateAccessKey" {
            // What removes it waits as well; whoever is second, nothing is left in between.
            let remove = remove.spawn();
            remove.until_stderr("Waiting for another rolecall that is working on user ci\n");
            proxy.release();
            let (one, two, gone) = (one.wait().ok(), two.wait().ok(), remove.wait().ok());
            assert!(!gone.stdout.contains("nothing found"), "{one:?} {two:?} {gone:?}");
            account.rolecall(&["iam", "remove", "ci"]).run().ok();
            account.assert_nothing();
            continue;
        }
        proxy.release();
        let (one, two) = (one.wait().ok(), two.wait().ok());
        assert_eq!((&*one.stdout, &*two.stdout), (UPLOAD, UPLOAD), "{step}");
        assert!(two.stderr.contains("already exist: nothing to change\n"), "{step} {two:?}");
        account.assert_whole();
        account.rolecall(&["iam", "remove", "ci"]).run().ok();
        account.assert_nothing();
    }
}

#[test]
fn after_a_kill_at_any_step_the_same_command_finishes() {
    for step in STEPS.into_iter().chain(["AssumeRole"]) {
        let account = need!(account());
        let _bus = need!(SessionBus::start(&account.sandbox));
        let proxy = Proxy::before(&account.endpoint);
        let running = stopped_at(&account, &proxy, step);
        running.signal(Signal::KILL);
        assert!(running.wait().status.code().is_none());
        let output = account.made(&["--external-id"]);
        assert_eq!(output.stdout, UPLOAD, "{step}");
        account.assert_whole();
    }
}

#[test]
fn killed_before_the_profiles_are_written_the_stored_key_is_used() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let lock = account.hold_config();
    let running = account.service(&["--external-id"]).spawn();
    let id = until_some(PATIENCE, || account.recorded_keys().pop()).expect("the key is stored");
    drop((running, lock));
    assert!(!account.config().contains("[profile ci"));
    account.made(&["--external-id"]);
    assert_eq!(account.key_ids("ci"), [id]);
    account.assert_whole();
    assert!(account.notes().is_empty());
}

#[test]
fn profiles_that_can_not_be_written_undo_all() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let before = account.config();
    for taken in
        ["[profile ci]\nrolecall_access_key_id = AKIAIOSFODNN7EXAMPLE\n", "[profile ci-role]\n"]
    {
        let proxy = Proxy::before(&account.endpoint);
        let running = stopped_at(&account, &proxy, "CreateAccessKey");
        account.sandbox.config(taken);
        proxy.release();
        let output = running.wait().code(5);
        assert!(output.stderr.contains("Undone: the access key AKIA"), "{output:?}");
        assert_eq!(account.config(), taken);
        account.sandbox.config(&before);
        account.assert_nothing();
    }
}

#[test]
fn a_step_that_fails_leaves_nothing_behind() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    for step in STEPS {
        let proxy = Proxy::before(&account.endpoint);
        proxy.fault(step, Fault::Refuse(403, "AccessDenied"));
        let run = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url);
        let output = run.run().code(4);
        assert!(output.stderr.contains("AccessDenied"), "{step} {output:?}");
        assert_eq!(output.stdout, "");
        account.assert_nothing();
    }
}

#[test]
fn all_that_can_not_be_undone_is_named() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    let deletions = ["DeleteUserPolicy", "DeleteRolePolicy", "DeleteRole", "DeleteUser"];
    for step in ["CreateAccessKey"].into_iter().chain(deletions) {
        proxy.fault(step, Fault::Refuse(403, "AccessDenied"));
    }
    let run = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url);
    let output = run.run().code(4);
    for left in ["inline policy assume-role", "inline policy bucket", "role ci-role", "user ci"] {
        assert!(
            output.stderr.contains(&format!("hint: could not be undone: the {left} ")),
            "{output:?}"
        );
    }
    account.rolecall(&["iam", "remove", "ci"]).run().ok();
    account.assert_nothing();
}

#[test]
fn an_interrupt_in_the_midst_of_a_step_leaves_nothing_behind() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    for step in STEPS {
        let proxy = Proxy::before(&account.endpoint);
        let running = stopped_at(&account, &proxy, step);
        running.signal(Signal::INT);
        proxy.release();
        let output = running.wait().code(130);
        assert!(output.stderr.contains("Undone: "), "{step} {output:?}");
        account.assert_nothing();
    }
}

#[test]
fn a_change_that_fails_is_taken_back() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&["--external-id", "ext-42"]);
    let before = (account.trust(), account.role_policy(), account.config());
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("PutRolePolicy", Fault::Refuse(403, "AccessDenied"));
    let other = account.service(&["--read-write", "--external-id", "ext-43"]);
    let failed = other.env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(failed.stderr.contains("policy bucket of role ci-role: AccessDenied"), "{failed:?}");
    assert!(proxy.names().contains(&"UpdateAssumeRolePolicy".to_owned()));
    assert_eq!((account.trust(), account.role_policy(), account.config()), before);
    account.assert_whole();
}

#[test]
fn what_is_kept_half_way_is_finished_by_the_same_command() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("CreateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let output = account.service(&["--keep"]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(output.stderr.contains("created and kept: "), "{output:?}");
    account.made(&[]);
    account.assert_whole();
}

#[test]
fn a_profile_that_was_removed_is_written_again_with_the_same_key() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let id = account.key_ids("ci");
    account.rolecall(&["profile", "remove", "ci", "ci-role"]).run().ok();
    let output = account.made(&[]);
    assert!(output.stderr.contains(&format!("Using access key {}, which", id[0])), "{output:?}");
    assert_eq!(account.key_ids("ci"), id);
    account.assert_whole();
}

#[test]
fn a_key_that_can_not_be_used_is_told() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let id = account.key_ids("ci").remove(0);
    let update = account.iam(&account.admin).update_access_key().user_name("ci");
    let update = update.access_key_id(&id).status(StatusType::Inactive);
    call(update.send()).unwrap();
    let output = account.service(&[]).run().code(1);
    assert!(output.stderr.contains(&format!("{id} of user ci is inactive")), "{output:?}");
    // One that is gone from the account makes room for another, when it is gone from here.
    account.delete_key("ci", &id);
    let output = account.service(&[]).run().code(5);
    assert!(output.stderr.contains("'rolecall keys remove ci'"), "{output:?}");
    account.rolecall(&["keys", "remove", "--force", "ci"]).run().ok();
    account.made(&[]);
    account.assert_whole();
}

#[test]
fn what_is_left_of_one_that_was_removed_elsewhere_is_told_how_to_clear() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.made(&[]);
    let config = account.config();
    // As on another machine.
    account.sandbox.config("");
    account.rolecall(&["iam", "remove", "ci"]).run().ok();
    account.sandbox.config(&config);
    let output = account.service(&[]).run().code(5);
    assert!(
        output
            .stderr
            .contains("'rolecall iam remove ci' removes what a deleted one left on this machine"),
        "{output:?}"
    );
    account.rolecall(&["iam", "remove", "ci"]).run().ok();
    account.made(&[]);
    account.assert_whole();
}

#[test]
fn an_interrupt_while_it_waits_undoes_nothing() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "AssumeRole",
        skip: 0,
        times: 1_000,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let running = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).spawn();
    proxy.until("AssumeRole");
    running.signal(Signal::INT);
    let output = running.wait().code(130);
    assert!(output.stderr.contains("everything was created, but not tested yet"), "{output:?}");
    assert!(output.stderr.contains("'rolecall iam remove ci'"), "{output:?}");
    account.assert_whole();
}

#[test]
fn a_role_that_is_not_known_everywhere_yet_is_waited_for() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("AssumeRole", Fault::Refuse(403, "InvalidClientTokenId"));
    proxy.fault("AssumeRole", Fault::Refuse(403, "AccessDenied"));
    let output = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    assert_eq!(proxy.names().iter().filter(|name| *name == "AssumeRole").count(), 3);
    assert_eq!(output.stdout, UPLOAD);
    assert_eq!(output.stderr.matches("Waiting for IAM").count(), 1, "{output:?}");
    // Any other refusal is no matter of time.
    proxy.fault("AssumeRole", Fault::Refuse(400, "ValidationError"));
    let output = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(4);
    assert!(output.stderr.contains("everything was created, but does not work yet"), "{output:?}");
    assert!(output.stderr.contains("'rolecall login ci-role'"), "{output:?}");
    assert!(output.stderr.contains("'rolecall iam remove ci'"), "{output:?}");
    account.assert_whole();
}

#[test]
fn on_a_terminal_the_wait_is_a_figure_that_turns() {
    let account = need!(account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "AssumeRole",
        skip: 0,
        times: 2,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let shown = account.service(&[]).env("AWS_ENDPOINT_URL", &proxy.url).on_terminal();
    shown.until("/ Waiting for IAM to propagate the role");
    shown.until("- Waiting for IAM to propagate the role");
    let shown = shown.finish().code(0);
    assert!(shown.screen.contains(UPLOAD.trim_end()), "{}", shown.screen);
}
