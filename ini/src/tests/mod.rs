//! Facts about the two files' dialect, and about edits.

mod corpus;
mod editing;
mod generated;
mod indexed;
mod large;
mod merging;
mod nested_editing;
mod reading;
mod refusals;
mod renaming;
mod sections_added;
mod sections_removed;

use super::{Document, EditError, KeyPath, Property, SectionId, SyntaxError, Value, sections};

/// A value as a text; a nested block as `{key=value,key=value}`.
fn show(value: &Value<'_>) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Nested(block) => {
            let shown: Vec<_> = block.iter().map(show_property).collect();
            format!("{{{}}}", shown.join(","))
        }
    }
}

fn show_property(property: &Property<'_>) -> String {
    format!("{}={}", property.key, show(&property.value))
}

/// Reads a whole text, each section as `[name]` and each property as `key=value`.
fn read(text: &str) -> Result<Vec<String>, SyntaxError> {
    let mut shown = Vec::new();
    for section in sections(text) {
        let section = section?;
        shown.push(format!("[{}]", section.name));
        shown.extend(section.properties()?.iter().map(show_property));
    }
    Ok(shown)
}

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes())
}

fn print(document: &Document) -> String {
    String::from_utf8(document.to_bytes()).expect("only UTF-8 can be edited")
}

fn id(document: &Document, name: &str) -> SectionId {
    document.sections().find(|header| header.name == name).expect("the section is there").id
}

fn get(document: &Document, section: SectionId, path: &KeyPath<'_>) -> Option<String> {
    let properties = document.section(section)?.properties().ok()?;
    path.find(&properties).map(show)
}

/// The text after `edit` worked on its section `a`.
fn edited<T>(text: &str, edit: impl FnOnce(&mut Document, SectionId) -> T) -> (String, T) {
    let mut document = parse(text);
    let section = id(&document, "a");
    let outcome = edit(&mut document, section);
    (print(&document), outcome)
}

/// The text with a key of section `a` set.
fn with(text: &str, path: KeyPath<'_>, value: &str) -> String {
    let (after, outcome) = edited(text, |document, a| document.set(a, &path, value));
    outcome.expect("the edit is accepted");
    after
}

/// The text without a key of section `a`.
fn without(text: &str, path: KeyPath<'_>) -> String {
    let (after, outcome) = edited(text, |document, a| document.unset(a, &path));
    outcome.expect("the edit is accepted");
    after
}

/// Why setting a key of section `a` is refused; the text must be as before.
fn refusal(text: &str, path: KeyPath<'_>, value: &str) -> EditError {
    let (after, outcome) = edited(text, |document, a| document.set(a, &path, value));
    assert_eq!(after, text);
    outcome.expect_err("the edit is refused")
}
