//! docs/messages.md has every error of the program, docs/troubleshooting.md quotes what the program
//! says, and no message names a file that is only in a checkout.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use rolecall::Kind;

use super::literals::{Message, Sources};
use crate::support::{pages::Page, programs::repository};

const PATH: &str = "docs/messages.md";

/// The kind of this name.
pub(super) fn kind_named(name: &str) -> Kind {
    match name {
        "Usage" => Kind::Usage,
        "NeedsHuman" => Kind::NeedsHuman,
        "Denied" => Kind::Denied,
        "Config" => Kind::Config,
        "Store" => Kind::Store,
        "Unreachable" => Kind::Unreachable,
        "Interrupted" => Kind::Interrupted,
        "NotExecutable" => Kind::NotExecutable,
        "NoSuchProgram" => Kind::NoSuchProgram,
        _ => Kind::Other,
    }
}

/// docs/messages.md, made from the sources.
fn page(sources: &Sources) -> String {
    let mut rows: BTreeMap<u8, BTreeSet<String>> = BTreeMap::new();
    for Message { kind, text, hints } in &sources.messages {
        // Progress is no error.
        if text.starts_with("Waiting") || !has_words(text) {
            continue;
        }
        let row = row(text, &hints.join("; "));
        rows.entry(kind_named(kind).exit_code()).or_default().insert(row);
    }
    let mut text = String::from(
        "# Error messages and warnings\n\n\
         Generated from the program's sources; `ROLECALL_WRITE_DOCS=1 cargo test --test it book` regenerates it. `…`\n\
         stands for the variable parts: a name, a number, a path. The exit codes are explained in\n\
         [exit-codes.md](exit-codes.md), what to do about common problems in\n\
         [troubleshooting.md](troubleshooting.md).\n\n\
         Usage errors (exit 2) that are not here are about the form of the command line; their hint names the help to read.\n",
    );
    for (exit, rows) in rows {
        text += &format!("\n## Exit {exit}\n\n{TABLE}");
        text.extend(rows);
    }
    let is_hint = |text: &str| text.starts_with("did you mean");
    let warnings = sources.warnings.iter().filter(|w| has_words(&w.text) && !is_hint(&w.text));
    let rows: BTreeSet<String> = warnings.map(|found| row(&found.text, &found.hint)).collect();
    text += "\n## Warnings\n\n\
             They start with `warning: ` and don't change the exit code. `rolecall credential-process`, which \
             the AWS CLI and\nSDKs call, writes what concerns the session to the log instead of stderr.\n\n";
    text += TABLE;
    text.extend(rows);
    text
}

const TABLE: &str = "| message | what the hint says |\n| --- | --- |\n";

fn row(text: &str, hint: &str) -> String {
    format!("| {} | {} |\n", code(text), escaped(hint))
}

/// A text that is nothing but what differs can't be found by its words.
fn has_words(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).count() >= 5
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|").replace('\n', " "))
}

fn escaped(text: &str) -> String {
    let text = text.replace('|', "\\|").replace('<', "&lt;").replace('*', "\\*");
    text.replace('\n', " ").replace('[', "\\[")
}

#[test]
#[expect(clippy::disallowed_methods, reason = "writes a file of this repository, on demand")]
fn the_list_of_messages_is_what_the_program_says() {
    let sources = Sources::read();
    let expected = page(&sources);
    let path = repository().join(PATH);
    if std::env::var_os("ROLECALL_WRITE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
    }
    let written = fs::read_to_string(path).unwrap_or_default();
    assert!(sources.messages.len() > 200, "{} messages", sources.messages.len());
    assert!(sources.warnings.len() > 40, "{} warnings", sources.warnings.len());
    let differs = expected.lines().zip(written.lines()).find(|(a, b)| a != b);
    assert!(
        written == expected,
        "{PATH} is not what the program says: ROLECALL_WRITE_DOCS=1 cargo test --test it book\n{differs:?}"
    );
}

#[test]
fn troubleshooting_quotes_what_the_program_says() {
    let sources = Sources::read();
    let page = Page::at("docs/troubleshooting.md");
    let (mut count, mut wrong) = (0, Vec::new());
    for line in page.lines().filter(|line| line.text.starts_with("| `")) {
        let cell = line.text.trim_start_matches("| ").split(" | ").next().unwrap();
        for quote in cell.split('`').skip(1).step_by(2) {
            if !sources.literals.iter().any(|(_, text)| says(text, quote)) {
                wrong.push(format!("{}: nothing says `{quote}`", page.place(line.number)));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 30, "only {count} quotes");
}

/// Whether the text has the parts of the quote in their order.
fn says(text: &str, quote: &str) -> bool {
    let mut rest = text;
    quote.split('…').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let found = rest.find(part);
        rest = found.map_or("", |at| &rest[at + part.len()..]);
        found.is_some()
    })
}

#[test]
fn no_message_names_a_file_of_a_checkout() {
    let files = ["docs/", ".md", "install.sh", "tests/", "Cargo.toml", "CHANGELOG"];
    let sources = Sources::read();
    let named = sources.literals.iter().filter(|(_, text)| files.iter().any(|f| text.contains(f)));
    let named: Vec<_> = named.collect();
    assert!(named.is_empty(), "{named:#?}");
    let help = Page::at("docs/cli.md");
    let wrong = help.lines().skip(5).find(|line| files.iter().any(|f| line.text.contains(f)));
    assert!(wrong.is_none(), "{}", wrong.map_or("", |line| line.text));
}

#[test]
fn a_quote_is_found_in_order() {
    assert!(says("profile '…' does not exist: there are", "profile '…' does not exist"));
    assert!(!says("profile '…' does not exist", "does not exist … profile"));
    assert!(!says("profile '…'", "no profile"));
}
