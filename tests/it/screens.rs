//! What a person sees on terminals of different widths, with few profiles and with many.

use chrono::TimeDelta;
use serde_json::json;

use crate::support::{sandbox::Sandbox, stage::Stage};

/// The name of the profile `i`, short or long.
fn name(i: usize) -> String {
    match i % 4 {
        0 => format!("dev{i}"),
        1 => format!("engineering-production-administrator-{i}"),
        2 => format!("data-science-{i}"),
        _ => format!("client{i}"),
    }
}

fn account(i: usize) -> String {
    format!("{:012}", 200_000_000_000 + i)
}

/// A config file with `count` profiles that assume roles with long paths.
fn with_profiles(count: usize) -> Sandbox {
    let sandbox = Sandbox::new();
    let mut text = String::from("[profile base]\nregion = eu-central-1\n");
    for i in 0..count {
        text.push_str(&format!(
            "[profile {}]\nsource_profile = base\nrole_arn = arn:aws:iam::{}:role/platform/team-{i}/Administrator{i}\n",
            name(i),
            account(i),
        ));
    }
    sandbox.config(text);
    sandbox.credentials(
        "[base]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = k\n",
    );
    sandbox
}

/// What `rolecall` shows on a terminal of this width.
#[track_caller]
fn screen(sandbox: &Sandbox, width: usize, arguments: &[&str]) -> String {
    let run = sandbox.rolecall(arguments).env("COLUMNS", width.to_string());
    let screen = run.on_terminal().finish().code(0).screen.replace("\r\n", "\n");
    for line in screen.lines().filter(|line| !line.starts_with("warning: ")) {
        assert!(line.chars().count() <= width, "wider than {width}: {line}\n{screen}");
    }
    screen
}

#[test]
fn no_account_is_cut_in_a_list_of_profiles() {
    for (count, width) in [(5, 40), (5, 80), (5, 120), (200, 80), (200, 120)] {
        let sandbox = with_profiles(count);
        let screen = screen(&sandbox, width, &["profile", "list"]);
        for i in 0..count {
            assert!(screen.contains(&account(i)), "{screen}");
            assert!(screen.contains(&format!("r{i}")), "the end of the role's name: {screen}");
        }
        assert!(!screen.contains("MFA"), "no profile has a device: {screen}");
    }
}

#[test]
fn the_place_of_a_setting_is_whole_and_home_is_a_tilde() {
    let sandbox = with_profiles(5);
    for width in [60, 80, 120] {
        let screen = screen(&sandbox, width, &["profile", "show", &name(1)]);
        assert!(screen.contains("~/.aws/config:8"), "{screen}");
        let dense: String = screen.split_whitespace().collect();
        assert!(dense.contains("200000000001"), "{screen}");
    }
    let piped = sandbox.rolecall(&["profile", "show", &name(1)]).env("COLUMNS", "60").run().ok();
    let place = format!("{}:8", sandbox.config_path().display());
    assert!(piped.stdout.contains(&place), "{piped:?}");
}

#[test]
fn a_session_is_whole_in_each_width() {
    let stage = Stage::new();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    stage.sandbox.rolecall(&["login", "my-role"]).run().ok();
    for width in [40, 80, 120] {
        for verb in [&["status"][..], &["profile", "list"]] {
            let screen = screen(&stage.sandbox, width, verb);
            assert!(screen.contains("222222222222") && screen.contains("MyS3Access"), "{screen}");
            let left = ["1 h", "59 min"];
            assert!(left.iter().any(|left| screen.contains(left)), "{screen}");
        }
    }
}

#[test]
fn a_chain_of_roles_fits() {
    let sandbox = with_profiles(5);
    let screen = screen(&sandbox, 80, &["profile", "tree"]);
    assert!(screen.contains("200000000001:…") && screen.contains("Administrator1"), "{screen}");
}

/// The sandbox with a session of every profile that has a number below 40, as their records say.
fn with_sessions(count: usize) -> Sandbox {
    let sandbox = with_profiles(count);
    let (folder, config) = (sandbox.state().join("sessions"), sandbox.config_path());
    for i in 0..count.min(40) {
        let now = chrono::Utc::now();
        let (minted, ends) =
            (now - TimeDelta::minutes(5), now + TimeDelta::minutes(MINUTES[i % 4]));
        let record = json!({
            "version": 1, "generation": 1, "profile": name(i), "source": "base",
            "role_arn": format!("arn:aws:iam::{}:role/platform/team-{i}/Administrator{i}", account(i)),
            "account_id": account(i), "store": "keyutils", "failed_renewals": 0,
            "minted": minted.to_rfc3339(), "ends": ends.to_rfc3339(),
            "circumstances": {"config_file": config, "session_name": "u", "adjusted": false, "position": 0},
        });
        sandbox
            .file(format!("home/.local/state/rolecall/sessions/{i:064x}.json"), record.to_string());
    }
    assert!(folder.is_dir(), "{}", folder.display());
    sandbox
}

/// How long the sessions last.
const MINUTES: [i64; 4] = [50, 10, 11 * 60 + 50, 24 * 60 * 30];

#[test]
fn many_profiles_with_sessions_are_lines_and_no_time_is_cut() {
    for (count, width) in [(5, 80), (200, 80), (200, 120), (5, 40)] {
        let sandbox = with_sessions(count);
        for verb in [&["profile", "list"][..], &["status"]] {
            let shown = screen(&sandbox, width, verb);
            for i in 0..count.min(40) {
                assert!(shown.contains(&account(i)), "{shown}");
            }
            for left in ["50 min", "10 min", "11 h 50 min", "720 h"] {
                let found = shown.matches(left).count();
                assert!(found >= count.min(40) / 4, "{left}: {found} at {width}: {shown}");
            }
            let limit = if width == 40 { 10 * count + 10 } else { 3 * count + 10 };
            assert!(shown.lines().count() < limit, "cards at {width}: {shown}");
        }
    }
}

#[test]
fn a_long_role_is_cut_between_its_account_and_its_end() {
    let sandbox = Sandbox::new();
    let role = format!("arn:aws:iam::222222222222:role/{}Admin", "long-name-".repeat(8));
    let name = "n".repeat(30);
    sandbox.config(format!("[profile {name}]\nrole_arn = {role}\nsource_profile = base\n"));
    for verb in [&["profile", "list"][..], &["profile", "show", &name]] {
        let shown = screen(&sandbox, 80, verb);
        let table = shown.split("\n\n").next().unwrap();
        assert!(table.contains("222222222222") && table.contains("long-name-Admin"), "{shown}");
        assert!(table.contains('…') && table.lines().count() < 4, "{shown}");
        assert!(!shown.contains('\u{1b}'), "no colors without TERM: {shown}");
    }
}

#[test]
fn one_profile_with_a_long_account_does_not_make_cards_of_all() {
    let sandbox = with_profiles(20);
    let odd = "9".repeat(90);
    let mut config = std::fs::read_to_string(sandbox.config_path()).unwrap();
    config.push_str(&format!("[profile odd]\nsso_account_id = {odd}\nsso_start_url = x\n"));
    sandbox.config(config);
    let shown = screen(&sandbox, 80, &["profile", "list"]);
    assert!(shown.lines().count() < 60, "{shown}");
    let dense: String = shown.split_whitespace().collect();
    assert!(dense.contains(&odd), "{shown}");
}

#[test]
fn a_broken_or_deep_tree_fits_and_keeps_its_line_numbers() {
    let sandbox = with_profiles(3);
    let mut config = std::fs::read_to_string(sandbox.config_path()).unwrap();
    config.push_str("[profile orphan]\nrole_arn = arn:aws:iam::222222222222:role/Orphan\nsource_profile = nobody\n");
    for i in 3..40 {
        let role = format!("arn:aws:iam::{}:role/platform/Administrator{i}", account(i));
        config.push_str(&format!(
            "[profile {}]\nrole_arn = {role}\nsource_profile = {}\n",
            name(i),
            name(i - 1)
        ));
    }
    sandbox.config(config);
    for width in [40, 80, 120] {
        let shown = screen(&sandbox, width, &["profile", "tree"]);
        assert!(shown.contains("✗") && shown.contains("/.aws/config:14)"), "{shown}");
        for i in 0..40 {
            assert!(
                shown.contains(&account(i)) && shown.contains(&format!("r{i}")),
                "{i}: {shown}"
            );
        }
        let shown = screen(&sandbox, width, &["profile", "show", &name(39)]);
        assert!(shown.contains("config:124"), "{shown}");
        let shown = screen(&sandbox, width, &["keys", "list"]);
        assert!(shown.contains("ials:2"), "{shown}");
    }
}

#[test]
fn colors_are_for_terminals_and_for_those_who_ask() {
    let sandbox = with_profiles(5);
    let list = || sandbox.rolecall(&["profile", "list"]).env("TERM", "xterm");
    let has_color = |text: &str| text.contains("\u{1b}[");
    assert!(has_color(&list().on_terminal().finish().code(0).screen));
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb"), ("CLICOLOR", "0")] {
        let screen = list().env(name, value).on_terminal().finish().code(0).screen;
        assert!(!has_color(&screen), "{name}: {screen}");
    }
    assert!(!has_color(&list().run().ok().stdout), "a pipe");
    assert!(has_color(&list().env("CLICOLOR_FORCE", "1").run().ok().stdout));
    for arguments in [&["--help"][..], &["login", "nobody"], &["profile", "list"]] {
        let run = |color: &str| {
            let flag = format!("--color={color}");
            let output = sandbox.rolecall(&[arguments, &[&*flag]].concat()).run();
            output.stdout.clone() + &output.stderr
        };
        assert!(has_color(&run("always")) && !has_color(&run("auto")), "{arguments:?}");
    }
}

#[test]
fn sessions_kinds_and_diffs_have_their_colors_and_the_same_words() {
    let sandbox = with_sessions(5);
    let shown = |arguments: &[&str], term: &str| {
        let run = sandbox.rolecall(arguments).env("COLUMNS", "100").env("TERM", term);
        run.on_terminal().finish().code(0).screen
    };
    let diff = ["profile", "set", "base", "region=x", "--dry-run"];
    for (arguments, painted) in [
        (&["status"][..], "\u{1b}[32m50 min\u{1b}[0m"),
        (&["profile", "list"], "\u{1b}[35mrole\u{1b}[0m"),
        (&["profile", "tree"], "\u{1b}[33mkeys\u{1b}[0m"),
        (&diff, "\u{1b}[32m+region = x\u{1b}[0m"),
    ] {
        let colored = shown(arguments, "xterm");
        assert!(colored.contains(painted), "{arguments:?}: {colored:?}");
        let mut stripped = String::new();
        for (i, part) in colored.split('\u{1b}').enumerate() {
            stripped.push_str(if i == 0 { part } else { part.split_once('m').unwrap().1 });
        }
        assert_eq!(stripped, shown(arguments, "dumb"), "{arguments:?}");
    }
}

#[test]
fn the_helper_writes_no_color_whatever_the_environment() {
    let stage = Stage::new();
    stage.sandbox.env("CLICOLOR_FORCE", "1").env("TERM", "xterm");
    for arguments in [
        &["credential-process", "my-role"][..],
        &["credential-process", "nobody"],
        &["--color", "always", "credential-process", "nobody"],
    ] {
        let output = stage.sandbox.rolecall(arguments).may_print_secrets().run();
        assert!(!format!("{}{}", output.stdout, output.stderr).contains('\u{1b}'), "{output:?}");
    }
    let json = stage.sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok();
    assert!(json.json().is_array() && !json.stdout.contains('\u{1b}'));
}
