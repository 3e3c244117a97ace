//! `rolecall iam apply` where IAM allows no more of something.

use crate::{
    moto::{Account, NOTHING, call},
    proxy::{Fault, Proxy},
};

/// A file in which `ana` has these policies.
fn file(policies: &[String]) -> String {
    let mut text = format!("[users.ana]\npolicies = {policies:?}\n");
    for name in policies {
        text += &format!("[policies.{name}.document]\nVersion = \"2012-10-17\"\n");
        text +=
            "Statement = [{ Effect = \"Allow\", Action = \"s3:ListBucket\", Resource = \"*\" }]\n";
    }
    text
}

fn names(numbers: impl IntoIterator<Item = u8>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("p{number}")).collect()
}

impl Account {
    fn policies_of_user(&self, user: &str) -> Vec<String> {
        let list = self.iam(&self.admin).list_attached_user_policies().user_name(user);
        let answer = call(list.send()).unwrap();
        let names = answer.attached_policies().iter().filter_map(|it| it.policy_name.clone());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        names
    }

    fn groups_of(&self, user: &str) -> Vec<String> {
        let answer = call(self.iam(&self.admin).list_groups_for_user().user_name(user).send());
        let mut names: Vec<_> =
            answer.unwrap().groups().iter().map(|group| group.group_name.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// The calls of these names, in their order.
fn calls(proxy: &Proxy, wanted: [&str; 2]) -> Vec<String> {
    proxy.names().into_iter().filter(|name| wanted.contains(&&**name)).collect()
}

#[test]
fn with_ten_policies_one_makes_room_for_its_replacement_and_comes_back_on_failure() {
    const CALLS: [&str; 2] = ["AttachUserPolicy", "DetachUserPolicy"];
    let account = need!(Account::new());
    account.apply(&file(&names(0..10)), &[]).run().ok();
    assert_eq!(account.policies_of_user("ana"), names(0..10));
    let replaced = names((0..9).chain([10]));
    let proxy = Proxy::before(&account.endpoint);
    proxy.fault("AttachUserPolicy", Fault::Refuse(409, "LimitExceeded"));
    let run = account.apply(&file(&replaced), &[]).env("AWS_ENDPOINT_URL", &proxy.url);
    let output = run.run().code(4);
    assert!(output.stderr.contains("Undone: the change: detach policy p9"), "{output:?}");
    assert_eq!(account.policies_of_user("ana"), names(0..10));
    let proxy = Proxy::before(&account.endpoint);
    account.apply(&file(&replaced), &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    assert_eq!(calls(&proxy, CALLS), ["DetachUserPolicy", "AttachUserPolicy"]);
    assert_eq!(account.policies_of_user("ana").len(), 10);
    // Two at a time make room for one each.
    let proxy = Proxy::before(&account.endpoint);
    let run = account.apply(&file(&names(2..12)), &[]).env("AWS_ENDPOINT_URL", &proxy.url);
    run.run().ok();
    let pair = ["DetachUserPolicy", "AttachUserPolicy"];
    assert_eq!(calls(&proxy, CALLS), [pair, pair].concat());
    // With room, the replacement comes first.
    account.apply(&file(&names(0..3)), &[]).run().ok();
    let proxy = Proxy::before(&account.endpoint);
    let run = account.apply(&file(&names(1..4)), &[]).env("AWS_ENDPOINT_URL", &proxy.url);
    run.run().ok();
    assert_eq!(calls(&proxy, CALLS), ["AttachUserPolicy", "DetachUserPolicy"]);
}

#[test]
fn who_is_in_ten_groups_leaves_one_before_joining_another() {
    const CALLS: [&str; 2] = ["AddUserToGroup", "RemoveUserFromGroup"];
    let account = need!(Account::new());
    account.new_user("ana", NOTHING);
    account.new_user("ben", NOTHING);
    let iam = account.iam(&account.admin);
    for number in 0..8 {
        let name = format!("other{number}");
        call(iam.create_group().group_name(&name).send()).unwrap();
        call(iam.add_user_to_group().group_name(&name).user_name("ana").send()).unwrap();
    }
    let file = |first: &str, second: &str, third: &str| {
        format!(
            "[users]\nana = {{}}\nben = {{}}\n[groups.g1]\nmembers = {first}\n\
                 [groups.g2]\nmembers = {second}\n[groups.g3]\nmembers = {third}\n"
        )
    };
    let both = "[\"ana\", \"ben\"]";
    account.apply(&file("[]", both, both), &[]).run().ok();
    assert_eq!(account.groups_of("ana").len(), 10);
    let proxy = Proxy::before(&account.endpoint);
    let run = account.apply(&file("[\"ana\"]", "[]", both), &[]);
    run.env("AWS_ENDPOINT_URL", &proxy.url).run().ok();
    let changes = calls(&proxy, CALLS);
    assert_eq!(changes[..2], ["RemoveUserFromGroup", "AddUserToGroup"], "{changes:?}");
    assert_eq!((account.groups_of("ana").len(), account.groups_of("ben").len()), (10, 1));
}
