use super::*;
use crate::{error::Location, ini::Value, profile::Which};

fn setting(line: &str) -> Setting<'_> {
    Setting {
        key: "credential_process".into(),
        value: Value::Text(line.into()),
        which: Which::Config,
        at: Location { file: Path::new("config").into(), line: 2 },
        overrides: None,
    }
}

fn of(line: &str) -> ProcessLine {
    let at = Location { file: Path::new("config").into(), line: 1 };
    let profile = Profile { name: "me".into(), at, settings: vec![setting(line)].into() };
    ProcessLine::of(&profile).unwrap().clone()
}

#[test]
fn a_line_of_ours_is_known_by_program_and_verb() {
    for (line, name) in [
        ("/opt/x/rolecall credential-process a", "a"),
        ("\"/opt/my x/rolecall\" credential-process 'a'", "a"),
        ("rolecall credential-process", "me"),
        ("rolecall credential-process --profile a", "a"),
        ("rolecall credential-process --store none --profile=a --region x", "a"),
        ("rolecall credential-process --store none a", "a"),
        ("C:\\bin\\rolecall.exe credential-process a", "a"),
    ] {
        assert_eq!(of(line), ProcessLine::Ours(name.into()), "{line}");
    }
    assert_eq!(of("/opt/other credential-process a"), ProcessLine::Foreign);
    assert_eq!(of("rolecall exec a -- b"), ProcessLine::Foreign);
}

#[test]
fn the_value_of_a_flag_is_never_taken_for_a_profile() {
    for line in [
        "rolecall credential-process --source-profile base --role-arn r",
        "rolecall credential-process --external-id=base real",
        "rolecall credential-process a b",
        "rolecall credential-process a --profile b",
        "rolecall credential-process --profile",
    ] {
        assert_eq!(of(line), ProcessLine::OursWithFlags, "{line}");
    }
}

#[test]
#[cfg(unix)]
fn a_written_line_is_quoted_only_where_it_must_be() {
    let line = |path: &str| process_line(Path::new(path), "a");
    assert_eq!(line("/opt/rolecall").unwrap(), "/opt/rolecall credential-process a");
    assert_eq!(line("/o p/rolecall").unwrap(), "\"/o p/rolecall\" credential-process a");
    for path in ["/o\"p/rolecall", "/$x/rolecall", "/a;b/rolecall", "/a\nb/rolecall", "/a'b"] {
        assert!(line(path).is_err(), "{path:?}");
    }
}

#[test]
#[cfg(unix)]
fn a_name_is_quoted_only_where_it_must_be() {
    let line = |name: &str| process_line(Path::new("/o p/rolecall"), name);
    for (name, word) in [
        ("team/a.b@c:d+e%f_g-h", "team/a.b@c:d+e%f_g-h"),
        ("my profile", "\"my profile\""),
        ("Bob's R&D (x=1)", "\"Bob's R&D (x=1)\""),
    ] {
        let line = line(name).unwrap();
        assert_eq!(line, format!("\"/o p/rolecall\" credential-process {word}"));
        assert_eq!(of(&line), ProcessLine::Ours(name.into()));
    }
    for (name, why) in [
        ("100%a%b", "percent signs"),
        ("%PATH%", "percent signs"),
        ("-x", "a dash"),
        ("a$b", "a shell"),
        ("a`b", "a shell"),
        ("a\"b", "a shell"),
        ("a\\b", "a shell"),
        ("a #1", "a comment"),
        ("a|b", "more than itself"),
        ("a^b", "more than itself"),
        ("a!b", "more than itself"),
        ("a*b", "more than itself"),
        ("a\tb", "more than itself"),
        ("über", "beyond ASCII"),
        (" a", "spaces"),
        ("a  b", "spaces"),
        ("", "spaces"),
    ] {
        let error = line(name).unwrap_err().to_string();
        assert!(error.contains(why), "{name:?}: {error}");
    }
}

#[test]
fn a_profile_gets_another_name_in_a_line_of_ours_alone() {
    let renamed = |line: &str| with_profile_renamed(line, "my role", "new");
    for (line, after) in [
        ("/x y/rolecall  credential-process", None),
        ("rolecall credential-process  'my role'", Some("rolecall credential-process  new")),
        (
            "\"/x y/rolecall\" credential-process --store none \"my role\" --region  eu",
            Some("\"/x y/rolecall\" credential-process --store none new --region  eu"),
        ),
        (
            "rolecall credential-process --source-profile 'my role' '--profile=my role'",
            Some("rolecall credential-process --source-profile new --profile=new"),
        ),
        ("rolecall credential-process --external-id 'my role'", None),
        ("rolecall credential-process --external-id='my role' other", None),
        ("rolecall exec 'my role'", None),
        ("other credential-process 'my role'", None),
        ("rolecall", None),
        ("", None),
    ] {
        assert_eq!(renamed(line).as_deref(), after, "{line}");
    }
}

#[test]
fn paths_that_want_a_shell_or_a_folder_are_told() {
    for line in ["~/bin/rolecall x", "$HOME/bin/rolecall x", "bin/rolecall x"] {
        assert!(process_line_fault(&setting(line)).is_some(), "{line:?}");
    }
    let absolute = if cfg!(windows) { r"C:\bin\rolecall x" } else { "/bin/rolecall x" };
    for line in [absolute, "rolecall x"] {
        assert!(process_line_fault(&setting(line)).is_none(), "{line:?}");
    }
}
