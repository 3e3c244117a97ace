//! Generated files.

use proptest::prelude::*;

use super::{WHOLE, good, read};

/// Text that resembles the file format, so that much of it is nearly valid.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("[roles.a]\n".to_owned()),
        Just("trust = { roles = [\"a\", \"first\"] }\n".to_owned()),
        Just("\"".to_owned()),
        Just("]".to_owned()),
        Just("= 7\n".to_owned()),
        Just("'''".to_owned()),
        Just("é\u{202e}".to_owned()),
        "[ -~\n]{0,6}",
    ]
}

#[test]
fn files_of_any_size_cost_no_time() {
    let names: Vec<_> = (0..30_000).map(|i| format!("\"u{i}\"")).collect();
    let list = names.join(",");
    let team = good(&format!("users = [{list}]\n[groups.all]\nmembers = [{list}]\n"));
    assert_eq!(team.wanted.users.len(), 30_000);
    let wrong = format!("[groups.all]\nmembers = [{list}]\n{}", "key = 1\n".repeat(10));
    assert!(!read(&wrong).unwrap_err().is_empty());
    let wrong: Vec<_> = (0..20_000).map(|i| format!("k{i} = 1\n")).collect();
    assert!(read(&wrong.concat()).unwrap_err().len() >= 20);
    let wrong = format!("[groups.all]\nmembers = [{list}]\n");
    assert!(read(&wrong).unwrap_err().len() >= 20);
}

proptest! {
    /// A mistyped file is either parsed or rejected, and every error has a position.
    #[test]
    fn what_is_wrong_stands_in_the_file(
        cuts in prop::collection::vec((0..WHOLE.len(), 0..9_usize, piece()), 1..4),
    ) {
        let mut text = WHOLE.to_owned();
        for (start, length, piece) in cuts {
            let start = start.min(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &piece);
            }
        }
        for error in read(&text).err().into_iter().flatten() {
            let message = error.to_string();
            let (_, place) = message.rsplit_once("(TEAM.toml:").expect("a place");
            let numbers: Vec<usize> =
                place.trim_end_matches(')').split(':').map(|n| n.parse().unwrap()).collect();
            let [line, column] = numbers[..] else { panic!("{message}") };
            let lines: Vec<_> = text.split('\n').collect();
            prop_assert!((1..=lines.len()).contains(&line), "{message}");
            prop_assert!((1..=lines[line - 1].chars().count() + 1).contains(&column), "{message}");
            prop_assert!(!error.hints().is_empty(), "{message}");
        }
    }

    /// Roles come after those that their trusts name, unless there is a cycle.
    #[test]
    fn roles_stand_behind_those_that_they_trust(
        edges in prop::collection::btree_set((0..6_usize, 0..6_usize), 0..9),
    ) {
        let mut text = String::new();
        for role in 0..6 {
            let named: Vec<_> = edges.iter().filter(|(from, _)| *from == role).collect();
            let named: Vec<_> = named.iter().map(|(_, to)| format!("\"r{to}\"")).collect();
            text += &format!("[roles.r{role}]\ntrust = {{ accounts = [\"111111111111\"], ");
            text += &format!("roles = [{}] }}\n", named.join(", "));
        }
        // The roles reachable from each role, in as many steps as there are roles.
        let mut reached = edges.clone();
        for _ in 0..6 {
            let more: Vec<_> = reached
                .iter()
                .flat_map(|(a, b)| edges.iter().filter(move |(c, _)| b == c).map(|(_, d)| (*a, *d)))
                .collect();
            reached.extend(more);
        }
        let has_circle = reached.iter().any(|(a, b)| a == b);
        prop_assert_eq!(read(&text).is_err(), has_circle, "{}", text);
        if !has_circle {
            let order: Vec<_> = good(&text).wanted.roles.into_iter().map(|role| role.name).collect();
            let place = |role: usize| order.iter().position(|it| *it == format!("r{role}"));
            for (from, to) in &edges {
                prop_assert!(place(*to) < place(*from), "{order:?}");
            }
        }
    }
}
