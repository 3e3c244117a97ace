//! `rolecall_agent_policy`: what a profile gives to coding agents.

use super::{READ_ONLY, assert_read_only, statements};
use crate::support::{run::Run, stage::Stage};

/// A stage whose profile `plain` says this of agents.
fn stage(setting: &str) -> Stage {
    let stage = Stage::new();
    add(&stage, setting);
    stage
}

fn add(stage: &Stage, setting: &str) {
    let text = format!("[profile plain]\nrolecall_agent_policy = {setting}\n");
    stage.edit_config("[profile plain]\n", &text);
}

fn by_agent<'s>(stage: &'s Stage, arguments: &[&str]) -> Run<'s> {
    stage.sandbox.rolecall(arguments).env("CLAUDECODE", "1").may_print_secrets()
}

#[test]
fn an_agent_gets_a_session_of_its_own_and_a_person_the_full_one() {
    let stage = need!(Stage::with_keyutils());
    add(&stage, "read-only");
    let helper = ["credential-process", "plain"];
    let person = stage.document("plain");
    assert!(stage.sts.calls()[0].policy_arns.is_empty());
    let agent = by_agent(&stage, &helper).run().ok().json();
    assert_ne!(agent["AccessKeyId"], person["AccessKeyId"]);
    let call = stage.sts.calls().pop().unwrap();
    assert_read_only(&call);
    assert_eq!(call.session_name.as_deref(), Some("natan-agent"));
    assert!(call.tags.is_empty(), "a role may not allow tags");
    // Each finds its own again, and an agent under another mark that of agents.
    assert_eq!(by_agent(&stage, &helper).run().ok().json(), agent);
    assert_eq!(stage.document("plain"), person);
    let other = stage.helper("plain").env("ROLECALL_AGENT_MARKS", "MY_BOT").env("MY_BOT", "1");
    assert_eq!(other.run().ok().json(), agent);
    let off = stage.helper("plain").env("CLAUDECODE", "0");
    assert_eq!(off.run().ok().json(), person);
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn every_command_that_gives_credentials_gives_agents_narrowed_ones() {
    let stage = stage("read-only");
    stage.sandbox.may_hold_secrets(stage.sandbox.credentials_path());
    for arguments in [
        &["credential-process", "plain"][..],
        &["exec", "plain", "--", "true"],
        &["exec", "plain", "--serve", "--", "true"],
        &["serve", "plain", "--", "true"],
        &["env", "plain", "--shell", "bash"],
        &["login", "plain", "--export-to", "copy"],
        &["whoami", "plain"],
        &["exec", "plain", "--read-only", "--", "true"],
    ] {
        let before = stage.assumed();
        by_agent(&stage, arguments).run().ok();
        assert_eq!(stage.assumed(), before + 1, "{arguments:?}");
        let call = stage.sts.calls().into_iter().rfind(|call| call.action == "AssumeRole");
        assert_read_only(&call.unwrap());
    }
}

#[test]
fn refused_agents_get_nothing_and_are_told_so() {
    let stage = stage("refuse");
    for arguments in [
        &["credential-process", "plain"][..],
        &["exec", "plain", "--", "true"],
        &["exec", "plain", "--read-only", "--", "true"],
        &["exec", "plain", "--serve", "--", "true"],
        &["serve", "plain"],
        &["env", "plain", "--shell", "bash"],
        &["login", "plain"],
        &["whoami", "plain"],
        &["console", "plain", "--print"],
    ] {
        let output = by_agent(&stage, arguments).run().code(4);
        assert!(
            output.stderr.starts_with(
                "rolecall: profile 'plain' gives no credentials to coding agents, and CLAUDECODE \
                 says that this is one ("
            ),
            "{output:?}"
        );
        assert_eq!(output.stdout, "");
    }
    assert_eq!(stage.sts.calls().len(), 0);
    // It can be looked at.
    let shown = by_agent(&stage, &["profile", "show", "plain"]).run().ok();
    assert!(shown.stdout.contains("coding agents get: refuse"), "{shown:?}");
    stage.document("plain");
}

#[test]
fn policies_are_as_with_the_flag_and_a_file_lies_beside_the_config() {
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    for (setting, sent, arns) in [
        (policy, Some(policy), &[][..]),
        ("agents.json", Some(policy), &[]),
        ("ReadOnlyAccess", None, &[READ_ONLY]),
        ("arn:aws:iam::222222222222:policy/x", None, &["arn:aws:iam::222222222222:policy/x"]),
    ] {
        let stage = stage(setting);
        stage.sandbox.file("home/.aws/agents.json", policy);
        by_agent(&stage, &["credential-process", "plain"]).folder(stage.sandbox.root()).run().ok();
        let call = stage.sts.calls().pop().unwrap();
        assert_eq!((call.policy.as_deref(), &call.policy_arns[..].len()), (sent, &arns.len()));
        assert_eq!(call.policy_arns, arns);
    }
}

#[test]
fn a_setting_that_can_mean_nothing_stops_people_too() {
    for (setting, told) in [
        ("readonly", "is not a policy, read-only or refuse"),
        ("off", "is not a policy, read-only or refuse"),
        ("", "doesn't name a policy"),
        ("missing.json", "can't be read from"),
        ("{", "is not JSON"),
        ("arn:aws:iam::222222222222:user/x", "not the ARN of a policy"),
    ] {
        let stage = stage(setting);
        let output = stage.helper("plain").run().code(5);
        assert!(output.stderr.contains(told), "{told}: {output:?}");
        assert!(output.stderr.contains("config:14)"), "{output:?}");
        assert_eq!(stage.sts.calls().len(), 0);
    }
    let stage = Stage::new();
    let set = ["profile", "set", "my-role", "rolecall_agent_policy=readonly"];
    let output = stage.sandbox.rolecall(&set).run().code(2);
    assert!(output.stderr.contains("must be read-only, refuse"), "{output:?}");
    let set = ["profile", "set", "my-role", "rolecall_agent_policy=read-only"];
    stage.sandbox.rolecall(&set).run().ok();
}

#[test]
fn the_session_says_agent_within_aws_s_limits() {
    let stage = stage(
        "read-only\nrolecall_session_tags = {\"Project\": \"rocket\"}\nrole_session_name = \
         a-name-of-sixty-four-characters-which-is-the-longest-one-ever-12",
    );
    by_agent(&stage, &["credential-process", "plain"]).run().ok();
    let call = stage.sts.calls().pop().unwrap();
    let name = call.session_name.unwrap();
    assert_eq!(name.len(), 64);
    assert!(name.ends_with("-one-agent") || name.ends_with("-agent"), "{name}");
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(call.tags, [tag("Project", "rocket"), tag("agent", "CLAUDECODE")]);
}

#[test]
fn what_cant_be_narrowed_is_refused_to_agents() {
    let stage = Stage::new();
    for setting in ["read-only", "refuse", "ReadOnlyAccess"] {
        let (key_id, secret) = (&stage.key_id, &stage.secret);
        stage.sandbox.credentials(format!(
            "[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n\
             rolecall_agent_policy = {setting}\n"
        ));
        let code = if setting == "refuse" { 4 } else { 5 };
        let output = by_agent(&stage, &["credential-process", "base"]).run().code(code);
        assert!(output.stderr.contains("credentials:4)"), "{output:?}");
        let role = [
            "exec",
            "--role-arn",
            crate::support::stage::PLAIN,
            "--source-profile",
            "base",
            "--",
            "true",
        ];
        let run = by_agent(&stage, &role).run();
        if setting == "refuse" {
            run.code(4)
        } else {
            run.ok()
        };
        // The roles that are assumed with it have settings of their own.
        by_agent(&stage, &["credential-process", "plain"]).run().ok();
        stage.document("base");
    }
    // The policies of a call would take the place of the agent's.
    let stage = self::stage("read-only");
    let wider =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let asked = ["exec", "plain", "--session-policy", wider, "--", "true"];
    let output = by_agent(&stage, &asked).run().code(5);
    assert!(output.stderr.contains("it already has a session policy"), "{output:?}");
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn an_agent_that_asks_for_less_gets_less() {
    let stage = stage("s3-read:my-app-data");
    by_agent(&stage, &["exec", "plain", "--read-only", "--", "true"]).run().ok();
    let call = stage.sts.calls().pop().unwrap();
    assert!(call.policy_arns.is_empty());
    assert!(statements(&call).iter().any(|statement| statement["Effect"] == "Deny"));
    let asked = ["exec", "plain", "--policy", "AdministratorAccess", "--", "true"];
    by_agent(&stage, &asked).run().code(5);
}

#[test]
fn a_long_lived_key_of_such_a_profile_is_not_exported_to_agents() {
    let stage = Stage::new();
    let key_id = &stage.key_id;
    for setting in ["refuse", "read-only"] {
        stage.sandbox.config(format!(
            "[profile stored]\nrolecall_access_key_id = {key_id}\nrolecall_agent_policy = {setting}\n"
        ));
        for name in ["stored", key_id] {
            let output = by_agent(&stage, &["keys", "export", name, "--yes"]).run().code(4);
            assert!(output.stderr.contains("profile 'stored' only gives"), "{output:?}");
            assert!(output.stderr.contains("config:3)"), "{output:?}");
        }
        let export = ["keys", "export", "stored", "--yes"];
        let confined = stage.sandbox.rolecall(&export).env("ROLECALL_CONFINED", "my-role");
        let output = confined.run().code(4);
        assert!(output.stderr.contains("the narrowed session of 'my-role'"), "{output:?}");
    }
}

#[test]
fn the_doctor_finds_policies_that_leave_agents_without_credentials() {
    let stage =
        stage("read-only\nrolecall_session_policy_arns = arn:aws:iam::aws:policy/PowerUserAccess");
    let (key_id, secret) = (&stage.key_id, &stage.secret);
    stage.sandbox.credentials(format!(
        "[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n\
         rolecall_agent_policy = ReadOnlyAccess\n"
    ));
    let output = stage.sandbox.rolecall(&["doctor", "--output", "json"]).run().code(0);
    let findings = output.json()["findings"].as_array().unwrap().clone();
    let of_agents = findings.iter().filter(|finding| finding["id"] == "agent-policy");
    let mut profiles: Vec<_> =
        of_agents.map(|finding| finding["profile"].as_str().unwrap()).collect();
    profiles.sort_unstable();
    assert_eq!(profiles, ["base", "plain"]);
    // One that can be carried out is no finding.
    stage.edit_config(
        "rolecall_session_policy_arns = arn:aws:iam::aws:policy/PowerUserAccess\n",
        "",
    );
    let output = stage.sandbox.rolecall(&["doctor", "plain", "--output", "json"]).run().code(0);
    assert!(!output.stdout.contains("agent-policy"), "{output:?}");
}
