//! The table of settings: documented, and without doubles.

use std::fmt::Write as _;

use super::*;

/// A topic's table in docs/configuration.md.
fn table(topic: Topic) -> String {
    let (has_twins, has_flags) = match topic {
        Topic::Role | Topic::Session => (topic == Topic::Role, true),
        Topic::Base => (true, false),
        Topic::Audit | Topic::Consent | Topic::Keys | Topic::Call | Topic::Export => (false, false),
    };
    let row = |cells: [&str; 4]| {
        let [key, twin, flag, about] = cells;
        let twin = Some(twin).filter(|_| has_twins);
        let flag = Some(flag).filter(|_| has_flags);
        let cells = [Some(key), twin, flag, Some(about)].into_iter().flatten();
        cells.fold("|".to_owned(), |row, cell| {
            if cell.is_empty() { row + " |" } else { format!("{row} {cell} |") }
        })
    };
    let mut text = row(["key", "AWS's key", "flag", "meaning"]);
    write!(text, "\n{}\n", row(["---", "---", "---", "---"])).unwrap();
    for key in Key::ALL.iter().filter(|key| key.topic() == topic) {
        let code = |word: &str| format!("`{word}`");
        let twin = if key.form() == Form::Twin { code(key.name()) } else { String::new() };
        let flag = key.flag().map(code).unwrap_or_default();
        writeln!(text, "{}", row([&code(key.written()), &twin, &flag, key.about()])).unwrap();
    }
    text
}

#[test]
fn every_setting_is_documented_with_these_words() {
    let page = include_str!("../../../docs/configuration.md");
    let topics = [
        Topic::Role,
        Topic::Session,
        Topic::Audit,
        Topic::Consent,
        Topic::Base,
        Topic::Keys,
        Topic::Call,
        Topic::Export,
    ];
    let missing = topics.map(table).into_iter().filter(|table| !page.contains(table));
    let missing: Vec<String> = missing.collect();
    assert!(missing.is_empty(), "docs/configuration.md should have:\n{}", missing.join("\n"));
}

#[test]
fn a_name_is_that_of_one_setting() {
    for key in Key::ALL {
        for name in key.names() {
            assert_eq!(Key::of(name), Some(*key), "{name}");
        }
    }
    assert_eq!(Key::of("session"), None);
    assert_eq!(Key::of("rolecall_region"), None);
}

#[test]
fn secrets_are_secrets_with_our_prefix_too() {
    for key in ["aws_secret_access_key", "rolecall_aws_session_token", "aws_security_token"] {
        assert!(is_secret_key(key), "{key}");
    }
    for key in ["aws_access_key_id", "rolecall_access_key_id", "rolecall_external_id"] {
        assert!(!is_secret_key(key), "{key}");
    }
}
