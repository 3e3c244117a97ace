//! The rules by which a text is read.

use super::super::{SyntaxError, SyntaxErrorKind, lookup, sections};
use super::read;

/// What `[a]` with this body says.
fn body(body: &str) -> Vec<String> {
    let mut shown = read(&format!("[a]\n{body}")).expect("the body is fine");
    shown.remove(0);
    shown
}

fn error(text: &str) -> (usize, SyntaxErrorKind) {
    let SyntaxError { line, kind } = read(text).expect_err("the text is wrong");
    (line, kind)
}

fn names(text: &str) -> Vec<&str> {
    sections(text).map(|section| section.expect("headers are fine").name).collect()
}

#[test]
fn section_names_are_as_written() {
    assert_eq!(names("[a]\n[ b\t]\n[profile \"x y\"]\n[]\n"), ["a", " b\t", "profile \"x y\"", ""]);
}

#[test]
fn a_text_without_headers_has_no_sections() {
    assert!(names("").is_empty());
    assert!(names("\u{feff}\n  \n# c\n; c").is_empty());
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(names("\u{feff}[a]\nk = v"), ["a"]);
    assert_eq!(names("\u{feff}# c\n[a]"), ["a"]);
    assert_eq!(error("\u{feff}k = v\n"), (1, SyntaxErrorKind::BeforeFirstSection));
}

#[test]
fn a_bracket_behind_column_zero_is_no_header() {
    assert_eq!(body("k = [x]\n [y]\nl = [z"), ["k=[x]\n[y]", "l=[z"]);
}

#[test]
fn a_commented_header_is_no_header() {
    assert_eq!(names("#[x]\n;[y]\n[a]\n#[z]\n"), ["a"]);
}

#[test]
fn a_comment_may_follow_a_header_at_once() {
    assert_eq!(names("[a];c\n[b]#c\n[c] # c\n[d] \t\n"), ["a", "b", "c", "d"]);
}

#[test]
fn other_text_behind_a_header_is_an_error() {
    assert_eq!(error("[a]\n[b] c\n"), (2, SyntaxErrorKind::TextAfterHeader));
    assert_eq!(error("[a] k = v\n"), (1, SyntaxErrorKind::TextAfterHeader));
}

#[test]
fn a_header_ends_at_its_last_bracket() {
    assert_eq!(names("[a]b]\n[[c]]\n"), ["a]b", "[c]"]);
}

#[test]
fn a_header_without_its_bracket_is_an_error() {
    assert_eq!(error("[a\nk = v"), (1, SyntaxErrorKind::HeaderNotClosed));
    assert_eq!(error("\n[a]\n[b # ]\n"), (3, SyntaxErrorKind::HeaderNotClosed));
    assert_eq!(error("["), (1, SyntaxErrorKind::HeaderNotClosed));
}

#[test]
fn the_iterator_goes_on_behind_an_error() {
    let found: Vec<_> =
        sections("k = v\n[a\n[b]\n").map(|s| s.map(|s| s.name).map_err(|e| e.line)).collect();
    assert_eq!(found, [Err(1), Err(2), Ok("b")]);
}

#[test]
fn text_before_the_first_section_is_an_error() {
    let kind = SyntaxErrorKind::BeforeFirstSection;
    assert_eq!(error("# c\n\nk = v\n[a]"), (3, kind));
    assert_eq!(error(" k = v\n"), (1, kind));
    assert_eq!(error("garbage"), (1, kind));
}

#[test]
fn comments_and_blank_lines_may_stand_before_the_first_section() {
    assert_eq!(names("# c\n; c\n\n \t\n\r\n[a]\n"), ["a"]);
}

#[test]
fn keys_and_values_are_trimmed() {
    assert_eq!(body("k=v\nk = v\nk\t=\tv \t\n"), ["k=v", "k=v", "k=v"]);
}

#[test]
fn only_spaces_and_tabs_are_trimmed() {
    assert_eq!(body("k =\u{a0}v\u{3000}\n"), ["k=\u{a0}v\u{3000}"]);
}

#[test]
fn keys_keep_their_spelling_and_their_inner_spaces() {
    assert_eq!(body("Region = x\na b = c\n"), ["Region=x", "a b=c"]);
}

#[test]
fn values_are_neither_unquoted_nor_cut_at_an_equals_sign() {
    assert_eq!(body("k = \"v\"\nl = a=b==\nm = 🐱\n"), ["k=\"v\"", "l=a=b==", "m=🐱"]);
}

#[test]
fn a_comment_line_starts_at_column_zero() {
    assert_eq!(body("# k = v\n;k = v\nl = w\n"), ["l=w"]);
}

#[test]
fn a_comment_behind_a_value_needs_whitespace_before_it() {
    assert_eq!(
        body("k = v # c\nk = v\t;c\nk = v#c\nk = v;c ; d\n"),
        ["k=v", "k=v", "k=v#c", "k=v;c"]
    );
}

#[test]
fn a_value_that_is_a_comment_is_empty() {
    assert_eq!(body("k = # c\nl =#c\n"), ["k=", "l=#c"]);
}

#[test]
fn a_comment_that_hides_the_equals_sign_makes_an_error() {
    assert_eq!(error("[a]\nk # = v\n"), (2, SyntaxErrorKind::NoEquals));
}

#[test]
fn indented_lines_continue_a_value() {
    assert_eq!(body("k = v\n  w \n\tx = y\nl = z\n"), ["k=v\nw\nx = y", "l=z"]);
}

#[test]
fn a_comment_mark_is_part_of_a_continuation() {
    assert_eq!(body("k = v # c\n w # d\n # e\n"), ["k=v\nw # d\n# e"]);
}

#[test]
fn comments_and_blank_lines_do_not_end_a_value() {
    assert_eq!(body("k = v\n\n# c\n  \n w\n"), ["k=v\nw"]);
}

#[test]
fn an_indented_line_below_a_header_is_an_error() {
    let kind = SyntaxErrorKind::NothingToContinue;
    assert_eq!(error("[a]\n k = v\n"), (2, kind));
    assert_eq!(error("[a]\nk = v\n[a]\n\n# c\n w\n"), (6, kind));
}

#[test]
fn indented_properties_below_an_empty_value_are_nested() {
    assert_eq!(body("s3 =\n  a = 1\n\n# c\n\tb=2\nk = v\n"), ["s3={a=1,b=2}", "k=v"]);
    assert_eq!(body("s3 = # c\n  a =\n  b = x = y\n"), ["s3={a=,b=x = y}"]);
}

#[test]
fn a_comment_mark_is_part_of_a_nested_value() {
    assert_eq!(body("s3 =\n  a = 1 # c\n"), ["s3={a=1 # c}"]);
}

#[test]
fn an_indented_comment_is_none_of_a_block_and_may_stand_below_a_header() {
    assert_eq!(body("s3 =\n  # c\n  a = 1\n\t; b = 2\n"), ["s3={a=1}"]);
    assert_eq!(body("s3 =\n  # c\nk = v\n"), ["s3=", "k=v"]);
    assert_eq!(body("  # c\nk = v\n  # more\n"), ["k=v\n# more"]);
}

#[test]
fn properties_below_a_value_are_its_text() {
    assert_eq!(body("k = v\n a = 1\n"), ["k=v\na = 1"]);
}

#[test]
fn a_nested_line_needs_a_key_and_an_equals_sign() {
    assert_eq!(error("[a]\ns3 =\n  x\n"), (3, SyntaxErrorKind::NestedNoEquals));
    assert_eq!(error("[a]\ns3 =\n  x # = y\n"), (3, SyntaxErrorKind::NestedNoEquals));
    assert_eq!(error("[a]\ns3 =\n  = y\n"), (3, SyntaxErrorKind::NestedNoKey));
}

#[test]
fn an_empty_value_does_not_swallow_the_next_line() {
    assert_eq!(body("aws_session_token =\nregion = x\n"), ["aws_session_token=", "region=x"]);
    assert_eq!(body("k ="), ["k="]);
}

#[test]
fn a_line_without_an_equals_sign_is_an_error() {
    assert_eq!(error("[a]\n\nk : v\n"), (3, SyntaxErrorKind::NoEquals));
    assert_eq!(error("[a]\nk\n"), (2, SyntaxErrorKind::NoEquals));
}

#[test]
fn a_line_without_a_key_is_an_error() {
    assert_eq!(error("[a]\n= v\n"), (2, SyntaxErrorKind::NoKey));
}

#[test]
fn carriage_returns_before_line_feeds_are_no_part_of_anything() {
    let text = "[a]\r\nk = v\r\n w\r\n\r\ns3 =\r\n  x = y\r\n";
    assert_eq!(read(text).expect("fine"), ["[a]", "k=v\nw", "s3={x=y}"]);
}

#[test]
fn other_carriage_returns_are_text() {
    assert_eq!(body("k = a\rb\nl = c\r"), ["k=a\rb", "l=c\r"]);
}

#[test]
fn duplicates_are_all_read_and_the_last_one_is_found() {
    let text = "[a]\nRegion = x\nk = v\nregion = y\n";
    let section = sections(text).next().expect("one").expect("fine");
    let properties = section.properties().expect("fine");
    assert_eq!(properties.len(), 3);
    let found = lookup(&properties, "REGION").expect("there");
    assert_eq!((found.line, found.value.text()), (4, Some("y")));
}

#[test]
fn an_error_in_one_body_leaves_the_others_readable() {
    let found: Vec<_> = sections("[a]\nbad\n[b]\nk = v\n")
        .map(|s| s.expect("headers are fine").properties().map(|p| p.len()).map_err(|e| e.line))
        .collect();
    assert_eq!(found, [Err(2), Ok(1)]);
}

#[test]
fn lines_are_counted_from_one() {
    let text = "\u{feff}# c\r\n[a]\r\nk = v\n w\ns3 =\n\n  x = y\n[b]\n";
    let found: Vec<_> = sections(text).map(|s| s.expect("fine")).collect();
    assert_eq!(found.iter().map(super::super::Section::line).collect::<Vec<_>>(), [2, 8]);
    let properties = found[0].properties().expect("fine");
    assert_eq!(properties.iter().map(|p| p.line).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(properties[1].value.nested()[0].line, 7);
}

#[test]
fn errors_do_not_repeat_the_text() {
    for text in ["hunter2", "[hunter2", "[a]hunter2", "[a]\nhunter2", "[a]\nk=\n hunter2"] {
        let error = read(text).expect_err("wrong");
        assert!(!format!("{error}{error:?}").contains("hunter2"));
    }
}

#[test]
fn messages_are_lower_case_and_end_without_a_period() {
    let error = read("[a").expect_err("wrong");
    assert_eq!(error.to_string(), "section header without ']'");
}

#[test]
fn debug_does_not_show_values() {
    let text = "[a]\nk = hunter2\ns3 =\n x = hunter2\n";
    let all = sections(text);
    let section = all.clone().next().expect("one").expect("fine");
    let properties = section.properties().expect("fine");
    let shown = format!("{all:?}{section:?}{properties:?}{:?}", super::parse(text));
    assert!(!shown.contains("hunter2"), "{shown}");
}
