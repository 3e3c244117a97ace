//! `profile set`, `unset`, `remove` and `rename`: what they write, what they leave alone, what they
//! refuse.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::support::{
    run::Output,
    sandbox::Sandbox,
    stage::{ROLE, Stage},
};

fn home(config: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(config);
    sandbox.secret("a secret key", "s3cr3t-of-base");
    sandbox
        .credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = s3cr3t-of-base\n");
    sandbox
}

fn profile(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let arguments: Vec<&str> = ["profile"].iter().chain(arguments).copied().collect();
    sandbox.rolecall(&arguments).run()
}

fn config(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.config_path()).unwrap_or_default()
}

fn credentials(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.credentials_path()).unwrap_or_default()
}

/// The config after the verb.
fn after(before: &str, arguments: &[&str]) -> String {
    let sandbox = home(before);
    let _output = profile(&sandbox, arguments).ok();
    config(&sandbox)
}

/// The verb fails, and both files stay.
fn refused(before: &str, arguments: &[&str], code: i32) -> Output {
    let sandbox = home(before);
    let was = credentials(&sandbox);
    let output = profile(&sandbox, arguments).code(code);
    assert_eq!(output.stdout, "", "{output:?}");
    assert_eq!(config(&sandbox), before, "{output:?}");
    assert_eq!(credentials(&sandbox), was);
    output
}

#[test]
fn set_changes_the_lines_of_its_keys_alone() {
    let before = "# mine\n[default]\nRegion=eu-west-1   ; near\ns3 =\n  region = x\n\n# dev\n[profile dev]\n";
    let text = after(
        before,
        &[
            "set",
            "default",
            "region=us-east-1",
            "output=a = b",
            "s3.max_queue_size=100",
            "cli_pager=",
        ],
    );
    assert_eq!(
        text,
        "# mine\n[default]\nRegion=us-east-1\ns3 =\n  region = x\n  max_queue_size = 100\noutput=a = b\n\
         cli_pager=\n\n# dev\n[profile dev]\n"
    );
}

#[test]
fn set_of_what_is_there_already_writes_nothing() {
    let sandbox = home("[profile dev]\nregion = x # note\n");
    let inode = |sandbox: &Sandbox| {
        std::os::unix::fs::MetadataExt::ino(&fs::metadata(sandbox.config_path()).unwrap())
    };
    let was = inode(&sandbox);
    let output = profile(&sandbox, &["set", "dev", "REGION=x"]).ok();
    assert!(output.stdout.contains("already has these settings"), "{output:?}");
    assert_eq!(inode(&sandbox), was);
}

#[test]
fn set_adds_a_profile_that_does_not_exist_and_says_so() {
    let sandbox = home("[default]\nregion = x\n");
    let output =
        profile(&sandbox, &["set", "new/one", "region=y", "s3.addressing_style=path"]).ok();
    assert!(output.stdout.starts_with("added profile 'new/one' in "), "{output:?}");
    assert_eq!(
        config(&sandbox),
        "[default]\nregion = x\n\n[profile new/one]\nregion = y\ns3 =\n    addressing_style = path\n"
    );
    let _output = profile(&sandbox, &["set", "more", "region=y", "--credentials-file"]).ok();
    assert!(credentials(&sandbox).ends_with("\n\n[more]\nregion = y\n"));
}

#[test]
fn set_makes_file_and_folder_private() {
    let sandbox = Sandbox::new();
    let _output = profile(&sandbox, &["set", "default", "region=x"]).ok();
    assert_eq!(config(&sandbox), "[default]\nregion = x\n");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&sandbox.config_path()), 0o600);
    assert_eq!(mode(sandbox.config_path().parent().unwrap()), 0o700);
}

#[test]
fn of_sections_and_keys_that_stand_twice_the_one_in_force_is_set_and_all_are_unset() {
    let before = "[profile a]\nx = 1\nX = 2\ny = 1\n[ profile a ]\nx = 3\n[profile a]\nz = 1\n";
    assert_eq!(
        after(before, &["set", "a", "x=9", "y=9", "new=9"]),
        "[profile a]\nx = 1\nX = 2\ny = 9\n[ profile a ]\nx = 9\n[profile a]\nz = 1\nnew = 9\n"
    );
    assert_eq!(
        after(before, &["unset", "a", "x"]),
        "[profile a]\ny = 1\n[ profile a ]\n[profile a]\nz = 1\n"
    );
    let defaults = "[default]\nx = 1\n[profile default]\ny = 1\n";
    assert_eq!(
        after(defaults, &["set", "default", "x=2"]),
        "[default]\nx = 1\n[profile default]\ny = 1\nx = 2\n"
    );
}

#[test]
fn a_value_that_another_place_overrides_is_warned_about() {
    let sandbox = home("[profile base]\nrolecall_mfa_process = x\n");
    sandbox.credentials("[base]\nregion = a\n");
    let output = profile(&sandbox, &["set", "base", "region=b"]).ok();
    assert!(
        output.stderr.contains("is also in the credentials file, which takes precedence"),
        "{output:?}"
    );
    assert!(output.stderr.contains("credentials:2)"), "{output:?}");
    let output = profile(&sandbox, &["unset", "base", "region"]).ok();
    assert!(output.stderr.contains("is still in the other file"), "{output:?}");
    let settings =
        ["set", "base", "rolecall_external_id=old", "external_id=new", "credential_process=~/x"];
    let output = profile(&sandbox, &settings).ok();
    assert!(output.stderr.contains("reads 'rolecall_external_id'"), "{output:?}");
    assert!(output.stderr.contains("'~' or '$'"), "{output:?}");
}

#[test]
fn what_set_refuses_leaves_both_files_alone() {
    let long = format!("role_session_name={}", "x".repeat(65));
    for (arguments, code, why) in [
        (&["a"][..], 2, "not provided: <KEY=VALUE>"),
        (&["a", "region"], 2, "must have the form KEY=VALUE"),
        (&["a", "=x"], 2, "the key is empty"),
        (&["a", "region=x", "Region=y"], 2, "'Region' is set twice"),
        (&["a", "a.b.c=x"], 2, "a key can have at most one dot"),
        (&["a", "s3.=x"], 2, "the key is empty"),
        (&["a", "region.x=y"], 2, "'region.x' can't be set: the key holds a text"),
        (&["a", "role_arn=bad"], 2, "'role_arn' is not the ARN of a role"),
        (&["a", "rolecall_duration_seconds=1h"], 2, "'rolecall_duration_seconds' is not a number"),
        (&["a", "mfa_serial=bad"], 2, "MFA serial"),
        (&["a", "max_attempts=x"], 2, "'max_attempts' is not a whole number of at least 1"),
        (&["a", "use_fips_endpoint=on"], 2, "'use_fips_endpoint' is not true or false"),
        (&["a", "rolecall_unknown=x"], 2, "no setting 'rolecall_unknown'"),
        (&["a", &long], 2, "'role_session_name' is not a session name"),
        (&["a", "source_profile=nobody"], 5, "source profile 'nobody' does not exist"),
        (&["new one", "region=x"], 2, "profile name can't be written"),
        (
            &["b", "--profile", "a", "region=x"],
            2,
            "the argument and --profile name different profiles",
        ),
        (&["a", "x=1 # c"], 2, "'x' can't be set: the value contains the start of a comment"),
    ] {
        let output = refused("[profile a]\nregion = x\n", &[&["set"], arguments].concat(), code);
        let error = output.stderr.lines().next().unwrap_or_default();
        assert!(error.starts_with("rolecall: ") && error.contains(why), "{why}: {output:?}");
    }
}

#[test]
fn a_refused_value_is_not_shown_and_its_key_is() {
    for value in ["secret\nrole_arn = x", "secret\r", "secret\u{1b}[31m", "secret #x"] {
        let output = refused("[profile a]\n", &["set", "a", &format!("output={value}")], 2);
        assert!(!output.stderr.contains("secret"), "{output:?}");
        assert!(output.stderr.contains("'output' can't be set: the value"), "{output:?}");
    }
    let output = refused("[profile a]\n", &["set", "a", "a secret\nx=y"], 2);
    assert!(!output.stderr.contains("secret"), "{output:?}");
    let output = refused("[profile a]\n", &["set", "a", "s3cr3t-of-base"], 2);
    assert!(output.stderr.contains("KEY=VALUE"), "{output:?}");
}

#[test]
fn secret_keys_are_not_taken_from_the_command_line() {
    for key in [
        "aws_secret_access_key",
        "AWS_Session_Token",
        "rolecall_aws_secret_access_key",
        "aws_security_token",
        "s3.aws_secret_access_key",
    ] {
        for flag in [&[][..], &["--credentials-file"]] {
            let setting = format!("{key}=s3cr3t-of-argv");
            let arguments = [&["set", "base", &*setting][..], flag].concat();
            let output = refused("[profile a]\n", &arguments, 2);
            assert!(output.stderr.contains("hint: 'rolecall keys add'"), "{output:?}");
            assert!(!output.stderr.contains("s3cr3t"), "{output:?}");
        }
    }
}

#[test]
fn unset_takes_keys_out_with_all_their_lines() {
    let before =
        "[profile a]\nx = 1\n  more\n\n# c\ns3 =\n  k = 1\n  l = 2\ny = 1\n[profile b]\nx = 1\n";
    assert_eq!(
        after(before, &["unset", "a", "X", "s3.k"]),
        "[profile a]\n\n# c\ns3 =\n  l = 2\ny = 1\n[profile b]\nx = 1\n"
    );
    assert_eq!(
        after(before, &["unset", "a", "s3", "y"]),
        "[profile a]\nx = 1\n  more\n\n# c\n[profile b]\nx = 1\n"
    );
    let sandbox = home(before);
    let output = profile(&sandbox, &["unset", "a", "none", "s3.none"]).ok();
    assert!(output.stderr.contains("has no 'none'") && output.stderr.contains("has no 's3.none'"));
    assert_eq!(config(&sandbox), before);
}

#[test]
fn secret_keys_can_be_taken_out_and_are_not_shown() {
    let sandbox = home("");
    let arguments = ["unset", "base", "aws_secret_access_key", "--credentials-file"];
    let dry = [&arguments[..], &["--dry-run"]].concat();
    let output = profile(&sandbox, &dry).ok();
    assert!(output.stdout.contains("\n-aws_secret_access_key = ****\n"), "{output:?}");
    let _output = profile(&sandbox, &arguments).ok();
    assert_eq!(credentials(&sandbox), "[base]\naws_access_key_id = AKIA\n");
}

#[test]
fn a_profile_that_does_not_exist_is_exit_5_with_a_word_on_where_it_is() {
    let (missing, known) = ("profile 'nobody' does not exist\n", "hint: profiles are: a, base\n");
    for (arguments, error, hint) in [
        (&["unset", "nobody", "region"][..], missing, known),
        (&["remove", "nobody"], missing, known),
        (&["rename", "nobody", "new"], missing, known),
        (
            &["unset", "a", "region", "--credentials-file"],
            "profile 'a' is only in the other file",
            "hint: omit --credentials-file",
        ),
        (
            &["remove", "base"],
            "profile 'base' is only in the other file",
            "hint: add --credentials-file",
        ),
    ] {
        let output = refused("[profile a]\nregion = x\n", arguments, 5);
        assert!(output.stderr.contains(error) && output.stderr.contains(hint), "{output:?}");
    }
}

const CHAIN: &str = "[default]\nregion = x\n\n[profile mid]\nrole_arn = arn:aws:iam::222222222222:role/m\n\
     source_profile = base\n\n# the end of it\n[profile end]\ncredential_process = /x/rolecall credential-process end\n\
     rolecall_source_profile = mid\n\n[profile alias]\n\
     credential_process = /x/rolecall credential-process --region  eu mid\n";

#[test]
fn remove_takes_a_profile_and_nothing_of_its_neighbours() {
    assert_eq!(
        after(CHAIN, &["remove", "alias"]),
        CHAIN.split("\n\n[profile alias]").next().unwrap().to_owned() + "\n"
    );
    let (head, tail) = CHAIN.split_once("[profile end]").unwrap();
    let tail = tail.split_once("[profile alias]").unwrap().1;
    assert_eq!(after(CHAIN, &["remove", "end"]), format!("{head}\n[profile alias]{tail}"));
    assert_eq!(after(CHAIN, &["remove", "mid", "end", "alias", "default"]), "# the end of it\n");
}

#[test]
fn a_profile_that_others_use_is_removed_by_force_alone() {
    let output = refused(CHAIN, &["remove", "mid"], 5);
    assert!(
        output.stderr.contains("'end', 'alias' take credentials from profile 'mid'"),
        "{output:?}"
    );
    assert!(
        output.stderr.contains("config:11)") && output.stderr.contains("--force"),
        "{output:?}"
    );
    let output = refused(CHAIN, &["remove", "base", "--credentials-file"], 5);
    assert!(output.stderr.contains("'mid' takes credentials from profile 'base'"), "{output:?}");
    let sandbox = home(CHAIN);
    let output = profile(&sandbox, &["remove", "mid", "--force"]).ok();
    assert!(output.stderr.starts_with("warning: 'end', 'alias' take"), "{output:?}");
    assert!(!config(&sandbox).contains("[profile mid]"));
}

#[test]
fn remove_tells_of_the_other_file_and_leaves_it() {
    let sandbox = home("[profile base]\nregion = x\n");
    let output = profile(&sandbox, &["remove", "base"]).ok();
    assert!(
        output.stderr.contains("the section of 'base' in the credentials file stays"),
        "{output:?}"
    );
    assert_eq!(config(&sandbox), "");
    assert!(credentials(&sandbox).contains("s3cr3t-of-base"));
    let _output = profile(&sandbox, &["remove", "base", "--credentials-file"]).ok();
    assert_eq!(credentials(&sandbox), "");
}

#[test]
fn rename_moves_both_halves_and_whatever_names_them() {
    let sandbox = home(CHAIN);
    let _output = profile(&sandbox, &["rename", "mid", "middle"]).ok();
    let expected = CHAIN
        .replace("[profile mid]", "[profile middle]")
        .replace("_profile = mid", "_profile = middle")
        .replace("eu mid", "eu middle");
    assert_eq!(config(&sandbox), expected);
    let _output = profile(&sandbox, &["rename", "base", "root"]).ok();
    assert_eq!(config(&sandbox), expected.replace("= base", "= root"));
    assert!(credentials(&sandbox).starts_with("[root]\n"));
    let _output = profile(&sandbox, &["rename", "end", "start"]).ok();
    assert!(
        config(&sandbox).contains(
            "[profile start]\ncredential_process = /x/rolecall credential-process start\n"
        )
    );
}

#[test]
fn rename_there_and_back_is_the_same_text() {
    let before = "\u{feff}[default] # mine\r\nregion=x\r\n\r\n[profile\tmid];c\r\nx=1";
    for name in ["default", "mid"] {
        let sandbox = home(before);
        let _output = profile(&sandbox, &["rename", name, "x.y"]).ok();
        assert!(config(&sandbox).contains("[profile x.y]"));
        let _output = profile(&sandbox, &["rename", "x.y", name]).ok();
        assert_eq!(
            config(&sandbox),
            before.replace(
                "[profile\tmid]",
                if name == "mid" { "[profile mid]" } else { "[profile\tmid]" }
            )
        );
    }
}

#[test]
fn a_quoted_name_gives_way_to_a_plain_one() {
    let before = "[profile \"my role\"]\ncredential_process = rolecall credential-process 'my role'\n\
                  [profile b]\nsource_profile = my role\n";
    assert_eq!(
        after(before, &["rename", "my role", "my-role"]),
        "[profile my-role]\ncredential_process = rolecall credential-process my-role\n\
         [profile b]\nsource_profile = my-role\n"
    );
    let output = refused(before, &["rename", "b", "an other"], 2);
    assert!(output.stderr.contains("profile name can't be written"), "{output:?}");
    let quoted = "[profile \"two  words\"]\nx = 1\n[profile 'plain']\nx = 1\n";
    assert_eq!(after(quoted, &["set", "two  words", "x=2"]), quoted.replacen("= 1", "= 2", 1));
}

#[test]
fn rename_refuses_a_name_that_is_taken_in_either_file() {
    for new in ["base", "b"] {
        let output = refused("[profile a]\n[profile b]\n", &["rename", "a", new], 5);
        assert!(output.stderr.contains("already exists"), "{output:?}");
    }
    let _output = refused("[profile a]\n", &["rename", "a", "a"], 2);
    let _output = refused("[default]\n[profile default]\n", &["rename", "default", "x"], 5);
}

#[test]
fn a_rename_that_one_file_does_not_take_is_undone_in_the_other() {
    let sandbox = home("[profile base]\nregion = x\n[profile b]\nsource_profile = base\n");
    let before = config(&sandbox);
    // Its name leaves no room for that of a temporary file: no user, root included, can replace it.
    let place = sandbox.file(format!("home/{}", "c".repeat(250)), "[base]\nregion = x\n");
    let run = sandbox.rolecall(&["profile", "rename", "base", "root"]);
    let output = run.env("AWS_SHARED_CREDENTIALS_FILE", &place).run().code(1);
    assert!(output.stderr.contains("hint: the config file is unchanged"), "{output:?}");
    assert_eq!(config(&sandbox), before);
    assert_eq!(fs::read_to_string(place).unwrap(), "[base]\nregion = x\n");
}

#[test]
fn a_dry_run_of_each_shows_the_change_and_writes_nothing() {
    for arguments in [
        &["set", "base", "region=x"][..],
        &["set", "new", "region=x", "--credentials-file"],
        &["unset", "mid", "source_profile"],
        &["remove", "alias"],
        &["remove", "base", "--credentials-file", "--force"],
        &["rename", "base", "root"],
        &["rename", "mid", "middle"],
    ] {
        let sandbox = home(CHAIN);
        let was = credentials(&sandbox);
        let arguments = [arguments, &["--dry-run"]].concat();
        let output = profile(&sandbox, &arguments).ok();
        assert!(output.stdout.contains("\n@@ "), "{output:?}");
        assert!(output.stdout.lines().any(|line| line.starts_with(['+', '-'])), "{output:?}");
        assert_eq!((config(&sandbox), credentials(&sandbox)), (CHAIN.to_owned(), was));
        assert!(!sandbox.state().exists(), "{output:?}");
    }
}

#[test]
fn a_broken_section_stops_an_edit_that_needs_it_and_no_other() {
    let broken = "[profile a]\nx = 1\n[profile b]\nnonsense\n";
    assert_eq!(after(broken, &["unset", "a", "x"]), broken.replace("x = 1\n", ""));
    assert_eq!(after(broken, &["set", "a", "x=2"]), broken.replace("x = 1", "x = 2"));
    assert_eq!(after(broken, &["remove", "b"]), "[profile a]\nx = 1\n");
    for arguments in
        [&["set", "b", "x=2"][..], &["unset", "b", "x"], &["rename", "a", "c"], &["remove", "a"]]
    {
        let output = refused(broken, arguments, 5);
        assert!(output.stderr.contains("config:4)"), "{output:?}");
    }
}

#[test]
fn a_renamed_profile_works_at_once_and_its_session_is_forgotten() {
    let stage = need!(Stage::with_keyutils());
    stage.document("second");
    let _output = profile(&stage.sandbox, &["rename", "base", "root"]).ok();
    let output = profile(&stage.sandbox, &["rename", "my-role", "his/role"]).ok();
    assert!(output.stderr.contains("forgot the session of 'my-role'"), "{output:?}");
    let calls = stage.assumed();
    stage.document("his/role");
    assert_eq!(stage.assumed(), calls + 1);
    assert_eq!(stage.sts.calls().last().unwrap().role_arn.as_deref(), Some(ROLE));
    stage.document("second");
    let output = profile(&stage.sandbox, &["remove", "second"]).ok();
    assert!(output.stderr.contains("forgot the session of 'second'"), "{output:?}");
    let _output = stage.sandbox.rolecall(&["logout", "--all"]).run();
}
