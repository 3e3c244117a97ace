//! Every link leads somewhere: to a file of the repository, and to a heading that is there.

use std::path::{Component, Path, PathBuf};

use crate::support::{pages::Page, programs};

/// What is wrong with a link of a page; `None` if nothing is.
fn fault(page: &Page, target: &str) -> Option<String> {
    if target.starts_with("https://") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let target = plain(&page.path.parent().expect("a file lies in a folder").join(path));
    if !path.is_empty() && !programs::repository().join(&target).exists() {
        return Some(format!("{} does not exist", target.display()));
    }
    let is_page = target.extension().is_some_and(|extension| extension == "md");
    let anchors = match path {
        "" => page.anchors(),
        _ if is_page => Page::at(target).anchors(),
        _ => Vec::new(),
    };
    let is_there = anchor.is_empty() || anchors.iter().any(|known| known == anchor);
    (!is_there).then(|| format!("there is no heading #{anchor}"))
}

/// The path without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_and_anchor_of_every_page_exists() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in Page::all() {
        for (line, target) in page.links() {
            count += 1;
            if let Some(fault) = fault(&page, &target) {
                wrong.push(format!("{}: ({target}): {fault}", page.place(line)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 100, "only {count} links: are the pages read?");
}

#[test]
fn every_page_is_in_the_contents_once() {
    let contents = Page::at("docs/SUMMARY.md");
    let mut listed: Vec<_> = contents.links().into_iter().map(|(_, target)| target).collect();
    listed.sort();
    let pages = Page::all().into_iter().filter(|page| page.path != contents.path);
    let mut all: Vec<_> = pages
        .map(|page| match page.path.strip_prefix("docs") {
            Ok(name) => name.display().to_string(),
            Err(_) => format!("../{}", page.path.display()),
        })
        .collect();
    all.sort();
    assert_eq!(listed, all);
}

#[test]
fn a_broken_link_is_found() {
    let page = |text: &str| Page { path: "docs/x.md".into(), text: text.to_owned() };
    let faults = |text: &str| -> usize {
        let page = page(text);
        page.links().iter().filter(|(_, target)| fault(&page, target).is_some()).count()
    };
    assert_eq!(
        faults("# A `b` heading\n\n[a](#a-b-heading), [twice](#b), [b](#b-1)\n\n## B\n\n## B\n"),
        0
    );
    assert_eq!(faults("[over two\nlines](stores.md#auto), [up](../README.md), `[no](link)`\n"), 0);
    assert_eq!(faults("```sh\n[no](link)\n# no heading\n```\n\n[x](#no-heading)\n"), 1);
    assert_eq!(faults("[a](nothing.md), [b](stores.md#nothing), [c](../docs/x.svg)\n"), 3);
    assert_eq!(faults("<img src=\"nothing.svg\">, [plain http](http://example.com)\n"), 2);
}
