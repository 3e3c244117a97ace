//! Each command that changes an account, killed at any moment: the same command finishes it. At night
//! each is killed 1,000 times.

use std::{cell::RefCell, fs};

use crate::{
    apply::TEAM,
    apply_half_way::finish,
    moto::{Account, call},
    rotate::OWN_KEYS,
    service_account,
    share::{self, share},
    support::{keyring::SessionBus, kills::Victim},
};

/// How often each is killed by day: other tests stop them at each of their calls.
const BY_DAY: u32 = 3;

#[test]
fn keys_rotate() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let old = RefCell::new(account.with_stored_key(OWN_KEYS).access_key_id);
    let command = || account.rolecall(&["keys", "rotate", "base"]);
    let victim = Victim {
        name: "keys rotate",
        by_day: 2 * BY_DAY,
        prepare: &|| {},
        command: &command,
        check: &|round| {
            // It works in between, and no third key is there.
            let _output = account.rolecall(&["whoami", "base"]).run().ok();
            let ids = account.key_ids("u");
            assert!(ids.len() <= 2, "{round}: {ids:?}");
            let is_done = ids.len() == 1
                && ids[0] != *old.borrow()
                && account.config_text().contains(&ids[0])
                && !account.keys_list().contains("rotat");
            let new = if is_done {
                ids[0].clone()
            } else {
                let output = command().run().ok();
                account.assert_rotated(&output, &old.borrow())
            };
            assert_eq!(account.stored_keys(), [&*new], "{round}: what the keychain has");
            *old.borrow_mut() = new;
        },
    };
    victim.kill();
}

#[test]
fn iam_service_account_and_remove() {
    let account = need!(service_account::account());
    let _bus = need!(SessionBus::start(&account.sandbox));
    let remove = || account.rolecall(&["iam", "remove", "ci"]);
    let victim = Victim {
        name: "iam service-account",
        by_day: BY_DAY,
        prepare: &|| {
            let _output = remove().run().ok();
        },
        command: &|| account.service(&["--external-id"]),
        check: &|_| {
            account.made(&["--external-id"]);
            account.assert_whole();
            assert!(account.notes().is_empty());
        },
    };
    victim.kill();
    let victim = Victim {
        name: "iam remove",
        by_day: BY_DAY,
        prepare: &|| drop(account.made(&["--external-id"])),
        command: &remove,
        check: &|_| {
            let _output = remove().run().ok();
            account.assert_nothing();
            assert!(account.notes().is_empty());
        },
    };
    victim.kill();
}

#[test]
fn iam_apply() {
    let account = need!(Account::new());
    let _bus = need!(SessionBus::start(&account.sandbox));
    account.sandbox.store("secret-service");
    let victim = Victim {
        name: "iam apply",
        by_day: BY_DAY,
        prepare: &|| {
            for user in ["ana", "ben", "cem"] {
                let _output = account.rolecall(&["keys", "remove", user, "--force"]).run();
                let _output = account.rolecall(&["s3", "delete-user", user]).run();
            }
            account.sandbox.config("");
        },
        command: &|| account.apply(TEAM, &["--save-keys"]),
        check: &|round| finish(&account, round),
    };
    victim.kill();
}

#[test]
fn s3_share_and_delete_user() {
    let account = need!(share::account());
    let delete = || account.rolecall(&["s3", "delete-user", "acme"]);
    let user = || account.iam(&account.admin).get_user().user_name("acme").send();
    let victim = Victim {
        name: "s3 share",
        by_day: BY_DAY,
        prepare: &|| {
            let _output = delete().run();
            fs::remove_file(account.sandbox.home().join("acme.txt")).ok();
        },
        command: &|| share(&account, &[]),
        check: &|round| {
            let file = account.sandbox.home().join("acme.txt");
            let text = fs::read_to_string(&file).unwrap_or_default();
            assert!(text.is_empty() || text.contains(share::PASSWORD), "{round}: {text}");
            let _output = share(&account, &[]).run().ok();
            assert!(call(user()).is_ok() && file.exists(), "{round}");
        },
    };
    victim.kill();
    let victim = Victim {
        name: "s3 delete-user",
        by_day: BY_DAY,
        prepare: &|| {
            fs::remove_file(account.sandbox.home().join("acme.txt")).ok();
            let _output = share(&account, &[]).run().ok();
        },
        command: &delete,
        check: &|round| {
            let _output = delete().run();
            assert!(call(user()).is_err(), "{round}: the user is still there");
        },
    };
    victim.kill();
}
