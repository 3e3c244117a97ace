//! `rolecall keys rotate` that fails half-way, or is killed.

use aws_sdk_iam::types::StatusType;
use rustix::process::Signal;

use crate::{
    moto::{Account, call},
    proxy::{Fault, Proxy, Rule},
    rotate::OWN_KEYS,
    support::keyring::SessionBus,
};

/// The calls at which something happens, how many of the same name come before, and what `keys list`
/// says then.
const CALLS: [(&str, usize, &str); 4] = [
    ("CreateAccessKey", 0, "no new key yet"),
    ("GetCallerIdentity", 1, "created, profiles not switched"),
    ("UpdateAccessKey", 0, ", old key still active"),
    ("DeleteAccessKey", 0, ", old key inactive"),
];

#[test]
fn killed_at_any_step_the_same_command_goes_on() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let mut old = account.with_stored_key(OWN_KEYS).access_key_id;
    for (step, skip, told) in CALLS {
        let proxy = Proxy::before(&account.endpoint);
        proxy.faults(Rule { call: step, skip, times: 1, fault: Fault::Hold });
        let running = account.rotate_through(&proxy).spawn();
        proxy.until(&format!("{step} held"));
        drop(running);
        let list = account.keys_list();
        let line = list.lines().last().unwrap_or_default();
        assert!(line.starts_with(&format!("{old} is being rotated: ")), "{step}: {list}");
        assert!(line.contains(told), "{step}: {list}");
        assert!(line.ends_with("'rolecall keys rotate base' continues"), "{step}: {list}");
        // It works in between.
        let _output = account.rolecall(&["whoami", "base"]).run().ok();
        let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
        old = account.assert_rotated(&output, &old);
        assert!(!account.keys_list().contains("rotat"), "{step}");
    }
}

#[test]
fn ctrl_c_before_the_switch_undoes_and_behind_it_the_next_run_goes_on() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let config = account.config_text();
    for (step, skip, _) in CALLS {
        let proxy = Proxy::before(&account.endpoint);
        proxy.faults(Rule { call: step, skip, times: 1, fault: Fault::Hold });
        let running = account.rotate_through(&proxy).spawn();
        proxy.until(&format!("{step} held"));
        running.signal(Signal::INT);
        proxy.release();
        let output = running.wait();
        match step {
            "CreateAccessKey" | "GetCallerIdentity" => {
                let output = output.code(130);
                assert!(output.stderr.contains("Undone: the access key AKIA"), "{output:?}");
                account.assert_unchanged(&old, &config);
            }
            "UpdateAccessKey" => {
                let output = output.code(130);
                assert!(output.stderr.contains("have the new key"), "{output:?}");
                let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
                account.assert_rotated(&output, &old);
            }
            // The last call of all: it is done.
            _ => assert_eq!(account.key_count("u"), 1),
        }
    }
}

#[test]
fn what_fails_before_the_switch_leaves_all_as_it_was() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let config = account.config_text();
    for ((step, skip, _), undone) in CALLS[..2].iter().zip([false, true]) {
        let proxy = Proxy::before(&account.endpoint);
        proxy.faults(Rule {
            call: step,
            skip: *skip,
            times: 9,
            fault: Fault::Refuse(403, "AccessDenied"),
        });
        let output = account.rotate_through(&proxy).run().code(4);
        assert!(output.stderr.contains("AccessDenied"), "{step}: {output:?}");
        let told = output.stderr.contains("Undone: the access key AKIA");
        assert_eq!(told, undone, "{step}: {output:?}");
        account.assert_unchanged(&old, &config);
    }
}

#[test]
fn what_can_not_be_undone_is_named_and_gone_on_with() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule {
        call: "GetCallerIdentity",
        skip: 1,
        times: 1,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    proxy.faults(Rule {
        call: "DeleteAccessKey",
        skip: 0,
        times: 9,
        fault: Fault::Refuse(403, "AccessDenied"),
    });
    let output = account.rotate_through(&proxy).run().code(4);
    assert!(output.stderr.contains("hint: could not be undone: the access key AKIA"), "{output:?}");
    assert!(
        output.stderr.contains("'rolecall keys rotate base' continues the rotation"),
        "{output:?}"
    );
    let ids = account.key_ids("u");
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert!(ids.contains(&account.assert_rotated(&output, &old)));
}

#[test]
fn a_refusal_behind_the_switch_leaves_the_profile_with_the_new_key() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("UpdateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let output = account.rotate_through(&proxy).run().code(4);
    assert!(output.stderr.contains("--profile OTHER"), "{output:?}");
    assert!(!account.config_text().contains(&old));
    let _output = account.rolecall(&["whoami", "base"]).run().ok();
    // An administrator can go on, too.
    let go_on = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&go_on).run().ok();
    account.assert_rotated(&output, &old);
}

#[test]
fn two_at_once_do_not_get_into_each_others_way() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("UpdateAccessKey", Fault::Hold);
    let one = account.rotate_through(&proxy).spawn();
    proxy.until("UpdateAccessKey held");
    let other = account.rolecall(&["keys", "rotate", "base"]).run().code(1);
    let told = format!("access key {old} is being rotated by another rolecall now");
    assert!(other.stderr.contains(&told), "{other:?}");
    proxy.release();
    account.assert_rotated(&one.wait().ok(), &old);
}

#[test]
fn a_new_key_that_was_taken_out_of_the_keychain_is_replaced() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule { call: "GetCallerIdentity", skip: 1, times: 1, fault: Fault::Hold });
    let running = account.rotate_through(&proxy).spawn();
    proxy.until("GetCallerIdentity held");
    drop(running);
    let ids = account.key_ids("u");
    let new = ids.iter().find(|id| **id != old).unwrap();
    let _output = account.rolecall(&["keys", "remove", new]).run().ok();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert_ne!(account.assert_rotated(&output, &old), *new);
}

#[test]
fn killed_between_the_switch_and_its_record_the_same_command_goes_on() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.faults(Rule { call: "GetCallerIdentity", skip: 1, times: 1, fault: Fault::Hold });
    let running = account.rotate_through(&proxy).spawn();
    proxy.until("GetCallerIdentity held");
    drop(running);
    // What that run would have done next.
    let new = account.key_ids("u").into_iter().find(|id| *id != old).unwrap();
    let id = format!("rolecall_access_key_id={new}");
    let _output = account.rolecall(&["profile", "set", "base", &id]).run().ok();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    assert_eq!(account.assert_rotated(&output, &old), new);
}

#[test]
fn the_old_key_stays_as_long_as_the_new_one_is_not_good() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = account.with_stored_key(OWN_KEYS).access_key_id;
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("UpdateAccessKey", Fault::Refuse(403, "AccessDenied"));
    let _output = account.rotate_through(&proxy).run().code(4);
    let new = account.key_ids("u").into_iter().find(|id| *id != old).unwrap();
    let status = |status| {
        let iam = account.iam(&account.admin);
        let call_it = iam.update_access_key().user_name("u").access_key_id(&new).status(status);
        call(call_it.send()).unwrap();
    };
    status(StatusType::Inactive);
    let by_admin = ["keys", "rotate", "base", "--profile", "admin"];
    let output = account.rolecall(&by_admin).run().code(1);
    let told = format!("access key {new} is inactive at AWS: {old} is not deleted");
    assert!(output.stderr.contains(&told), "{output:?}");
    status(StatusType::Active);
    let _output = account.rolecall(&["keys", "remove", &new, "--force"]).run().ok();
    let output = account.rolecall(&["keys", "rotate", &old, "--profile", "admin"]).run().code(1);
    assert!(output.stderr.contains("is no longer in the store"), "{output:?}");
    // As the hint says.
    let id = format!("rolecall_access_key_id={old}");
    let _output = account.rolecall(&["profile", "set", "base", &id]).run().ok();
    let output = account.rolecall(&["keys", "rotate", "base"]).run().ok();
    let [last] = &account.key_ids("u")[..] else { panic!("not one key: {output:?}") };
    assert!(*last != old && *last != new);
}
