//! Files larger than any that anybody has. That these tests end is what they show.

use std::fmt::Write as _;

use super::super::{KeyPath, SyntaxErrorKind, sections};
use super::{get, id, parse, print};

const MB: usize = 1 << 20;

fn profiles(count: usize) -> String {
    let mut text = String::new();
    for n in 0..count {
        write!(
            text,
            "[profile team-{n:04}]\nregion = eu-west-1\noutput = json\n\
             role_arn = arn:aws:iam::{n:012}:role/some-team/with-a-longer-path/Administrator\n\
             source_profile = team-{:04}\nmfa_serial = arn:aws:iam::{n:012}:mfa/person\n\n",
            n / 2
        )
        .expect("a String takes all");
    }
    text
}

#[test]
fn five_thousand_profiles_are_read_and_edited() {
    let text = profiles(5_000);
    assert!(text.len() > MB);
    let found: Vec<_> = sections(&text).map(|section| section.expect("fine")).collect();
    assert_eq!(found.len(), 5_000);
    for (n, section) in found.iter().enumerate() {
        assert_eq!(section.line(), 7 * n + 1);
        let properties = section.properties().expect("fine");
        assert_eq!(properties.len(), 5);
        assert_eq!(properties[4].line, 7 * n + 6);
    }

    let mut document = parse(&text);
    assert_eq!(print(&document), text);
    let section = id(&document, "profile team-2500");
    document.set(section, &KeyPath::top("region"), "us-east-1").expect("accepted");
    let after = print(&document);
    assert_eq!(after.len(), text.len());
    assert_eq!(text.lines().zip(after.lines()).filter(|(a, b)| a != b).count(), 1);
}

#[test]
fn a_million_sections_are_read_and_kept() {
    let text = "[a]\n".repeat(1_000_000);
    assert_eq!(sections(&text).map(|s| s.expect("fine").line()).last(), Some(1_000_000));
    let mut document = parse(&text);
    let last = document.sections().last().expect("many").id;
    document.set(last, &KeyPath::top("k"), "v").expect("accepted");
    assert_eq!(print(&document).len(), text.len() + "k = v\n".len());
}

#[test]
fn a_line_of_twenty_megabytes_is_read_and_replaced() {
    // The others are shorter because they are slow without optimization, though no less linear.
    let fillers = [("x", 20), ("#", 20), ("[", 2), (" #", 2), ("=", 2), (" ", 2), ("] [", 2)];
    for (filler, size) in fillers {
        let value = filler.repeat(size * MB / filler.len());
        let text = format!("[a]\nk = {value}\nl = 1\n");
        let found = sections(&text).next().expect("one").expect("fine").properties();
        assert_eq!(found.expect("fine").len(), 2);
        let mut document = parse(&text);
        let section = id(&document, "a");
        document.set(section, &KeyPath::top("k"), "v").expect("accepted");
        assert_eq!(print(&document), "[a]\nk = v\nl = 1\n");
    }
}

#[test]
fn a_header_of_twenty_megabytes_is_an_error_like_any_other() {
    for filler in ["[", "a", "# "] {
        let text = filler.repeat(20 * MB / filler.len());
        let error = sections(&format!("[{text}")).next().expect("one").expect_err("wrong");
        assert_eq!(error.kind, SyntaxErrorKind::HeaderNotClosed);
    }
}

#[test]
fn a_value_of_two_hundred_thousand_lines_is_joined_and_removed() {
    for (first, line) in [("k = x\n", " y\n"), ("k =\n", " y = 1\n"), ("k = x\n", "\n#\n")] {
        let mut text = format!("[a]\n{first}");
        text.push_str(&line.repeat(200_000));
        text.push_str(" z = 1\nl = 1\n");
        let mut document = parse(&text);
        let section = id(&document, "a");
        assert_eq!(document.unset(section, &KeyPath::top("k")), Ok(true));
        assert_eq!(get(&document, section, &KeyPath::top("l")), Some("1".to_owned()));
    }
}

#[test]
fn a_key_given_half_a_million_times_is_removed_at_once() {
    let mut document = parse(&format!("[a]\n{}x = 1\n", "k = v\n".repeat(500_000)));
    let section = id(&document, "a");
    assert_eq!(document.unset(section, &KeyPath::top("K")), Ok(true));
    assert_eq!(print(&document), "[a]\nx = 1\n");
}
