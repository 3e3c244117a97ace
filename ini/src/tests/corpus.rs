//! Files as they are found, and some that nobody should write.

use super::super::{Document, Header, KeyPath, sections};
use super::{get, print};

const CORPUS: &[&[u8]] = &[
    b"",
    b"\n",
    b"\r\n",
    b"\r",
    b"[",
    b"]",
    b"[]",
    b"=",
    b"\n[",
    b" ",
    b"\xef\xbb\xbf",
    b"\xef\xbb",
    b"\xef\xbb\xbf[a]",
    b"\xef\xbb\xbf\xef\xbb\xbf[a]\n",
    b"\xff\xfe[\0a\0]\0",
    b"\0",
    b"[a]\0\nk\0 = v\0\n",
    b"[default]\nregion = eu-west-1\noutput = json\n",
    b"[default]\r\nregion=eu-west-1\r\n\r\n[profile b]\r\n",
    b"[default]\nregion = eu-west-1\r\noutput = json\n",
    b"[default] #comment\nregion = eu-west-1 # note\n",
    b"[ profile a ]\n[profile\ta]\n[profile  a]\n",
    b"[a]\nk = v\n[a]\nk = w\nK = x\n",
    b"[a]\ns3 =\n  region = x\n\n    y = z\nregion = y\n",
    b"[a]\ns3 =\n\tx = 1\n# c\n\ty = 2\n  \n",
    b"[a]\nk : v\n",
    b"[a\nk = v\n",
    b"k = v\n[a]\n",
    b"  k = v\n[a]\n k = v\n",
    b"[a]\nk = v",
    b"[a]\nk = v\r",
    b"[a]\r[b]\rk = v\r",
    b"[a]\n\n\n\n",
    b"[a]\nk = \xe9\n",
    b"[a]\nk = \xf0\x9f\x90\xb1\n",
    b"#[a]\n;k = v\n",
    b"[a]\n= v\n",
    b"[a]\nk =\n=\n",
    b"[a]\n[[b]]\n[c]]\n]d[\n",
];

#[test]
fn every_file_prints_as_it_was() {
    for bytes in CORPUS {
        assert_eq!(Document::parse(bytes).to_bytes(), *bytes);
    }
}

#[test]
fn both_uses_of_the_lexer_see_the_same_sections() {
    for text in CORPUS.iter().filter_map(|bytes| std::str::from_utf8(bytes).ok()) {
        let document = super::parse(text);
        let read: Vec<_> = sections(text).flatten().map(|s| (s.name, s.line())).collect();
        let kept: Vec<_> = document.sections().map(|header| (header.name, header.line)).collect();
        assert_eq!(read, kept);
        for (found, Header { id, .. }) in sections(text).flatten().zip(document.sections()) {
            let kept = document.section(id).expect("an id of this document");
            let lines = |s: &super::super::Section<'_>| {
                s.properties().map(|all| all.iter().map(|p| p.line).collect::<Vec<_>>())
            };
            assert_eq!(lines(&found), lines(&kept));
        }
    }
}

#[test]
fn every_section_that_parses_can_be_edited() {
    for bytes in CORPUS {
        let original = Document::parse(bytes);
        for Header { id, .. } in original.sections() {
            if original.section(id).is_none_or(|section| section.properties().is_err()) {
                continue;
            }
            for path in [KeyPath::top("fresh"), KeyPath::nested("fresh", "sub")] {
                let mut document = original.clone();
                document.set(id, &path, "v").expect("accepted");
                assert_eq!(get(&document, id, &path).as_deref(), Some("v"));
                document.unset(id, &path).expect("accepted");
                assert_eq!(print(&document), print(&original));
            }
        }
    }
}
