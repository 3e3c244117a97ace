//! The index of a text that comes in pieces says what `sections` says of the whole.

use proptest::prelude::*;

use super::super::{
    Index, Indexer, Section, SyntaxError, SyntaxErrorKind, sections, single_section,
};

fn index(text: &[u8], piece: usize) -> Result<Index, SyntaxError> {
    let mut indexer = Indexer::default();
    for piece in text.chunks(piece) {
        indexer.feed(piece)?;
    }
    indexer.finish()
}

/// Name, line and text of every section, or the first error: once from the index, once from the
/// whole text.
#[track_caller]
fn assert_same(text: &str, piece: usize) {
    let whole: Result<Vec<Section<'_>>, SyntaxError> = sections(text).collect();
    match (index(text.as_bytes(), piece), whole) {
        (Err(one), Err(other)) => assert_eq!(one, other),
        (Ok(index), Ok(whole)) => {
            assert_eq!(index.len(), whole.len());
            for (i, section) in whole.iter().enumerate() {
                let (lines, between) = index.lines_before(i);
                let between = &text[usize::try_from(between.start).unwrap()..]
                    [..usize::try_from(between.end - between.start).unwrap()];
                let line = lines + between.matches('\n').count() + 1;
                assert_eq!((index.name(i), line), (section.name, section.line()));
                assert!(between.len() <= 2 * 1024 + piece, "{}", between.len());
                let range = index.range(i);
                let own = &text
                    [usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()];
                let read = single_section(own, line).expect("the section that was indexed");
                assert_eq!(read.name, section.name);
                assert_eq!(read.line(), section.line());
                assert!(read.body() == section.body());
            }
        }
        (one, other) => panic!("{:?} is not {:?}", one.map(|i| i.len()), other.map(|s| s.len())),
    }
}

#[test]
fn headers_are_found_wherever_a_piece_ends() {
    let text = "\u{feff}# c\n\r\n[a]\nx = [y]\n [no]\n[b] ; c\r\n\r\n[ü]\n[[c]\nx=1";
    for piece in 1..=text.len() {
        assert_same(text, piece);
    }
    assert_same("", 1);
}

#[test]
fn errors_are_found_wherever_a_piece_ends() {
    for text in ["x = 1\n[a]\n", "[a]\n\n[b\n", "[a] b\n", "\n\n  x\n", "[a"] {
        for piece in 1..=text.len() {
            assert_same(text, piece);
        }
    }
    let error = index(b"[a]\n[\xff]\n", 3).unwrap_err();
    assert_eq!(error, SyntaxError { line: 2, kind: SyntaxErrorKind::NotUtf8 });
    assert!(index(b"[a]\nx = \xff\n", 3).is_ok(), "a body is for whoever reads it");
}

#[test]
fn what_is_not_one_section_is_not_taken_for_one() {
    for text in ["x = 1\n[a]", "", "[a", "[a]\n[b]\n"] {
        assert!(single_section(text, 1).is_none(), "{text:?}");
    }
    assert_eq!(single_section("[b]\nx = 1\n", 7).map(|it| (it.name, it.line())), Some(("b", 7)));
}

#[test]
fn lines_of_a_long_text_are_counted_in_stretches() {
    let body = "x = 1\n# [no]\n".repeat(300);
    let sections: Vec<_> = (0..20).map(|i| format!("[s{i}]\n{}", &body[..i * 180])).collect();
    let text = sections.concat();
    for piece in [1, 7, 1023, 1024, 1025, 5000, text.len()] {
        assert_same(&text, piece);
    }
}

proptest! {
    #[test]
    fn any_text_in_any_pieces(
        lines in prop::collection::vec(
            prop::sample::select(vec![
                "[a]", "[ profile b ]", "[c", "[d] e", "[e];f", "x = 1", " y = 2", "x =", "[", "",
                "#[a]", "\t[a]", "]", "ü = [ü]", "nonsense",
            ]),
            0..12,
        ),
        ending in prop::sample::select(vec!["\n", "\r\n"]),
        last in any::<bool>(),
        piece in 1_usize..40,
    ) {
        let mut text = lines.join(ending);
        if last {
            text.push_str(ending);
        }
        assert_same(&text, piece);
    }
}
