//! `doctor --fix`: each repair, and that it leaves every other byte as it is.

use std::fs;

use super::{healthy, ids, report};
use crate::support::sandbox::Sandbox;

/// A text of the config file, and the same text repaired.
const REPAIRS: &[(&str, &str, &str)] = &[
    (
        "duplicate-key",
        "# mine\n[profile x]\r\ncredential_process=/bin/true\nregion = eu-west-1 ; first\n# between\nRegion=eu-west-2\n",
        "# mine\n[profile x]\r\ncredential_process=/bin/true\n# between\nRegion=eu-west-2\n",
    ),
    (
        "ignored-section",
        "[work] # note\ncredential_process = /bin/true\n",
        "[profile work] # note\ncredential_process = /bin/true\n",
    ),
    (
        "padded-header",
        "[ profile x ]\n  # c\ncredential_process = /bin/true\n",
        "[profile x]\n  # c\ncredential_process = /bin/true\n",
    ),
    (
        "misspelt-key",
        "[profile x]\ncredential_process = /bin/true\nREGOIN   =eu-west-1\n",
        "[profile x]\ncredential_process = /bin/true\nregion   =eu-west-1\n",
    ),
    (
        "quoted-value",
        "[profile x]\ncredential_process = /bin/true\nregion   = 'eu-west-1'\noutput = json",
        "[profile x]\ncredential_process = /bin/true\nregion   = eu-west-1\noutput = json",
    ),
    (
        "duplicate-section",
        "[profile x] # one\ncredential_process=/bin/true\nregion=eu-west-1\n\n# of y\n[profile y]\n\
         credential_process = /bin/true\n\n[profile x] ; two\n# kept\nregion=eu-west-2\noutput=json\n",
        "[profile x] # one\ncredential_process=/bin/true\n; two\n# kept\nregion=eu-west-2\noutput=json\n\n\
         # of y\n[profile y]\ncredential_process = /bin/true\n",
    ),
    (
        "inline-comment",
        "[profile x]\r\ncredential_process = /bin/true\r\nRegion=eu-west-1   # home\r\noutput = json",
        "[profile x]\r\ncredential_process = /bin/true\r\n# home\r\nRegion=eu-west-1\r\noutput = json",
    ),
    (
        "bom",
        "\u{feff}[profile x]\r\ncredential_process = /bin/true\r\n",
        "[profile x]\r\ncredential_process = /bin/true\r\n",
    ),
];

#[test]
fn each_repair_changes_its_own_bytes_and_nothing_else() {
    for (id, broken, repaired) in REPAIRS {
        let sandbox = Sandbox::new();
        sandbox.config(broken);
        let found = report(&sandbox, &[]);
        assert_eq!(ids(&found), [*id], "{found:#}");
        assert_eq!(found["findings"][0]["fixable"], true, "{found:#}");
        let output = sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().ok();
        assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), *repaired, "{output:?}");
        assert_eq!(ids(&report(&sandbox, &["--strict"])), [""; 0]);
        // Nothing is left to do.
        let again = sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().ok();
        assert_eq!(again.stderr, "");
        assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), *repaired);
    }
}

#[test]
fn sections_that_cannot_be_merged_safely_are_left_alone() {
    let sandbox = Sandbox::new();
    // Which of the two blocks counts is not the same for all readers.
    let broken =
        "[profile x]\ncredential_process = /bin/true\ns3 =\n  a = 1\n[profile x]\ns3 =\n  b = 1\n";
    sandbox.config(broken);
    let output = sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().code(5);
    assert!(output.stderr.contains("can't be repaired"), "{output:?}");
    assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), broken);
}

#[test]
fn thousands_of_repairs_are_made_in_one_go() {
    let sandbox = Sandbox::new();
    let process = "credential_process = /bin/true\n";
    let config = |header: &str, key: &str| -> String {
        let section = |i: usize| format!("[{header}p{i}]\n{process}{key} = eu-west-1\n");
        (0..1000).map(section).collect()
    };
    // The second fault of a section is found once the first is repaired.
    sandbox.config(config("", "regoin"));
    let began = std::time::Instant::now();
    let output = sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().ok();
    assert!(began.elapsed() < std::time::Duration::from_mins(1), "{:?}", began.elapsed());
    let repaired = fs::read_to_string(sandbox.config_path()).unwrap();
    assert_eq!(repaired, config("profile ", "region"));
    assert!(output.stderr.contains("\n990 more repairs like these\n"), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 22, "{}", output.stderr);
}

#[test]
fn the_mode_of_the_credentials_file_is_repaired() {
    use std::os::unix::fs::PermissionsExt as _;
    let sandbox = super::sandbox();
    sandbox.credentials("");
    let path = sandbox.credentials_path();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    sandbox.rolecall(&["doctor", "--fix", "--yes"]).run().ok();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn without_a_terminal_a_repair_needs_yes() {
    let sandbox = Sandbox::new();
    let broken = format!("{}[work]\nregion = eu-west-1\n", healthy());
    sandbox.config(&broken);
    let output = sandbox.rolecall(&["doctor", "--fix"]).run().code(2);
    assert!(output.stderr.contains("--yes"), "{output:?}");
    assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), broken);
}

#[test]
fn at_a_terminal_each_repair_is_shown_and_asked_for() {
    let sandbox = Sandbox::new();
    let process = "credential_process = /bin/true\n";
    let broken = format!("[profile x]\n{process}regoin = eu-west-1\n[work]\n{process}");
    sandbox.config(&broken);
    let terminal = sandbox.rolecall(&["doctor", "--fix"]).on_terminal();
    let shown = terminal.until("Make this change? [y/N] ");
    assert!(
        shown.contains("-regoin = eu-west-1") && shown.contains("+region = eu-west-1"),
        "{shown}"
    );
    assert_eq!(fs::read_to_string(sandbox.config_path()).unwrap(), broken);
    terminal.type_keys("n\r");
    let shown = terminal.until("+[profile work]");
    assert!(shown.contains("-[work]"), "{shown}");
    terminal.until("Make this change? [y/N] ");
    terminal.type_keys("y\r");
    let shown = terminal.finish().code(0);
    assert!(shown.screen.contains("0 problems, 1 warning"), "{}", shown.screen);
    let after = fs::read_to_string(sandbox.config_path()).unwrap();
    assert_eq!(after, broken.replace("[work]", "[profile work]"));
}
