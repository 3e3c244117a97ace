//! `profile tree`: all chains at once, whole and broken ones.

use std::fmt::Write as _;

use crate::support::{sandbox::Sandbox, stage::Stage};

const CONFIG: &str = "\
[profile app]
role_arn = arn:aws:iam::2:role/App
source_profile = base
mfa_serial = arn:aws:iam::111111111111:mfa/u
[profile deep]
rolecall_role_arn = arn:aws:iam::3:role/Deep
rolecall_source_profile = app
credential_process = rolecall credential-process deep
[profile other-name]
credential_process = rolecall credential-process deep
[profile ci]
role_arn = arn:aws:iam::2:role/Ci
web_identity_token_file = /token
[profile orphan]
role_arn = arn:aws:iam::2:role/Orphan
source_profile = nobody
[profile child-of-orphan]
role_arn = arn:aws:iam::2:role/Child
source_profile = orphan
[profile one]
role_arn = arn:aws:iam::2:role/One
source_profile = two
[profile two]
role_arn = arn:aws:iam::2:role/Two
source_profile = three
[profile three]
role_arn = arn:aws:iam::2:role/Three
source_profile = one
[profile beside-the-loop]
role_arn = arn:aws:iam::2:role/Beside
source_profile = two
[profile rootless]
role_arn = arn:aws:iam::2:role/Rootless
[profile self]
role_arn = arn:aws:iam::2:role/Self
source_profile = self
[profile keys-and-role]
role_arn = arn:aws:iam::2:role/Keys
source_profile = base
aws_access_key_id = AKIA2
aws_secret_access_key = x
[profile of-the-keys]
role_arn = arn:aws:iam::2:role/OfTheKeys
source_profile = keys-and-role
[profile broken]
this is no line
[profile empty]
region = x
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.config(CONFIG);
    sandbox.credentials("[base]\naws_access_key_id = AKIA\naws_secret_access_key = x\n");
    sandbox
}

#[test]
fn all_chains_are_drawn_and_the_broken_ones_marked() {
    let sandbox = sandbox();
    let tree = sandbox.rolecall(&["profile", "tree"]).run().ok();
    let config = sandbox.config_path().display().to_string();
    let expected = "\
ci  arn:aws:iam::2:role/Ci  web-identity
one  arn:aws:iam::2:role/One  ✗ the source profiles form a loop: one -> two -> three -> one (CONFIG:28)
└─ three  arn:aws:iam::2:role/Three
   └─ two  arn:aws:iam::2:role/Two
      └─ beside-the-loop  arn:aws:iam::2:role/Beside
rootless  arn:aws:iam::2:role/Rootless  ✗ profile 'rootless' has 'role_arn' without a source (CONFIG:33)
self  arn:aws:iam::2:role/Self  ✗ profile 'self' is its own source but has no access keys (CONFIG:36)
empty  none
base  keys
├─ app  arn:aws:iam::2:role/App  MFA
│  └─ deep  arn:aws:iam::3:role/Deep
│     └─ other-name  alias
└─ keys-and-role  arn:aws:iam::2:role/Keys
nobody  missing
└─ orphan  arn:aws:iam::2:role/Orphan  ✗ 'source_profile' of profile 'orphan' is 'nobody', which does not exist (CONFIG:16)
   └─ child-of-orphan  arn:aws:iam::2:role/Child
keys-and-role  keys
└─ of-the-keys  arn:aws:iam::2:role/OfTheKeys
✗ the line has no '=' (CONFIG:46)
";
    let shown = tree.stdout.replace(&config, "CONFIG");
    let (shown, last) = shown.trim_end().rsplit_once('\n').unwrap();
    let (expected, _) = expected.trim_end().rsplit_once('\n').unwrap();
    assert_eq!(shown, expected);
    assert!(last.starts_with("✗ ") && last.ends_with("(CONFIG:46)"), "{last}");
    assert_eq!(tree.stderr, "");
}

#[test]
fn the_tree_says_of_each_profile_what_its_plan_says() {
    let sandbox = sandbox();
    let tree = sandbox.rolecall(&["profile", "tree", "--output", "json"]).run().ok().json();
    let profiles = tree["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), 16 + 2, "{tree}");
    let (mut broken, mut sources) = (Vec::new(), 0);
    for profile in profiles.iter().filter(|profile| profile["kind"] != "missing") {
        let name = profile["name"].as_str().unwrap();
        let show = ["profile", "show", name, "--output", "json"];
        let plan = sandbox.rolecall(&show).run().ok().json()["plan"].clone();
        if let Some(error) = profile["problem"]["error"].as_str() {
            broken.push(name);
            assert_eq!(plan["error"], error, "{name}");
        } else if plan["error"].is_null() && !profile["source"].is_null() {
            assert_eq!(plan["chain"][1], profile["source"], "{name}: {plan}");
            sources += 1;
        }
    }
    broken.sort_unstable();
    assert_eq!(broken, ["one", "orphan", "rootless", "self"]);
    assert_eq!(sources, 5, "{tree}");
    let two = profiles.iter().find(|profile| profile["name"] == "two").unwrap();
    assert_eq!(two["children"], serde_json::json!(["beside-the-loop"]));
    assert_eq!((two["source"].as_str(), two["line"].as_u64()), (Some("three"), Some(23)));
}

#[test]
fn keys_at_the_end_of_a_loop_of_its_own_do_not_hide_it() {
    let sandbox = Sandbox::new();
    sandbox.config(
        "[profile a]\nrole_arn = arn:aws:iam::2:role/A\nsource_profile = b\n\
         [profile b]\nrole_arn = arn:aws:iam::2:role/B\nsource_profile = a\n\
         aws_access_key_id = AKIA\naws_secret_access_key = x\n",
    );
    let tree = sandbox.rolecall(&["profile", "tree"]).run().ok();
    let lines: Vec<&str> = tree.stdout.lines().collect();
    assert_eq!(lines[0], "b  keys", "{tree:?}");
    assert_eq!(lines[1], "└─ a  arn:aws:iam::2:role/A");
    assert!(lines[2].starts_with("   └─ b  arn:aws:iam::2:role/B  ✗"), "{tree:?}");
    assert!(lines[2].contains("b -> a -> b"), "{tree:?}");
}

#[test]
fn mermaid_gets_a_flowchart_with_names_that_cannot_end_a_label() {
    let stage = Stage::new();
    let chart = stage.sandbox.rolecall(&["profile", "tree", "--output", "mermaid"]).run().ok();
    let lines: Vec<&str> = chart.stdout.lines().collect();
    assert_eq!(lines[0], "flowchart TD");
    assert_eq!(lines[1], "    p0[\"my-role<br/>arn:aws:iam::222222222222:role/MyApp/MyS3Access\"]");
    for edge in ["    p0 --> p1", "    p3 --> p0", "    p3 --> p2"] {
        assert!(lines.contains(&edge), "{chart:?}");
    }
    let sandbox = Sandbox::new();
    sandbox.config("[profile '<b>\"x\" end`']\nregion = x\n");
    let chart = sandbox.rolecall(&["profile", "tree", "--output", "mermaid"]).run().ok();
    assert_eq!(chart.stdout.matches('"').count(), 2, "{chart:?}");
    assert!(!chart.stdout.contains("<b>") && !chart.stdout.contains('`'), "{chart:?}");
}

#[test]
fn five_thousand_profiles_in_all_shapes_are_drawn() {
    let sandbox = Sandbox::new();
    let mut config =
        String::from("[profile p0]\naws_access_key_id = A\naws_secret_access_key = x\n");
    for i in 1..5000 {
        let source = if i % 3 == 0 { i - 1 } else { i / 2 };
        writeln!(
            config,
            "[profile p{i}]\nrole_arn = arn:aws:iam::2:role/r\nsource_profile = p{source}"
        )
        .unwrap();
    }
    sandbox.config(&config);
    let tree = sandbox.rolecall(&["profile", "tree"]).run().ok();
    assert_eq!(tree.stdout.lines().count(), 5000);
    assert_eq!(
        tree.stdout.lines().filter(|line| !line.starts_with([' ', '│', '├', '└'])).count(),
        1
    );

    // One chain, as deep as there are profiles, and one loop of all.
    for first in [
        "aws_access_key_id = A\naws_secret_access_key = x\n",
        "role_arn = r\nsource_profile = p1999\n",
    ] {
        let mut config = format!("[profile p0]\n{first}");
        for i in 1..2000 {
            writeln!(config, "[profile p{i}]\nrole_arn = r\nsource_profile = p{}", i - 1).unwrap();
        }
        sandbox.config(&config);
        let tree = sandbox.rolecall(&["profile", "tree"]).run().ok();
        assert_eq!(tree.stdout.lines().count(), 2000);
        assert_eq!(tree.stdout.matches('✗').count(), usize::from(first.starts_with("role")));
    }
}

#[test]
fn no_profiles_are_no_tree() {
    let tree = Sandbox::new().rolecall(&["profile", "tree"]).run().ok();
    assert_eq!(tree.stdout, "");
}
