//! What must hold for any file.

use proptest::prelude::*;

use super::super::{Document, EditError, Header, KeyPath, SectionId, sections};
use super::{get, parse, print};

/// A line that has a chance of meaning something, with one of the two endings.
fn line() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        4 => "[a-c]{1,2} ?= ?[x-z]{0,3}",
        2 => "[kK]= ?[v#;= ]{0,4}",
        2 => "(s3|S3) ?=",
        3 => "[ \t]{1,3}[kx] ?= ?[u-w]{0,2}( # n)?",
        1 => "[ \t]{1,3}[a-z#=]{0,3}",
        2 => "[#;][a-z =]{0,5}",
        2 => "[ \t]{0,2}",
        3 => "\\[ ?(a|b|default|profile x) ?\\] ?([#;][a-z]{0,3})?",
        1 => "\\[[a-z\\[\\]#]{0,4}",
        1 => "[a-z:= é\r\\[]{0,6}",
    ];
    (text, prop_oneof![4 => Just("\n"), 1 => Just("\r\n")]).prop_map(|(text, ending)| text + ending)
}

/// A text of such lines; the BOM and the last ending come and go.
fn text() -> impl Strategy<Value = String> {
    (any::<bool>(), prop::collection::vec(line(), 0..24), any::<bool>()).prop_map(
        |(bom, lines, ended)| {
            let text = lines.concat();
            let text = if ended { text.as_str() } else { text.trim_end_matches(['\r', '\n']) };
            format!("{}{text}", if bom { "\u{feff}" } else { "" })
        },
    )
}

/// A text of which every section parses, most of the time.
fn sane_text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        4 => "[a-c]{1,2} ?= ?[x-z]{1,3}( # n)?",
        2 => "(k|K|s3|S3) ?=",
        2 => "[kK] ?= ?[u-w]{1,2}",
        3 => "[ \t]{1,3}[kxK] ?= ?[u-w]{0,2}",
        2 => "[#;][a-z =]{0,5}",
        2 => "[ \t]{0,2}",
        1 => "\\[ ?(a|b|default) ?\\]",
    ];
    (prop::collection::vec(line, 0..16), prop_oneof![Just("\n"), Just("\r\n")], any::<bool>())
        .prop_map(|(lines, ending, ended)| {
            let head = format!("[first]{ending}first = 1");
            let mut lines = [vec![head], lines].concat().join(ending);
            if ended {
                lines.push_str(ending);
            }
            lines
        })
}

fn path() -> impl Strategy<Value = KeyPath<'static>> {
    prop::sample::select(vec![
        KeyPath::top("k"),
        KeyPath::top("a"),
        KeyPath::top("s3"),
        KeyPath::top("new"),
        KeyPath::nested("s3", "k"),
        KeyPath::nested("s3", "new"),
        KeyPath::nested("k", "x"),
        KeyPath::nested("new", "x"),
    ])
}

fn pick(document: &Document, index: prop::sample::Index) -> Option<SectionId> {
    let ids: Vec<_> = document.sections().map(|header| header.id).collect();
    (!ids.is_empty()).then(|| *index.get(&ids))
}

/// The lines that differ: those of `before` and those of `after` in between what both have in
/// common at the top and at the bottom.
fn changed_lines(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let split = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (mut before, mut after) = (split(before), split(after));
    while !before.is_empty() && before.first() == after.first() {
        before.remove(0);
        after.remove(0);
    }
    while !before.is_empty() && before.last() == after.last() {
        before.pop();
        after.pop();
    }
    (before, after)
}

proptest! {
    #[test]
    fn any_bytes_print_as_they_were(bytes: Vec<u8>) {
        prop_assert_eq!(Document::parse(&bytes).to_bytes(), bytes);
    }

    #[test]
    fn any_lines_print_as_they_were(text in text()) {
        prop_assert_eq!(print(&parse(&text)), text);
    }

    #[test]
    fn reading_never_panics_and_both_uses_agree(text in prop_oneof![text(), any::<String>()]) {
        let document = parse(&text);
        let read: Vec<_> = sections(&text).flatten().collect();
        let kept: Vec<_> = document.sections().collect();
        prop_assert_eq!(read.len(), kept.len());
        for (read, Header { id, name, line }) in read.iter().zip(kept) {
            prop_assert_eq!((read.name, read.line()), (name, line));
            let kept = document.section(id).expect("an id of this document").properties();
            match (read.properties(), kept) {
                (Ok(a), Ok(b)) => {
                    prop_assert_eq!(a.len(), b.len());
                    prop_assert!(a.iter().zip(&b).all(|(a, b)| a.line == b.line
                        && a.key == b.key
                        && a.value.is_same(&b.value)));
                }
                (a, b) => prop_assert_eq!(a.err(), b.err()),
            }
        }
    }

    #[test]
    fn a_value_set_is_the_value_got(
        text in text(), index: prop::sample::Index, path in path(), value in "[ -~é]{0,8}",
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        match document.set(section, &path, &value) {
            Ok(()) => prop_assert_eq!(get(&document, section, &path), Some(value)),
            Err(error) => {
                prop_assert_ne!(error, EditError::ReadsBackDifferently);
                prop_assert_eq!(print(&document), text);
            }
        }
    }

    #[test]
    fn setting_twice_is_setting_once(
        text in sane_text(), index: prop::sample::Index, path in path(), value in "[a-z]{0,3}",
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        if document.set(section, &path, &value).is_ok() {
            let once = print(&document);
            document.set(section, &path, &value).expect("accepted before");
            prop_assert_eq!(print(&document), once);
        }
    }

    #[test]
    fn unset_after_set_of_a_new_key_restores_the_text(
        text in sane_text(), index: prop::sample::Index, path in path(), value in "[a-z]{0,3}",
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        // A block that stands empty is taken for one that `set` has made, and goes.
        let bare = path.sub.is_some()
            && get(&document, section, &KeyPath::top(path.key)).is_some_and(|top| top.is_empty());
        if bare || get(&document, section, &path).is_some() {
            return Ok(());
        }
        if document.set(section, &path, &value).is_ok() {
            prop_assert_eq!(document.unset(section, &path), Ok(true));
            prop_assert_eq!(print(&document), text);
        }
    }

    #[test]
    fn unset_leaves_no_such_key(
        text in sane_text(), index: prop::sample::Index, path in path(),
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        let there = get(&document, section, &path).is_some();
        if let Ok(removed) = document.unset(section, &path) {
            prop_assert_eq!(removed, there);
            prop_assert_eq!(get(&document, section, &path), None);
        }
    }

    #[test]
    fn a_new_key_adds_its_own_lines_and_changes_no_other(
        text in sane_text(), index: prop::sample::Index, nested: bool,
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        let path = if nested { KeyPath::nested("new", "x") } else { KeyPath::top("new") };
        if document.set(section, &path, "v").is_ok() {
            let (gone, come) = changed_lines(&text, &print(&document));
            prop_assert!(gone.is_empty(), "{:?}", gone);
            prop_assert_eq!(come.len(), 1 + usize::from(nested));
            prop_assert!(come[0].starts_with("new"), "{:?}", come);
        }
    }

    #[test]
    fn a_replaced_value_changes_its_own_lines_alone(
        text in sane_text(), index: prop::sample::Index,
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        let path = KeyPath::top("k");
        if get(&document, section, &path).is_some() && document.set(section, &path, "v2").is_ok() {
            let (gone, come) = changed_lines(&text, &print(&document));
            let own = |line: &String| line.starts_with(['k', 'K', ' ', '\t']);
            let trivia = |line: &String| line.trim().is_empty() || line.starts_with(['#', ';']);
            prop_assert!(gone.iter().all(|line| own(line) || trivia(line)), "{:?}", gone);
            let kept: Vec<_> = gone.iter().filter(|line| trivia(line)).collect();
            let left: Vec<_> = come.iter().filter(|line| trivia(line)).collect();
            prop_assert_eq!(kept, left);
            prop_assert_eq!(come.iter().filter(|line| own(line) && !trivia(line)).count(), 1);
        }
    }

    #[test]
    fn a_renamed_key_keeps_its_place_and_all_it_says(
        text in sane_text(), index: prop::sample::Index, path in path(), new in "[a-cknq]{1,2}",
    ) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        let was = get(&document, section, &path);
        let old = path.sub.unwrap_or(path.key);
        match document.rename_key(section, &path, &new) {
            Ok(there) => prop_assert_eq!(there, was.is_some()),
            Err(error) => {
                prop_assert_ne!(error, EditError::ReadsBackDifferently);
                prop_assert_eq!(print(&document), text);
                return Ok(());
            }
        }
        let after = print(&document);
        prop_assert_eq!(after.lines().count(), text.lines().count());
        for (one, other) in text.lines().zip(after.lines()).filter(|(one, other)| one != other) {
            let (one, tail) = one.split_once('=').expect("a key's line");
            let (other, new_tail) = other.split_once('=').expect("a key's line");
            prop_assert_eq!(tail, new_tail);
            prop_assert!(one.trim().eq_ignore_ascii_case(old) && other.trim() == new);
            prop_assert_eq!(one.replacen(one.trim(), &new, 1), other);
        }
        if was.is_some() {
            let renamed = match path.sub {
                Some(_) => KeyPath::nested(path.key, &new),
                None => KeyPath::top(&new),
            };
            prop_assert_eq!(get(&document, section, &renamed), was);
        }
    }

    #[test]
    fn a_removed_section_takes_nothing_of_the_others(text in text(), index: prop::sample::Index) {
        let mut document = parse(&text);
        let Some(doomed) = pick(&document, index) else { return Ok(()) };
        let others = |document: &Document| {
            let ids = document.sections().map(|header| header.id).filter(|id| *id != doomed);
            let shown = ids.map(|id| {
                let section = document.section(id).expect("an id of this document");
                let properties = section.properties();
                let shown = properties.map(|all| all.iter().map(super::show_property).collect());
                (section.name.to_owned(), shown.map_err(|error| error.kind))
            });
            shown.collect::<Vec<(_, Result<Vec<_>, _>)>>()
        };
        let before = others(&document);
        document.remove_section(doomed).expect("a header that makes sense");
        prop_assert_eq!(others(&document), before);
        let after = print(&document);
        // What is left stands in the old order, and only lines between two headers are gone.
        let mark = |text: &str| text.starts_with('\u{feff}');
        prop_assert_eq!(mark(&after), mark(&text));
        let (gone, come) =
            changed_lines(text.trim_start_matches('\u{feff}'), after.trim_start_matches('\u{feff}'));
        prop_assert!(come.is_empty(), "{:?}", come);
        prop_assert!(gone.iter().filter(|line| line.starts_with('[')).count() <= 1, "{:?}", gone);
        let read = parse(&after);
        prop_assert!(read.sections().map(|s| (s.name, s.line)).eq(document.sections().map(|s| (s.name, s.line))));
    }

    #[test]
    fn a_section_that_was_added_is_removed_without_a_trace(text in text()) {
        // A blank line that was there before is not told from one that sets the section off, and the
        // ending of a comment is none of our business.
        let last = text.strip_suffix('\n').unwrap_or(&text).rsplit('\n').next();
        if last.is_some_and(|line| line.trim().is_empty() || line.starts_with(['#', ';'])) {
            return Ok(());
        }
        let mut document = parse(&text);
        let id = document.add_section("fresh one", &[("k", "v")]).expect("accepted");
        document.remove_section(id).expect("accepted");
        prop_assert_eq!(print(&document), text);
    }

    #[test]
    fn a_renamed_header_changes_its_own_line_alone(text in text(), index: prop::sample::Index) {
        let mut document = parse(&text);
        let Some(section) = pick(&document, index) else { return Ok(()) };
        document.rename_sections(&[section], "fresh one").expect("new");
        let (gone, come) = changed_lines(&text, &print(&document));
        prop_assert_eq!((gone.len(), come.len()), (1, 1));
        prop_assert!(come[0].trim_start_matches('\u{feff}').starts_with("[fresh one]"), "{:?}", come);
    }

    #[test]
    fn a_new_section_changes_nothing_above_it(text in text()) {
        let mut document = parse(&text);
        let id = document.add_section("fresh one", &[("k", "v")]).expect("accepted");
        let after = print(&document);
        prop_assert!(after.starts_with(&text));
        let section = document.section(id).expect("just added");
        prop_assert_eq!(section.name, "fresh one");
        prop_assert_eq!(sections(&after).flatten().last().map(|s| s.line()), Some(section.line()));
        let read = |text: &str| {
            sections(text).flatten().map(|s| s.properties().map(|p| p.len())).collect::<Vec<_>>()
        };
        let (before, after) = (read(&text), read(&after));
        prop_assert_eq!(&after[..before.len()], &before[..]);
    }
}
