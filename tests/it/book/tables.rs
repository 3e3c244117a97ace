//! Every table is one: with a header, and with as many cells in each row.

use crate::support::pages::{Line, Page};

/// The cells of a row: a pipe divides them, also in code, unless a backslash is before it.
fn cells(row: &str) -> usize {
    row.trim().replace("\\|", "").matches('|').count().saturating_sub(1)
}

fn is_row(line: &Line<'_>) -> bool {
    !line.is_fenced && line.text.trim_start().starts_with('|')
}

fn is_delimiter(row: &str) -> bool {
    row.contains("---") && row.chars().all(|c| "|-: ".contains(c))
}

/// What is wrong with the tables of a page.
fn faults(page: &Page) -> Vec<String> {
    let lines: Vec<_> = page.lines().collect();
    let mut found = Vec::new();
    let mut add = |line: &Line<'_>, what: &str| {
        found.push(format!("{}: {what}: {}", page.place(line.number), line.text));
    };
    for table in lines.chunk_by(|a, b| is_row(a) == is_row(b)).filter(|chunk| is_row(&chunk[0])) {
        let header = &table[0];
        if table.len() < 3 || !is_delimiter(table[1].text.trim()) {
            add(header, "rows without a header, or a table without rows");
            continue;
        }
        for row in table {
            if cells(row.text) != cells(header.text) || !row.text.trim_end().ends_with('|') {
                add(row, "another number of cells than the header");
            }
        }
        // The line before would be a row, and so would the line after.
        for beside in [header.number.checked_sub(2), Some(table[table.len() - 1].number)] {
            if let Some(line) = beside.and_then(|at| lines.get(at))
                && !line.text.trim().is_empty()
            {
                add(line, "text right beside a table");
            }
        }
    }
    found
}

#[test]
fn every_table_of_every_page_is_whole() {
    let wrong: Vec<_> = Page::all().iter().flat_map(faults).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_broken_table_is_found() {
    let count = |text: &str| faults(&Page { path: "x.md".into(), text: text.to_owned() }).len();
    let whole = "Text.\n\n| a | b |\n| --- | :-: |\n| `x \\| y` | |\n\nText.\n";
    assert_eq!(count(whole), 0);
    assert_eq!(count("```text\n| no table |\n```\n"), 0);
    assert_eq!(count("| a | b |\n| --- | --- |\n\n| c | d |\n"), 2, "a blank line in it");
    assert_eq!(count("| a | b |\n| --- | --- |\n| c |\n"), 1, "a cell is missing");
    assert_eq!(count("| a | b |\n| --- | --- |\n| `c | d` | e |\n"), 1, "a pipe in code divides");
    assert_eq!(count("| a |\n| --- |\n| b |\ntext\n"), 1, "text after it");
    assert_eq!(count("text\n| a |\n| --- |\n| b |\n"), 1, "text before it");
}
