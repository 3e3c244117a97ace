//! New sections.

use super::super::{EditError, KeyPath};
use super::{get, parse, print};

fn add(text: &str) -> String {
    let mut document = parse(text);
    document.add_section("new", &[("k", "v"), ("l", "")]).expect("accepted");
    print(&document)
}

#[test]
fn an_empty_file_gets_the_section_alone() {
    assert_eq!(add(""), "[new]\nk = v\nl =\n");
    assert_eq!(add("\u{feff}"), "\u{feff}[new]\nk = v\nl =\n");
}

#[test]
fn one_blank_line_sets_the_section_off() {
    assert_eq!(add("[a]\nx = 1\n"), "[a]\nx = 1\n\n[new]\nk = v\nl =\n");
    assert_eq!(add("[a]\nx = 1\n\n"), "[a]\nx = 1\n\n[new]\nk = v\nl =\n");
    assert_eq!(add("[a]\n \t\n"), "[a]\n \t\n[new]\nk = v\nl =\n");
    assert_eq!(add("# c\n"), "# c\n\n[new]\nk = v\nl =\n");
    assert_eq!(add("\n"), "\n[new]\nk = v\nl =\n");
}

#[test]
fn a_missing_last_ending_is_added_above_and_missed_again_below() {
    assert_eq!(add("[a]\nx = 1"), "[a]\nx = 1\n\n[new]\nk = v\nl =");
    assert_eq!(add("[a]\nx = 1\n  "), "[a]\nx = 1\n  \n[new]\nk = v\nl =");
    assert_eq!(add("[a]\nx = 1\r"), "[a]\nx = 1\r\r\n\n[new]\nk = v\nl =");
}

#[test]
fn spacing_and_endings_are_those_of_the_file() {
    assert_eq!(add("[a]\r\nx=1\r\n"), "[a]\r\nx=1\r\n\r\n[new]\r\nk=v\r\nl=\r\n");
    assert_eq!(add("[a]\r\nx=1"), "[a]\r\nx=1\r\n\r\n[new]\r\nk=v\r\nl=");
}

#[test]
fn a_section_may_be_empty_and_filled_later() {
    let mut document = parse("[a]\nx = 1\n");
    let new = document.add_section("profile my dev", &[]).expect("accepted");
    document.set(new, &KeyPath::top("k"), "v").expect("accepted");
    assert_eq!(print(&document), "[a]\nx = 1\n\n[profile my dev]\nk = v\n");
    assert_eq!(document.section(new).map(|section| section.line()), Some(4));
    assert_eq!(get(&document, new, &KeyPath::top("k")), Some("v".to_owned()));
}

#[test]
fn the_section_above_can_still_be_edited() {
    let mut document = parse("[a]\nx = 1");
    document.add_section("new", &[]).expect("accepted");
    let a = super::id(&document, "a");
    document.set(a, &KeyPath::top("k"), "v").expect("accepted");
    assert_eq!(print(&document), "[a]\nx = 1\nk = v\n\n[new]");
}

#[test]
fn what_makes_no_sense_above_is_in_nobodys_way() {
    assert_eq!(add("[bad\n  orphan\n"), "[bad\n  orphan\n\n[new]\nk = v\nl =\n");
}

#[test]
fn a_second_section_of_a_name_is_refused() {
    let text = "\n[ new ]\nx = 1\n";
    let mut document = parse(text);
    let error = document.add_section("new", &[]).expect_err("refused");
    assert_eq!(error, EditError::SectionExists { line: 2 });
    assert_eq!(print(&document), text);
}
