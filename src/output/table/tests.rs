use super::*;

const LIST: [Column; 4] = [
    Column::wrapped("NAME"),
    Column::whole("ACCOUNT"),
    Column::tail("ROLE"),
    Column::parts("SESSION"),
];

fn lines(table: &Table, width: usize) -> Vec<String> {
    let text = table.text(Screen { width: Some(width), color: false });
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    assert!(lines.iter().all(|line| super::width(line) <= width), "{lines:#?}");
    lines
}

fn piped(table: &Table) -> String {
    table.text(Screen { width: None, color: false })
}

fn table(columns: &[Column], rows: &[&[&str]]) -> Table {
    let mut table = Table::new(columns);
    for row in rows {
        table.row(row.iter().copied());
    }
    table
}

#[test]
fn a_cell_of_any_length_can_be_printed() {
    let table =
        table(&[Column::whole("KEY"), Column::wrapped("VALUE")], &[&["a", &"x".repeat(100_000)]]);
    assert!(piped(&table).ends_with("xxx…\n"));
}

#[test]
fn columns_line_up_and_lines_do_not_trail_spaces() {
    let columns = [Column::wrapped("NAME"), Column::tail("ROLE"), Column::whole("MFA")];
    let table = table(&columns, &[&["a-long-name", "r", ""], &["日本", "\u{1b}", ""]]);
    let expected = "NAME         ROLE    MFA\n\
                    a-long-name  r       -\n\
                    日本         \\u{1b}  -\n";
    assert_eq!(piped(&table), expected);
}

#[test]
fn a_column_without_values_is_omitted_on_a_terminal() {
    let table = table(&LIST, &[&["a", "", "r", ""], &["b", "", "", ""]]);
    assert_eq!(lines(&table, 80), ["NAME  ROLE", "a     r", "b     -"]);
    assert_eq!(piped(&table).lines().next(), Some("NAME  ACCOUNT  ROLE  SESSION"));
}

#[test]
fn what_matters_is_never_cut() {
    let row =
        ["engineering-production", "222222222222", "path/to/Administrator", "until 14:57, 59 min"];
    let table = table(&LIST, &[&row]);
    assert_eq!(lines(&table, 81).len(), 2, "it fits");
    assert_eq!(
        lines(&table, 60),
        [
            "NAME          ACCOUNT       ROLE                SESSION",
            "engineering-  222222222222  …/to/Administrator  until 14:57,",
            "production                                      59 min",
        ]
    );
    for width in 26..90 {
        let text = lines(&table, width).join("\n");
        for part in ["222222222222", "until 14:57,", "59 min"] {
            assert!(text.contains(part), "{width}: {text}");
        }
    }
}

#[test]
fn a_row_that_does_not_fit_becomes_a_card() {
    let row = ["prod", "222222222222", "path/to/Administrator", ""];
    let other = ["dev", "", "", "until 14:57, 59 min"];
    assert_eq!(
        lines(&table(&LIST, &[&row, &other]), 32),
        [
            "prod",
            "  ACCOUNT  222222222222",
            "  ROLE     path/to/Administrator",
            "",
            "dev",
            "  SESSION  until 14:57, 59 min",
        ]
    );
}

#[test]
fn colors_do_not_move_the_columns() {
    let mut table = Table::new(&LIST);
    table.painted_row([
        ("a", Paint::Heading),
        ("222222222222", Paint::Plain),
        ("r", Paint::Role),
        ("ended", Paint::Bad),
    ]);
    let plain = table.text(Screen { width: Some(80), color: false });
    let colored = table.text(Screen { width: Some(80), color: true });
    let mut stripped = String::new();
    for (i, part) in colored.split('\u{1b}').enumerate() {
        stripped.push_str(if i == 0 { part } else { part.split_once('m').expect("a color").1 });
    }
    assert_ne!(plain, colored);
    assert_eq!(plain, stripped);
}

/// The rows of a list of profiles, some of which have sessions.
fn rows() -> Vec<[&'static str; 5]> {
    let names = ["a", "acme-production", "名前-日本", "no_separators_but_these_in_a_name"];
    let roles = ["", "team/path/to/Administrator", "r"];
    let sessions = ["", "until 15:45, 58 min", "until Fri 08:00, 11 h"];
    (0..48)
        .map(|i| [names[i % 4], "222222222222", roles[i / 4 % 3], "yes", sessions[i / 16]])
        .collect()
}

const PROFILES: [Column; 5] = [
    Column::wrapped("NAME"),
    Column::whole("ACCOUNT"),
    Column::tail("ROLE"),
    Column::whole("MANAGED"),
    Column::below("SESSION"),
];

#[test]
fn what_only_some_rows_have_goes_below_them_before_they_become_unreadable() {
    let mut table = Table::new(&PROFILES);
    table.row(["acme-production-admin", "222222222222", "team/Administrator", "yes", ""]);
    table.row(["dev", "222222222222", "r", "", "until 15:45, 58 min"]);
    assert_eq!(
        lines(&table, 68),
        [
            "NAME                   ACCOUNT       ROLE                MANAGED",
            "acme-production-admin  222222222222  team/Administrator  yes",
            "dev                    222222222222  r                   -",
            "  until 15:45, 58 min",
        ]
    );
    assert_eq!(lines(&table, 100)[2].split("  ").last(), Some("until 15:45, 58 min"));
}

#[test]
fn a_row_that_is_wider_than_the_others_becomes_a_card_between_them() {
    let row = ["prod", "222222222222", "r", ""];
    let long = "9".repeat(70);
    let odd = ["odd", &*long, "r", ""];
    let account = format!("  ACCOUNT  {}", &long[..69]);
    let shown = lines(&table(&LIST, &[&row, &odd, &row]), 80);
    assert_eq!(
        shown,
        [
            "NAME  ACCOUNT       ROLE",
            "prod  222222222222  r",
            "",
            "odd",
            &account,
            "           9",
            "  ROLE     r",
            "",
            "prod  222222222222  r",
        ]
    );
}

#[test]
fn at_no_width_is_an_account_or_a_time_cut_or_a_line_too_wide() {
    let mut table = Table::new(&PROFILES);
    for row in rows() {
        table.row(row);
    }
    for width in 26..140 {
        let text = lines(&table, width).join("\n");
        assert_eq!(text.matches("222222222222").count(), 48, "{width}: {text}");
        assert_eq!(text.matches("yes").count(), 48, "{width}: {text}");
        for part in [" 15:45,", " 58 min", "08:00,", "11 h"] {
            assert_eq!(text.matches(part).count(), 16, "{part} at {width}: {text}");
        }
    }
    assert!(lines(&table, 60).len() < 2 * 48, "lines and not cards");
}
