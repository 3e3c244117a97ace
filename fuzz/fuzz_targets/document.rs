//! Any bytes come out as they went in, and an edit does what it says or nothing.

#![no_main]

#[allow(dead_code, unused_imports, reason = "a part of it is used")]
#[path = "../../src/ini/mod.rs"]
mod ini;

use arbitrary::Arbitrary;
use ini::{Document, KeyPath, SectionId};
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Edit<'a> {
    section: u8,
    key: Name<'a>,
    sub: Option<Name<'a>>,
    /// `None`: unset.
    value: Option<Name<'a>>,
}

/// Mostly a text that turns up again.
#[derive(Arbitrary, Debug)]
enum Name<'a> {
    A,
    UpperA,
    B,
    Any(&'a str),
}

impl Name<'_> {
    fn text(&self) -> &str {
        match self {
            Self::A => "a",
            Self::UpperA => "A",
            Self::B => "b",
            Self::Any(text) => text,
        }
    }
}

fuzz_target!(|input: (Vec<Edit<'_>>, Option<Name<'_>>, &[u8])| {
    let (edits, new, bytes) = input;
    let mut document = Document::parse(bytes);
    assert!(document.to_bytes() == bytes, "printed as it was");
    for edit in &edits {
        apply(&mut document, edit);
    }
    if let Some(name) = new {
        add(&mut document, name.text());
    }
});

fn apply(document: &mut Document, edit: &Edit<'_>) {
    let sections: Vec<_> = document.sections().map(|(id, ..)| id).collect();
    let Some(&id) = sections.get(usize::from(edit.section) % sections.len().max(1)) else { return };
    let key = edit.key.text();
    let path = match &edit.sub {
        None => KeyPath::top(key),
        Some(sub) => KeyPath::nested(key, sub.text()),
    };
    let before = document.to_bytes();
    let was = found(document, id, &path);
    let had_top = found(document, id, &KeyPath::top(key)) != Found::Absent;
    let Some(value) = &edit.value else {
        match document.unset(id, &path) {
            Err(_) => assert!(document.to_bytes() == before, "refused, and changed"),
            Ok(there_was) => {
                assert!(there_was || document.to_bytes() == before, "nothing unset, and changed");
                assert!(found(document, id, &path) == Found::Absent, "unset, and still there");
                only_within(document, id, &before);
            }
        }
        return;
    };
    if document.set(id, &path, value.text()).is_err() {
        assert!(document.to_bytes() == before, "refused, and changed");
        return;
    }
    let after = document.to_bytes();
    assert!(found(document, id, &path) == Found::Text(value.text().into()), "reads back");
    only_within(document, id, &before);
    document.set(id, &path, value.text()).expect("has just been set");
    assert!(document.to_bytes() == after, "set twice");
    let parsed = Document::parse(&after);
    assert!(parsed.sections().eq(document.sections()), "its sections and lines when read again");
    // What was not there at all is gone again without a trace.
    if was == Found::Absent && (edit.sub.is_none() || !had_top) {
        let mut undone = document.clone();
        assert!(undone.unset(id, &path).expect("has just been set"));
        assert!(undone.to_bytes() == before, "set and unset");
    }
}

fn add(document: &mut Document, name: &str) {
    let before = document.to_bytes();
    match document.add_section(name, &[("a", "1"), ("b", "")]) {
        Err(_) => assert!(document.to_bytes() == before, "refused, and changed"),
        Ok(id) => {
            let after = document.to_bytes();
            assert!(after.starts_with(&before), "what was there stays");
            let found = |key| found(document, id, &KeyPath::top(key));
            assert!(found("a") == Found::Text("1".into()) && found("b") == Found::Text("".into()));
            assert!(Document::parse(&after).sections().eq(document.sections()));
        }
    }
}

#[derive(PartialEq, Eq)]
enum Found {
    Absent,
    Text(String),
    Block,
    /// The section does not parse.
    Unknown,
}

fn found(document: &Document, id: SectionId, path: &KeyPath<'_>) -> Found {
    let section = document.section(id).expect("an id of this document");
    let Ok(properties) = section.properties() else { return Found::Unknown };
    match path.find(&properties) {
        None => Found::Absent,
        Some(value) => value.text().map_or(Found::Block, |text| Found::Text(text.to_owned())),
    }
}

/// All lines above the section and below it are as before, and so are comments and blank lines in
/// it.
fn only_within(document: &Document, id: SectionId, before: &[u8]) {
    let first = document.section(id).expect("an id of this document").line();
    let next = |document: &Document| {
        document.sections().map(|(_, _, line)| line).find(|line| *line > first)
    };
    let after = document.to_bytes();
    let (old, new) = (lines(before), lines(&after));
    assert!(old[..first] == new[..first], "above");
    let old_next = next(&Document::parse(before)).map_or(old.len(), |line| line - 1);
    let new_next = next(document).map_or(new.len(), |line| line - 1);
    assert!(old[old_next..] == new[new_next..], "below");
    let trivia = |lines: &[&[u8]]| -> Vec<Vec<u8>> {
        let is_trivia = |line: &&&[u8]| {
            line.starts_with(b"#")
                || line.starts_with(b";")
                || line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
        };
        lines.iter().filter(is_trivia).map(|line| line.to_vec()).collect()
    };
    assert!(trivia(&old[first..old_next]) == trivia(&new[first..new_next]), "comments");
}

/// The lines without their endings.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect()
}
