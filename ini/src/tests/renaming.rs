//! Keys that get another name.

use super::super::{EditError, KeyPath, Part};
use super::{edited, get, id, parse, print};

fn rename(text: &str, path: KeyPath<'_>, new: &str) -> String {
    let (after, outcome) = edited(text, |document, a| document.rename_key(a, &path, new));
    assert_eq!(outcome, Ok(true));
    after
}

fn top(text: &str) -> String {
    rename(text, KeyPath::top("k"), "other")
}

fn refused(text: &str, path: KeyPath<'_>, new: &str) -> EditError {
    let (after, outcome) = edited(text, |document, a| document.rename_key(a, &path, new));
    assert_eq!(after, text);
    outcome.expect_err("refused")
}

#[test]
fn a_key_is_renamed_where_it_stands_and_nothing_else_changes() {
    for (before, after) in [
        ("[a]\nx = 1\nk = v\ny = 2\n", "[a]\nx = 1\nother = v\ny = 2\n"),
        ("[a]\nK\t=  v # note \n", "[a]\nother\t=  v # note \n"),
        ("[a]\r\nk=k = k\r\n", "[a]\r\nother=k = k\r\n"),
        ("[a]\nk = v\n  more\n# c\n\tk = v\n", "[a]\nother = v\n  more\n# c\n\tk = v\n"),
        ("[a]\nk =\n  k = 1\n  x = 2\n\nk2 = 3", "[a]\nother =\n  k = 1\n  x = 2\n\nk2 = 3"),
        ("[a]\nk=", "[a]\nother="),
        (
            "[b]\nk = 1\n[a] # k = 2\n#k = 3\nk = 4\n",
            "[b]\nk = 1\n[a] # k = 2\n#k = 3\nother = 4\n",
        ),
    ] {
        assert_eq!(top(before), after);
    }
}

#[test]
fn there_and_back_again_is_the_same_text() {
    for text in ["[a]\nk = v\n", "[a]\r\nx=1\r\nk\t= v ;c\r\n  more\r\n[b]", "[a]\nk =\n  x = 1"] {
        assert_eq!(rename(&top(text), KeyPath::top("OTHER"), "k"), text);
    }
}

#[test]
fn duplicates_are_renamed_together_so_that_the_same_one_counts() {
    let text = top("[a]\nk = 1\nx = 2\nK = 3\n");
    assert_eq!(text, "[a]\nother = 1\nx = 2\nother = 3\n");
}

#[test]
fn a_nested_key_is_renamed_in_its_block_alone() {
    let text = "[a]\nk = 0\ns3 =\n\tk = 1\n  x = 2\nk2 = 3\n";
    let after = rename(text, KeyPath::nested("S3", "k"), "other");
    assert_eq!(after, text.replace("\tk = 1", "\tother = 1"));
}

#[test]
fn the_spelling_alone_may_change() {
    assert_eq!(rename("[a]\nREGION = x\n", KeyPath::top("region"), "region"), "[a]\nregion = x\n");
}

#[test]
fn a_key_that_is_not_there_changes_nothing_and_that_is_said() {
    for path in [KeyPath::top("none"), KeyPath::nested("none", "x"), KeyPath::nested("s3", "none")]
    {
        let text = "[a]\nk = v\ns3 =\n  x = none\n# none = 1\n";
        let (after, outcome) = edited(text, |document, a| document.rename_key(a, &path, "new"));
        assert_eq!((after.as_str(), outcome), (text, Ok(false)));
    }
}

#[test]
fn a_name_that_is_taken_is_refused() {
    let text = "[a]\nk = v\nOther = w\ns3 =\n  x = 1\n  y = 2\n";
    assert_eq!(refused(text, KeyPath::top("k"), "other"), EditError::KeyExists);
    assert_eq!(refused(text, KeyPath::nested("s3", "x"), "Y"), EditError::KeyExists);
    // A nested key is no neighbour.
    assert_eq!(rename(text, KeyPath::top("k"), "x"), text.replace("k = v", "x = v"));
}

#[test]
fn a_name_that_would_not_read_back_is_refused() {
    let text = "[a]\nk = v\n";
    for (new, error) in [
        ("", EditError::Empty(Part::Key)),
        ("a b", EditError::Whitespace(Part::Key)),
        ("a\nb", EditError::LineBreak(Part::Key)),
        ("a=b", EditError::Delimiter(Part::Key, '=')),
        ("[a", EditError::Delimiter(Part::Key, '[')),
        ("#a", EditError::Delimiter(Part::Key, '#')),
    ] {
        assert_eq!(refused(text, KeyPath::top("k"), new), error);
    }
}

#[test]
fn a_section_that_does_not_parse_is_left_alone() {
    assert!(matches!(refused("[a]\nk = v\nbad\n", KeyPath::top("k"), "n"), EditError::Syntax(_)));
}

#[test]
fn a_section_of_one_name_is_not_the_other() {
    let mut document = parse("[a]\nk = 1\n[a]\nk = 2\n");
    let second = document.sections().nth(1).expect("two").id;
    assert_eq!(document.rename_key(second, &KeyPath::top("k"), "n"), Ok(true));
    assert_eq!(print(&document), "[a]\nk = 1\n[a]\nn = 2\n");
    let first = id(&document, "a");
    assert_eq!(get(&document, first, &KeyPath::top("k")).as_deref(), Some("1"));
}
