//! Programs that start rolecall again, for the profile that waits for them, without the variable that
//! would tell.

use std::{fs, time::Duration};

use crate::support::{run::Output, sandbox::Sandbox};

const ROLECALL: &str = env!("CARGO_BIN_EXE_rolecall");
/// Each process takes a few milliseconds.
const DEADLINE: Duration = Duration::from_secs(40);

/// What clears the environment, and starts rolecall for `profile`.
fn again(sandbox: &Sandbox, profile: &str) -> String {
    let (home, path) = (sandbox.home(), "/usr/bin:/bin");
    let home = home.display();
    format!("env -i HOME={home} PATH={path} {ROLECALL} credential-process {profile} --store none")
}

/// What comes of profile `again`, and how often its program ran.
fn run(sandbox: &Sandbox) -> (Output, usize) {
    let runs = sandbox.home().join("runs");
    let output = sandbox.rolecall(&["credential-process", "again"]).time_limit(DEADLINE).run();
    let count = fs::read_to_string(&runs).unwrap_or_default().lines().count();
    drop(fs::remove_file(runs));
    (output, count)
}

#[test]
fn a_program_that_clears_its_environment_starts_rolecall_a_few_times_only() {
    let sandbox = Sandbox::new();
    let again = again(&sandbox, "again");
    let count = "echo x >> $HOME/runs;";
    for (line, most) in [
        (format!("{count} {again}"), 6),
        (format!("{count} exec {again}"), 6),
        (format!("{count} setsid -w {again}"), 6),
        // In the background: whoever started it is gone.
        (format!("{count} ({again} &)"), 6),
        (format!("{count} (setsid {again} &)"), 6),
        // Two at once.
        (format!("{count} {again} & {again}; wait"), 1 << 6),
    ] {
        sandbox.config(format!("[profile again]\ncredential_process = {line}\n"));
        let (output, runs) = run(&sandbox);
        assert!(
            !output.status.success() && (2..=most).contains(&runs),
            "{line}: {runs} {output:?}"
        );
    }
}

#[test]
fn the_error_names_the_profile_whose_program_it_is() {
    let sandbox = Sandbox::new();
    let again = again(&sandbox, "again");
    sandbox.config(format!("[profile again]\ncredential_process = {again}\n"));
    let output = run(&sandbox).0.code(5);
    let error =
        "the 'credential_process' of profile 'again' starts rolecall, which starts it again";
    assert!(output.stderr.starts_with(&format!("rolecall: {error}")), "{output:?}");
    assert!(output.stderr.contains("config:2)"), "{output:?}");
}

#[test]
fn a_program_that_asks_rolecall_for_another_profile_is_no_circle() {
    let sandbox = Sandbox::new();
    let (middle, last) = (again(&sandbox, "middle"), again(&sandbox, "last"));
    sandbox.secret("the key", "a-long-lived-secret");
    sandbox.config(format!(
        "[profile again]\ncredential_process = {middle}\n\
         [profile middle]\ncredential_process = {last}\n\
         [profile last]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
         aws_secret_access_key = a-long-lived-secret\n"
    ));
    assert_eq!(run(&sandbox).0.ok().json()["AccessKeyId"], "AKIAIOSFODNN7EXAMPLE");
}
