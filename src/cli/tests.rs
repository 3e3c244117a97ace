//! What must be known of every verb and argument: an example, and what its values can be.

use std::collections::BTreeSet;

use clap::Command;

use super::{
    command,
    complete::values_of,
    examples::{EXAMPLES, Example},
};

/// Every verb with its path, as `profile add`; the root's is empty.
fn verbs() -> Vec<(String, Command)> {
    fn walk(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        found.push((path.to_owned(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            walk(sub, format!("{path} {}", sub.get_name()).trim_start(), found);
        }
    }
    let mut root = command().disable_help_subcommand(true);
    root.build();
    let mut found = Vec::new();
    walk(&root, "", &mut found);
    found
}

#[test]
fn every_verb_has_an_example_and_every_example_a_verb() {
    let verbs: BTreeSet<String> = verbs().into_iter().map(|(path, _)| path).collect();
    let with_example: BTreeSet<String> =
        EXAMPLES.iter().map(|(path, _)| (*path).to_owned()).collect();
    let without: Vec<_> = verbs.difference(&with_example).collect();
    assert!(without.is_empty(), "verbs without an example in src/cli/examples.rs: {without:?}");
    let nobodys: Vec<_> = with_example.difference(&verbs).collect();
    assert!(nobodys.is_empty(), "src/cli/examples.rs has examples of no verb: {nobodys:?}");
    assert_eq!(EXAMPLES.len(), with_example.len(), "a verb stands there twice");
}

/// The words of the part of a line that calls rolecall.
fn words(line: &str) -> Vec<String> {
    let start = line.find("rolecall ").expect("it calls rolecall");
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line[start..].chars() {
        match (quote, c) {
            (None, '|' | '>' | ';' | ')' | '#' | '&') => break,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\' | '\n') => {}
            (None, ' ') => words.extend(Some(std::mem::take(&mut word)).filter(|w| !w.is_empty())),
            (Some(open), c) if c == open => quote = None,
            (_, c) => word.push(c),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

#[test]
fn every_example_is_a_line_that_the_program_takes_and_calls_its_verb() {
    for (path, examples) in EXAMPLES {
        assert!(!examples.is_empty(), "'{path}' has an empty list of examples");
        for Example { does, line } in *examples {
            let words = words(line);
            let parsed = command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            let called = words[1..].join(" ");
            assert!(called.starts_with(path), "an example of '{path}' calls '{called}'");
            let widest = line.lines().map(|line| line.chars().count()).max();
            assert!(widest < Some(92), "{line}: break it with a backslash");
            let starts = does.chars().next().is_some_and(char::is_uppercase);
            assert!(starts && !does.ends_with(['.', ':']), "{does:?}: a line, no final period");
        }
    }
}

#[test]
fn it_is_known_of_every_value_whether_it_can_be_completed() {
    for (path, command) in verbs() {
        let values = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        for argument in values {
            let id = argument.get_id();
            assert!(
                values_of(&path, argument).is_some(),
                "say in src/cli/complete/values.rs what the value of '{id}' of 'rolecall {path}' \
                 can be, or that it is Values::Free"
            );
        }
    }
}
