//! Edits that are refused; each leaves the document as it was.

use super::super::{Document, EditError, KeyPath, Part, SyntaxError, SyntaxErrorKind};
use super::{parse, print, refusal};

const TEXT: &str = "[a]\nk = v\ns3 =\n  x = 1\n";

fn value(value: &str) -> EditError {
    let error = refusal(TEXT, KeyPath::top("k"), value);
    assert_eq!(refusal(TEXT, KeyPath::top("new"), value), error);
    assert_eq!(refusal(TEXT, KeyPath::nested("s3", "x"), value), error);
    let mut document = parse(TEXT);
    assert_eq!(document.add_section("new", &[("k", value)]), Err(error));
    assert_eq!(print(&document), TEXT);
    error
}

fn key(key: &str) -> EditError {
    let error = refusal(TEXT, KeyPath::top(key), "v");
    assert_eq!(refusal(TEXT, KeyPath::nested("s3", key), "v"), error);
    assert_eq!(refusal(TEXT, KeyPath::nested(key, "x"), "v"), error);
    assert_eq!(parse(TEXT).add_section("new", &[(key, "v")]), Err(error));
    error
}

fn name(name: &str) -> EditError {
    let mut document = parse(TEXT);
    let error = document.add_section(name, &[]).expect_err("refused");
    assert_eq!(print(&document), TEXT);
    error
}

#[test]
fn line_breaks_are_refused() {
    for text in ["a\nb", "a\rb", "a\r\nb", "\n", "a\u{85}b", "a\u{2028}b", "a\n[b]\nk = v"] {
        assert_eq!(value(text), EditError::LineBreak(Part::Value));
        assert_eq!(key(text), EditError::LineBreak(Part::Key));
        assert_eq!(name(text), EditError::LineBreak(Part::SectionName));
    }
}

#[test]
fn control_characters_are_refused() {
    for text in ["a\0b", "\u{1b}[31m", "a\u{7f}", "a\u{9b}b"] {
        assert_eq!(value(text), EditError::ControlCharacter(Part::Value));
        assert_eq!(key(text), EditError::ControlCharacter(Part::Key));
        assert_eq!(name(text), EditError::ControlCharacter(Part::SectionName));
    }
}

#[test]
fn a_tab_within_a_value_or_a_section_name_is_accepted() {
    assert_eq!(super::with(TEXT, KeyPath::top("k"), "a\tb"), TEXT.replace('v', "a\tb"));
    assert!(parse(TEXT).add_section("profile\ta", &[]).is_ok());
}

#[test]
fn whitespace_at_an_end_is_refused() {
    for text in [" v", "v ", "\tv", "v\t", "v\u{a0}", "\u{3000}v", " "] {
        assert_eq!(value(text), EditError::Whitespace(Part::Value));
        assert_eq!(name(text), EditError::Whitespace(Part::SectionName));
    }
}

#[test]
fn a_value_that_holds_a_comment_is_refused() {
    for text in ["v # c", "v ;c", "v\t#", "#v", ";v", "v\u{a0}# c"] {
        assert_eq!(value(text), EditError::CommentMark);
    }
}

#[test]
fn a_value_that_only_looks_odd_is_accepted() {
    for value in ["v#c", "v;c", "[v]", "=v", "\"v\"", "a = b", "", "%(x)s", "🐱", ": v"] {
        let mut document = parse(TEXT);
        let section = super::id(&document, "a");
        for path in [KeyPath::top("k"), KeyPath::top("n"), KeyPath::nested("s3", "x")] {
            document.set(section, &path, value).expect("accepted");
            assert_eq!(super::get(&document, section, &path).as_deref(), Some(value));
        }
    }
}

#[test]
fn keys_that_would_not_read_back_are_refused() {
    assert_eq!(key(""), EditError::Empty(Part::Key));
    for text in ["a b", " a", "a\t", "a\u{a0}b"] {
        assert_eq!(key(text), EditError::Whitespace(Part::Key));
    }
    for (text, found) in [("a=b", '='), ("a:b", ':'), ("[a", '['), ("#a", '#'), (";a", ';')] {
        assert_eq!(key(text), EditError::Delimiter(Part::Key, found));
    }
}

#[test]
fn section_names_that_would_not_read_back_are_refused() {
    assert_eq!(name(""), EditError::Empty(Part::SectionName));
    for (text, found) in [("a]", ']'), ("[a", '['), ("a#b", '#'), ("a ;b", ';')] {
        assert_eq!(name(text), EditError::Delimiter(Part::SectionName, found));
    }
}

#[test]
fn a_key_given_twice_is_refused() {
    let outcome = parse(TEXT).add_section("new", &[("k", "1"), ("K", "2")]);
    assert_eq!(outcome, Err(EditError::DuplicateKey));
}

#[test]
fn a_section_that_does_not_parse_is_refused_with_its_line() {
    let text = "\u{feff}# c\n[b]\n[a]\nk = v\nk : v\n";
    let kind = SyntaxErrorKind::NoEquals;
    let expected = EditError::Syntax(SyntaxError { line: 5, kind });
    assert_eq!(refusal(text, KeyPath::top("k"), "w"), expected);
    assert_eq!(refusal(text, KeyPath::top("k"), "v"), expected);
    assert_eq!(expected.line(), Some(5));
    let mut document = parse(text);
    let section = super::id(&document, "a");
    assert_eq!(document.unset(section, &KeyPath::top("k")), Err(expected));
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_its_line() {
    let bytes = b"[a]\nk = v\n# caf\xe9\n";
    let section = super::id(&parse(TEXT), "a");
    let mut document = Document::parse(bytes);
    let expected = EditError::NotUtf8 { line: 3 };
    assert_eq!(document.invalid_utf8_line(), Some(3));
    assert_eq!(document.sections().count(), 0);
    assert!(document.section(section).is_none());
    assert_eq!(document.set(section, &KeyPath::top("k"), "w"), Err(expected));
    assert_eq!(document.unset(section, &KeyPath::top("k")), Err(expected));
    assert_eq!(document.add_section("new", &[]), Err(expected));
    assert_eq!(document.to_bytes(), bytes);
}

#[test]
fn an_id_of_another_document_is_refused() {
    let other = parse("[a]\n[b]\n[c]\n");
    let section = super::id(&other, "c");
    let mut document = parse(TEXT);
    let outcome = document.set(section, &KeyPath::top("k"), "w");
    assert_eq!(outcome, Err(EditError::NoSuchSection));
    assert!(document.section(section).is_none());
}

#[test]
fn a_refusal_does_not_repeat_what_it_refuses() {
    for error in [value("hunter2\n"), value("hunter2 # x"), key("hunter2 "), name("hunter2]")] {
        assert!(!format!("{error}{error:?}").contains("hunter2"));
    }
}

#[test]
fn messages_say_which_part_is_refused() {
    assert_eq!(value("a\nb").to_string(), "the value contains a line break");
    assert_eq!(key("a b").to_string(), "the key contains whitespace");
    assert_eq!(name("a]").to_string(), "the section name contains ']'");
}
