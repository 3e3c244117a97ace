//! Faults in files: the message, the position and the hint.

use super::{Path, read, text_of};

/// A valid trust.
const TRUST: &str = "trust = { accounts = [\"111111111111\"] }";

#[track_caller]
fn assert_faults(text: &str, expected: &[(&str, &str)]) {
    let errors = read(text).expect_err(text);
    let found: Vec<_> =
        errors.iter().map(|error| (error.to_string(), error.hints()[0].clone())).collect();
    let found: Vec<_> = found.iter().map(|(error, hint)| (&**error, &**hint)).collect();
    assert_eq!(found.len(), expected.len(), "{text}\n{found:#?}");
    for ((error, hint), (message, remedy)) in found.iter().zip(expected) {
        assert_eq!(error, message, "{text}");
        assert!(hint.contains(remedy), "{text}\n{hint}");
    }
    assert!(errors.iter().all(|error| error.kind().exit_code() == 5));
}

#[track_caller]
pub(super) fn assert_fault(text: &str, message: &str, remedy: &str) {
    assert_faults(text, &[(message, remedy)]);
}

#[test]
fn text_that_is_not_toml() {
    for (text, place) in [
        ("users = [\"ana\"\n[groups.a]\n", "TEAM.toml:2:"),
        ("a = ana\n", "TEAM.toml:1:5)"),
        ("users = []\nusers = []\n", "TEAM.toml:2:1)"),
        ("[users.ana]\n\n[users.ana]\n", "TEAM.toml:3:"),
        ("users = [\"ana\", \"bén\" \"c\"]\n", "TEAM.toml:1:"),
    ] {
        let errors = read(text).expect_err(text);
        assert!(errors[0].to_string().contains(place), "{text}\n{errors:?}");
    }
}

#[test]
fn errors_from_the_toml_parser_get_a_hint() {
    assert_fault(
        "users = [\"ana\"]\n[users.ben]\n",
        "cannot extend value of type array with a dotted key (TEAM.toml:2:2)",
        "all of them as tables",
    );
    assert_fault("[users.a]\n[users.a]\n", "duplicate key (TEAM.toml:2:8)", "into one");
}

#[test]
fn bytes_that_are_not_utf8() {
    let bytes = "users = [\"é\",\n \"ana\u{e9}".as_bytes();
    let path = Path::new("TEAM.toml");
    let cut = &bytes[..bytes.len() - 1];
    let error = text_of(path, cut).unwrap_err();
    assert_eq!(error.to_string(), "the file is not UTF-8 (TEAM.toml:2:6)");
    assert!(text_of(path, bytes).is_ok());
}

#[test]
fn unknown_keys() {
    assert_fault("user = []\n", "a file has no 'user' (TEAM.toml:1:1)", "did you mean users?");
    assert_fault(
        "[users.ana]\npolices = []\n",
        "a user has no 'polices' (TEAM.toml:2:1)",
        "did you mean policies?",
    );
    assert_fault(
        "[groups.a]\nquux = 1\n",
        "a group has no 'quux' (TEAM.toml:2:1)",
        "a group has: members, policies, may_assume",
    );
    assert_fault(
        &format!("[roles.a]\n  {TRUST}\n  master_copy = \"s3://bbb/k\"\n"),
        "a role has no 'master_copy' (TEAM.toml:3:3)",
        "move it above the first [table]",
    );
    assert_fault(
        "[roles.a]\ntrust = { accounts = [\"111111111111\"], MFA = true }\n",
        "a trust has no 'MFA' (TEAM.toml:2:40)",
        "did you mean mfa?",
    );
}

#[test]
fn values_of_the_wrong_type() {
    assert_fault(
        "users = { ana = 1 }\n",
        "users.ana is a number, not a table (TEAM.toml:1:17)",
        "write [users.ana]",
    );
    assert_fault("roles = []\n", "roles is a list, not a table (TEAM.toml:1:9)", "[roles.NAME]");
    assert_fault(
        "users = [\"ana\", 7]\n",
        "an entry of users is a number, not a string (TEAM.toml:1:17)",
        "quote it: \"7\"",
    );
    assert_fault(
        "[roles.a]\ntrust = { accounts = [\"111111111111\"], mfa = \"true\" }\n",
        "mfa is a string, not true or false (TEAM.toml:2:46)",
        "without quotes",
    );
    assert_fault(
        "[groups.a]\nmembers = { a = 1 }\n",
        "members is a table, not a list of strings (TEAM.toml:2:11)",
        "[\"one\", \"another\"]",
    );
    assert_fault(
        "[roles.a]\ntrust = \"ana\"\n",
        "trust is a string, not a table (TEAM.toml:2:9)",
        "trust = { users",
    );
    assert_fault(
        &format!("[roles.a]\n{TRUST}\ndescription = 1979-05-27\n"),
        "description is a date or time, not a string (TEAM.toml:3:15)",
        "quote it",
    );
}

#[test]
fn an_account_without_quotes_would_lose_its_zeros() {
    for (account, message, remedy) in [
        ("222222222222", "an entry of accounts is a number, not a string", "\"222222222222\""),
        ("\"22222222222\"", "'22222222222' is not an account ID", "12 digits"),
        ("\"2222-2222-2222\"", "'2222-2222-2222' is not an account ID", "12 digits"),
    ] {
        let text = format!("[roles.a]\ntrust = {{ accounts = [{account}], users = [\"ana\"] }}\n");
        let place = format!("{message} (TEAM.toml:2:23)");
        assert_fault(&format!("{text}[users.ana]\n"), &place, remedy);
    }
}

#[test]
fn names_that_iam_refuses() {
    let long = "x".repeat(65);
    assert_fault(
        "users = [\"a b\"]\n",
        "'a b' is not a valid user name (TEAM.toml:1:10)",
        "letters",
    );
    assert_fault("users = [\"\"]\n", "'' is not a valid user name (TEAM.toml:1:10)", "letters");
    assert_fault("[groups.\"é\"]\n", "'é' is not a valid group name (TEAM.toml:1:9)", "letters");
    assert_fault(
        &format!("users = [\n  \"{long}\"]\n"),
        &format!("'{}…' has 65 characters, and IAM allows 64 (TEAM.toml:2:3)", &long[..40]),
        "1 to 64",
    );
    assert_fault(
        &format!("[roles.{long}]\n{TRUST}\n"),
        &format!("'{}…' has 65 characters, and IAM allows 64 (TEAM.toml:1:8)", &long[..40]),
        "1 to 64",
    );
    assert!(read(&format!("[groups.{long}]\n")).is_ok());
    assert_fault(
        "users = [\"ana\",\n\"Ana\"]\n",
        "IAM ignores case: user 'Ana' is the same as 'ana' in line 1 (TEAM.toml:2:1)",
        "another name",
    );
    assert_fault(
        "users = [\"ana\", \"ana\"]\n",
        "'ana' is listed twice in users (TEAM.toml:1:17)",
        "remove one",
    );
}

#[test]
fn references_to_missing_entries() {
    let file =
        |line: &str| format!("users = [\"ana\"]\n[groups.team]\n{line}\n[roles.r]\n{TRUST}\n");
    for (line, message, remedy) in [
        ("members = [\"anna\"]", "there is no user 'anna' in this file", "did you mean ana?"),
        ("members = [\"quentin\"]", "there is no user 'quentin' in this file", "[users.quentin]"),
        (
            "members = [\"team\"]",
            "'team' is a group, and only users are allowed here",
            "its members",
        ),
        ("members = [\"r\"]", "'r' is a role, and only users are allowed here", "list users"),
        (
            "members = [\"arn:aws:iam::111111111111:user/ana\"]",
            "'arn:aws:iam::111111111111:user/ana' is an ARN, but users are listed by name",
            "without 'arn:",
        ),
    ] {
        assert_fault(&file(line), &format!("{message} (TEAM.toml:3:12)"), remedy);
    }
    for (line, message, remedy) in [
        (
            "policies = [\"no-new-users\"]",
            "policy 'no-new-users' is neither in this file nor an AWS managed policy",
            "[policies.no-new-users]",
        ),
        (
            "policies = [\"arn:aws:iam::1:policy/x\"]",
            "'arn:aws:iam::1:policy/x' is not the ARN of a managed policy",
            "arn:aws:iam::222222222222:policy/NAME",
        ),
    ] {
        assert_fault(&file(line), &format!("{message} (TEAM.toml:3:13)"), remedy);
    }
    assert_fault(
        &file("may_assume = [\"quux\"]"),
        "there is no role 'quux' in this file (may_assume) (TEAM.toml:3:15)",
        "add it, or write its ARN",
    );
    assert_fault(
        &file("may_assume = [\"arn:aws:iam::222222222222:user/x\"]"),
        "'arn:aws:iam::222222222222:user/x' is not the ARN of a role (TEAM.toml:3:15)",
        ":role/NAME",
    );
}

#[test]
fn trusts_that_allow_no_one_or_unknown_names() {
    let file = |trust: &str| {
        format!(
            "users = [\"ana\"]\n[groups.none]\nmembers = []\n[groups.open]\n[roles.r]\n{trust}\n"
        )
    };
    let message = |message: &str, column: usize| format!("{message} (TEAM.toml:6:{column})");
    let nobody = "the trust of role 'r' allows no one";
    for (trust, what, column, remedy) in [
        ("trust = {}", nobody, 9, "add users, groups"),
        ("trust = { mfa = true, users = [] }", nobody, 9, "add users, groups"),
        ("trust = { groups = [\"none\"] }", nobody, 9, "add users, groups"),
        (
            "trust = { groups = [\"open\"] }",
            "a trust policy allows the members of 'open', but the file lists none",
            21,
            "members to [groups.open]",
        ),
        (
            "trust = { groups = [\"opne\"] }",
            "there is no group 'opne' in this file",
            21,
            "did you mean open?",
        ),
        ("trust = { users = [\"an\"] }", "there is no user 'an' in this file", 20, "mean ana?"),
        (
            "trust = { users = [\"open\"] }",
            "'open' is a group, and only users are allowed here",
            20,
            "its members",
        ),
        ("trust = { roles = [\"q\"] }", "there is no role 'q' in this file (roles)", 20, "its ARN"),
        (
            "trust = { roles = [\"arn:aws:iam::222222222222:role/x\"], mfa = true }",
            "a role's session never has MFA, so this role could never assume it",
            20,
            "omit mfa",
        ),
        (
            "trust = { users = [\"ana\"], external_id = \"a b\" }",
            "external_id is not an external ID that STS accepts",
            42,
            "2 to 1224",
        ),
    ] {
        assert_fault(&file(trust), &message(what, column), remedy);
    }
    assert_fault(
        "[roles.r]\npolicies = []\n",
        "role 'r' has no trust, so no one could assume it (TEAM.toml:1:8)",
        "trust = { users",
    );
}

#[test]
fn roles_whose_trusts_form_a_circle() {
    let role = |name: &str, others: &str| format!("[roles.{name}]\ntrust.roles = [{others}]\n");
    let text =
        role("a", "\"b\"") + &role("b", "\"c\"") + &role("c", "\"d\", \"a\"") + "[roles.d]\n";
    assert_fault(
        &format!("{text}{TRUST}\n"),
        "the trust policies form a loop: a (line 2) → b (line 4) → c (line 6) → a (TEAM.toml:6:21)",
        "remove one",
    );
    assert_fault(
        &role("a", "\"a\""),
        "the trust policies form a loop: a (line 2) → a (TEAM.toml:2:16)",
        "remove one",
    );
    // Two paths to the same role are not a cycle.
    let diamond = role("a", "\"b\", \"c\"") + &role("b", "\"d\"") + &role("c", "\"d\"");
    assert!(read(&format!("{diamond}[roles.d]\n{TRUST}\n")).is_ok());
}

#[test]
fn values_that_aws_does_not_accept() {
    let role = |line: &str| format!("[roles.r]\n{TRUST}\n{line}\n");
    for (line, message, remedy) in [
        (
            "max_session = \"13h\"",
            "max_session is 13h, and IAM allows 1h to 12h (TEAM.toml:3:15)",
            "4h",
        ),
        ("max_session = 60", "max_session is 60, and IAM allows 1h to 12h (TEAM.toml:3:15)", "4h"),
        (
            "max_session = \"long\"",
            "max_session is not a duration: use seconds, or 45m, 1h, 1h30m (TEAM.toml:3:15)",
            "4h",
        ),
        (
            "description = \"日\"",
            "IAM does not accept this description (TEAM.toml:3:15)",
            "Western European",
        ),
        (
            "tags = { \"aws:x\" = \"1\" }",
            "'aws:x' starts with 'aws:', which is reserved for AWS (TEAM.toml:3:10)",
            "must not have",
        ),
        (
            "tags = { rolecall-x = \"1\" }",
            "tags that begin with rolecall- are reserved for what rolecall creates (TEAM.toml:3:10)",
            "another key",
        ),
        ("tags = { \"a!\" = \"1\" }", "'a!' is not a tag that AWS accepts (TEAM.toml:3:10)", "128"),
        ("tags = { a = 1 }", "a tag's value is a number, not a string (TEAM.toml:3:14)", "\"1\""),
    ] {
        assert_fault(&role(line), message, remedy);
    }
    for (place, message, remedy) in [
        ("acme/team.toml", "master_copy is not an object in a bucket", "s3://BUCKET/KEY"),
        ("s3://acme", "master_copy is not an object in a bucket", "s3://BUCKET/KEY"),
        ("s3://Ac me/k", "'Ac me' is not a valid bucket name", "lowercase"),
        ("s3://acme/", "master_copy does not have a valid object key", "s3://BUCKET/KEY"),
        ("s3://acme/k/", "master_copy does not have a valid object key", "s3://BUCKET/KEY"),
    ] {
        let text = format!("# é\nmaster_copy = \"{place}\"\n");
        assert_fault(&text, &format!("{message} (TEAM.toml:2:15)"), remedy);
    }
}

#[test]
fn lists_that_are_too_long_for_a_policy() {
    let names: Vec<String> = (0..40).map(|i| format!("{}{i:02}", "x".repeat(60))).collect();
    let users: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let users = users.join(", ");
    assert_fault(
        &format!("users = [{users}]\n[roles.r]\ntrust = {{ users = [{users}] }}\n"),
        "the trust policy of role 'r' has 3945 characters, and IAM allows 2048 (TEAM.toml:3:9)",
        "trust the account",
    );
    let arns: Vec<String> =
        names.iter().map(|name| format!("\"arn:aws:iam::222222222222:role/{name}\"")).collect();
    let arns = arns.join(", ");
    assert_fault(
        &format!("[users.ana]\n\nmay_assume = [{arns}]\n"),
        "the policy may-assume has 3936 characters, and IAM allows 2048 for a user (TEAM.toml:3:15)",
        "[groups",
    );
    assert!(read(&format!("[groups.all]\nmay_assume = [{arns}]\n")).is_ok());
}

#[test]
fn faults_are_reported_in_the_order_of_the_file() {
    assert_faults(
        "users = [\"a b\", 7]\n[groups.team]\nmembers = [\"ana\"]\npolicy = []\n[roles.r]\n",
        &[
            ("'a b' is not a valid user name (TEAM.toml:1:10)", "letters"),
            ("an entry of users is a number, not a string (TEAM.toml:1:17)", "quote it"),
            ("there is no user 'ana' in this file (TEAM.toml:3:12)", "[users.ana]"),
            ("a group has no 'policy' (TEAM.toml:4:1)", "policies"),
            ("role 'r' has no trust, so no one could assume it (TEAM.toml:5:8)", "trust"),
        ],
    );
}
