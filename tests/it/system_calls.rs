//! What a call costs in system calls: each may take a microsecond, and some would be made for each of
//! thousands of profiles or records.

use std::{fmt::Write as _, fs, path::Path};

use crate::support::{
    clients::require_program,
    programs,
    stage::{ROLE, Stage},
};

/// Returns how many system calls a command makes.
#[track_caller]
fn count(strace: &Path, stage: &Stage, arguments: &[&str]) -> usize {
    let list = stage.sandbox.path("calls");
    let list = list.to_str().unwrap();
    let program = programs::rolecall().display().to_string();
    // -s 0: without what is read and written.
    let strace_arguments = ["-f", "-qq", "-s", "0", "-o", list, &program];
    let run = stage.sandbox.program(strace, &[&strace_arguments[..], arguments].concat());
    let _output = run.may_print_secrets().run().ok();
    // The standard library asks in debug builds whether what it closes is open.
    let calls = fs::read_to_string(list).unwrap();
    calls.lines().filter(|call| !call.contains("F_GETFD")).count()
}

#[test]
fn a_record_costs_a_prompt_four_system_calls() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    stage.document("my-role");
    let folder = stage.sandbox.state().join("sessions");
    let first = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let record = fs::read_to_string(first).unwrap();
    let add = |numbers: std::ops::Range<usize>| {
        for i in numbers {
            let record = record.replace("\"my-role\"", &format!("\"team-{i}\""));
            stage.sandbox.file(folder.join(format!("{i:064x}.json")), record);
        }
    };
    for arguments in [&["status", "--output", "json"][..], &["status", "my-role", "--output=json"]]
    {
        add(0..10);
        let few = count(&strace, &stage, arguments);
        add(10..210);
        let many = count(&strace, &stage, arguments);
        // Besides, the list of names comes in pieces, and memory for all records.
        assert!(many - few <= 4 * 200 + 100, "{arguments:?}: {few}, {many}");
        (10..210).for_each(|i| fs::remove_file(folder.join(format!("{i:064x}.json"))).unwrap());
    }
}

#[test]
fn a_list_reads_a_large_config_once_and_not_each_profile() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    let few = count(&strace, &stage, &["profile", "list"]);
    let mut config = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    for i in 0..5000 {
        let role = format!("rolecall_role_arn = {ROLE}{i}\nrolecall_source_profile = base");
        write!(config, "\n[profile team-{i}]\nregion = eu-west-1\n{role}\n").unwrap();
    }
    stage.sandbox.config(&config);
    let many = count(&strace, &stage, &["profile", "list"]);
    assert!(many - few < 1000, "{few}, {many}");
}

#[test]
fn a_hit_in_a_large_config_reads_it_in_pieces_of_64_kib() {
    let stage = need!(Stage::with_keyutils());
    let strace = need!(require_program("strace", "strace"));
    stage.document("my-role");
    let hit = ["credential-process", "my-role"];
    let small = count(&strace, &stage, &hit);
    let mut config = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    for i in 0..5000 {
        write!(config, "\n[profile team-{i}]\nregion = eu-west-1\n{}\n", "#".repeat(100)).unwrap();
    }
    stage.sandbox.config(&config);
    let large = count(&strace, &stage, &hit);
    // Then the two sections of the chain are read, and memory for the list of all sections is mapped.
    assert!(large - small < config.len() / 65_536 + 30, "{small}, {large}");
}
