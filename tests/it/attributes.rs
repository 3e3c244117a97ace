//! AssumeRole, whole: session policies, tags, the source identity, durations; and the flags of one
//! call.

use crate::support::stage::{PLAIN, SECOND, Stage};

const POLICY: &str = "{\"Version\": \"2012-10-17\",\n  \"Statement\": []}";
const COMPACT: &str = "{\"Version\":\"2012-10-17\",\"Statement\":[]}";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/ReadOnlyAccess";

/// A stage whose profile `plain` says this as well.
fn stage(more: &str) -> Stage {
    let stage = Stage::new();
    stage.edit_config("[profile plain]\n", &format!("[profile plain]\n{more}\n"));
    stage
}

#[test]
fn a_profile_sends_all_that_it_says_of_its_session() {
    let stage = stage(&format!(
        "rolecall_session_policy = {COMPACT}\n\
         rolecall_session_policy_arns = {READ_ONLY}, arn:aws:iam::111111111111:policy/mine\n\
         rolecall_session_tags = {{\"Project\": \"rocket\", \"Cost Center\": \"42\"}}\n\
         rolecall_transitive_tag_keys = Project\n\
         rolecall_source_identity = natan@example.com\n\
         role_session_name = deploy\nduration_seconds = 900"
    ));
    stage.document("plain");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!(call.policy.as_deref(), Some(COMPACT));
    assert_eq!(call.policy_arns, [READ_ONLY, "arn:aws:iam::111111111111:policy/mine"]);
    let tag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(call.tags, [tag("Project", "rocket"), tag("Cost Center", "42")]);
    assert_eq!(call.transitive_tag_keys, ["Project"]);
    assert_eq!(call.source_identity.as_deref(), Some("natan@example.com"));
    assert_eq!(call.session_name.as_deref(), Some("deploy"));
    assert_eq!(call.duration, Some(900));
    let shown = stage.sandbox.rolecall(&["profile", "show", "plain", "--output", "json"]).run();
    let hop = &shown.ok().json()["plan"]["hops"][0];
    assert_eq!(hop["source_identity"], "natan@example.com");
    assert_eq!(hop["session_tags"]["Project"], "rocket");
}

#[test]
fn a_profile_that_says_nothing_sends_nothing() {
    let stage = stage("");
    stage.document("plain");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!((call.policy, call.source_identity, call.duration), (None, None, None));
    assert!(call.policy_arns.is_empty() && call.tags.is_empty());
}

#[test]
fn a_policy_may_lie_in_a_file_beside_the_config_and_a_new_policy_is_a_new_session() {
    let stage = need!(Stage::with_keyutils());
    stage.edit_config("[profile plain]\n", "[profile plain]\nrolecall_session_policy = p.json\n");
    stage.sandbox.file("home/.aws/p.json", POLICY);
    let run = || stage.helper("plain").folder(stage.sandbox.root()).run().ok();
    run();
    assert_eq!(stage.sts.calls().pop().unwrap().policy.as_deref(), Some(COMPACT));
    // Other white space, the same policy.
    stage.sandbox.file("home/.aws/p.json", COMPACT);
    run();
    assert_eq!(stage.assumed(), 1);
    stage.sandbox.file("home/.aws/p.json", COMPACT.replace("[]", "[1]"));
    run();
    assert_eq!(stage.assumed(), 2);
}

#[test]
fn what_sts_would_not_take_is_told_before_it_is_asked() {
    let many = [READ_ONLY; 11].join(",");
    for (setting, told) in [
        ("rolecall_session_policy = {", "is not JSON"),
        ("rolecall_session_policy = missing.json", "can't be read from"),
        ("rolecall_session_policy_arns = x", "is not a list of at most 10 policy ARNs"),
        (&*format!("rolecall_session_policy_arns = {many}"), "at most 10 policy ARNs"),
        ("rolecall_session_policy =", "doesn't name a policy"),
        ("rolecall_session_policy =\n  a = b", "doesn't name a policy"),
        ("rolecall_session_policy_arns = ,", "doesn't name a policy"),
        ("rolecall_session_tags = [1]", "is not a JSON object"),
        ("rolecall_session_tags = {\"a\": 1}", "has a tag that STS does not accept"),
        ("rolecall_session_tags = {\"\": \"x\"}", "has a tag that STS does not accept"),
        ("rolecall_transitive_tag_keys = a", "is not among the session's tags"),
        ("rolecall_source_identity = x", "is not a source identity"),
        ("duration_seconds = 899", "900 to 43200"),
        ("role_session_name = a b", "is not a session name that STS accepts"),
    ] {
        let stage = stage(setting);
        let output = stage.helper("plain").run().code(5);
        assert!(output.stderr.contains(told), "{told}: {output:?}");
        assert!(output.stderr.contains("config:"), "{output:?}");
        assert_eq!(stage.sts.calls().len(), 0);
    }
}

#[test]
fn settings_of_one_call_win_over_the_profile_and_make_another_session() {
    let stage = need!(Stage::with_keyutils());
    stage.edit_config(
        "[profile plain]\n",
        &format!(
            "[profile plain]\nrolecall_session_policy_arns = {READ_ONLY}\nduration_seconds = 1800\n"
        ),
    );
    let own = stage.document("plain");
    let file = stage.sandbox.file("home/scoped.json", POLICY);
    let flags = [
        ("--session-policy", POLICY),
        ("--session-policy", file.to_str().unwrap()),
        ("--session-policy", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
        ("--duration", "15m"),
        ("--session-name", "ci-42"),
    ];
    for (flag, value) in flags {
        let run = stage.sandbox.rolecall(&["credential-process", "plain", flag, value]);
        assert_ne!(run.run().ok().json()["AccessKeyId"], own["AccessKeyId"], "{flag}");
    }
    let calls = stage.sts.calls();
    assert_eq!(calls.len(), 5, "the same policy in a file is the same session");
    // It replaces the profile's, for a second policy beside it would widen the session.
    assert_eq!((calls[1].policy.as_deref(), calls[1].policy_arns.len()), (Some(COMPACT), 0));
    assert_eq!(calls[2].policy_arns, ["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]);
    assert_eq!(calls[3].duration, Some(900));
    assert_eq!(calls[4].session_name.as_deref(), Some("ci-42"));
    assert_eq!(stage.document("plain"), own, "the profile's own session is still there");
    let wrong = ["credential-process", "plain", "--session-policy", "nothing.json"];
    let output = stage.sandbox.rolecall(&wrong).run().code(2);
    assert!(output.stderr.contains("the session policy can't be read"), "{output:?}");
    // A script's variable that is not set.
    let empty = ["credential-process", "plain", "--session-policy", ""];
    let output = stage.sandbox.rolecall(&empty).run().code(2);
    assert!(output.stderr.contains("the session policy is empty"), "{output:?}");
}

#[test]
fn a_chained_role_is_asked_for_one_hour_at_most_whatever_gives_its_source() {
    let stage = Stage::new();
    stage.edit_config("[profile second]\n", "[profile second]\nrolecall_duration_seconds = 7200\n");
    stage.document("second");
    assert_eq!(stage.sts.calls().pop().unwrap().duration, Some(3600));
    // What a program gives shows only when it has run: a session here, keys there.
    let session = stage.helper("my-role").run().ok().stdout;
    let keys = format!(
        "{{\"Version\":1,\"AccessKeyId\":\"{}\",\"SecretAccessKey\":\"{}\"}}",
        stage.key_id, stage.secret
    );
    for (output, role, expected) in [(session, SECOND, 3600), (keys, PLAIN, 7200)] {
        let program =
            stage.sandbox.script("home/give", format!("#!/bin/sh\necho '{}'\n", output.trim()));
        stage.sts.with_world(|world| {
            world.roles.iter_mut().for_each(|role| role.max_duration = 7200);
        });
        stage.sandbox.config(format!(
            "[profile p]\ncredential_process = {}\n\
             [profile r]\nrole_arn = {role}\nsource_profile = p\nduration_seconds = 7200\n",
            program.display()
        ));
        stage.document("r");
        assert_eq!(stage.sts.calls().pop().unwrap().duration, Some(expected));
    }
}

#[test]
fn a_policy_that_aws_refuses_is_told_in_plain_words() {
    let stage = stage("rolecall_session_policy = {\"a\":1}");
    stage.sts.fault(crate::support::sts::Fault::Refused("PackedPolicyTooLarge"));
    let output = stage.helper("plain").run().code(4);
    assert!(output.stderr.contains("AWS refused the session's policy"), "{output:?}");
    assert!(output.stderr.contains("hint: shorten the session policy"), "{output:?}");
}

#[test]
fn a_short_form_is_a_policy_of_the_roles_partition_and_a_session_of_its_own() {
    let stage = need!(Stage::with_keyutils());
    let own = stage.document("plain");
    let scoped = |form: &str| {
        let arguments = ["credential-process", "plain", "--session-policy", form];
        stage.sandbox.rolecall(&arguments).run()
    };
    let form = "s3-read:my-app-data/reports/";
    let narrowed = scoped(form).ok().json();
    assert_ne!(narrowed["AccessKeyId"], own["AccessKeyId"]);
    assert_eq!(scoped(form).ok().json(), narrowed);
    assert_eq!(stage.document("plain"), own);
    assert_eq!(stage.assumed(), 2);
    let policy = stage.sts.calls().pop().unwrap().policy.unwrap();
    assert!(policy.contains("\"arn:aws:s3:::my-app-data/reports/*\""), "{policy}");
    assert!(policy.contains("\"s3:prefix\":\"reports/*\""), "{policy}");
    // The same in a profile is the same session.
    let line = format!("[profile plain]\nrolecall_session_policy = {form}\n");
    stage.edit_config("[profile plain]\n", &line);
    assert_eq!(stage.document("plain"), narrowed);
    let output = scoped("s3-write:my-app-*").code(2);
    assert!(output.stderr.contains("does not name a bucket"), "{output:?}");
    stage.edit_config(form, "s3-read:my-app-data/*");
    let output = stage.helper("plain").run().code(5);
    assert!(output.stderr.contains("wildcard") && output.stderr.contains("config:"), "{output:?}");
    assert_eq!(stage.assumed(), 2);
}
