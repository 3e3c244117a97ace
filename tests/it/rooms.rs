//! The arrows between the rooms of `src` go one way.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each room with those it may use. Whatever is not listed here may not be used.
const ARROWS: [(&str, &[&str]); 21] = [
    ("error", &[]),
    ("rules", &["error"]),
    ("secret", &[]),
    ("credentials", &["secret"]),
    ("context", &[]),
    ("output", &["error"]),
    ("ini", &[]),
    ("private", &[]),
    ("input", &["context", "secret"]),
    ("store", &["private"]),
    ("state", &["context", "credentials", "error", "output", "private"]),
    ("aws", &["context", "credentials", "input", "rules", "secret"]),
    ("browser", &["context", "credentials", "secret"]),
    ("child", &["context", "credentials", "secret"]),
    ("prompt", &["child", "context", "error", "output", "secret"]),
    ("profile", &["context", "error", "ini", "input", "output", "secret", "state"]),
    ("plan", &["context", "credentials", "error", "input", "profile", "rules", "secret"]),
    (
        "session",
        &[
            "aws",
            "child",
            "context",
            "credentials",
            "error",
            "input",
            "output",
            "plan",
            "prompt",
            "rules",
            "secret",
            "state",
            "store",
        ],
    ),
    (
        "app",
        &[
            "aws",
            "context",
            "credentials",
            "error",
            "ini",
            "output",
            "plan",
            "profile",
            "rules",
            "secret",
            "session",
            "store",
        ],
    ),
    (
        "cli",
        &[
            "app",
            "aws",
            "browser",
            "context",
            "credentials",
            "error",
            "ini",
            "input",
            "output",
            "plan",
            "profile",
            "prompt",
            "rules",
            "secret",
            "session",
            "store",
        ],
    ),
    ("lib", &["cli", "context", "output"]),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The room of a file, and those that it names with `crate::`.
fn uses(source: &Path, text: &str) -> (String, BTreeSet<String>) {
    let relative = source.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let first = relative.expect("below src").components().next().expect("a name");
    let room = first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // Within braces after `crate::`, the names at the outermost level.
    let mut used = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        if let Some(block) = rest.strip_prefix('{') {
            let (mut depth, mut name) = (1, String::new());
            for c in block.chars() {
                match c {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ if depth == 1 => name.push(c),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            let names = name.split(',').filter_map(|path| path.split("::").next());
            used.extend(names.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()));
        } else {
            used.extend(
                rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned),
            );
        }
    }
    used.remove(&room);
    (room, used)
}

#[test]
fn the_arrows_between_the_rooms_go_one_way() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 30, "the sources are not where they should be");
    let mut wrong = Vec::new();
    for file in files {
        let (room, used) = uses(&file, &fs::read_to_string(&file).expect("a source"));
        if room == "main" {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == room);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("room '{room}' is not in the table"));
        let more = used.iter().filter(|name| !allowed.contains(&name.as_str()));
        wrong.extend(more.map(|name| format!("{} uses {name}", file.display())));
    }
    assert!(wrong.is_empty(), "arrows that the table does not know:\n{}", wrong.join("\n"));
}

#[test]
fn sources_stay_below_400_lines() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let long = files
        .iter()
        .filter(|file| fs::read_to_string(file).expect("a source").lines().count() > 400);
    assert_eq!(long.collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "files that want to be two");
}
