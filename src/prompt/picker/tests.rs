//! A list that is used without a terminal.

use super::{
    super::list::{List, Row},
    key::Key,
    *,
};
use crate::output::width;

const SIZE: Size = Size { columns: 80, lines: 24 };

fn row(name: &str, account: &str, role: &str) -> Row {
    Row {
        name: name.to_owned(),
        number: String::new(),
        label: name.to_owned(),
        details: [account, role, "52 min"].map(str::to_owned),
        search: format!("{name} {account} {role}"),
    }
}

fn rows() -> Vec<Row> {
    vec![
        row("prod-admin", "111111111111", "Admin"),
        row("prod-read", "111111111111", "team/ReadOnly"),
        row("staging-admin", "222222222222", "Admin"),
        row("müller", "333333333333", "x"),
    ]
}

/// What is shown in a terminal of this size.
fn lines(choice: &Choice<'_>, size: Size) -> Vec<String> {
    let drawing = View::of(choice.list).draw(choice, size);
    [drawing.first].into_iter().chain(drawing.below).collect()
}

/// The names that are shown after these keys were typed.
fn shown(rows: &[Row], keys: &str) -> Vec<String> {
    let list = List {
        heading: "Profile",
        rows,
        takes_several: false,
        item: "profile",
        is_numbered: false,
    };
    let mut choice = Choice::new(&list);
    for character in keys.chars() {
        choice.press(Key::Character(character), 5);
    }
    choice.matches.iter().map(|row| rows[*row].name.clone()).collect()
}

#[test]
fn a_filter_finds_names_accounts_and_roles_by_their_letters() {
    let rows = rows();
    assert_eq!(shown(&rows, ""), ["prod-admin", "prod-read", "staging-admin", "müller"]);
    assert_eq!(shown(&rows, "pread"), ["prod-read"]);
    assert_eq!(shown(&rows, "STAG"), ["staging-admin"]);
    assert_eq!(shown(&rows, "2222"), ["staging-admin"]);
    assert_eq!(shown(&rows, "admin prod"), ["prod-admin"]);
    assert_eq!(shown(&rows, "readonly"), ["prod-read"]);
    assert_eq!(shown(&rows, "mü"), ["müller"]);
    assert_eq!(shown(&rows, "zzz"), Vec::<String>::new());
    // Equally good ones stay in their order.
    assert_eq!(shown(&rows, "prod"), ["prod-admin", "prod-read"]);
}

#[test]
fn nothing_is_chosen_where_nothing_matches_and_a_shorter_filter_finds_again() {
    let rows = rows();
    let list = List {
        heading: "Profile",
        rows: &rows,
        takes_several: false,
        item: "profile",
        is_numbered: false,
    };
    let mut choice = Choice::new(&list);
    for character in "zz".chars() {
        choice.press(Key::Character(character), 5);
    }
    for key in [Key::Up, Key::Down, Key::PageDown, Key::Last, Key::Mark] {
        assert_eq!(choice.press(key, 5), Outcome::More);
    }
    assert!(lines(&choice, SIZE).concat().contains("nothing matches"));
    assert_eq!(choice.press(Key::Enter, 5), Outcome::More);
    assert!(lines(&choice, SIZE).concat().contains("there is no such profile"));
    assert_eq!(choice.matches.len(), 4, "it begins again");
    choice.press(Key::Down, 5);
    assert_eq!(choice.press(Key::Enter, 5), Outcome::Chosen);
    assert_eq!(choice.chosen(), [1]);
}

#[test]
fn what_is_typed_in_full_comes_first() {
    let rows = vec![row("database", "", ""), row("base2", "", ""), row("base", "", "")];
    assert_eq!(shown(&rows, "base")[0], "base");
}

#[test]
fn a_numbered_list_is_shown_when_something_is_typed_and_takes_numbers_and_names() {
    let mut rows: Vec<Row> = (1..=30).map(|i| row(&format!("p{i}"), "", "")).collect();
    rows.push(row("7", "", ""));
    for (i, row) in rows.iter_mut().enumerate().take(20) {
        row.number = (i + 1).to_string();
    }
    let list = List {
        heading: "Source",
        item: "profile",
        rows: &rows,
        takes_several: false,
        is_numbered: true,
    };
    assert_eq!(lines(&Choice::new(&list), SIZE), ["Source: "]);
    let typed = |keys: &str| {
        let mut choice = Choice::new(&list);
        for character in keys.chars() {
            choice.press(Key::Character(character), 5);
        }
        let outcome = choice.press(Key::Enter, 5);
        (outcome == Outcome::Chosen).then(|| rows[choice.chosen()[0]].name.clone())
    };
    for (keys, name) in [("2", "p2"), ("12", "p12"), ("p25", "p25"), ("7", "7"), ("p3", "p3")] {
        assert_eq!(typed(keys).as_deref(), Some(name), "{keys}");
    }
    for keys in ["", "21", "99", "nobody"] {
        assert_eq!(typed(keys), None, "{keys}");
    }
    let mut choice = Choice::new(&list);
    choice.press(Key::Down, 5);
    assert!(lines(&choice, SIZE).len() > 5);
}

#[test]
fn several_are_chosen_in_the_order_of_the_list() {
    let rows = rows();
    let list = List {
        heading: "Profiles",
        rows: &rows,
        takes_several: true,
        item: "profile",
        is_numbered: false,
    };
    let mut choice = Choice::new(&list);
    choice.press(Key::Last, 5);
    choice.press(Key::Mark, 5);
    choice.press(Key::First, 5);
    choice.press(Key::Character(' '), 5);
    assert_eq!(choice.chosen(), [0, 3]);
    choice.press(Key::First, 5);
    choice.press(Key::Mark, 5);
    assert_eq!(choice.chosen(), [3]);
    assert_eq!(summary(&choice, SIZE), "Profiles: müller");
    choice.press(Key::Last, 5);
    choice.press(Key::Mark, 5);
    choice.press(Key::First, 5);
    assert_eq!(choice.chosen(), [0], "without a mark, the current one");
}

#[test]
fn lines_fit_into_every_terminal() {
    let mut rows = rows();
    rows.push(row(&"long-name-".repeat(20), "444444444444", &"path/".repeat(40)));
    rows.push(row("日本語の名前", "555555555555", "\u{1b}[31mred"));
    let list = List {
        heading: "Profile",
        rows: &rows,
        takes_several: true,
        item: "profile",
        is_numbered: false,
    };
    for columns in [1, 2, 10, 20, 40, 80, 120, 300] {
        for height in [1, 2, 3, 4, 10, 24] {
            let size = Size { columns, lines: height };
            let mut choice = Choice::new(&list);
            for _ in 0..4 {
                choice.press(Key::Down, View::page(size));
                let shown = lines(&choice, size);
                assert!(shown.len() <= height.max(3), "{size:?}");
                for line in shown {
                    let line = line.replace("\x1b[1m", "").replace("\x1b[0m", "");
                    assert!(!line.contains('\u{1b}'), "{line:?}");
                    assert!(width(&line) < columns.max(2), "{size:?}: {line}");
                }
            }
        }
    }
}

#[test]
fn accounts_and_times_are_whole_and_roles_lose_their_start_at_80_columns() {
    let rows =
        [row("a-profile-of-twenty-six-chs", "111111111111", "some/path/to/a/RoleForEngineers")];
    let list = List {
        heading: "Profile",
        rows: &rows,
        takes_several: false,
        item: "profile",
        is_numbered: false,
    };
    let lines = lines(&Choice::new(&list), SIZE);
    assert_eq!(lines[0], "Profile: ");
    assert_eq!(
        lines[1],
        "\x1b[1m> a-profile-of-twenty-six-chs  111111111111  …ath/to/a/RoleForEngineers  52 min\x1b[0m"
    );
}
