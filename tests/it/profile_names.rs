//! What in the two files, or in a name, would do harm elsewhere than where it stands.

use std::fs;

use crate::support::{run::Output, sandbox::Sandbox};

const CONFIG: &str = "[profile a]\ncredential_process = /opt/rolecall credential-process a\n\
                      rolecall_role_arn = arn:aws:iam::222222222222:role/r\n\
                      rolecall_source_profile = base\n\n[profile plain]\nregion = x\n";

fn home() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(CONFIG);
    sandbox.credentials("[base]\nregion = y\n");
    sandbox
}

fn texts(sandbox: &Sandbox) -> [String; 2] {
    [sandbox.config_path(), sandbox.credentials_path()]
        .map(|path| fs::read_to_string(path).unwrap())
}

/// The verb fails, and both files stay.
fn refused(arguments: &[&str], code: i32) -> Output {
    let sandbox = home();
    let before = texts(&sandbox);
    let output = sandbox.rolecall(arguments).run().code(code);
    assert_eq!(texts(&sandbox), before, "{output:?}");
    output
}

#[test]
fn no_section_is_made_whose_keys_would_count_in_every_profile() {
    let set = ["profile", "set", "DEFAULT", "region=x", "--credentials-file"];
    for arguments in [&set[..], &["profile", "rename", "base", "DEFAULT"]] {
        let output = refused(arguments, 2);
        assert!(output.stderr.contains("settings of every profile"), "{output:?}");
    }
    // In the config file it has the word `profile` in front, and is one like any other.
    let sandbox = home();
    let _output = sandbox.rolecall(&["profile", "set", "DEFAULT", "region=x"]).run().ok();
    assert!(texts(&sandbox)[0].ends_with("\n[profile DEFAULT]\nregion = x\n"));
}

#[test]
fn a_managed_profile_gets_no_name_that_cmd_exe_would_fill_in() {
    let output = refused(&["profile", "rename", "a", "a%PATH%b"], 5);
    assert!(output.stderr.contains("has text between percent signs"), "{output:?}");
    let sandbox = home();
    let _output = sandbox.rolecall(&["profile", "rename", "plain", "a%PATH%b"]).run().ok();
    assert!(texts(&sandbox)[0].contains("[profile a%PATH%b]\n"));
}

#[test]
fn a_diff_moves_nothing_on_a_terminal_and_is_a_patch_elsewhere() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\n# \u{1b}[31m \u{202e}\n");
    let set = ["profile", "set", "a", "region=x", "--dry-run"];
    let piped = sandbox.rolecall(&set).run().ok();
    assert!(piped.stdout.contains("\n+region = x\n # \u{1b}[31m \u{202e}\n"), "{piped:?}");
    let terminal = sandbox.rolecall(&set).on_terminal();
    let _shown = terminal.until("# \\u{1b}[31m \\u{202e}");
    let _output = terminal.finish().code(0);
}

#[test]
fn a_profile_that_makes_no_sense_does_not_hide_the_others() {
    let sandbox = Sandbox::new();
    sandbox.config("[profile a]\nregion = x\n[profile b]\nnonsense\n[profile c]\ns3 =\n  # note\n");
    let output = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().code(5);
    let listed: Vec<_> =
        output.json().as_array().unwrap().iter().map(|p| p["name"].clone()).collect();
    assert_eq!(listed, ["a", "c"]);
    assert!(output.stderr.contains("line without '='"), "{output:?}");
    let output = sandbox.rolecall(&["profile", "list"]).run().code(5);
    assert!(output.stdout.contains("\nc "), "{output:?}");
}
