//! `rolecall help TOPIC` says what the pages say, and needs nothing for it.

use std::ffi::OsString;

use crate::support::{pages::Page, sandbox::Sandbox};

fn topic(name: &str) -> String {
    let sandbox = Sandbox::new();
    // Not even a home, or a network.
    let run = sandbox.rolecall(&["help", name]).env_remove("HOME");
    let output = run.env("HTTPS_PROXY", "http://127.0.0.1:9").run().ok();
    assert_eq!(output.stderr, "");
    output.stdout
}

/// The words in backticks of a table's first column, below this heading of the page.
fn first_column(page: &str, heading: &str) -> Vec<String> {
    let page = Page::at(page);
    let (_, section) = page.text.split_once(&format!("{heading}\n")).expect(heading);
    let rows = section.split("\n#").next().unwrap().lines();
    let cells = rows.filter_map(|row| row.strip_prefix("| ")?.split(" | ").next());
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(ToOwned::to_owned).collect()
}

#[test]
fn the_files_are_those_of_the_page() {
    let text = topic("files");
    let paths = first_column("docs/configuration.md", "## The state directory");
    assert!(paths.len() > 8, "{paths:?}");
    for path in paths {
        let short = path.replace("….", "*.").replace('…', "*");
        let is_lock = short.starts_with("locks/") && text.contains("  locks/ ");
        assert!(is_lock || text.contains(&short), "{short} is not in\n{text}");
    }
}

#[test]
fn the_exit_codes_are_those_of_the_page() {
    let text = topic("exit-codes");
    let page = Page::at("docs/exit-codes.md").text;
    let (_, table) = page.split_once("| exit | meaning |").unwrap();
    let rows = table.split("\n\n").next().unwrap().lines().skip(2);
    let of_page: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    let of_text: Vec<&str> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|word| word.chars().all(|c| c.is_ascii_digit()))
        .collect();
    assert_eq!(of_text, of_page);
}

#[test]
fn the_stores_are_those_of_the_page() {
    let text = topic("stores");
    let stores = first_column("docs/stores.md", "# Stores");
    assert!(stores.len() >= 7, "{stores:?}");
    for store in stores.iter().take_while(|store| *store != "login") {
        let row = format!("\n  {store} ");
        assert!(text.contains(&row), "{store} is not in\n{text}");
    }
}

#[test]
fn commands_in_topics_are_accepted() {
    let mut count = 0;
    for name in ["files", "mfa", "stores", "recipes"] {
        for line in topic(name).lines().filter(|line| line.starts_with("  ")) {
            let Some((_, command)) = line.split_once("rolecall ") else { continue };
            let command = command.split("  ").next().unwrap();
            let command = command.split(['\'', ')', '#']).next().unwrap();
            if !line.trim_start().starts_with("rolecall ") && !line.contains("$(rolecall ") {
                continue;
            }
            let words: Vec<OsString> = ["rolecall"]
                .into_iter()
                .chain(command.split_whitespace())
                .map(Into::into)
                .collect();
            let parsed = rolecall::command().try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{command}: {}", parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 15, "only {count} commands");
}

#[test]
fn a_word_that_is_no_topic_gets_what_may_have_been_meant() {
    let sandbox = Sandbox::new();
    for (word, hint) in [
        ("exit-code", "hint: did you mean 'rolecall help exit-codes'?"),
        ("fils", "hint: did you mean 'rolecall help files'?"),
        ("stauts", "hint: did you mean 'rolecall help status'?"),
        ("qqq", "hint: topics are files, mfa, stores, exit-codes, recipes; 'rolecall --help'"),
    ] {
        let output = sandbox.rolecall(&["help", word]).run().code(2);
        assert!(output.stderr.contains(hint), "{output:?}");
        assert!(output.stderr.contains(&format!("no command or topic '{word}'")), "{output:?}");
    }
    assert!(
        sandbox.rolecall(&["help", "status"]).run().ok().stdout.contains("Usage: rolecall status")
    );
    assert!(sandbox.rolecall(&["help"]).run().ok().stdout.contains("'rolecall help TOPIC'"));
    let complete = ["__complete", "zsh", "--current=", "--", "rolecall", "help"];
    let offered = sandbox.rolecall(&complete).run().ok().stdout;
    assert!(offered.contains("exit-codes") && offered.contains("login"), "{offered}");
}
