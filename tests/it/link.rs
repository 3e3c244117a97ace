//! What lies beside what in the static program: `link/hit.ld`.

use std::{collections::BTreeSet, fs, process::Command};

use crate::support::{clients::require_program, programs};

const ORDER: &str = "link/hit.ld";

/// The parts of the path in a name of the form `_ZN3std2io5write17h…`.
fn parts(name: &str) -> Vec<&str> {
    let mut rest = name.strip_prefix("_ZN").unwrap_or_default();
    let mut parts = Vec::new();
    while let Some(digits) = rest.find(|c: char| !c.is_ascii_digit()).filter(|digits| *digits > 0) {
        let length: usize = rest[..digits].parse().unwrap();
        let Some(part) = rest.get(digits..digits + length) else { break };
        parts.push(part);
        rest = &rest[digits + length..];
    }
    parts
}

/// The names of all functions of the sources.
fn functions() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders: Vec<_> =
        ["src", "ini/src"].map(|name| programs::repository().join(name)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(path).unwrap();
                let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
                let pairs = words.windows(2).filter(|pair| pair[0] == "fn");
                names.extend(pairs.map(|pair| pair[1].to_owned()));
            }
        }
    }
    names
}

#[test]
fn most_functions_that_are_put_together_still_exist() {
    let order = fs::read_to_string(programs::repository().join(ORDER)).unwrap();
    let names = order.lines().filter_map(|line| line.trim().strip_prefix("*(.text."));
    let paths: Vec<Vec<&str>> = names.map(parts).collect();
    let is_ours = |path: &&Vec<&str>| {
        path.first().is_some_and(|first| *first == "rolecall" || *first == "rolecall_ini")
    };
    // What is made from a trait's function or a closure has other names.
    let is_word = |part: &&&str| part.chars().all(|c| c.is_alphanumeric() || c == '_');
    let last = paths.iter().filter(is_ours).filter_map(|path| path.iter().rfind(is_word));
    let last: Vec<&str> = last.copied().collect();
    assert!(last.len() > 100, "{last:?}");
    let functions = functions();
    let gone: Vec<&&str> = last.iter().filter(|name| !functions.contains(**name)).collect();
    let remedy = "write it again with .ci/order, see docs/performance.md";
    assert!(gone.len() * 5 < last.len(), "{ORDER} is old: {remedy}: {gone:?}");
}

#[test]
fn the_static_program_has_the_functions_of_a_hit_together() {
    if !programs::is_another_build() || !cfg!(target_arch = "x86_64") {
        return;
    }
    let readelf = need!(require_program("readelf", "binutils"));
    let read = |what: &str| {
        let output = Command::new(&readelf).args(["-W", what]).arg(programs::rolecall()).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    if read("-l").contains("INTERP") {
        return; // it is not the static one
    }
    let sections = read("-S");
    let section = sections.lines().find_map(|line| line.split_once(" .text.hit "));
    let (_, columns) = section.expect("no such section");
    let size = columns.split_whitespace().nth(3).unwrap();
    let size = usize::from_str_radix(size, 16).unwrap();
    assert!(size > 128 * 1024, "{size}: {ORDER} fits another compiler");
}
