//! Sections that go, or get another name.

use super::super::{Document, EditError, KeyPath, Part};
use super::{get, id, parse, print};

fn remove(text: &str) -> String {
    let mut document = parse(text);
    let b = id(&document, "b");
    document.remove_section(b).expect("accepted");
    assert_eq!(document.section(b).map(|section| section.name), None);
    let after = print(&document);
    let again = Document::parse(after.as_bytes());
    assert!(
        again
            .sections()
            .map(|header| (header.name, header.line))
            .eq(document.sections().map(|header| (header.name, header.line)))
    );
    after
}

#[test]
fn a_section_goes_with_its_body() {
    for (before, after) in [
        ("[a]\nx = 1\n[b]\nk = v\n  more\n[c]\ny = 1\n", "[a]\nx = 1\n[c]\ny = 1\n"),
        ("[b]\nk = v\n", ""),
        ("[b]", ""),
        ("\u{feff}[b]\nk = v\n\n[c]\n", "\u{feff}[c]\n"),
        ("[a]\r\n[b]\r\nk = v\r\n[c]\r\n", "[a]\r\n[c]\r\n"),
        ("[b]\n# c\nk = v\n\n# d\n  more\n[c]\n", "[c]\n"),
    ] {
        assert_eq!(remove(before), after, "{before:?}");
    }
}

#[test]
fn one_gap_is_left_where_there_were_two() {
    for (before, after) in [
        ("[a]\nx = 1\n\n[b]\nk = v\n\n[c]\n", "[a]\nx = 1\n\n[c]\n"),
        ("[a]\nx = 1\n[b]\nk = v\n\n[c]\n", "[a]\nx = 1\n\n[c]\n"),
        ("[a]\nx = 1\n\n[b]\nk = v\n[c]\n", "[a]\nx = 1\n\n[c]\n"),
        ("[b]\nk = v\n\n\n[c]\n", "[c]\n"),
        ("[a]\r\n\r\n[b]\r\nk = v\r\n \r\n[c]\r\n", "[a]\r\n\r\n[c]\r\n"),
    ] {
        assert_eq!(remove(before), after, "{before:?}");
    }
}

#[test]
fn comments_about_others_stay() {
    for (before, after) in [
        ("# top\n[b]\nk = v\n\n# c\n[c]\n", "# top\n\n# c\n[c]\n"),
        ("[a]\n\n# b\n[b]\nk = v\n# c\n[c]\n", "[a]\n\n# b\n# c\n[c]\n"),
        ("[a]\nx = 1\n#y = 2\n[b]\nk = v\n", "[a]\nx = 1\n#y = 2\n"),
        ("[a]\n\n[b]\nk = v\n\n# end\n", "[a]\n\n# end\n"),
    ] {
        assert_eq!(remove(before), after, "{before:?}");
    }
}

#[test]
fn a_key_that_is_commented_out_goes_with_its_section() {
    for (before, after) in [
        ("[a]\n\n[b]\nk = v\n#l = w\n\n[c]\n", "[a]\n\n[c]\n"),
        ("[a]\n\n[b]\n;k = v\n", "[a]\n"),
        ("[a]\n\n[b]\nk = v\n#l = w\n\n# c\n[c]\n", "[a]\n\n# c\n[c]\n"),
    ] {
        assert_eq!(remove(before), after, "{before:?}");
    }
}

#[test]
fn the_last_one_takes_the_line_along_that_set_it_off() {
    for (before, after) in [
        ("[a]\nx = 1\n\n[b]\nk = v\n", "[a]\nx = 1\n"),
        ("[a]\nx = 1\n\n\n[b]\nk = v\n", "[a]\nx = 1\n\n"),
        ("[a]\nx = 1\n\n[b]\nk = v", "[a]\nx = 1"),
        ("[a]\nx = 1\n[b]\nk = v\n\n\n", "[a]\nx = 1\n\n\n"),
        ("[a]\nx = 1\n# c\n[b]", "[a]\nx = 1\n# c\n"),
        ("[a]\nx = 1\n \t\n[b]", "[a]\nx = 1\n \t\n"),
    ] {
        assert_eq!(remove(before), after, "{before:?}");
    }
}

#[test]
fn a_section_that_was_just_added_leaves_no_trace() {
    for text in
        ["", "\u{feff}", "\n", "# c\n", "[a]\nx = 1\n", "[a]\nx = 1", "[a]\r\nx=1\r\n", "[a]"]
    {
        let mut document = parse(text);
        let new = document.add_section("new", &[("k", "v"), ("l", "")]).expect("accepted");
        document.remove_section(new).expect("accepted");
        assert_eq!(print(&document), text);
    }
}

#[test]
fn what_makes_no_sense_within_is_in_nobodys_way() {
    assert_eq!(remove("[a]\n[b]\nbad\n  worse\n= x\n[c\n"), "[a]\n[c\n");
}

#[test]
fn other_sections_can_still_be_edited_and_added() {
    let mut document = parse("[a]\nx = 1\n\n[b]\nk = v\n\n# c\n[c]\nz = 1\n");
    let (a, b, c) = (id(&document, "a"), id(&document, "b"), id(&document, "c"));
    document.remove_section(b).expect("accepted");
    let refused = document.set(b, &KeyPath::top("k"), "w");
    assert_eq!(refused, Err(EditError::NoSuchSection));
    document.set(a, &KeyPath::top("y"), "2").expect("accepted");
    document.remove_section(c).expect("accepted");
    document.add_section("b", &[("k", "w")]).expect("accepted");
    assert_eq!(print(&document), "[a]\nx = 1\ny = 2\n\n# c\n\n[b]\nk = w\n");
    document.remove_section(a).expect("accepted");
    assert_eq!(print(&document), "# c\n\n[b]\nk = w\n");
}

#[test]
fn a_header_gets_another_name_and_keeps_the_rest() {
    for (before, after) in [
        ("[b]\nk = v\n", "[new]\nk = v\n"),
        ("\u{feff}[b]# c ]\r\nbad\r\n", "\u{feff}[new]# c ]\r\nbad\r\n"),
        ("[a]\n\n# b\n[b]   ; b\n#k = v", "[a]\n\n# b\n[new]   ; b\n#k = v"),
    ] {
        let mut document = parse(before);
        let b = id(&document, "b");
        document.rename_sections(&[b], "new").expect("accepted");
        assert_eq!(print(&document), after);
        assert_eq!(document.section(b).map(|section| section.name), Some("new"));
        document.rename_sections(&[b], "b").expect("accepted");
        assert_eq!(print(&document), before);
    }
}

#[test]
fn sections_that_are_one_are_renamed_together() {
    let mut document = parse("[ b ]\nk = 1\n[a]\n[b]\nk = 2\n");
    let ids: Vec<_> = document.sections().filter(|s| s.name != "a").map(|s| s.id).collect();
    document.rename_sections(&ids, "new").expect("accepted");
    assert_eq!(print(&document), "[new]\nk = 1\n[a]\n[new]\nk = 2\n");
    assert_eq!(get(&document, ids[0], &KeyPath::top("k")).as_deref(), Some("1"));
}

#[test]
fn a_name_that_is_taken_or_reads_differently_is_refused() {
    let text = "[b]\n[ c ]\n";
    let mut document = parse(text);
    let b = id(&document, "b");
    for (name, error) in [
        ("c", EditError::SectionExists { line: 2 }),
        ("", EditError::Empty(Part::SectionName)),
        ("a]", EditError::Delimiter(Part::SectionName, ']')),
        ("a\nb", EditError::LineBreak(Part::SectionName)),
    ] {
        assert_eq!(document.rename_sections(&[b], name), Err(error));
        assert_eq!(print(&document), text);
    }
}
