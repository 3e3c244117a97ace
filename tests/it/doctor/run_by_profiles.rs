//! The programs that profiles run.

use super::{ids, report, sandbox, troubles};
use crate::support::programs;

#[test]
fn a_program_that_is_missing_or_not_executable_is_a_problem() {
    let sandbox = sandbox();
    let file = sandbox.file("home/not-executable", "");
    for (program, why) in [
        ("/nonexistent/creds".to_owned(), "does not exist"),
        ("no-such-program-anywhere".to_owned(), "does not exist"),
        (file.display().to_string(), "is not executable"),
    ] {
        sandbox.config(format!("[profile x]\ncredential_process = {program} --json\n"));
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), ["missing-program"], "{found:#}");
        let text = troubles(&found)[0]["text"].as_str().unwrap();
        assert!(text.contains(&program) && text.contains(why), "{text}");
        assert_eq!((&found["exit_code"], &troubles(&found)[0]["line"]), (&5.into(), &2.into()));
    }
    sandbox.config("[profile x]\ncredential_process = /bin/true\nrolecall_mfa_process = /gone\n");
    assert_eq!(ids(&report(&sandbox, &[])), ["missing-program"]);
}

#[test]
fn a_rolecall_that_has_moved_is_found_and_repaired() {
    let sandbox = sandbox();
    let other = sandbox.script("other/rolecall", "#!/bin/sh\n");
    let own = programs::rolecall().display().to_string();
    let config = |program: &str| {
        format!(
            "[profile x]\n# mine\ncredential_process = {program} credential-process x\n\
                 rolecall_access_key_id = AKIASTOREDSTOREDSTOR\n"
        )
    };
    for (program, id) in
        [("/gone/rolecall", "missing-program"), (&*other.display().to_string(), "other-rolecall")]
    {
        sandbox.config(config(program));
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), [id], "{found:#}");
        sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().ok();
        let repaired = std::fs::read_to_string(sandbox.config_path()).unwrap();
        assert_eq!(repaired, config(&own));
        assert_eq!(ids(&report(&sandbox, &[])), [""; 0]);
    }
}

#[test]
fn the_remedy_for_a_path_with_a_space_can_be_pasted() {
    let sandbox = sandbox();
    std::fs::create_dir(sandbox.path("my programs")).unwrap();
    let own = sandbox.path("my programs/rolecall");
    programs::copy_rolecall(&own);
    let own = own.display().to_string();
    let config = |program: &str| {
        format!(
            "[profile x]\ncredential_process = {program} credential-process x\n\
             rolecall_access_key_id = AKIASTOREDSTOREDSTOR\n"
        )
    };
    sandbox.config(config("/gone/rolecall"));
    let doctor = sandbox.program(&own, &["doctor", "--output", "json"]).run();
    let found = doctor.json();
    let remedy = troubles(&found)[0]["remedy"].as_str().unwrap().to_owned();
    let command = remedy.strip_prefix("'rolecall ").unwrap().strip_suffix('\'').unwrap();
    let script = format!("\"$0\" {command}");
    let _output = sandbox.program("sh", &["-c", &script, &own]).run().ok();
    let pasted = std::fs::read_to_string(sandbox.config_path()).unwrap();
    assert_eq!(pasted, config(&format!("\"{own}\"")));
}

#[test]
fn nothing_of_others_is_run() {
    let sandbox = sandbox();
    let mark = sandbox.path("ran");
    let program = sandbox.script("creds", format!("#!/bin/sh\ntouch {}\n", mark.display()));
    sandbox.config(format!("[profile x]\ncredential_process = {}\n", program.display()));
    assert_eq!(ids(&report(&sandbox, &["x"])), [""; 0]);
    assert!(!mark.exists());
}
