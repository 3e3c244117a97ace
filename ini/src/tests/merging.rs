//! Sections of one name become one, and comments behind values get lines of their own.

use crate::{Document, EditError, SectionId};

/// The sections of `document` with this header.
fn named(document: &Document, name: &str) -> Vec<SectionId> {
    document.sections().filter(|it| it.name == name).map(|it| it.id).collect()
}

fn merged(text: &str) -> Result<String, EditError> {
    let mut document = Document::parse(text.as_bytes());
    let sections = named(&document, "a");
    document.merge_sections(&sections)?;
    assert_eq!(named(&document, "a").len(), 1);
    Ok(String::from_utf8(document.to_bytes()).unwrap())
}

#[test]
fn the_lines_of_later_sections_move_up_and_the_last_key_counts() {
    for (text, expected) in [
        ("[a]\nx = 1\n\n[b]\ny = 1\n\n[a]\nz = 1\n", "[a]\nx = 1\nz = 1\n\n[b]\ny = 1\n"),
        // The comment above a header stays with what follows it.
        (
            "[a] # one\nx = 1\n# own\n\n# of b\n[b]\ny = 1\n[a] ; two\n# moved\nX = 2\nz = 1",
            "[a] # one\n# own\n; two\n# moved\nX = 2\nz = 1\n\n# of b\n[b]\ny = 1",
        ),
        ("[a]\r\nx = 1\r\n[a]\r\ny = 2\r\n[a]\r\nx = 3\r\n", "[a]\r\ny = 2\r\nx = 3\r\n"),
        ("[a]\n[b]\n[a]\ns =\n  k = 1\n", "[a]\ns =\n  k = 1\n[b]\n"),
        ("[a]\nx = 1\n[a]\n", "[a]\nx = 1\n"),
    ] {
        assert_eq!(merged(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_cannot_be_merged_safely_is_refused() {
    // An indented comment would become part of the value above it.
    let text = "[a]\nx = 1\n[a]\n  # note\ny = 1\n";
    assert_eq!(merged(text), Err(EditError::ReadsBackDifferently));
    assert_eq!(
        merged("[a]\ns =\n  k = 1\n[a]\ns =\n  k = 2\n"),
        Err(EditError::ReadsBackDifferently)
    );
    assert!(merged("[a]\nx = 1\n[a]\nnonsense\n").is_err());
}

#[test]
fn a_comment_behind_a_value_moves_above_it() {
    let text =
        "[a]\r\n# first\r\nregion=x-y-1  # here \r\nempty = ; nothing\nz = v#c\nlast = 1 # end";
    let mut document = Document::parse(text.as_bytes());
    let a = named(&document, "a")[0];
    let section = document.section(a).unwrap();
    let found: Vec<_> = section.inline_comments().iter().map(|it| (it.key, it.line)).collect();
    assert_eq!(found, [("region", 3), ("empty", 4), ("last", 6)]);
    for key in ["REGION", "empty", "last"] {
        assert_eq!(document.separate_comments(a, key), Ok(true));
        assert_eq!(document.separate_comments(a, key), Ok(false));
    }
    assert_eq!(document.separate_comments(a, "z"), Ok(false));
    let expected =
        "[a]\r\n# first\r\n# here\r\nregion=x-y-1\r\n; nothing\nempty =\nz = v#c\n# end\nlast = 1";
    assert_eq!(String::from_utf8(document.to_bytes()).unwrap(), expected);
    assert!(document.section(a).unwrap().inline_comments().is_empty());
}
