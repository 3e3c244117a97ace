//! Where the program's parts come from: which dependencies were looked at, and how known
//! vulnerabilities are found.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use crate::support::sandbox::Sandbox;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The versions of each package in a Cargo.lock.
fn locked(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for package in text(lock).split("[[package]]").skip(1) {
        let value = |key: &str| {
            let line = package.lines().find(|line| line.starts_with(key)).unwrap();
            line.trim_start_matches(key).trim_matches([' ', '=', '"']).to_owned()
        };
        found.entry(value("name")).or_default().insert(value("version"));
    }
    found
}

/// The crates that the two programs name, outside of tests.
fn direct() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for manifest in ["Cargo.toml", "ini/Cargo.toml", "provision/Cargo.toml"] {
        let mut is_dependencies = false;
        for line in text(manifest).lines() {
            if line.starts_with('[') {
                let table = line.trim_matches(['[', ']']);
                is_dependencies = table == "dependencies" || table.ends_with(".dependencies");
            } else if is_dependencies && let Some((name, _)) = line.split_once(" = ") {
                found.insert(name.to_owned());
            }
        }
    }
    found.retain(|name| !name.starts_with("rolecall"));
    assert!(found.len() > 30, "{found:?}");
    found
}

/// The rows of a table below a heading of docs/audits.md.
fn rows(heading: &str) -> Vec<Vec<String>> {
    let page = text("docs/audits.md");
    let (_, below) = page.split_once(heading).unwrap();
    let lines = below.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
    let cells =
        |line: &str| line.trim_matches('|').split(" | ").map(|c| c.trim().to_owned()).collect();
    lines.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn names(cell: &str) -> impl Iterator<Item = String> + '_ {
    cell.split('`').skip(1).step_by(2).map(str::to_owned)
}

#[test]
fn every_crate_that_touches_secrets_was_looked_at_in_this_version() {
    let (locked, mut known, mut wrong) = (locked("Cargo.lock"), BTreeSet::new(), Vec::new());
    for row in rows("## Crates that touch secrets") {
        let name = names(&row[0]).next().unwrap();
        let used = locked.get(&name).cloned().unwrap_or_default();
        if !used.contains(&row[1]) {
            wrong.push(format!("{name}: {} was audited, Cargo.lock has {used:?}", row[1]));
        }
        assert!(!row[3].is_empty(), "{name}: what was read?");
        known.insert(name);
    }
    for row in rows("## Crates that see no secrets") {
        known.extend(names(&row[0]));
    }
    let direct = direct();
    wrong.extend(direct.difference(&known).map(|name| format!("{name}: not in docs/audits.md")));
    wrong.extend(known.difference(&direct).map(|name| format!("{name}: not used any more")));
    assert!(wrong.is_empty(), "docs/audits.md:\n{}", wrong.join("\n"));
}

#[test]
fn nothing_prints_the_logs_of_dependencies() {
    let locked = locked("Cargo.lock");
    for printer in ["tracing-subscriber", "env_logger", "simple_logger", "fern", "flexi_logger"] {
        assert!(!locked.contains_key(printer), "{printer} could print requests");
    }
}

#[test]
fn the_fuzz_targets_are_locked_to_what_the_programs_use() {
    let (own, fuzz) = (locked("Cargo.lock"), locked("fuzz/Cargo.lock"));
    let remedy = "cp Cargo.lock fuzz/ && cargo metadata --manifest-path fuzz/Cargo.toml";
    for name in direct() {
        assert!(fuzz.contains_key(&name), "fuzz/Cargo.lock lacks {name}: {remedy}");
    }
    for (name, versions) in &fuzz {
        let Some(known) = own.get(name) else { continue };
        assert!(versions.is_subset(known), "fuzz/Cargo.lock: {name} {versions:?}: {remedy}");
    }
}

/// A copy of what `.ci/advisories` reads, with stand-ins for git and cargo.
struct Checkout {
    sandbox: Sandbox,
}

impl Checkout {
    fn new(git: &str, cargo: &str) -> Self {
        let sandbox = Sandbox::new();
        for file in [".ci/advisories", ".ci/advisories.snapshot", "Cargo.lock", "fuzz/Cargo.lock"] {
            sandbox.file(Path::new("checkout").join(file), text(file));
        }
        let script = sandbox.path("checkout/.ci/advisories");
        fs::set_permissions(script, fs::Permissions::from_mode(0o700)).unwrap();
        for (name, body) in [("git", git), ("cargo", cargo)] {
            sandbox.script(Path::new("bin").join(name), format!("#!/bin/sh\n{body}\n"));
        }
        let covered = Self { sandbox };
        covered.cover();
        covered
    }

    /// Makes the snapshot one of today that has all versions.
    fn cover(&self) {
        let today = chrono::Utc::now().format("%Y-%m-%d");
        let mut versions: Vec<String> = Vec::new();
        for lock in ["Cargo.lock", "fuzz/Cargo.lock"] {
            for package in text(lock).split("[[package]]").skip(1) {
                let value = |key| package.split_once(key).unwrap().1.split('"').next().unwrap();
                let (name, version) = (value("name = \""), value("version = \""));
                versions.push(format!("{name} {version}"));
            }
        }
        versions.sort();
        let head = format!("# database: abc1234\n# date: {today}\n");
        let snapshot = head + &versions.join("\n") + "\n";
        self.sandbox.file("checkout/.ci/advisories.snapshot", snapshot);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.sandbox.path("checkout").join(name)
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let path = format!("{}:/usr/bin:/bin", self.sandbox.path("bin").display());
        let mut command = Command::new(self.file(".ci/advisories"));
        command.args(arguments).env_clear().env("PATH", path).env("HOME", self.sandbox.home());
        let Output { status, stdout, stderr } = command.output().unwrap();
        (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
    }
}

#[test]
fn without_the_database_the_snapshot_judges_and_says_what_it_does_not_know() {
    let checkout = Checkout::new("exit 128", "echo cargo was run; exit 1");
    let (code, told) = checkout.run(&[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("judged by the snapshot of ") && told.contains("abc1234"), "{told}");
    assert!(!told.contains("not judged") && !told.contains("cargo was run"), "{told}");
    let snapshot = fs::read_to_string(checkout.file(".ci/advisories.snapshot")).unwrap();
    let date = chrono::Utc::now().format("# date: %Y-%m-%d").to_string();
    let older = snapshot.replace(&date, "# date: 2001-01-01");
    let without = older.lines().filter(|line| !line.starts_with("zeroize ")).collect::<Vec<_>>();
    checkout.sandbox.file("checkout/.ci/advisories.snapshot", without.join("\n") + "\n");
    let (code, told) = checkout.run(&[]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("not judged: zeroize 1."), "{told}");
    assert!(told.contains("not judged: what was published since 2001-"), "{told}");
    let (code, told) = checkout.run(&["--live"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("the database can't be reached"), "{told}");
}

#[test]
fn with_the_database_cargo_deny_judges() {
    let folder = "mkdir -p $HOME/.cargo/advisory-dbs/advisory-db-1";
    let good = Checkout::new("case $1 in -C) echo 2026-01-02, abc;; esac", folder);
    let (code, told) = good.run(&["--live"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("judged by the database of today (its newest entry is of 2026-01-02"));
    let bad = Checkout::new("exit 0", "echo \"error[vulnerability]: $*\"; exit 1");
    let before = fs::read_to_string(bad.file(".ci/advisories.snapshot")).unwrap();
    for mode in [&[][..], &["--live"], &["--update"]] {
        let (code, told) = bad.run(mode);
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains("--manifest-path Cargo.toml check advisories"), "{told}");
    }
    assert_eq!(fs::read_to_string(bad.file(".ci/advisories.snapshot")).unwrap(), before);
}
