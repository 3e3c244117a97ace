//! Help that helps: examples, man pages, what may have been meant, how to start.

use std::{fs, os::unix::fs::PermissionsExt as _};

use clap::Command;

use crate::support::{
    clients::require_program,
    programs::copy_rolecall,
    sandbox::Sandbox,
    stage::{ROLE, Stage},
};

/// Every verb with its path, as `profile add`; the root's is empty.
fn verbs() -> Vec<(String, Command)> {
    fn walk(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        found.push((path.to_owned(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            walk(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
        }
    }
    let mut root = rolecall::command().disable_help_subcommand(true);
    root.build();
    let mut found = Vec::new();
    walk(&root, "", &mut found);
    found
}

#[test]
fn man_pages_are_there_for_all_verbs_and_groff_takes_them() {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("man1");
    let folder_text = folder.display().to_string();
    let output = sandbox.rolecall(&["man", "--dir", &folder_text]).run().ok();
    assert_eq!(output.stdout, "");
    let groff = require_program("groff", "groff-base");
    for (path, _) in verbs() {
        let name = format!("rolecall {path}").trim_end().replace(' ', "-");
        let page = folder.join(format!("{name}.1"));
        let mode = fs::metadata(&page).unwrap_or_else(|e| panic!("{name}: {e}")).permissions();
        assert_eq!(mode.mode() & 0o444, 0o444, "anybody may read {name}");
        let words: Vec<&str> = ["man"].into_iter().chain(path.split_whitespace()).collect();
        let printed = sandbox.rolecall(&words).run().ok().stdout;
        assert_eq!(printed, fs::read_to_string(&page).unwrap(), "{name}");
        let Some(groff) = &groff else { continue };
        let page = page.display().to_string();
        let arguments = ["-man", "-Tutf8", "-ww", "-P-cbou", &page];
        let shown = sandbox.program(groff, &arguments).run().ok();
        assert_eq!(shown.stderr, "", "{name}");
        for heading in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLES", "EXIT STATUS"] {
            assert!(shown.stdout.contains(heading), "{name} has no {heading}:\n{}", shown.stdout);
        }
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), verbs().len(), "a page of no verb");
    let exec = sandbox.rolecall(&["man", "exec"]).run().ok().stdout;
    assert!(exec.contains("\nrolecall exec [OPTIONS] [PROFILE] [\\-\\- <CMD>...]\n"), "{exec}");
}

#[test]
fn a_man_page_of_no_verb_is_wrong_usage_and_a_folder_that_cannot_be_written_is_named() {
    let sandbox = Sandbox::new();
    let output = sandbox.rolecall(&["man", "profile", "ad"]).run().code(2);
    assert!(output.stderr.contains("no command 'profile ad'"), "{output:?}");
    let output = sandbox.rolecall(&["man", "--dir", "/dev/null/man"]).run().code(1);
    assert!(output.stderr.contains("/dev/null/man"), "{output:?}");
}

#[test]
fn scripts_of_completion_pass_their_shells_own_check() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = sandbox.rolecall(&["completions", shell]).run().ok().stdout;
        let path = sandbox.file("home/script", script).display().to_string();
        let program = need!(require_program(shell, shell), continue);
        let output = sandbox.program(program, &["-n", &path]).run().ok();
        assert_eq!(output.stderr, "", "{shell}");
    }
    let script = sandbox.rolecall(&["completions", "powershell"]).run().ok().stdout;
    assert!(script.contains("Register-ArgumentCompleter"), "{script}");
}

#[test]
fn a_mistyped_profile_verb_or_flag_gets_what_may_have_been_meant() {
    let stage = Stage::new();
    let cases: [(&[&str], i32, &str); 11] = [
        (&["credential-process", "my-rloe"], 5, "hint: did you mean 'my-role'?"),
        (&["login", "My-Role"], 5, "hint: names are case-sensitive: did you mean 'my-role'?"),
        (&["profile", "show", "secnd"], 5, "hint: did you mean 'second'?"),
        (&["whoami", "nothing-like-it"], 5, "hint: profiles are: my-role, second, plain, base"),
        (&["logni"], 2, "hint: did you mean 'login'"),
        (&["profile", "shwo"], 2, "hint: did you mean 'show'? See 'rolecall profile --help'"),
        (&["login", "--froce"], 2, "hint: did you mean '--force'? See 'rolecall login --help'"),
        (&["status", "--output", "jsn"], 2, "hint: did you mean 'json'?"),
        (&["exec", "my-role", "ls"], 2, "hint: put -- before the program and its arguments"),
        (&["exec", "my-role", "-x"], 2, "hint: see 'rolecall exec --help'"),
        (&["profile"], 2, "'rolecall profile' needs a command: list, show, tree, add"),
    ];
    for (arguments, code, told) in cases {
        let output = stage.sandbox.rolecall(arguments).run().code(code);
        assert!(output.stderr.contains(told), "{output:?}");
        assert!(output.stderr.lines().count() <= 3, "{output:?}");
        assert_eq!(output.stdout, "");
    }
    let new = ["profile", "add", "new", "--role-arn", ROLE, "--source-profile", "bsae"];
    let output = stage.sandbox.rolecall(&new).run().code(5);
    assert!(output.stderr.contains("hint: did you mean 'base'?"), "{output:?}");
    stage.edit_config("rolecall_source_profile = base", "rolecall_source_profile = bsae");
    let output = stage.helper("my-role").run().code(5);
    assert!(output.stderr.contains("hint: did you mean 'base'?"), "{output:?}");
}

#[test]
fn the_start_or_a_part_of_a_profiles_name_finds_it() {
    let stage = Stage::new();
    let cases: [(&[&str], &str); 5] = [
        (&["login", "sec"], "hint: did you mean 'second'? No other profile starts with 'sec'"),
        (&["exec", "my"], "hint: did you mean 'my-role'? No other profile starts with 'my'"),
        (&["whoami", "role"], "hint: did you mean 'my-role'?"),
        (&["credential-process", "second-role"], "hint: did you mean 'second'?"),
        (&["profile", "set", "second", "source_profile=ba"], "hint: did you mean 'base'?"),
    ];
    for (arguments, told) in cases {
        let output = stage.sandbox.rolecall(arguments).run().code(5);
        assert!(output.stderr.contains(told), "{output:?}");
        assert!(output.stderr.lines().count() <= 3, "{output:?}");
    }
}

#[test]
fn a_word_of_another_tool_leads_to_the_verb_to_use() {
    let sandbox = Sandbox::new();
    let cases: [(&[&str], &str); 12] = [
        (&["list"], "hint: use 'rolecall profile list' or 'rolecall status'"),
        (&["ls"], "'rolecall profile list'"),
        (&["use", "dev"], "'rolecall exec'"),
        (&["assume", "dev"], "'rolecall exec'"),
        (&["add", "dev"], "'rolecall profile add' or 'rolecall keys add'"),
        (&["export", "dev"], "'rolecall env'"),
        (&["rotate"], "'rolecall keys rotate'"),
        (&["adopt", "--all"], "'rolecall profile adopt'"),
        (&["--store", "none", "rm", "dev"], "'rolecall profile remove'"),
        (&["profile", "ls"], "hint: use 'rolecall profile list'"),
        (&["keys", "delete", "x"], "hint: use 'rolecall keys remove'"),
        (&["profile", "mv", "a", "b"], "hint: use 'rolecall profile rename'"),
    ];
    for (arguments, told) in cases {
        let output = sandbox.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains(told), "{output:?}");
        assert_eq!((&*output.stdout, output.stderr.lines().count()), ("", 2), "{output:?}");
    }
}

#[test]
fn a_mistyped_verb_below_another_gets_what_may_have_been_meant() {
    let sandbox = Sandbox::new();
    let cases: [(&[&str], &str); 8] = [
        (&["keys", "lst"], "did you mean 'list'?"),
        (&["keys", "rot"], "did you mean 'rotate'?"),
        (&["profile", "ren"], "did you mean 'rename'?"),
        (&["profile", "--store", "none", "tre"], "did you mean 'tree'?"),
        (&["s3", "--region", "eu-west-1", "creat"], "did you mean 'create'?"),
        (&["s3", "buckets"], "did you mean 'list-buckets'?"),
        (&["s3", "list"], "did you mean 'list-users' or 'list-buckets' or 'list-user-policies'?"),
        (&["iam", "service"], "did you mean 'service-account'?"),
    ];
    for (arguments, told) in cases {
        let output = sandbox.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains(told), "{output:?}");
    }
}

#[test]
fn a_header_that_is_not_read_as_a_profiles_is_told_with_how_to_write_it() {
    let sandbox = Sandbox::new();
    sandbox.config("[my-role]\n\n[profile müller]\n[profile my role]\n[profile a\"b c]\n");
    let told = |name: &str| sandbox.rolecall(&["login", name]).run().code(5).stderr;
    let config = sandbox.config_path().display().to_string();
    for (name, line, header) in [
        ("my-role", 1, "[profile my-role]"),
        ("müller", 3, "[profile \"müller\"]"),
        ("my role", 4, "[profile \"my role\"]"),
    ] {
        let hint =
            format!("the header at {config}:{line} is not read as a profile's: write {header}");
        assert!(told(name).contains(&hint), "{}", told(name));
    }
    for name in ["a\"b c", "other"] {
        assert!(told(name).contains("there are no AWS profiles yet"), "{}", told(name));
    }
}

#[test]
fn a_suggestion_is_escaped() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile \"my\u{202e}role\"]\n");
    let output = sandbox.rolecall(&["credential-process", "my-role"]).run().code(5);
    assert!(output.stderr.contains("did you mean 'my\\u{202e}role'?"), "{output:?}");
}

#[test]
fn the_help_and_usage_errors_of_provisioning_need_no_other_program() {
    let sandbox = Sandbox::new();
    // Alone in its folder.
    let program = sandbox.path("bin/rolecall");
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    copy_rolecall(&program);
    let run = |arguments: &[&str]| sandbox.program(program.to_str().unwrap(), arguments).run();
    for arguments in [["s3", "create", "--help"], ["help", "s3", "create"]] {
        let output = run(&arguments).ok();
        assert!(output.stdout.contains("--user-permissions-boundary"), "{output:?}");
    }
    let cases: [(&[&str], &str); 5] = [
        (&["s3"], "'rolecall s3' needs a command: create, policy, list-buckets"),
        (&["s3", "creat"], "hint: did you mean 'create'? See 'rolecall s3 --help'"),
        (&["--store", "none", "s3", "create"], "hint: see 'rolecall s3 create --help'"),
        (&["iam", "aply"], "hint: did you mean 'apply'? See 'rolecall iam --help'"),
        (&["iam", "remove", "ci", "--dry"], "hint: did you mean '--dry-run'?"),
    ];
    for (arguments, told) in cases {
        let output = run(arguments).code(2);
        assert!(output.stderr.contains(told), "{output:?}");
        assert_eq!(output.stdout, "");
    }
    let output = run(&["iam"]).code(2);
    assert!(!output.stderr.contains("mfa-serial"), "it is only for rolecall itself: {output:?}");
    let output = run(&["s3", "list-users"]).code(1);
    assert!(
        output.stderr.contains("rolecall-provision was not found next to this program"),
        "{output:?}"
    );
}

#[test]
fn without_a_verb_the_help_is_on_stderr() {
    let stage = Stage::new();
    let output = stage.sandbox.rolecall(&[""; 0]).run().code(2);
    assert_eq!(output.stdout, "");
    assert!(output.stderr.contains("\nUsage: rolecall") && output.stderr.contains("  login  "));
    assert!(!output.stderr.contains("no AWS profiles"), "{output:?}");
}

#[test]
fn where_there_are_no_profiles_the_commands_to_start_with_are_told() {
    let sandbox = Sandbox::new();
    let cases: [(&[&str], i32); 6] = [
        (&[], 2),
        (&["profile", "tree"], 0),
        (&["status"], 0),
        (&["profile", "list"], 0),
        (&["login"], 5),
        (&["credential-process", "my-role"], 5),
    ];
    for (arguments, code) in cases {
        let output = sandbox.rolecall(arguments).run().code(code);
        for step in ["rolecall keys add base", "rolecall profile add my-role", "rolecall login"] {
            assert!(output.stderr.contains(step), "{output:?}");
        }
        assert!(output.stderr.contains("no AWS profiles yet"), "{output:?}");
        if code == 5 {
            assert_eq!(output.stderr.lines().count(), 3, "{output:?}");
        }
    }
    for program in [&["status", "--output", "json"][..], &["profile", "tree", "--output", "json"]] {
        let output = sandbox.rolecall(program).run().ok();
        assert_eq!(output.stderr, "", "a program asks");
    }
}

#[test]
fn a_table_in_a_pipe_is_whole_whatever_the_terminals_width() {
    let sandbox = Sandbox::new();
    let role = format!("arn:aws:iam::222222222222:role/{}", "long-name-".repeat(8));
    sandbox.config(format!(
        "[profile {}]\nrole_arn = {role}\nsource_profile = base\n",
        "n".repeat(30)
    ));
    let whole = sandbox.rolecall(&["profile", "list"]).env("COLUMNS", "80").run().ok();
    assert!(whole.stdout.contains(&"long-name-".repeat(8)), "{whole:?}");
}
