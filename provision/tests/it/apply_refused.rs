//! `rolecall iam apply` of what is wrong, not allowed, or not wanted.

use crate::{
    apply::{FILE, TEAM, assert_nothing_to_do, assert_says},
    moto::Account,
    proxy::Proxy,
};

#[test]
fn a_file_that_is_wrong_is_told_with_all_places_and_nobody_is_called() {
    let account = need!(Account::new());
    let proxy = Proxy::before(&account.endpoint);
    let wrong =
        TEAM.replace("\"ana\", \"ben\"", "\"anna\", \"ben\"").replace("mfa = true", "mfa = 1");
    let output = account.apply(&wrong, &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(5);
    assert_eq!(
        output.stderr,
        "rolecall: there is no user 'anna' in this file (team.toml:9:12)\n\
         hint: did you mean ana?\n\
         rolecall: mfa is a number, not true or false (team.toml:27:36)\n\
         hint: write it without quotes\n"
    );
    let circle = "[roles.a]\ntrust.roles = [\"b\"]\n[roles.b]\ntrust.roles = [\"a\"]\n";
    let output = account.apply(circle, &[]).env("AWS_ENDPOINT_URL", &proxy.url).run().code(5);
    let told = "the trust policies form a loop: a (line 2) → b (line 4) → a (team.toml:4:16)";
    assert_says(&output, &[told]);
    let output = account.rolecall(&["iam", "apply", "nowhere.toml", "--yes"]).run().code(5);
    assert_says(&output, &["can't read nowhere.toml"]);
    assert!(proxy.names().is_empty());
    account.assert_untouched();
}

#[test]
fn a_policy_that_aws_does_not_have_is_told_with_its_place() {
    let account = need!(Account::new());
    let text = TEAM.replace("policies = [\"look\", \"no", "policies = [\"ReadEverything\", \"no");
    let output = account.apply(&text, &[]).run().code(5);
    let told = "there is no managed policy 'ReadEverything' (team.toml:25:13)";
    assert_says(&output, &[told]);
    account.assert_untouched();
}

#[test]
fn policies_of_aws_are_named_as_aws_names_them() {
    let account = need!(Account::with_managed_policies());
    let file = |policies: &str| {
        format!("[roles.r]\npolicies = [{policies}]\ntrust = {{ accounts = [\"222222222222\"] }}\n")
    };
    let output = account.apply(&file("\"AmazonS3ReadOnlyAcces\", \"ViewOnlyAccess\""), &[]).run();
    let told = "there is no managed policy 'AmazonS3ReadOnlyAcces' (team.toml:2:13)";
    assert_says(
        &output,
        &[told, "'ViewOnlyAccess' (team.toml:2:38)", "\"job-function/ViewOnlyAccess\""],
    );
    account.assert_untouched();
    let all = "\"AmazonS3ReadOnlyAccess\", \"job-function/ViewOnlyAccess\", \
               \"arn:aws:iam::aws:policy/AmazonEC2FullAccess\"";
    let output = account.apply(&file(all), &[]).run().ok();
    assert_says(&output, &["    + policy AmazonEC2FullAccess\n"]);
    let names = ["AmazonEC2FullAccess", "AmazonS3ReadOnlyAccess", "ViewOnlyAccess"];
    assert_eq!(account.policies_of_role("r"), names);
    assert_nothing_to_do(&account, &file(all));
}

#[test]
fn what_the_caller_lacks_is_named_before_anything_is_made() {
    let account = need!(Account::new());
    let helper = account.new_user(
        "helper",
        r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*",
            "Action": ["s3:*", "iam:Get*", "iam:List*", "iam:CreateUser", "iam:TagUser"]}]}"#,
    );
    account.act_as(&helper);
    let output = account.apply(TEAM, &[]).run().code(4);
    assert_says(
        &output,
        &["user/helper lacks permissions: ", "iam:CreateRole", "iam:AddUserToGroup"],
    );
    assert!(!output.stderr.contains("iam:CreateUser,"), "{output:?}");
    assert!(account.bucket_names().is_empty());
}

#[test]
fn it_asks_and_a_no_makes_nothing() {
    let account = need!(Account::new());
    account.sandbox.file(FILE, TEAM);
    let command = ["iam", "apply", "team.toml"];
    let output = account.rolecall(&command).run().code(2);
    assert_says(&output, &["--yes is missing, and nobody can be asked"]);
    for keys in ["n\r", "\r", "\x03"] {
        let terminal = account.rolecall(&command).on_terminal();
        let shown = terminal.until("Continue? [y/N] ");
        assert!(shown.contains("+ user ana"), "{shown}");
        terminal.type_keys(keys);
        let shown = terminal.finish().code(130);
        assert!(shown.screen.contains("nothing was done"), "{}", shown.screen);
        account.assert_untouched();
    }
    let terminal = account.rolecall(&command).on_terminal();
    terminal.until("Continue? [y/N] ");
    terminal.type_keys("y\r");
    terminal.finish().code(0);
    assert_nothing_to_do(&account, TEAM);
    // Where there is nothing to do, nobody is asked.
    account.rolecall(&command).run().ok();
}
