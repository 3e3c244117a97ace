//! `doctor`: each broken config and environment is found, and a healthy one is left in peace.

mod environment;
mod files;
mod keys;
mod mfa;
mod online;
mod reached;
mod repairs;
mod run_by_profiles;
mod sign_ins;
mod state;

use serde_json::Value;

use crate::support::{programs, run::Output, sandbox::Sandbox};

pub(crate) const ROLE: &str = "arn:aws:iam::222222222222:role/R";

/// A managed profile and the process of `base` that it gets its credentials from.
pub(crate) fn healthy() -> String {
    format!(
        "[profile base]\ncredential_process = /bin/true\n\n\
         [profile my-role]\nregion = eu-west-1\n\
         credential_process = {} credential-process my-role\n\
         rolecall_role_arn = {ROLE}\nrolecall_source_profile = base\n",
        programs::rolecall().display()
    )
}

/// A sandbox with a healthy config.
pub(crate) fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(healthy());
    sandbox
}

/// `doctor ARGUMENTS --output json`, whatever its exit code.
pub(crate) fn report(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let words = [&["doctor"], arguments, &["--output", "json"]].concat();
    let output: Output = sandbox.rolecall(&words).run();
    assert_eq!(output.stderr, "", "{output:?}");
    let report = output.json();
    assert_eq!(report["exit_code"].as_i64(), output.status.code().map(i64::from), "{output:?}");
    report
}

/// The findings of a report that are not `ok`.
pub(crate) fn troubles(report: &Value) -> Vec<&Value> {
    let findings = report["findings"].as_array().expect("findings");
    findings.iter().filter(|finding| finding["severity"] != "ok").collect()
}

/// The IDs of what is wrong.
pub(crate) fn ids(report: &Value) -> Vec<&str> {
    troubles(report).iter().map(|finding| finding["id"].as_str().expect("an ID")).collect()
}

#[test]
fn a_healthy_machine_has_no_warnings() {
    let sandbox = sandbox();
    for arguments in [&[][..], &["my-role"], &["--strict"]] {
        let report = report(&sandbox, arguments);
        assert_eq!(ids(&report), [""; 0], "{report:#}");
        assert_eq!(report["exit_code"], 0);
    }
    let text = sandbox.rolecall(&["doctor"]).run().ok().stdout;
    assert!(text.lines().all(|line| line.starts_with("ok ")), "{text}");
}

#[test]
fn profiles_with_settings_only_are_not_broken() {
    let sandbox = Sandbox::new();
    let config =
        format!("[default]\nregion = eu-west-1\noutput = json\n[profile eu]\n{}", healthy());
    sandbox.config(config);
    assert_eq!(ids(&report(&sandbox, &["--strict"])), [""; 0]);
    // One that is asked for by name gives no credentials.
    let named = report(&sandbox, &["default"]);
    assert_eq!((ids(&named), &named["exit_code"]), (vec!["no-credentials"], &5.into()));
    // One that is somebody's source has to.
    let role = format!("[profile r]\nrole_arn = {ROLE}\nsource_profile = default\n");
    sandbox.config(format!("[default]\nregion = eu-west-1\n{role}"));
    assert_eq!(ids(&report(&sandbox, &[])), ["no-credentials"]);
}

#[test]
fn a_machine_without_profiles_is_not_broken() {
    let sandbox = Sandbox::new();
    let report = report(&sandbox, &["--strict"]);
    assert_eq!(ids(&report), [""; 0], "{report:#}");
}

#[test]
fn thousands_of_profiles_are_examined_at_once() {
    let sandbox = Sandbox::new();
    let role = |i: usize| {
        format!("[profile r{i}]\nrole_arn = {ROLE}{i}\nsource_profile = base\nexternal_id = e{i}\n")
    };
    let roles: String = (0..5000).map(role).collect();
    sandbox.config(format!("[profile base]\ncredential_process = /bin/true\n{roles}"));
    let start = std::time::Instant::now();
    let found = report(&sandbox, &[]);
    // This build is not optimized; one that goes through all sections for each profile takes minutes.
    assert!(start.elapsed() < std::time::Duration::from_secs(15), "{:?}", start.elapsed());
    assert_eq!(ids(&found), [""; 0]);
    assert_eq!(found["findings"][0]["text"], "all 5001 profiles can be resolved");
    // What is wrong with the base is reported once, not five thousand times.
    let half = "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\n";
    sandbox.config(format!("[profile base]\n{half}{roles}"));
    assert_eq!(ids(&report(&sandbox, &[])), ["half-keys"]);
}

#[test]
fn thousands_of_findings_of_one_kind_are_summed_up() {
    let sandbox = Sandbox::new();
    let role = |i: usize| format!("[profile r{i}]\nrole_arn = {ROLE}\nsource_profile = no{i}\n");
    sandbox.config((0..2000).map(role).collect::<String>());
    let start = std::time::Instant::now();
    let text = |words: &[&str]| sandbox.rolecall(words).run().code(5).stdout;
    let few = text(&["doctor"]);
    // This build is not optimized; one that compares each missing name with all others takes minutes.
    assert!(start.elapsed() < std::time::Duration::from_secs(15), "{:?}", start.elapsed());
    let shown = few.lines().filter(|line| line.ends_with("[missing-source]")).count();
    assert_eq!(shown, 6, "{few}");
    let more =
        "problem  1995 more like these: 'rolecall doctor --all' shows them  [missing-source]";
    assert!(few.lines().any(|line| line == more), "{few}");
    assert!(few.ends_with("\n2000 problems, 0 warnings\n"), "{few}");
    let all = text(&["doctor", "--all"]);
    assert_eq!(all.lines().filter(|line| line.ends_with("[missing-source]")).count(), 2000);
    assert_eq!(ids(&report(&sandbox, &[])).len(), 2000);
}
