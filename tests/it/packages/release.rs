//! The scripts that the release workflow runs, with stand-ins for what they ask.

use std::{fs, path::Path, process::Command};

use super::{VERSION, root, text, workflows};
use crate::{
    install::server::{Served, Server},
    support::{run::Output, sandbox::Sandbox},
};

/// A copy of what the scripts read, in which a test may change the version.
fn copy(sandbox: &Sandbox, version: &str) {
    for file in ["Cargo.toml", "ini/Cargo.toml", "provision/Cargo.toml", "CHANGELOG.md"] {
        let text = text(file)
            .replace(&format!("\nversion = \"{VERSION}\""), &format!("\nversion = \"{version}\""))
            .replace("\n## [Unreleased]\n", &format!("\n## [{version}] - 2026-01-01\n"));
        sandbox.file(format!("copy/{file}"), text);
    }
    for script in ["version", "unpublished", "publish"] {
        let path = format!("packaging/{script}");
        sandbox.script(format!("copy/{path}"), text(&path));
    }
}

fn script(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let path = sandbox.path(Path::new("copy/packaging").join(arguments[0]));
    sandbox.program(path, &arguments[1..]).run()
}

#[test]
fn files_are_the_same_bytes_on_windows() {
    assert!(text(".gitattributes").lines().any(|line| line == "* -text"));
    for path in ["packaging/archive", "install.sh", "src/cli/complete/rolecall.bash"] {
        assert!(!text(path).contains('\r'), "{path}");
    }
}

#[test]
fn a_tag_must_be_the_version_of_all_files_and_no_pre_release() {
    let sandbox = Sandbox::new();
    copy(&sandbox, "0.2.0");
    for arguments in [&["version"][..], &["version", "v0.2.0"]] {
        assert_eq!(script(&sandbox, arguments).ok().stdout, "0.2.0\n");
    }
    let output = script(&sandbox, &["version", "v0.2.1"]).code(1);
    assert!(output.stderr.contains("the tag is v0.2.1, but Cargo.toml has version 0.2.0"));
    sandbox.file("copy/CHANGELOG.md", "## [Unreleased]\n");
    let output = script(&sandbox, &["version", "v0.2.0"]).code(1);
    assert!(output.stderr.contains("CHANGELOG.md doesn't list 0.2.0"), "{output:?}");
    sandbox.file("copy/ini/Cargo.toml", "version = \"0.1.0\"\n");
    let output = script(&sandbox, &["version"]).code(1);
    assert!(output.stderr.contains("ini/Cargo.toml has another version"), "{output:?}");
    for pre in ["1.0.0-rc.1", "1.0.0-rc-1", "1.0.0+1", "1.0"] {
        copy(&sandbox, pre);
        let output = script(&sandbox, &["version", &format!("v{pre}")]).code(1);
        assert!(output.stderr.contains(&format!("{pre} is a pre-release")), "{output:?}");
    }
    assert!(
        text(".github/workflows/release.yml").contains("version=$(packaging/version \"$tag\")")
    );
}

#[test]
fn only_crates_that_are_missing_at_crates_io_are_published() {
    let (sandbox, server) = (Sandbox::new(), Server::start());
    copy(&sandbox, "0.2.0");
    let versions = |list: &[&str]| -> Vec<u8> {
        let lines = list.iter().map(|version| format!("{{\"name\":\"x\",\"vers\":\"{version}\"}}"));
        lines.collect::<Vec<_>>().join("\n").into_bytes()
    };
    let url = server.url();
    let missing = || script(&sandbox, &["unpublished", &url]).ok().stdout;
    assert_eq!(missing(), "rolecall-ini\nrolecall\nrolecall-provision\n");
    server.put("/ro/le/rolecall-ini", versions(&["0.1.0", "0.2.0"]));
    server.put("/ro/le/rolecall", versions(&["0.1.0", "0.2.0-rc.1", "10.2.0"]));
    assert_eq!(missing(), "rolecall\nrolecall-provision\n");
    server.put("/ro/le/rolecall", versions(&["0.2.0"]));
    server.put("/ro/le/rolecall-provision", versions(&["0.2.0"]));
    assert_eq!(missing(), "");
    server.serve("/ro/le/rolecall", Served::Status("503 Service Unavailable"));
    let output = script(&sandbox, &["unpublished", &url]).code(1);
    assert!(output.stderr.contains("answers 503 for rolecall"), "{output:?}");
}

/// A `gh` that has what is in `~/github`, and notes what it is asked for.
const GH: &str = r#"#!/bin/sh
cd "$HOME/github" || exit 1
echo "$*" >>calls
case "$1 $2" in
'api repos/o/r/commits/tags/v0.2.0') cat tag ;;
'release view')
    [ ! -s drafts ] || { echo true; exit; }
    [ -f published ] && echo false ;;
'release delete') sed -i 1d drafts ;;
'release download') [ "$4 $5" = '--pattern SHA256SUMS' ] && cp published "$7" ;;
'release list') cat tags ;;
'release create') while [ $# -gt 0 ]; do [ "$1" != --notes-file ] || cat "$2" >notes; shift; done ;;
*) exit 1 ;;
esac
"#;

fn publish(sandbox: &Sandbox) -> Output {
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    let files = sandbox.path("dist");
    let script = sandbox.path("copy/packaging/publish");
    let run = sandbox.program(script, &[files]).env("PATH", path);
    run.env("GH_REPO", "o/r").env("GITHUB_SHA", "abc").run()
}

#[test]
fn a_release_is_created_once_and_the_newest_version_stays_the_latest() {
    let sandbox = Sandbox::new();
    copy(&sandbox, "0.2.0");
    sandbox.script("bin/gh", GH);
    sandbox.file("dist/SHA256SUMS", "sums\n");
    sandbox.file("home/github/tag", "abc\n");
    sandbox.file("home/github/tags", "v0.1.9\nv0.1.10\n");
    let calls = || {
        let path = sandbox.home().join("github/calls");
        let calls = fs::read_to_string(&path).unwrap();
        fs::remove_file(path).unwrap();
        calls
    };
    publish(&sandbox).ok();
    let asked = calls();
    assert!(asked.contains("create v0.2.0 --verify-tag --latest=true "), "{asked}");
    assert!(!asked.contains("--draft "), "gh checks for an existing release only without: {asked}");
    let notes = fs::read_to_string(sandbox.home().join("github/notes")).unwrap();
    assert!(notes.starts_with("\n### Added") && !notes.contains("## [0.2.0]"), "{notes}");

    // Drafts of attempts that were interrupted are deleted first.
    sandbox.file("home/github/drafts", "1\n2\n");
    publish(&sandbox).ok();
    let asked = calls();
    assert_eq!(asked.matches("release delete v0.2.0 --yes\n").count(), 2, "{asked}");
    assert_eq!(asked.matches("release create ").count(), 1, "{asked}");

    // An older line gets a fix.
    sandbox.file("home/github/tags", "v0.3.0\nv0.1.10\n");
    publish(&sandbox).ok();
    assert!(calls().contains(" --latest=false "));

    // What is published stays.
    sandbox.file("home/github/published", "sums\n");
    let output = publish(&sandbox).ok();
    assert!(output.stdout.contains("already published, with the same files"), "{output:?}");
    sandbox.file("home/github/published", "other\n");
    let output = publish(&sandbox).code(1);
    assert!(output.stderr.contains("already published, with other files"), "{output:?}");

    // The tag was moved after the build.
    sandbox.file("home/github/tag", "def\n");
    let output = publish(&sandbox).code(1);
    assert!(output.stderr.contains("v0.2.0 is now def, but abc was built"), "{output:?}");
    let asked = calls();
    assert!(!asked.contains("create"), "{asked}");
}

#[test]
fn each_list_of_crates_is_attested_for_the_files_that_have_them() {
    let workflow = text(".github/workflows/release.yml");
    let lines: Vec<&str> = workflow
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("grep -E ") && line.contains(" dist/SHA256SUMS >"))
        .collect();
    let sandbox = Sandbox::new();
    let machine = |name: &str| name.replace("0.1.0", VERSION);
    let of_rolecall = [
        "rolecall-0.1.0-x86_64-unknown-linux-musl.tar.gz",
        "rolecall-0.1.0-universal-apple-darwin.tar.gz",
        "rolecall_0.1.0-1_amd64.deb",
        "rolecall-0.1.0-1.aarch64.rpm",
        "rolecall-0.1.0-x86_64-pc-windows-msvc.zip",
    ]
    .map(machine);
    let of_provision = [
        "rolecall-provision-0.1.0-x86_64-unknown-linux-musl.tar.gz",
        "rolecall-provision_0.1.0-1_arm64.deb",
        "rolecall-provision-0.1.0-1.x86_64.rpm",
        "rolecall-0.1.0-x86_64-pc-windows-msvc.zip",
    ]
    .map(machine);
    let neither = ["install.sh", "manifests.tar.gz", "rolecall-0.1.0.cdx.json"].map(machine);
    let neither = [&neither[..], &[machine("rolecall-provision-0.1.0.cdx.json")]].concat();
    let all = [&of_rolecall[..], &of_provision[..3], &neither].concat();
    let sums: Vec<_> = all
        .iter()
        .map(|name| {
            format!(
                "{:064x}  {name}
",
                name.len()
            )
        })
        .collect();
    sandbox.file("home/dist/SHA256SUMS", sums.concat());
    assert_eq!(lines.len(), 2, "{lines:?}");
    let _output = sandbox.program("bash", &["-ec", &lines.join("\n")]).run().ok();
    for (list, expected) in [("rolecall", &of_rolecall[..]), ("provision", &of_provision)] {
        let found = fs::read_to_string(sandbox.home().join(format!("{list}.sums"))).unwrap();
        let mut names: Vec<&str> =
            found.lines().map(|line| line.split_once("  ").unwrap().1).collect();
        let mut expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        names.sort_unstable();
        expected.sort_unstable();
        assert_eq!(names, expected, "{list}");
        assert!(
            workflow.contains(&format!("subject-checksums: {list}.sums\n          sbom-path:"))
        );
    }
}

#[test]
fn only_a_pushed_tag_is_published_and_nothing_unchecked() {
    for (name, text) in workflows() {
        let (_, jobs) = text.split_once("\njobs:\n").unwrap();
        for job in jobs.split("\n\n").filter(|job| job.contains("    environment: release\n")) {
            let condition = "\n    if: github.event_name == 'push' && github.ref_type == 'tag'\n";
            assert!(job.contains(condition), "{name}: {job}");
        }
        // An artifact that is the sum of others must not be among them when the job runs again.
        for step in text.split("uses: actions/download-artifact@").skip(1) {
            let step = step.split("\n      - ").next().unwrap();
            let is_whole = step.contains("name: release\n") || step.contains("pattern: built-*\n");
            assert!(is_whole, "{name}: {step}");
        }
        for line in text.lines().filter(|line| line.contains("--preserve-env=")) {
            assert!(line.contains(" --strict "), "{name}: {line}");
        }
    }
}

/// What can't be checked is a failure where a release is made.
#[test]
fn a_strict_check_fails_for_what_is_missing() {
    let sandbox = Sandbox::new();
    for program in
        "awk basename cat cut date dirname find grep head mkdir mktemp rm sed sh sort".split(' ')
    {
        let real = ["/usr/bin", "/bin"].map(|folder| Path::new(folder).join(program));
        let real = real.iter().find(|path| path.exists()).unwrap();
        fs::create_dir_all(sandbox.path("bin")).unwrap();
        std::os::unix::fs::symlink(real, sandbox.path("bin").join(program)).unwrap();
    }
    let check = |arguments: &[&str]| {
        let script = root().join(".ci/manifests");
        let arguments = [&[script.to_str().unwrap()], arguments].concat();
        sandbox.program("/bin/sh", &arguments).env("PATH", sandbox.path("bin")).run()
    };
    let output = check(&["--strict"]).code(1);
    assert!(output.stdout.contains("not checked: what ruby reads"), "{output:?}");
    assert!(output.stderr.contains("this must be checked"), "{output:?}");
    for script in [".ci/manifests", ".ci/packages"] {
        let script = text(script);
        assert_eq!(script.matches("not checked:").count(), 1, "each other way would pass");
        assert!(script.contains("say \"not checked: $*\"\n    [ \"$strict\" = no ] || fail "));
    }
    let packages = Command::new(root().join(".ci/packages")).arg("--help").output().unwrap();
    assert!(String::from_utf8_lossy(&packages.stdout).contains("--strict"));
}
