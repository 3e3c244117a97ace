//! Names that are mistyped, and names that the shell completes.

use super::listing::{signed_in, sso};
use crate::support::stage::Stage;

const ACCOUNTS: [(&str, &str); 3] =
    [("222222222222", "Production"), ("333333333333", "Development"), ("444444444444", "Tools")];

fn ready() -> Stage {
    signed_in(&ACCOUNTS, &["AdministratorAccess", "ViewOnlyAccess", "Billing"])
}

/// What zsh is offered after these words.
fn offered(stage: &Stage, words: &[&str]) -> Vec<String> {
    let arguments = [&["__complete", "zsh", "--current=", "--", "rolecall"], words].concat();
    let output = stage.sandbox.rolecall(&arguments).run().ok();
    assert_eq!(output.stderr, "");
    output.stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn the_nearest_session_is_suggested() {
    let stage = ready();
    for arguments in [
        &["sso", "login", "crop"][..],
        &["sso", "logout", "crop"],
        &["sso", "accounts", "crop"],
        &["sso", "roles", "--sso-session", "crop"],
        &["sso", "populate", "crop"],
    ] {
        let output = stage.sandbox.rolecall(arguments).run().code(5);
        assert!(output.stderr.contains("hint: did you mean 'corp'?"), "{output:?}");
    }
    let far = sso(&stage, &["login", "acme"]).code(5);
    assert!(far.stderr.contains("there is: corp"), "{far:?}");
    stage.edit_config("sso_session = corp", "sso_session = crop");
    let output = stage.helper("sso").run().code(5);
    assert!(output.stderr.contains("hint: did you mean 'corp'?"), "{output:?}");
}

#[test]
fn the_nearest_account_and_role_are_suggested() {
    let stage = ready();
    let configure = ["configure", "--sso-session", "corp", "--account"];
    let output = sso(&stage, &[&configure[..], &["Prodcution", "--role", "x"]].concat()).code(4);
    assert!(output.stderr.contains("hint: did you mean 'Production'?"), "{output:?}");
    let role = [&configure[..], &["Production", "--role", "AdminstratorAccess"]].concat();
    let output = sso(&stage, &role).code(4);
    assert!(output.stderr.contains("hint: did you mean 'AdministratorAccess'?"), "{output:?}");
    assert!(output.stderr.contains("it has: AdministratorAccess, Billing"), "{output:?}");
    for cached in [&[][..], &["--cached"]] {
        let output = sso(&stage, &[&["roles", "222222222221"], cached].concat()).code(5);
        assert!(output.stderr.contains("hint: did you mean '222222222222'?"), "{output:?}");
        sso(&stage, &["roles"]).ok();
    }
    let typos = ["populate", "--account", "devlopment", "--account", "Tools", "--role", "Biling"];
    let output = sso(&stage, &typos).ok();
    for words in [
        "there is no account 'devlopment'",
        "hint: did you mean 'Development'?",
        "there is no role 'Biling'",
        "hint: did you mean 'Billing'?",
    ] {
        assert!(output.stderr.contains(words), "{words}: {output:?}");
    }
}

#[test]
fn a_profile_with_a_typo_is_told_the_nearest_names() {
    let stage = signed_in(&ACCOUNTS, &["AdministratorAccess", "ViewOnlyAccess"]);
    sso(&stage, &["accounts"]).ok();
    stage.edit_config("111111111111", "222222222222");
    stage.edit_config("sso_role_name = Viewer", "sso_role_name = ViewOnlyAcess");
    let output = stage.helper("sso").run().code(4);
    assert!(output.stderr.contains("; did you mean 'ViewOnlyAccess'?"), "{output:?}");
    stage.edit_config("222222222222", "222222222223");
    let output = stage.helper("sso").run().code(4);
    let words = "no role in account 222222222223; did you mean 222222222222 (Production)?";
    assert!(output.stderr.contains(words), "{output:?}");
    assert!(output.stderr.lines().count() <= 3, "{output:?}");
}

#[test]
fn accounts_and_roles_complete_from_the_last_listing_until_the_sign_in_ends() {
    let stage = ready();
    let of_profiles = ["111111111111", "222222222222"];
    assert_eq!(offered(&stage, &["sso", "roles"]), of_profiles);
    sso(&stage, &["roles"]).ok();
    let calls = stage.sts.calls().len();
    for words in [&["sso", "roles"][..], &["sso", "populate", "--account"]] {
        let offered = offered(&stage, words).join("\n");
        for name in ["Production", "333333333333", "Development"] {
            assert!(offered.contains(name), "{name}: {offered}");
        }
    }
    let roles = offered(&stage, &["sso", "configure", "--role"]);
    assert_eq!(roles, ["AdministratorAccess", "Billing", "ViewOnlyAccess", "Viewer"]);
    assert_eq!(stage.sts.calls().len(), calls, "no call");
    sso(&stage, &["logout", "corp"]).ok();
    assert_eq!(offered(&stage, &["sso", "roles"]), of_profiles);
    let gone = sso(&stage, &["roles", "--cached"]).code(1);
    assert!(gone.stderr.contains("have not been listed yet"), "{gone:?}");
}
