//! What the readers of the manifests accept: rules of winget's and Scoop's schemas, and of crates.io.

use std::{collections::BTreeMap, fs, process::Command};

use super::{VERSION, archives, root, text, value, write_manifests};
use crate::support::sandbox::Sandbox;

/// The manifest `file` of a release, with sums that are made up.
fn manifest(file: &str) -> String {
    let sandbox = Sandbox::new();
    let (code, told) = write_manifests(&sandbox, &archives());
    assert_eq!(code, Some(0), "{told}");
    fs::read_to_string(sandbox.path("out").join(file)).unwrap()
}

fn is_url(value: &str) -> bool {
    value.strip_prefix("https://").is_some_and(|rest| rest.contains('/')) && value.len() <= 2048
}

fn is_sum(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Each `Key: value` of YAML as simple as ours, those in lists too.
fn pairs(yaml: &str) -> Vec<(&str, &str)> {
    let lines = yaml.lines().filter(|line| !line.starts_with('#'));
    let pair = |line: &str| -> Option<(usize, usize)> {
        let start = line.find(|c: char| c != ' ' && c != '-')?;
        Some((start, start + line[start..].find(':')?))
    };
    lines
        .map(|line| {
            let (start, colon) = pair(line).unwrap_or_else(|| panic!("no key: {line}"));
            (&line[start..colon], line[colon + 1..].trim())
        })
        .collect()
}

/// Rule: winget-cli, `schemas/JSON/manifests/v1.6.0`.
fn judge_winget(key: &str, value: &str) -> bool {
    let lengths = |least: usize, most: usize| (least..=most).contains(&value.chars().count());
    let is_plain = !value.contains(['\\', '/', '*', '?', '"', '<', '>', '|']);
    // YAML takes these for something other than text.
    let is_text = !value.starts_with(['&', '*', '!', '{', '[', '@', '`', '"', '\'', '%'])
        && !value.contains(": ")
        && !value.contains(" #");
    is_text
        && match key {
            "PackageIdentifier" => {
                let parts: Vec<_> = value.split('.').collect();
                is_plain
                    && (2..=8).contains(&parts.len())
                    && parts.iter().all(|part| (1..=32).contains(&part.len()))
                    && !value.contains([' ', ':'])
            }
            "PackageVersion" => is_plain && !value.contains(':') && lengths(1, 128),
            "PackageLocale" | "DefaultLocale" => value == "en-US",
            "Publisher" | "PackageName" | "ShortDescription" => lengths(3, 256),
            "License" => lengths(3, 512),
            "Moniker" | "PortableCommandAlias" => lengths(1, 40) && !value.contains(' '),
            "RelativeFilePath" => {
                lengths(1, 512) && value.rsplit_once('.').is_some_and(|(_, end)| end == "exe")
            }
            "PublisherUrl" | "PackageUrl" | "LicenseUrl" | "ReleaseNotesUrl" | "InstallerUrl" => {
                is_url(value)
            }
            "InstallerSha256" => is_sum(value),
            "ReleaseDate" => {
                let digits = |part: &str, count| {
                    part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit())
                };
                let parts: Vec<_> = value.split('-').collect();
                parts.len() == 3
                    && digits(parts[0], 4)
                    && digits(parts[1], 2)
                    && digits(parts[2], 2)
            }
            "InstallerType" => value == "zip",
            "NestedInstallerType" => value == "portable",
            "Architecture" => ["x64", "arm64"].contains(&value),
            "Installers" | "NestedInstallerFiles" => value.is_empty(),
            "ManifestType" => ["version", "installer", "defaultLocale"].contains(&value),
            "ManifestVersion" => value == "1.6.0",
            _ => false,
        }
}

#[test]
fn winget_accepts_its_manifests() {
    let common = ["PackageIdentifier", "PackageVersion", "ManifestType", "ManifestVersion"];
    for (file, kind, required) in [
        ("Rolecall.Rolecall.yaml", "version", &["DefaultLocale"][..]),
        (
            "Rolecall.Rolecall.installer.yaml",
            "installer",
            &[
                "Installers",
                "InstallerType",
                "NestedInstallerFiles",
                "InstallerUrl",
                "Architecture",
            ],
        ),
        (
            "Rolecall.Rolecall.locale.en-US.yaml",
            "defaultLocale",
            &["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"],
        ),
    ] {
        let manifest = manifest(&format!("winget/{file}"));
        let pairs = pairs(&manifest);
        for (key, value) in &pairs {
            assert!(judge_winget(key, value), "{file}: winget doesn't accept {key}: {value}");
        }
        for key in common.iter().chain(required) {
            assert!(pairs.iter().any(|(known, _)| known == key), "{file} has no {key}");
        }
        assert!(pairs.contains(&("ManifestType", kind)), "{file}");
        // The name of the file is part of the format.
        let id = pairs.iter().find(|(key, _)| *key == "PackageIdentifier").unwrap().1;
        assert!(file.starts_with(&format!("{id}.")), "{file}");
        let schema = format!("/winget-manifest.{kind}.1.6.0.schema.json\n");
        assert!(manifest.starts_with("# yaml-language-server: $schema=https://aka.ms"), "{file}");
        assert!(manifest.contains(&schema), "{file}");
    }
}

/// Rule: Scoop, `schema.json`, which accepts no other keys.
#[test]
fn scoop_accepts_its_manifest() {
    const KEYS: [&str; 9] = [
        "version",
        "description",
        "homepage",
        "license",
        "architecture",
        "bin",
        "checkver",
        "autoupdate",
        "notes",
    ];
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest("scoop/rolecall.json")).unwrap();
    let object = manifest.as_object().unwrap();
    for key in object.keys() {
        assert!(KEYS.contains(&key.as_str()), "{key}");
    }
    for key in ["version", "homepage", "license"] {
        assert!(object[key].is_string(), "{key}");
    }
    assert_eq!(object["checkver"], "github");
    let machines = object["architecture"].as_object().unwrap();
    for (machine, part) in machines {
        assert!(["64bit", "arm64"].contains(&machine.as_str()), "{machine}");
        assert!(is_url(part["url"].as_str().unwrap()), "{part}");
        assert!(is_sum(part["hash"].as_str().unwrap()), "{part}");
        let folder = part["extract_dir"].as_str().unwrap();
        assert!(part["url"].as_str().unwrap().ends_with(&format!("/{folder}.zip")), "{part}");
        // What it will install next time is the same with another version.
        let next = &object["autoupdate"]["architecture"][machine];
        for key in ["url", "extract_dir"] {
            let filled = next[key].as_str().unwrap().replace("$version", VERSION);
            assert_eq!(part[key], filled);
        }
    }
    assert_eq!(object["autoupdate"]["hash"]["url"], "$baseurl/SHA256SUMS");
    assert!(object["bin"].as_array().unwrap().iter().all(serde_json::Value::is_string));
}

/// The three packages, and what may be in each besides the manifest that cargo writes.
const PACKAGES: [(&str, &str, &[&str]); 3] = [
    ("rolecall-ini", "ini/Cargo.toml", &["src/", "LICENSE-"]),
    (
        "rolecall",
        "Cargo.toml",
        &[
            "src/",
            "docs/",
            "link/",
            "LICENSE-",
            "build.rs",
            "README.md",
            "CHANGELOG.md",
            "SECURITY.md",
        ],
    ),
    ("rolecall-provision", "provision/Cargo.toml", &["src/", "LICENSE-", "build.rs"]),
];

#[test]
fn crates_have_what_they_need_and_nothing_else() {
    for (package, manifest, expected) in PACKAGES {
        let list = Command::new(env!("CARGO"))
            .args(["package", "--list", "--allow-dirty", "--offline", "--package", package])
            .current_dir(root())
            .output()
            .unwrap();
        assert!(list.status.success(), "{list:?}");
        let list = String::from_utf8(list.stdout).unwrap();
        let of_cargo = ["Cargo.toml", "Cargo.toml.orig", "Cargo.lock", ".cargo_vcs_info.json"];
        let folder = root().join(manifest).parent().unwrap().to_owned();
        let mut sizes = BTreeMap::new();
        for file in list.lines().filter(|file| !of_cargo.contains(file)) {
            assert!(expected.iter().any(|start| file.starts_with(start)), "{package}: {file}");
            let size = fs::metadata(folder.join(file)).map_or(0, |found| found.len());
            sizes.insert(file, size);
        }
        for file in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert!(sizes.contains_key(file), "{package} has no {file}");
        }
        assert!(sizes.contains_key("src/lib.rs") || sizes.contains_key("src/main.rs"));
        // crates.io takes 10 MiB, compressed. More than this is something that does not belong.
        assert!(sizes.values().sum::<u64>() < 4 << 20, "{package}: {sizes:?}");
        let large: Vec<_> = sizes.iter().filter(|(_, size)| **size > 256 << 10).collect();
        assert!(large.is_empty(), "{package}: {large:?}");
    }
}

/// Rule: crates.io, "Publishing on crates.io" in the Cargo book.
#[test]
fn crates_say_what_crates_io_asks_for() {
    for (package, manifest, _) in PACKAGES {
        let manifest = text(manifest);
        assert!(
            value(&manifest, "description").is_some_and(|text| text.len() <= 1000),
            "{package}"
        );
        for key in ["license", "repository", "rust-version", "edition"] {
            assert!(manifest.contains(&format!("\n{key}.workspace = true\n")), "{package}: {key}");
        }
        let list = |key: &str| -> Vec<String> {
            let line =
                manifest.lines().find(|line| line.starts_with(&format!("{key} = ["))).unwrap();
            line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let keywords = list("keywords");
        assert!((1..=5).contains(&keywords.len()), "{package}: {keywords:?}");
        for word in keywords {
            let is_valid = word.len() <= 20
                && word.starts_with(|c: char| c.is_ascii_alphanumeric())
                && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-+".contains(c));
            assert!(is_valid, "{package}: {word}");
        }
        assert!((1..=5).contains(&list("categories").len()), "{package}");
        // What it needs of the others it must find at crates.io, so a path alone is not enough.
        for line in manifest.lines().filter(|line| line.contains("path = \"") && line.contains('{'))
        {
            assert!(line.contains("version = \""), "{package}: {line}");
        }
    }
}
