//! What is released: the manifests for package managers, the workflow that builds them, and the facts that
//! several files repeat.

#[cfg(target_os = "linux")] // it reads what GNU tar lists
mod archive;
mod release;
mod rules;

use std::{collections::BTreeMap, fs, path::Path, process::Command};

use crate::support::sandbox::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The value of `KEY = "…"` in the lines of a manifest.
fn value(manifest: &str, key: &str) -> Option<String> {
    let line = manifest.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""))?;
    Some(line.split('"').next()?.to_owned())
}

/// packaging/facts, as a shell reads it.
fn facts() -> BTreeMap<String, String> {
    let facts = text("packaging/facts");
    let lines = facts.lines().filter(|line| !line.starts_with('#'));
    let fact = |line: &str| {
        let (key, value) = line.split_once('=').unwrap();
        (key.to_owned(), value.trim_matches('\'').to_owned())
    };
    lines.map(fact).collect()
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The archives of a release.
fn archives() -> Vec<String> {
    let machines =
        ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "universal-apple-darwin"];
    let of_unix = machines.iter().flat_map(|machine| {
        ["rolecall", "rolecall-provision"]
            .map(|program| format!("{program}-{VERSION}-{machine}.tar.gz"))
    });
    of_unix.chain([format!("rolecall-{VERSION}-x86_64-pc-windows-msvc.zip")]).collect()
}

/// Writes the manifests with made-up sums for these archives; gives the exit code and stderr.
fn write_manifests(sandbox: &Sandbox, archives: &[String]) -> (Option<i32>, String) {
    let line = |(at, name): (usize, &String)| format!("{at:064x}  {name}\n");
    let sums: String = archives.iter().enumerate().map(line).collect();
    let sums = sandbox.file("SHA256SUMS", sums);
    let script = root().join("packaging/manifests");
    let run = Command::new(script).arg(sums).arg(sandbox.path("out")).output().unwrap();
    (run.status.code(), String::from_utf8_lossy(&run.stderr).into_owned())
}

#[test]
fn what_files_repeat_are_the_same_facts() {
    let facts = facts();
    let repository = &facts["repository"];
    let workspace = text("Cargo.toml");
    assert_eq!(value(&workspace, "repository").as_ref(), Some(repository));
    assert_eq!(value(&workspace, "description").as_ref(), Some(&facts["summary"]));
    assert_eq!(value(&workspace, "summary").as_ref(), Some(&facts["summary"]));
    assert_eq!(value(&workspace, "license").as_ref(), Some(&facts["license"]));
    for manifest in ["Cargo.toml", "provision/Cargo.toml"] {
        assert_eq!(value(&text(manifest), "maintainer").as_ref(), Some(&facts["maintainer"]));
    }
    for manifest in ["ini/Cargo.toml", "provision/Cargo.toml"] {
        assert_eq!(value(&text(manifest), "version").as_deref(), Some(VERSION), "{manifest}");
    }
    // The two programs only work with one another.
    let provision = text("provision/Cargo.toml");
    for demand in [
        format!("\nrolecall = {{ path = \"..\", version = \"={VERSION}\" }} "),
        format!("\ndepends = \"rolecall (= {VERSION}-1)\" "),
        format!("\n[package.metadata.generate-rpm.requires]\nrolecall = \"= {VERSION}\"\n"),
    ] {
        assert!(provision.contains(&demand), "provision/Cargo.toml lacks {demand}");
    }
    assert!(text("install.sh").contains(&format!("\nrepository={repository}\n")));
    assert!(text("flake.nix").contains(&format!("description = \"{}\"", facts["summary"])));
    assert!(
        text("docs/install.md")
            .contains(&format!("{repository}/releases/latest/download/install.sh"))
    );
}

#[test]
fn the_manifests_name_the_archives_with_their_sums() {
    let (sandbox, archives) = (Sandbox::new(), archives());
    let (code, told) = write_manifests(&sandbox, &archives);
    assert_eq!(code, Some(0), "{told}");
    let mut named = Vec::new();
    for file in [
        "rolecall.rb",
        "scoop/rolecall.json",
        "aur/PKGBUILD",
        "aur/.SRCINFO",
        "winget/Rolecall.Rolecall.yaml",
        "winget/Rolecall.Rolecall.installer.yaml",
        "winget/Rolecall.Rolecall.locale.en-US.yaml",
    ] {
        let text = fs::read_to_string(sandbox.path("out").join(file)).unwrap();
        assert!(text.contains(VERSION), "{file}");
        let left = text.split('@').skip(1).step_by(2).find(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '_')
        });
        assert_eq!(left, None, "{file}: not filled in");
        for (at, archive) in archives.iter().enumerate() {
            let sum = format!("{at:064x}");
            if text.to_lowercase().contains(&sum) {
                named.push(archive.clone());
                // bash puts the name together.
                assert!(text.contains(archive) || file.ends_with("PKGBUILD"), "{file}: {archive}");
            }
        }
    }
    for archive in &archives {
        assert!(named.contains(archive), "no manifest has {archive}");
    }
    let scoop = fs::read(sandbox.path("out/scoop/rolecall.json")).unwrap();
    let scoop: serde_json::Value = serde_json::from_slice(&scoop).unwrap();
    assert_eq!(scoop["version"], VERSION);
    let package = sandbox.path("out/aur/PKGBUILD");
    let checked = Command::new("bash").arg("-n").arg(&package).output().unwrap();
    assert!(checked.status.success(), "{checked:?}");
    // What bash makes of the sources is what .SRCINFO has.
    let script = ". \"$1\"; printf '%s\\n' \"${source_x86_64[@]}\" \"${source_aarch64[@]}\" \
                  \"${sha256sums_x86_64[@]}\" \"${sha256sums_aarch64[@]}\"";
    let listed = Command::new("bash").args(["-c", script, "bash"]).arg(package).output().unwrap();
    let info = fs::read_to_string(sandbox.path("out/aur/.SRCINFO")).unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 8);
    for line in listed.lines() {
        assert!(info.contains(&format!(" = {line}\n")), ".SRCINFO lacks {line}");
    }
}

#[test]
fn a_release_without_one_of_its_archives_has_no_manifests() {
    let (sandbox, archives) = (Sandbox::new(), archives());
    let (code, told) = write_manifests(&sandbox, &archives[1..]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains(&format!("{} is not in ", archives[0])), "{told}");
}

/// Each workflow with its name.
fn workflows() -> Vec<(String, String)> {
    let folder = fs::read_dir(root().join(".github/workflows")).unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| (name.clone(), text(&format!(".github/workflows/{name}")))).collect()
}

#[test]
fn workflows_use_fixed_commits_and_no_permission_that_they_need_not() {
    for (name, text) in workflows() {
        assert!(text.contains("\npermissions: {}\n"), "{name}: jobs inherit permissions");
        for line in
            text.lines().filter(|line| line.trim().trim_start_matches("- ").starts_with("uses: "))
        {
            let (_, action) = line.split_once("uses: ").unwrap();
            let (_, commit) = action.split_once('@').unwrap_or_default();
            let (commit, version) = commit.split_once(" # v").unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
            assert!(is_commit && !version.is_empty(), "{name}: not a fixed commit: {line}");
        }
        for checkout in text.split("uses: actions/checkout@").skip(1) {
            let step = checkout.split("- ").next().unwrap();
            assert!(step.contains("persist-credentials: false"), "{name}: keeps a token: {step}");
        }
        let (_, jobs) = text.split_once("\njobs:\n").unwrap();
        let starts =
            |line: &str| line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
        let mut job = "";
        let mut permitted = BTreeMap::new();
        for line in jobs.lines() {
            if starts(line) {
                job = line.trim().trim_end_matches(':');
                permitted.insert(job, false);
            } else if line == "    permissions:" {
                permitted.insert(job, true);
            } else if line.trim().split('#').next().unwrap().trim().ends_with(": write") {
                assert!(job.starts_with("publish"), "{name}: {job} may write: {line}");
            }
        }
        let without: Vec<_> = permitted.iter().filter(|(_, has)| !**has).collect();
        assert!(without.is_empty(), "{name}: no permissions in {without:?}");
        // What a tag or a title says must not become a part of a script.
        let scripts = text.split("run: ").skip(1);
        for script in scripts {
            let script = script.split("\n      - ").next().unwrap();
            let unsafe_part = ["github.ref_name", "github.head_ref", "github.event."]
                .iter()
                .find(|part| script.contains(**part));
            assert_eq!(unsafe_part, None, "{name}: in a script");
        }
    }
}

#[test]
fn what_install_sh_asks_for_is_what_the_workflow_builds() {
    let (workflow, script) = (text(".github/workflows/release.yml"), text("install.sh"));
    let machines: Vec<&str> = script
        .lines()
        .filter_map(|line| line.trim().split_once(") machine=")?.1.split_whitespace().next())
        .collect();
    assert_eq!(machines.len(), 3, "{machines:?}");
    for machine in machines {
        assert!(workflow.contains(machine), "{machine}");
        assert!(archives().iter().any(|archive| archive.contains(machine)), "{machine}");
    }
    for archive in archives() {
        let machine = archive.split_once(&format!("{VERSION}-")).unwrap().1;
        let machine = machine.trim_end_matches(".tar.gz").trim_end_matches(".zip");
        assert!(workflow.contains(machine), "the workflow doesn't build for {machine}");
    }
    assert!(workflow.contains("cp install.sh dist/"), "the script is a file of the release");
}

#[test]
fn cargo_binstall_is_sent_to_archives_that_exist() {
    for (manifest, program) in
        [("Cargo.toml", "rolecall"), ("provision/Cargo.toml", "rolecall-provision")]
    {
        let manifest = text(manifest);
        let (_, metadata) = manifest.split_once("\n[package.metadata.binstall]\n").unwrap();
        let sections = ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"];
        let (general, overrides) = metadata.split_once("\n[").unwrap();
        let file = |section: &str, target: &str| {
            let url = value(section, "pkg-url").unwrap();
            let url = url.replace("{ name }", program).replace("{ version }", VERSION);
            url.replace("{ target }", target).rsplit_once('/').unwrap().1.to_owned()
        };
        for target in sections {
            assert!(archives().contains(&file(general, target)), "{target}");
        }
        let is_override = |section: &&str| section.starts_with("package.metadata.binstall.");
        let sections: Vec<&str> = overrides.split("\n[").filter(is_override).collect();
        assert_eq!(sections.len(), 5);
        for section in sections {
            let target = section.split(['.', ']']).nth(4).unwrap();
            assert!(archives().contains(&file(section, target)), "{program}: {section}");
        }
    }
}
