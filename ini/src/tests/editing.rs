//! Keys of a section, set and unset.

use super::super::KeyPath;
use super::{edited, get, id, parse, print, with, without};

fn set(text: &str, key: &str, value: &str) -> String {
    with(text, KeyPath::top(key), value)
}

fn unset(text: &str, key: &str) -> String {
    without(text, KeyPath::top(key))
}

#[test]
fn a_value_is_replaced_where_it_stands() {
    assert_eq!(set("[a]\nx = 1\nk = v\ny = 2\n", "k", "w"), "[a]\nx = 1\nk = w\ny = 2\n");
}

#[test]
fn the_key_keeps_its_spelling_and_the_line_its_spacing() {
    assert_eq!(set("[a]\nx = 1\nRegion=u\n", "region", "v"), "[a]\nx = 1\nRegion=v\n");
    assert_eq!(set("[a]\nk\t=  u\n", "K", "v"), "[a]\nk\t=  v\n");
}

#[test]
fn the_same_value_changes_no_byte() {
    for text in [
        "[a]\nK=v # note\n",
        "[a]\nk = v   \r\n",
        "[a]\nk = u\nk =\tv ;note",
        "[ x ]\n[a]#\nk = v\n# end\n\n",
    ] {
        assert_eq!(set(text, "k", "v"), text);
    }
    assert_eq!(set("[a]\nk =   \n", "k", ""), "[a]\nk =   \n");
}

#[test]
fn a_changed_value_loses_the_comment_that_other_readers_take_for_a_part_of_it() {
    assert_eq!(set("[a]\nk = u # note\n", "k", "v"), "[a]\nk = v\n");
}

#[test]
fn the_replaced_value_takes_its_continuation_lines_along() {
    assert_eq!(set("[a]\nk = u\n  more\n\tand\nl = 1\n", "k", "v"), "[a]\nk = v\nl = 1\n");
    assert_eq!(
        set("[a]\nk = u\n\n# c\n  more\n\nl = 1\n", "k", "v"),
        "[a]\nk = v\n\n# c\n\nl = 1\n"
    );
    assert_eq!(set("[a]\nk = u\n  more", "k", "v"), "[a]\nk = v");
    assert_eq!(set("[a]\nk = u\n# c\n  more", "k", "v"), "[a]\nk = v\n# c\n");
}

#[test]
fn a_text_replaces_a_nested_block() {
    assert_eq!(set("[a]\ns3 =\n  x = 1\nl = 1\n", "s3", "v"), "[a]\ns3 = v\nl = 1\n");
    assert_eq!(set("[a]\ns3 =\n  x = 1\n", "s3", ""), "[a]\ns3 =\n");
}

#[test]
fn an_empty_value_is_filled_with_the_spacing_before_its_equals_sign() {
    assert_eq!(set("[a]\nk =\n", "k", "v"), "[a]\nk = v\n");
    assert_eq!(set("[a]\nk=\n", "k", "v"), "[a]\nk=v\n");
    assert_eq!(set("[a]\nk =     # note\n", "k", "v"), "[a]\nk = v\n");
}

#[test]
fn an_emptied_value_leaves_no_trailing_whitespace() {
    assert_eq!(set("[a]\nk = v\n", "k", ""), "[a]\nk =\n");
    assert_eq!(set("[a]\nx = 1\n", "k", ""), "[a]\nx = 1\nk =\n");
}

#[test]
fn of_a_duplicated_key_the_last_one_is_set() {
    assert_eq!(set("[a]\nk = 1\nK = 2\nl = 3\n", "k", "v"), "[a]\nk = 1\nK = v\nl = 3\n");
}

#[test]
fn only_the_given_section_changes() {
    let text = "[b]\nk = 1\n[a]\nk = 1\n[c]\nk = 1\n";
    assert_eq!(set(text, "k", "2"), "[b]\nk = 1\n[a]\nk = 2\n[c]\nk = 1\n");
}

#[test]
fn of_two_sections_with_one_name_the_one_meant_changes() {
    let mut document = parse("[a]\nk = 1\n[a]\nk = 2\n");
    let second = document.sections().nth(1).expect("two").id;
    document.set(second, &KeyPath::top("k"), "3").expect("fine");
    assert_eq!(print(&document), "[a]\nk = 1\n[a]\nk = 3\n");
}

#[test]
fn a_padded_header_is_a_section_like_any_other() {
    let mut document = parse("[ profile\ta ] # c\nk = 1\n");
    let section = id(&document, " profile\ta ");
    document.set(section, &KeyPath::top("k"), "2").expect("fine");
    assert_eq!(print(&document), "[ profile\ta ] # c\nk = 2\n");
}

#[test]
fn a_new_key_follows_the_last_property() {
    assert_eq!(set("[a]\nx = 1\n\n[b]\n", "k", "v"), "[a]\nx = 1\nk = v\n\n[b]\n");
    assert_eq!(
        set("[a]\nx = 1\n\n# about b\n[b]\n", "k", "v"),
        "[a]\nx = 1\nk = v\n\n# about b\n[b]\n"
    );
    assert_eq!(set("[a]\nx = 1\n#k = old\n", "k", "v"), "[a]\nx = 1\nk = v\n#k = old\n");
}

#[test]
fn a_new_key_follows_the_last_line_of_a_value() {
    assert_eq!(set("[a]\nx = 1\n  2\n\n", "k", "v"), "[a]\nx = 1\n  2\nk = v\n\n");
    assert_eq!(
        set("[a]\ns3 =\n  x = 1\n\n  y = 1\n", "k", "v"),
        "[a]\ns3 =\n  x = 1\n\n  y = 1\nk = v\n"
    );
}

#[test]
fn a_new_key_follows_the_header_of_an_empty_section() {
    assert_eq!(set("[a]\n\n# c\n[b]\n", "k", "v"), "[a]\nk = v\n\n# c\n[b]\n");
    assert_eq!(set("[a] # c", "k", "v"), "[a] # c\nk = v");
}

#[test]
fn a_nested_key_is_not_mistaken_for_one_of_the_section() {
    let text = "[a]\ns3 =\n  region = inner\nregion = outer\n";
    assert_eq!(set(text, "region", "v"), "[a]\ns3 =\n  region = inner\nregion = v\n");
    let text = "[a]\ns3 =\n  region = inner\n";
    assert_eq!(set(text, "region", "v"), "[a]\ns3 =\n  region = inner\nregion = v\n");
    assert_eq!(unset(text, "region"), text);
}

#[test]
fn a_new_key_is_spaced_like_the_first_of_its_section() {
    assert_eq!(
        set("[b]\nx = 1\n[a]\ny=1\nz = 2\n", "k", "v"),
        "[b]\nx = 1\n[a]\ny=1\nz = 2\nk=v\n"
    );
    assert_eq!(set("[a]\nx\t=  1\n", "k", "v"), "[a]\nx\t=  1\nk\t=  v\n");
}

#[test]
fn a_key_without_a_value_is_no_example_of_spacing() {
    assert_eq!(set("[a]\ns3 =\n  x=1\ny=1\n", "k", "v"), "[a]\ns3 =\n  x=1\ny=1\nk=v\n");
}

#[test]
fn in_an_empty_section_a_key_is_spaced_like_the_first_of_the_document() {
    assert_eq!(set("[b]\nx=1\n[a]\n", "k", "v"), "[b]\nx=1\n[a]\nk=v\n");
    assert_eq!(set("[a]\n[b]\nbad\nx= 1\n", "k", "v"), "[a]\nk= v\n[b]\nbad\nx= 1\n");
    assert_eq!(set("[a]\n", "k", "v"), "[a]\nk = v\n");
}

#[test]
fn a_new_line_ends_like_the_one_above() {
    assert_eq!(set("[a]\r\nx = 1\r\n", "k", "v"), "[a]\r\nx = 1\r\nk = v\r\n");
    assert_eq!(set("[a]\r\nx = 1\r\n\r\n[b]", "k", "v"), "[a]\r\nx = 1\r\nk = v\r\n\r\n[b]");
    assert_eq!(set("[a]\nx = 1\n[b]\r\n", "k", "v"), "[a]\nx = 1\nk = v\n[b]\r\n");
}

#[test]
fn a_replaced_line_keeps_its_ending() {
    assert_eq!(set("[a]\r\nk = u\r\nl = 1\n", "k", "v"), "[a]\r\nk = v\r\nl = 1\n");
}

#[test]
fn a_missing_last_ending_is_added_only_when_something_follows() {
    assert_eq!(set("[a]\nx = 1", "k", "v"), "[a]\nx = 1\nk = v");
    assert_eq!(set("[a]\r\nx = 1", "k", "v"), "[a]\r\nx = 1\r\nk = v");
    assert_eq!(set("#\r\n[a]", "k", "v"), "#\r\n[a]\r\nk = v");
    assert_eq!(set("[a]\nk = u", "k", "v"), "[a]\nk = v");
    assert_eq!(set("[a]\nx = 1\n# c", "k", "v"), "[a]\nx = 1\nk = v\n# c");
}

#[test]
fn a_carriage_return_that_is_part_of_a_value_stays_so() {
    assert_eq!(set("[a]\nx = 1\r", "k", "v"), "[a]\nx = 1\r\r\nk = v");
}

#[test]
fn a_byte_order_mark_is_kept() {
    assert_eq!(set("\u{feff}[a]\nk = u\n", "k", "v"), "\u{feff}[a]\nk = v\n");
}

#[test]
fn unset_removes_a_key_with_all_its_lines() {
    assert_eq!(unset("[a]\nx = 1\nk = u # n\n  more\n\ny = 2\n", "K"), "[a]\nx = 1\n\ny = 2\n");
    assert_eq!(unset("[a]\ns3 =\n  x = 1\n# c\n  y = 1\nz = 1\n", "s3"), "[a]\n# c\nz = 1\n");
}

#[test]
fn unset_removes_duplicates_so_that_none_comes_into_force() {
    assert_eq!(unset("[a]\nk = 1\n  2\nx = 1\nK = 2\n", "k"), "[a]\nx = 1\n");
}

#[test]
fn unset_of_a_missing_key_changes_nothing_and_says_so() {
    let text = "[a]\nx = 1\n#k = v\n";
    let (after, removed) = edited(text, |document, a| document.unset(a, &KeyPath::top("k")));
    assert_eq!((after.as_str(), removed), (text, Ok(false)));
    let (_, removed) = edited(text, |document, a| document.unset(a, &KeyPath::top("x")));
    assert_eq!(removed, Ok(true));
}

#[test]
fn unset_of_the_last_line_leaves_no_ending_where_there_was_none() {
    assert_eq!(unset("[a]\nx = 1\nk = v", "k"), "[a]\nx = 1");
    assert_eq!(unset("[a]\r\nk = v", "k"), "[a]");
    assert_eq!(unset("[a]\nk = v\n", "k"), "[a]\n");
}

#[test]
fn unset_leaves_a_blank_or_comment_line_its_ending() {
    assert_eq!(unset("[a]\nx = 1\n\nk = v", "k"), "[a]\nx = 1\n\n");
    assert_eq!(unset("[a]\nx = 1\n# c\nk = v", "k"), "[a]\nx = 1\n# c\n");
}

#[test]
fn unset_after_set_of_a_new_key_restores_the_bytes() {
    for text in
        ["[a]", "[a]\r\n", "[a]\nx = 1", "[a]\nx = 1\r", "[a]\nx = 1\n\n# c\n[b]", "[a]\n# c"]
    {
        assert_eq!(unset(&set(text, "k", "v"), "k"), text);
    }
}

#[test]
fn a_header_or_preamble_that_makes_no_sense_elsewhere_is_in_nobodys_way() {
    let text = "garbage\n[bad\nk : v\n[a]\nk = 1\n[b]\n  orphan\n";
    let expected = "garbage\n[bad\nk : v\n[a]\nk = 2\n[b]\n  orphan\n";
    assert_eq!(set(text, "k", "2"), expected);
}

#[test]
fn lines_below_an_edit_are_counted_anew() {
    let mut document = parse("[a]\nk = 1\n  2\n  3\n[b]\nbad\n");
    let (a, b) = (id(&document, "a"), id(&document, "b"));
    document.set(a, &KeyPath::top("k"), "v").expect("fine");
    assert_eq!(document.sections().map(|header| header.line).collect::<Vec<_>>(), [1, 3]);
    let error = document.set(b, &KeyPath::top("k"), "v").expect_err("b does not parse");
    assert_eq!(error.line(), Some(4));
    document.set(a, &KeyPath::top("l"), "v").expect("fine");
    assert_eq!(document.section(b).expect("there").line(), 4);
    assert_eq!(get(&document, a, &KeyPath::top("L")), Some("v".to_owned()));
}
