//! The tables of variables, files and exit codes are those of the program. (Settings, commands, JSON
//! and the doctor's checks have tests of their own, beside what they are about.)

use std::{collections::BTreeSet, fs, path::Path};

use super::literals::Sources;
use crate::support::{pages::Page, stage::Stage};

/// Variables that libraries read for us, or a part of whose name is put together.
const READ_BY_LIBRARIES: &[&str] = &[
    "AWS_LOGIN_CACHE_DIRECTORY",
    "NO_PROXY",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
];
/// Names that look like variables and are none, that only rolecall's own children see, or that the
/// build script sets.
const NONE: &[&str] =
    &["AWS_PAGER", "ROLECALL_BUILT_FROM", "ROLECALL_DIALOG_TEXT", "ROLECALL_TARGET"];
/// Those without a prefix that tells them.
const PLAIN: &[&str] = &[
    "BROWSER", "CLICOLOR", "COLUMNS", "DISPLAY", "HOME", "LOGNAME", "SHELL", "TERM", "USER",
    "USERNAME",
];

fn section(page: &str, heading: &str) -> String {
    let text = Page::at(page).text;
    let (_, section) = text.split_once(&format!("\n{heading}\n")).expect(heading);
    section.split("\n## ").next().expect("the first part").to_owned()
}

/// The words in backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_variable(text: &str) -> bool {
    let is_name = text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
    let starts = [
        "AWS_",
        "ROLECALL_",
        "XDG_",
        "DBUS_",
        "SSH_",
        "WSL_",
        "NO_",
        "HTTP",
        "ALL_",
        "CLICOLOR_",
        "WAYLAND_",
    ];
    let is_ours = starts.iter().any(|start| text.starts_with(start) && text.len() > start.len());
    is_name && (is_ours || PLAIN.contains(&text)) && !text.ends_with('_') && !NONE.contains(&text)
}

#[test]
fn every_variable_is_in_its_table_and_no_other() {
    let sources = Sources::read();
    let read: BTreeSet<&str> =
        sources.literals.iter().map(|(_, text)| &**text).filter(|text| is_variable(text)).collect();
    let section = section("docs/configuration.md", "## Environment variables");
    let rows: String = section.lines().filter(|line| line.starts_with("| `")).collect();
    let listed: BTreeSet<&str> = words(&rows).filter(|word| is_variable(word)).collect();
    let missing: Vec<_> = read.difference(&listed).collect();
    assert!(missing.is_empty(), "not in docs/configuration.md: {missing:?}");
    let known = |name: &&&str| READ_BY_LIBRARIES.contains(*name);
    let wrong: Vec<_> = listed.difference(&read).filter(|name| !known(name)).collect();
    assert!(wrong.is_empty(), "nothing reads: {wrong:?}");
    assert!(read.len() > 40, "{read:?}");
}

/// Fails if a file that the program left is in no row of the page's table.
#[track_caller]
pub(super) fn assert_files_are_listed(stage: &Stage) {
    let section = section("docs/configuration.md", "## The state directory");
    let rows: String = section.lines().filter(|line| line.starts_with("| `")).collect();
    let patterns: Vec<String> =
        words(&rows).map(|path| path.replace("KEY", "…").replace("ID", "…")).collect();
    let folder = stage.sandbox.state();
    for path in files_below(&folder) {
        let name = path.strip_prefix(&folder).expect("below it").display().to_string();
        let is_listed = patterns.iter().any(|pattern| match pattern.split_once('…') {
            Some((start, end)) => {
                name.starts_with(start) && name.ends_with(end.trim_start_matches('…'))
            }
            None => name == *pattern,
        });
        assert!(is_listed, "{name} is not in docs/configuration.md: {patterns:?}");
    }
}

fn files_below(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| {
            let path = entry.path();
            if path.is_dir() { files_below(&path) } else { vec![path] }
        })
        .collect()
}

#[test]
fn settings_and_checks_that_pages_name_exist() {
    let (settings, checks) = (Page::at("docs/configuration.md"), Page::at("docs/doctor.md"));
    let known = |page: &Page| words(&page.text).map(ToOwned::to_owned).collect::<BTreeSet<_>>();
    let (settings, checks) = (known(&settings), known(&checks));
    let mut wrong = Vec::new();
    for page in Page::all().iter().filter(|page| !page.path.ends_with("CHANGELOG.md")) {
        for line in page.lines().filter(|line| !line.is_fenced) {
            for word in words(line.text) {
                let name = word.split(['=', ' ']).next().expect("a first part");
                let is_setting = name.starts_with("rolecall_") && !name.ends_with('_');
                let names_check =
                    line.text.contains("`rolecall doctor`") || line.text.contains("The doctor");
                let is_check = names_check
                    && word.contains('-')
                    && word.chars().all(|c| c == '-' || c.is_ascii_lowercase());
                if is_setting && !settings.contains(name)
                    || is_check && !word.starts_with('-') && !checks.contains(word)
                {
                    wrong.push(format!("{}: {word}", page.place(line.number)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_exit_code_is_in_its_table_and_no_other() {
    let sources = Sources::read();
    let text = Page::at("docs/exit-codes.md").text;
    let (_, table) = text.split_once("| exit | meaning |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let listed: BTreeSet<String> =
        rows.map(|row| row.split('|').nth(1).expect("a cell").trim().to_owned()).collect();
    let made = sources.messages.iter().map(|message| super::messages::kind_named(&message.kind));
    let mut made: BTreeSet<String> = made.map(|kind| kind.exit_code().to_string()).collect();
    made.insert("0".to_owned());
    assert_eq!(made, listed);
}
