//! Any bytes come out as they went in, and an edit does what it says or nothing.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rolecall_ini::{Document, KeyPath, SectionId};

#[derive(Arbitrary, Debug)]
struct Edit<'a> {
    section: u8,
    what: What<'a>,
}

#[derive(Arbitrary, Debug)]
enum What<'a> {
    Set { key: Key<'a>, value: Name<'a> },
    Unset { key: Key<'a> },
    RenameKey { key: Key<'a>, new: Name<'a> },
    RenameSection { new: Name<'a> },
    RemoveSection,
    AddSection { name: Name<'a> },
}

#[derive(Arbitrary, Debug)]
struct Key<'a> {
    key: Name<'a>,
    sub: Option<Name<'a>>,
}

impl Key<'_> {
    fn path(&self) -> KeyPath<'_> {
        let key = self.key.text();
        match &self.sub {
            None => KeyPath::top(key),
            Some(sub) => KeyPath::nested(key, sub.text()),
        }
    }
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

fuzz_target!(|input: (Vec<Edit<'_>>, &[u8])| {
    let (edits, bytes) = input;
    let mut document = Document::parse(bytes);
    assert!(document.to_bytes() == bytes, "printed as it was");
    for edit in &edits {
        apply(&mut document, edit);
        let parsed = Document::parse(&document.to_bytes());
        let read = parsed.sections().map(|header| (header.name, header.line));
        assert!(
            read.eq(document.sections().map(|header| (header.name, header.line))),
            "read again"
        );
    }
});

fn apply(document: &mut Document, edit: &Edit<'_>) {
    if let What::AddSection { name } = &edit.what {
        return add(document, name.text());
    }
    let sections: Vec<_> = document.sections().map(|header| header.id).collect();
    let Some(&id) = sections.get(usize::from(edit.section) % sections.len().max(1)) else { return };
    match &edit.what {
        What::Set { key, value } => set(document, id, &key.path(), value.text()),
        What::Unset { key } => unset(document, id, &key.path()),
        What::RenameKey { key, new } => rename_key(document, id, key, new.text()),
        What::RenameSection { new } => rename_section(document, id, new.text()),
        What::RemoveSection => remove_section(document, id),
        What::AddSection { .. } => unreachable!("done above"),
    }
}

fn unset(document: &mut Document, id: SectionId, path: &KeyPath<'_>) {
    let before = document.to_bytes();
    match document.unset(id, path) {
        Err(_) => assert!(document.to_bytes() == before, "refused, and changed"),
        Ok(there_was) => {
            assert!(there_was || document.to_bytes() == before, "nothing unset, and changed");
            assert!(found(document, id, path) == Found::Absent, "unset, and still there");
            only_within(document, id, &before);
        }
    }
}

fn set(document: &mut Document, id: SectionId, path: &KeyPath<'_>, value: &str) {
    let before = document.to_bytes();
    let was = found(document, id, path);
    let top = KeyPath::top(path.top_key());
    let had_top = found(document, id, &top) != Found::Absent;
    if document.set(id, path, value).is_err() {
        assert!(document.to_bytes() == before, "refused, and changed");
        return;
    }
    let after = document.to_bytes();
    assert!(found(document, id, path) == Found::Text(value.into()), "reads back");
    only_within(document, id, &before);
    document.set(id, path, value).expect("has just been set");
    assert!(document.to_bytes() == after, "set twice");
    // What was not there at all is gone again without a trace.
    if was == Found::Absent && (*path == top || !had_top) {
        let mut undone = document.clone();
        assert!(undone.unset(id, path).expect("has just been set"));
        assert!(undone.to_bytes() == before, "set and unset");
    }
}

fn rename_key(document: &mut Document, id: SectionId, key: &Key<'_>, new: &str) {
    let before = document.to_bytes();
    let was = found(document, id, &key.path());
    match document.rename_key(id, &key.path(), new) {
        Ok(true) => {}
        _ => return assert!(document.to_bytes() == before, "not renamed, and changed"),
    }
    let renamed = match &key.sub {
        None => KeyPath::top(new),
        Some(_) => KeyPath::nested(key.key.text(), new),
    };
    assert!(found(document, id, &renamed) == was, "the same value");
    only_within(document, id, &before);
    let after = document.to_bytes();
    assert!(lines(&before).len() == lines(&after).len(), "a line each");
    let old = key.sub.as_ref().unwrap_or(&key.key).text();
    document.rename_key(id, &renamed, old).expect("its old name is free");
    assert!(document.to_bytes().eq_ignore_ascii_case(&before), "and back");
}

fn rename_section(document: &mut Document, id: SectionId, new: &str) {
    let before = document.to_bytes();
    let name = document.section(id).expect("an id of this document").name.to_owned();
    if document.rename_sections(&[id], new).is_err() {
        return assert!(document.to_bytes() == before, "refused, and changed");
    }
    assert!(document.section(id).expect("still there").name == new);
    only_within(document, id, &before);
    if document.rename_sections(&[id], &name).is_ok() {
        assert!(document.to_bytes() == before, "and back");
    }
}

fn remove_section(document: &mut Document, id: SectionId) {
    let others = |document: &Document| -> Vec<_> {
        let ids = document.sections().map(|header| (header.id, header.name.to_owned()));
        let ids = ids.filter(|(other, _)| *other != id);
        ids.map(|(id, name)| {
            let section = document.section(id).expect("an id of this document");
            let shown = section.properties().map(|all| {
                let line = section.line();
                all.iter().map(|p| (p.key.to_owned(), p.line - line)).collect::<Vec<_>>()
            });
            (name, shown.map_err(|error| error.kind))
        })
        .collect()
    };
    let before = others(document);
    document.remove_section(id).expect("it makes sense");
    assert!(document.section(id).is_none(), "gone");
    assert!(others(document) == before, "the others are as they were");
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
        document.sections().map(|header| header.line).find(|line| *line > first)
    };
    let after = document.to_bytes();
    let (old, new) = (lines(before), lines(&after));
    assert!(old[..first - 1] == new[..first - 1], "above");
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
