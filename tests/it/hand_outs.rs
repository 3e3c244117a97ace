//! Credentials leave rolecall by one door, `app::HandOut`.

use std::{collections::BTreeSet, fs, path::Path};

use crate::rooms::rust_files;

/// The files that get credentials without the door, and never give them away.
const OWN_CALLS: [(&str, &str); 3] = [
    ("src/app/access.rs", "provisioning calls IAM and S3"),
    ("src/cli/whoami.rs", "calls STS"),
    ("src/doctor/identity.rs", "calls STS"),
];

/// What gives credentials, or a way to them, to others.
const EXITS: [&str; 5] = [
    "process_json()",
    "credentials.variables()",
    "write_export(",
    "sign_in_token(",
    "HeldSession {",
];

/// The code of a file, without comments and unit tests.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("a source");
    let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]"));
    lines.filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn credentials_leave_by_one_door() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut own) = (Vec::new(), BTreeSet::new());
    for room in ["app", "cli", "doctor"] {
        for file in rust_files(&root.join("src").join(room)) {
            let (name, code) =
                (file.strip_prefix(root).unwrap().display().to_string(), code_of(&file));
            let uses_door = code.contains("HandOut {") || code.contains(".hand_out(");
            let exits: Vec<_> = EXITS.into_iter().filter(|exit| code.contains(exit)).collect();
            if OWN_CALLS.iter().any(|(known, _)| *known == name) {
                if !exits.is_empty() {
                    wrong
                        .push(format!("{name} gives away what it got without the door: {exits:?}"));
                }
                own.insert(name);
            } else if code.contains(".acquire(") && !uses_door {
                wrong.push(format!("{name} gets credentials without app::HandOut"));
            } else if !exits.is_empty() && !uses_door && !code.contains("app::Served") {
                wrong
                    .push(format!("{name} gives credentials away without app::HandOut: {exits:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(own.len(), OWN_CALLS.len(), "files that are gone: {own:?}");
}
