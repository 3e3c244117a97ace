//! The command line itself: help, usage errors, exit codes, streams.

use std::{fmt::Write as _, fs, path::Path};

use crate::support::{sandbox::Sandbox, stage::Stage};

#[test]
fn help_and_version_go_to_stdout() {
    let sandbox = Sandbox::new();
    let help = sandbox.rolecall(&["--help"]).run().ok();
    assert!(help.stdout.contains("\nUsage: rolecall"), "{help:?}");
    assert_eq!(help.stderr, "");
    let version = sandbox.rolecall(&["--version"]).run().ok();
    assert_eq!(version.stdout, format!("rolecall {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_usage_is_exit_2_in_two_lines() {
    let sandbox = Sandbox::new();
    let cases: [(&[&str], &str); 12] = [
        (&["logni"], "'logni'"),
        (&["login", "--froce"], "unexpected argument '--froce'"),
        (&["profile"], "needs a command"),
        (&["credential-process", "a", "b"], "unexpected argument 'b'"),
        (
            &["credential-process", "a", "--profile", "b"],
            "the argument and --profile name different profiles",
        ),
        (&["credential-process", "--store", "cloud"], "no store 'cloud'"),
        (&["login", "--duration", "soon"], "not a duration"),
        (&["login", "--duration", "4294967295"], "from 900 to 43200"),
        (&["login", "--external-id", ""], "external ID"),
        (&["logout", "a", "--profile", "b"], "the argument and --profile name different profiles"),
        (&["profile", "list", "--profile", "b"], "doesn't accept --profile"),
        (
            &["profile", "add", "a", "--profile", "b"],
            "the argument and --profile name different profiles",
        ),
    ];
    for (arguments, why) in cases {
        let output = sandbox.rolecall(arguments).run().code(2);
        assert_eq!(output.stdout, "", "{output:?}");
        let error = output.stderr.lines().next().unwrap_or_default();
        assert!(error.starts_with("rolecall: ") && error.contains(why), "{why}: {output:?}");
        assert!(output.stderr.lines().count() <= 2, "{output:?}");
    }
}

#[test]
fn the_profile_comes_from_argument_flag_environment_or_default() {
    let stage = Stage::new();
    let account = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut run = stage.sandbox.rolecall(arguments);
        for (name, value) in environment {
            run = run.env(name, value);
        }
        run.run().ok().json()["AccountId"].clone()
    };
    let both = [("AWS_PROFILE", "second"), ("AWS_DEFAULT_PROFILE", "my-role")];
    assert_eq!(account(&["credential-process", "my-role"], &both), "222222222222");
    assert_eq!(account(&["credential-process", "--profile", "my-role"], &both), "222222222222");
    assert_eq!(account(&["credential-process"], &both), "333333333333");
    assert_eq!(account(&["credential-process"], &both[1..]), "222222222222");
    stage.edit_config("[profile my-role]", "[default]");
    stage.edit_config("rolecall_source_profile = my-role", "rolecall_source_profile = default");
    assert_eq!(account(&["credential-process"], &[]), "222222222222");
}

#[test]
fn a_full_disk_behind_stdout_is_a_failure_and_a_closed_pipe_is_quiet() {
    let stage = Stage::new();
    let program = env!("CARGO_BIN_EXE_rolecall");
    let shell = |script: String| stage.sandbox.program("sh", &["-c", &script]).run();
    let full = shell(format!("{program} credential-process my-role > /dev/full"));
    assert_eq!(full.status.code(), Some(1), "{full:?}");
    assert!(full.stderr.contains("can't write to stdout"), "{full:?}");
    let closed = shell(format!("{program} credential-process my-role | true"));
    assert_eq!(closed.stderr, "");
}

#[test]
fn closed_standard_streams_do_no_harm() {
    let stage = Stage::new();
    let script = format!("{} credential-process my-role <&- 2>&-", env!("CARGO_BIN_EXE_rolecall"));
    let output = stage.sandbox.program("sh", &["-c", &script]).may_print_secrets().run().ok();
    assert_eq!(output.json()["Version"], 1);
}

#[test]
fn a_variable_that_is_not_text_is_not_taken_for_unset() {
    let stage = Stage::new();
    for name in ["AWS_PROFILE", "ROLECALL_STORE"] {
        let wrong = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff");
        let run = stage.sandbox.rolecall(&["credential-process"]).env(name, wrong);
        let output = run.env("AWS_DEFAULT_PROFILE", "my-role").run().code(2);
        assert!(output.stderr.contains(&format!("{name} is not UTF-8")), "{output:?}");
    }
}

/// docs/cli.md, made from the command line's own help.
fn reference() -> String {
    let mut text = String::from(
        "# The command line\n\n\
         Generated from the program's own help; `ROLECALL_WRITE_DOCS=1 cargo test --test it \
         command_line` regenerates it.\nWhat the exit codes mean: [exit-codes.md](exit-codes.md).\n",
    );
    let mut root = rolecall::command();
    root.build();
    describe(&mut text, &mut root, "rolecall", 2);
    text
}

fn describe(text: &mut String, command: &mut clap::Command, name: &str, level: usize) {
    let help = command.clone().bin_name(name).term_width(100).render_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    write!(
        text,
        "\n{} {name}\n\n```text\n{}\n```\n",
        "#".repeat(level),
        lines.join("\n").trim_end()
    )
    .unwrap();
    // The help of `help` says nothing about a verb.
    let is_verb = |sub: &&mut clap::Command| !sub.is_hide_set() && sub.get_name() != "help";
    for sub in command.get_subcommands_mut().filter(is_verb) {
        let name = format!("{name} {}", sub.get_name());
        describe(text, sub, &name, 3);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "writes a file of this repository, on demand")]
fn the_reference_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md");
    if std::env::var_os("ROLECALL_WRITE_DOCS").is_some() {
        fs::write(&path, reference()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, reference(), "docs/cli.md is not what the program says: write it anew");
}
