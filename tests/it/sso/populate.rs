//! `sso populate`: a profile for every account and role.

use std::{fs, time::Duration};

use rustix::process::Signal;

use super::listing::{assign, signed_in, sso};
use crate::support::{
    clients::{require_aws_cli, require_boto3},
    stage::Stage,
};

const PROD: (&str, &str) = ("222222222222", "Prod");
const DEV: (&str, &str) = ("000000000042", "Dev [EU] \"x\" 'y' \u{202e} \u{1f600}");

fn config(stage: &Stage) -> String {
    String::from_utf8(fs::read(stage.sandbox.config_path()).unwrap()).unwrap()
}

#[test]
fn every_role_has_a_working_profile_and_the_next_run_changes_no_byte() {
    let stage = signed_in(&[PROD, DEV], &["Admin", "Viewer"]);
    let before = config(&stage);
    let run = ["populate", "corp", "--region", "eu-west-1", "--set", "output=json"];
    let dry = sso(&stage, &[&run[..], &["--dry-run"]].concat()).ok();
    assert!(dry.stdout.contains("\n+[profile Prod-Admin]\n"), "{dry:?}");
    assert_eq!(config(&stage), before);
    let output = sso(&stage, &run).ok();
    assert!(output.stdout.contains("added profile 'Dev-EU-x-y-Viewer'"), "{output:?}");
    assert!(output.stdout.contains("4 profiles added, 0 removed, 0 unchanged"), "{output:?}");
    let after = config(&stage);
    assert!(after.starts_with(&before));
    let line = "rolecall_sso_account_id = 000000000042\nrolecall_sso_role_name = Viewer\n\
                rolecall_populated_by = corp\n";
    assert!(after.contains(line), "{after}");
    assert_eq!(stage.document("Prod-Viewer")["AccountId"], "222222222222");
    let again = sso(&stage, &run).ok();
    assert!(again.stdout.contains("0 profiles added, 0 removed, 4 unchanged"), "{again:?}");
    assert_eq!(config(&stage), after);
    let show = stage.sandbox.rolecall(&["profile", "show", "Prod-Admin", "--output", "json"]);
    assert_eq!(show.run().ok().json()["properties"]["region"]["value"], "eu-west-1");
}

#[test]
fn what_a_person_changed_stays_and_prune_removes_only_what_is_gone() {
    let stage = signed_in(&[PROD, DEV], &["Admin", "Viewer"]);
    sso(&stage, &["populate", "corp"]).ok();
    stage.sandbox.rolecall(&["profile", "rename", "Prod-Admin", "mine"]).run().ok();
    stage.sandbox.rolecall(&["profile", "set", "mine", "region=us-west-2"]).run().ok();
    let edited = config(&stage);
    assign(&stage, &[("222222222222", "Production")], &["Admin"]);
    let kept = sso(&stage, &["populate", "corp"]).ok();
    assert_eq!(config(&stage), edited);
    assert!(kept.stderr.contains("--prune removes them"), "{kept:?}");
    stage.sts.with_world(|world| world.sso_portal.broken = vec![PROD.0.to_owned()]);
    let partial = sso(&stage, &["populate", "corp", "--prune"]).code(4);
    assert!(partial.stderr.contains("nothing was removed"), "{partial:?}");
    assert_eq!(config(&stage), edited);
    stage.sts.with_world(|world| world.sso_portal.broken.clear());
    let dry = sso(&stage, &["populate", "corp", "--prune", "--dry-run"]).ok();
    assert!(dry.stdout.contains("-[profile Prod-Viewer]"), "{dry:?}");
    let output = sso(&stage, &["populate", "corp", "--prune"]).ok();
    assert!(output.stdout.contains("removed profile 'Prod-Viewer'"), "{output:?}");
    let left = config(&stage);
    assert!(left.contains("[profile mine]") && left.contains("[profile chained]"), "{left}");
    assert!(!left.contains("Viewer\nrolecall_populated_by"), "{left}");
}

#[test]
fn filters_and_templates() {
    let stage = signed_in(&[PROD, DEV, ("111111111111", "prod")], &["AWSAdmin", "Viewer"]);
    let template = "{account_name|lower}.{role_name|strip:AWS|kebab}";
    let run = ["populate", "--template", template, "--account", "pro?", "--role", "*ADMIN"];
    let output = sso(&stage, &run).ok();
    for name in ["prod.admin-222222222222", "prod.admin-111111111111"] {
        assert!(output.stdout.contains(&format!("added profile '{name}'")), "{output:?}");
    }
    assert_eq!(stage.sts.count("ListAccountRoles"), 2);
    assert!(output.stdout.contains("2 profiles added"), "{output:?}");
    for (bad, why) in [
        (["--template", "{x}"], "no field 'x'"),
        (["--set", "sso_role_name=x"], "is set by 'sso populate'"),
        (["--region", "eu west"], "region"),
        (["--set", "words"], "KEY=VALUE"),
    ] {
        let output = sso(&stage, &[&["populate"], &bad[..]].concat()).code(2);
        assert!(output.stderr.contains(why), "{why}: {output:?}");
    }
}

#[test]
fn two_sign_ins_with_equal_accounts_live_side_by_side() {
    let stage = signed_in(&[PROD], &["Admin"]);
    let other = "[sso-session other]\nsso_region = us-east-2\n\
                 sso_start_url = https://d-abc123.awsapps.com/start\n";
    stage.sandbox.config(format!("{}{other}", config(&stage)));
    sso(&stage, &["login", "other", "--device-code"]).ok();
    sso(&stage, &["populate", "corp"]).ok();
    let second = sso(&stage, &["populate", "--sso-session", "other"]).ok();
    assert!(second.stdout.contains("added profile 'Prod-Admin-222222222222'"), "{second:?}");
    let both = config(&stage);
    sso(&stage, &["populate", "corp", "--prune"]).ok();
    assert_eq!(config(&stage), both);
}

#[test]
fn botocore_reads_managed_and_plain_profiles() {
    let Some(python) = require_boto3() else { return };
    let stage = signed_in(&[PROD, DEV], &["Admin"]);
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/sso/cache"));
    sso(&stage, &["login", "corp", "--device-code", "--aws-cache"]).ok();
    sso(&stage, &["populate", "corp", "--region", "us-east-1"]).ok();
    sso(&stage, &["populate", "corp", "--region", "us-east-1", "--plain", "--role", "None"]).ok();
    let script = "import boto3, sys\n\
                  for name in sys.argv[1:]:\n\
                  \x20   keys = boto3.Session(profile_name=name).get_credentials()\n\
                  \x20   print(name, keys.method, keys.access_key[:4])";
    let read = |names: &[&str]| {
        let arguments = [&["-c", script], names].concat();
        stage.sandbox.program(&python, &arguments).run().ok().stdout
    };
    let managed = read(&["Prod-Admin", "Dev-EU-x-y-Admin"]);
    assert_eq!(managed.matches("custom-process ASIA").count(), 2, "{managed}");
    stage.sandbox.config(config(&stage).split("\n[profile Dev-").next().unwrap());
    let text = config(&stage);
    stage.sandbox.config(text.split("\n[profile Prod-").next().unwrap());
    sso(&stage, &["populate", "corp", "--region", "us-east-1", "--plain"]).ok();
    assert!(!config(&stage).contains("credential-process"), "{}", config(&stage));
    let plain = read(&["Prod-Admin", "Dev-EU-x-y-Admin"]);
    assert_eq!(plain.matches("sso ASIA").count(), 2, "{plain}");
    if let Some(cli) = require_aws_cli(2) {
        let list = stage.sandbox.program(cli, &["configure", "list-profiles"]).run().ok();
        assert!(list.stdout.contains("Dev-EU-x-y-Admin"), "{list:?}");
    }
}

#[test]
fn a_killed_run_leaves_the_file_as_it_was_and_the_next_one_finishes() {
    let stage = signed_in(&[PROD, DEV], &["Admin"]);
    let before = config(&stage);
    stage.sts.set_latency(Duration::from_millis(300));
    let running = stage.sandbox.rolecall(&["sso", "populate", "corp"]).spawn();
    assert!(stage.sts.wait_for("ListAccountRoles", 1, Duration::from_secs(30)));
    running.signal(Signal::KILL);
    drop(running);
    assert_eq!(config(&stage), before);
    stage.sts.set_latency(Duration::ZERO);
    sso(&stage, &["populate", "corp"]).ok();
    assert_eq!(config(&stage).matches("rolecall_populated_by").count(), 2);
}

#[test]
fn names_follow_aws_only_if_asked_to_and_the_profiles_still_work() {
    let stage = signed_in(&[PROD, DEV], &["Admin", "Viewer"]);
    sso(&stage, &["populate", "corp"]).ok();
    let user = "\n[profile user]\nrole_arn = arn:aws:iam::222222222222:role/Plain\n\
                source_profile = Prod-Admin\n";
    stage.sandbox.config(config(&stage) + user);
    stage.sandbox.rolecall(&["profile", "rename", "Prod-Viewer", "mine"]).run().ok();
    let before = config(&stage);
    assign(&stage, &[("222222222222", "Production"), DEV], &["Admin", "Viewer"]);
    let partial = ["222222222222".to_owned()].to_vec();
    stage.sts.with_world(|world| world.sso_portal.broken = partial);
    let output = sso(&stage, &["populate", "corp", "--rename"]).code(4);
    assert!(output.stderr.contains("nothing was renamed"), "{output:?}");
    assert_eq!(config(&stage), before);
    stage.sts.with_world(|world| world.sso_portal.broken.clear());
    let run = ["populate", "corp", "--rename", "--output", "json"];
    let dry = sso(&stage, &[&run[..], &["--dry-run"]].concat()).ok().json();
    assert_eq!((&dry["written"], &dry["complete"]), (&false.into(), &true.into()));
    assert_eq!(config(&stage), before);
    let done = sso(&stage, &run).ok().json();
    assert_eq!(done["profiles"], dry["profiles"]);
    let of = |name: &str| {
        let profiles = done["profiles"].as_array().unwrap();
        profiles.iter().find(|profile| profile["name"] == name).expect(name).clone()
    };
    let viewer = of("Production-Viewer");
    assert_eq!((&viewer["old_name"], &viewer["change"]), (&"mine".into(), &"renamed".into()));
    assert_eq!(of("Dev-EU-x-y-Admin")["change"], "unchanged");
    let after = config(&stage);
    assert!(after.contains("source_profile = Production-Admin\n"), "{after}");
    assert_eq!(stage.document("Production-Viewer")["AccountId"], "222222222222");
    let again = sso(&stage, &["populate", "corp", "--rename"]).ok();
    assert!(again.stdout.contains("0 profiles added, 0 removed, 4 unchanged"), "{again:?}");
    assert_eq!(config(&stage), after);
    let template = ["populate", "corp", "--rename", "--template", "{role_name|lower}.{account_id}"];
    let renamed = sso(&stage, &template).ok();
    assert!(
        renamed.stdout.contains("0 profiles added, 4 renamed, 0 removed, 0 unchanged"),
        "{renamed:?}"
    );
    assert!(
        renamed.stdout.contains("renamed profile 'Production-Admin' to 'admin.222222222222'"),
        "{renamed:?}"
    );
    sso(&stage, &["populate", "corp", "--rename", "--role", "Admin"]).code(2);
}
