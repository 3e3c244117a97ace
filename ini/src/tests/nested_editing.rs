//! Keys of a nested block, set and unset.

use super::super::{EditError, KeyPath};
use super::{refusal, with, without};

const PATH: KeyPath<'static> = KeyPath { key: "s3", sub: Some("k") };

fn set(text: &str, value: &str) -> String {
    with(text, PATH, value)
}

#[test]
fn a_nested_value_is_replaced_where_it_stands() {
    assert_eq!(
        set("[a]\ns3 =\n  x = 1\n\tK=u\n  y = 2\nk = 3\n", "v"),
        "[a]\ns3 =\n  x = 1\n\tK=v\n  y = 2\nk = 3\n"
    );
}

#[test]
fn the_same_nested_value_changes_no_byte() {
    let text = "[a]\nS3 = # note\n  x = 1\n  K=v \n";
    assert_eq!(set(text, "v"), text);
}

#[test]
fn a_new_nested_key_follows_the_last_of_its_block() {
    assert_eq!(
        set("[a]\ns3 =\n  x = 1\n\n# c\n  y = 2\n\n[b]\n", "v"),
        "[a]\ns3 =\n  x = 1\n\n# c\n  y = 2\n  k = v\n\n[b]\n"
    );
    assert_eq!(set("[a]\ns3 =\n\tx=1\nregion = r\n", "v"), "[a]\ns3 =\n\tx=1\n\tk=v\nregion = r\n");
}

#[test]
fn a_new_nested_key_at_the_end_of_the_file_adds_an_ending_above_only() {
    assert_eq!(set("[a]\ns3 =\n  x = 1", "v"), "[a]\ns3 =\n  x = 1\n  k = v");
    assert_eq!(set("[a]\r\ns3 =", "v"), "[a]\r\ns3 =\r\n    k = v");
}

#[test]
fn an_empty_value_becomes_a_block() {
    assert_eq!(set("[a]\ns3 =\nx = 1\n", "v"), "[a]\ns3 =\n    k = v\nx = 1\n");
}

#[test]
fn a_missing_block_is_made_after_the_last_property() {
    assert_eq!(set("[a]\nx=1\n\n[b]\n", "v"), "[a]\nx=1\ns3=\n    k=v\n\n[b]\n");
    assert_eq!(set("[a]\r\n", "v"), "[a]\r\ns3 =\r\n    k = v\r\n");
    assert_eq!(set("[a]", "v"), "[a]\ns3 =\n    k = v");
}

#[test]
fn a_key_of_the_section_is_not_mistaken_for_a_nested_one() {
    assert_eq!(
        set("[a]\nk = outer\ns3 =\n  x = 1\n", "v"),
        "[a]\nk = outer\ns3 =\n  x = 1\n  k = v\n"
    );
    let text = "[a]\nk = outer\ns3 =\n  x = 1\n";
    assert_eq!(without(text, PATH), text);
}

#[test]
fn a_nested_value_may_be_empty() {
    assert_eq!(set("[a]\ns3 =\n  k = u\n", ""), "[a]\ns3 =\n  k =\n");
    assert_eq!(set("[a]\ns3 =\n  k =\n", "v"), "[a]\ns3 =\n  k = v\n");
}

#[test]
fn of_duplicated_blocks_the_last_one_is_set() {
    assert_eq!(
        set("[a]\ns3 =\n  k = 1\ns3 =\n  k = 2\n  k = 3\n", "v"),
        "[a]\ns3 =\n  k = 1\ns3 =\n  k = 2\n  k = v\n"
    );
}

#[test]
fn nothing_can_be_nested_below_a_text() {
    assert_eq!(refusal("[a]\ns3 = x\n", PATH, "v"), EditError::NotABlock);
    assert_eq!(refusal("[a]\ns3 = x\n  k = y\n", PATH, "v"), EditError::NotABlock);
}

#[test]
fn unset_removes_the_nested_key_alone() {
    assert_eq!(
        without("[a]\ns3 =\n  k = 1\n  x = 1\n  K = 2\nk = 3\n", PATH),
        "[a]\ns3 =\n  x = 1\nk = 3\n"
    );
}

#[test]
fn a_block_that_loses_its_last_key_goes_with_it() {
    assert_eq!(without("[a]\nx = 1\ns3 =\n  k = 1\ny = 1\n", PATH), "[a]\nx = 1\ny = 1\n");
}

#[test]
fn an_emptied_block_stays_when_another_one_would_come_into_force() {
    assert_eq!(without("[a]\ns3 =\n  x = 1\ns3 =\n  k = 1\n", PATH), "[a]\ns3 =\n  x = 1\ns3 =\n");
}

#[test]
fn unset_after_set_restores_the_bytes() {
    for text in
        ["[a]", "[a]\r\n", "[a]\nx=1\n# c", "[a]\ns3 =\n\tx = 1", "[a]\ns3 =\n  x = 1\n\n[b]"]
    {
        assert_eq!(without(&set(text, "v"), PATH), text);
    }
}

#[test]
fn indented_comments_stay_in_their_block_and_go_with_it() {
    let text = "[a]\nx = 1\ns3 =\n  # c\n  k = u\n  # d\n";
    assert_eq!(set(text, "v"), "[a]\nx = 1\ns3 =\n  # c\n  k = v\n  # d\n");
    assert_eq!(without(text, PATH), "[a]\nx = 1\ns3 =\n  # c\n  # d\n");
    // Without the block they would be more of the value above.
    assert_eq!(without(text, KeyPath::top("s3")), "[a]\nx = 1\n");
    assert_eq!(with(text, KeyPath::top("s3"), "y"), "[a]\nx = 1\ns3 = y\n");
    assert_eq!(with(text, KeyPath::top("n"), "y"), format!("{text}n = y\n"));
    assert_eq!(with("[a]\n  # c\n", KeyPath::top("n"), "y"), "[a]\n  # c\nn = y\n");
    assert_eq!(set("[a]\ns3 =\n  # c\n", "v"), "[a]\ns3 =\n    k = v\n  # c\n");
}
