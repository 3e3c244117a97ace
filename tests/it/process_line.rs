//! The `credential_process` line, split by those who read it.

use std::path::PathBuf;

use crate::support::{
    clients::{require_boto3, require_program},
    sandbox::Sandbox,
};

const ROLE: &str = "arn:aws:iam::222222222222:role/r";

/// A config whose plain roles have all names that can be adopted, and the names.
fn config(names: &[&str]) -> String {
    let section = |name: &&str| {
        let header = if name.contains([' ', '\'', '&', '(', '=', ',']) {
            format!("\"{name}\"")
        } else {
            (*name).to_owned()
        };
        format!("[profile {header}]\nrole_arn = {ROLE}\nsource_profile = base\n")
    };
    names.iter().map(section).collect()
}

const NAMES: [&str; 6] =
    ["plain", "team/a.b@c:d+e%f_g-h", "100%", "my profile", "Bob's R&D", "x (y=1, z)"];

/// What a program in a folder with a space in it wrote for each of [`NAMES`].
fn lines(sandbox: &Sandbox) -> (PathBuf, Vec<String>) {
    let program = sandbox.path("home/my programs/rolecall");
    std::fs::create_dir_all(program.parent().unwrap()).unwrap();
    let copied = std::process::Command::new("/bin/cp")
        .args([env!("CARGO_BIN_EXE_rolecall").as_ref(), program.as_os_str()])
        .status();
    assert!(copied.unwrap().success());
    sandbox.config(config(&NAMES));
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    let _adopted = sandbox.program(&program, &["profile", "adopt", "--all"]).run().ok();
    let text = std::fs::read_to_string(sandbox.config_path()).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("credential_process = "));
    let lines: Vec<String> = lines.map(str::to_owned).collect();
    assert_eq!(lines.len(), NAMES.len(), "{text}");
    (program, lines)
}

fn words(program: &std::path::Path, name: &str) -> String {
    format!("{}\ncredential-process\n{name}\n", program.display())
}

#[test]
fn shells_split_it_as_it_was_meant() {
    let sandbox = Sandbox::new();
    let (program, lines) = lines(&sandbox);
    for shell in ["sh", "bash"] {
        let shell = need!(require_program(shell, shell), continue);
        for (line, name) in lines.iter().zip(NAMES) {
            let script = format!("printf '%s\\n' {line}");
            let output = sandbox.program(&shell, &["-c", &script]).run().ok();
            assert_eq!(output.stdout, words(&program, name), "{line}");
        }
    }
}

#[test]
fn botocore_and_shlex_split_it_as_it_was_meant_and_botocore_finds_the_profiles() {
    let python = need!(require_boto3());
    let sandbox = Sandbox::new();
    let (program, lines) = lines(&sandbox);
    let script = "import botocore.compat, botocore.session, shlex, sys\n\
                  profiles = botocore.session.Session().full_config['profiles']\n\
                  for name in sys.argv[1:]:\n\
                  \x20   line = profiles[name]['credential_process']\n\
                  \x20   words = botocore.compat.compat_shell_split(line)\n\
                  \x20   assert words == shlex.split(line)\n\
                  \x20   windows = botocore.compat._windows_shell_split(line)\n\
                  \x20   assert words == windows, windows\n\
                  \x20   print('\\n'.join(words))\n";
    let arguments: Vec<&str> = ["-c", script].into_iter().chain(NAMES).collect();
    let output = sandbox.program(python, &arguments).run().ok();
    let expected: String = NAMES.iter().map(|name| words(&program, name)).collect();
    assert_eq!(output.stdout, expected);
    assert!(lines[0].starts_with('"'), "{lines:?}");
}

#[test]
fn a_name_that_some_would_read_otherwise_is_refused() {
    for (name, why) in [
        ("a%PATH%b", "percent signs"),
        ("a$b c", "within quotes too"),
        ("a|b", "more than itself"),
        ("über uns", "beyond ASCII"),
    ] {
        let sandbox = Sandbox::new();
        let text = format!("[profile \"{name}\"]\nrole_arn = {ROLE}\nsource_profile = base\n");
        sandbox.config(&text);
        let output = sandbox.rolecall(&["profile", "adopt", name]).run().code(5);
        assert!(output.stderr.contains(why), "{output:?}");
        assert!(output.stderr.contains("config:1)"), "{output:?}");
        assert_eq!(std::fs::read_to_string(sandbox.config_path()).unwrap(), text);
    }
}

#[test]
fn the_path_is_the_stable_one_and_not_that_of_a_version() {
    let sandbox = Sandbox::new();
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    let folder = sandbox.path("home/bin");
    std::fs::create_dir_all(&folder).unwrap();
    let link = folder.join("rolecall");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_rolecall"), &link).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.display());
    let add = |name: &str, program: &std::path::Path| {
        let add =
            ["profile", "add", name, "--role-arn", ROLE, "--source-profile", "base", "--dry-run"];
        sandbox.program(program, &add)
    };
    let expected = format!("+credential_process = {} credential-process n\n", link.display());
    // Found in PATH, though it was called by its own path; and called by the link, not in PATH.
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_rolecall"));
    for run in [add("n", own).env("PATH", path), add("n", &link)] {
        let output = run.run().ok();
        assert!(output.stdout.contains(&expected), "{output:?}");
    }
}
