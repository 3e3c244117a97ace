//! Any text in any pieces has the sections that it has as a whole.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rolecall_ini::{Index, Indexer, Property, SyntaxError, sections, single_section};

fuzz_target!(|input: (Vec<u8>, &[u8])| {
    let (lengths, text) = input;
    let whole = index([text]);
    let in_pieces = index(Pieces { lengths: lengths.into_iter(), text });
    let heads = |index: &Result<Index, SyntaxError>| match index {
        Ok(index) => Ok(heads(index, text)),
        Err(error) => Err(*error),
    };
    assert_eq!(heads(&in_pieces), heads(&whole), "in pieces");
    let Ok(text) = std::str::from_utf8(text) else { return };
    // Whoever reads the text as a whole stops where the index does, and for the same reason.
    let found: Result<Vec<_>, _> = sections(text).collect();
    let index = match (whole, found) {
        (Ok(index), Ok(found)) => {
            assert_eq!(index.len(), found.len());
            for (i, section) in found.iter().enumerate() {
                assert_eq!(
                    (index.name(i), line(&index, i, text.as_bytes())),
                    (section.name, section.line())
                );
            }
            index
        }
        (whole, found) => return assert_eq!(whole.err(), found.err()),
    };
    for (i, section) in sections(text).flatten().enumerate() {
        let range = index.range(i);
        let (start, end) = (range.start as usize, range.end as usize);
        let alone = single_section(&text[start..end], line(&index, i, text.as_bytes()))
            .expect("is where the index says it is");
        assert_eq!(alone.name, section.name);
        assert!(same(&alone.properties(), &section.properties()), "read alone");
    }
});

fn index<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Index, SyntaxError> {
    let mut indexer = Indexer::default();
    for piece in pieces {
        indexer.feed(piece)?;
    }
    indexer.finish()
}

/// Name, place and line of every section.
fn heads(index: &Index, text: &[u8]) -> Vec<(String, std::ops::Range<u64>, usize)> {
    let head = |i| (index.name(i).to_owned(), index.range(i), line(index, i, text));
    (0..index.len()).map(head).collect()
}

/// The line of the header of section `i`.
fn line(index: &Index, i: usize, text: &[u8]) -> usize {
    let (lines, between) = index.lines_before(i);
    let between = &text[between.start as usize..between.end as usize];
    lines + between.iter().filter(|byte| **byte == b'\n').count() + 1
}

fn same(
    ours: &Result<Vec<Property<'_>>, SyntaxError>,
    theirs: &Result<Vec<Property<'_>>, SyntaxError>,
) -> bool {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => same_properties(ours, theirs),
        (ours, theirs) => ours.as_ref().err() == theirs.as_ref().err(),
    }
}

fn same_properties(ours: &[Property<'_>], theirs: &[Property<'_>]) -> bool {
    ours.len() == theirs.len()
        && ours.iter().zip(theirs).all(|(a, b)| {
            (a.key, a.line, a.value.text()) == (b.key, b.line, b.value.text())
                && same_properties(a.value.nested(), b.value.nested())
        })
}

/// A text cut after so many bytes, again and again; the rest of it is the last piece.
struct Pieces<'a, L> {
    lengths: L,
    text: &'a [u8],
}

impl<'a, L: Iterator<Item = u8>> Iterator for Pieces<'a, L> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.text.is_empty() {
            return None;
        }
        let length = self.lengths.next().map_or(self.text.len(), usize::from);
        let (piece, rest) = self.text.split_at(length.min(self.text.len()));
        self.text = rest;
        Some(piece)
    }
}
