//! Malformed settings are found before any call is made or code is used, with their place and the
//! right value; and so are a source's keys that have expired.

use crate::{
    mfa,
    support::stage::{PLAIN, Stage},
};

/// Logs in to the profile `x` with these settings, and checks that the answer comes from here. Returns
/// what it says.
#[track_caller]
fn refused(stage: &Stage, settings: &str, line: usize) -> String {
    let text = format!("[profile x]\n{settings}");
    stage.sandbox.config(text);
    let output = stage.sandbox.rolecall(&["login", "x"]).run().code(5);
    assert_eq!(stage.sts.calls().len(), 0, "{output:?}");
    let place = format!("{}:{line})", stage.sandbox.config_path().display());
    let first = output.stderr.lines().next().unwrap_or_default();
    assert!(first.ends_with(&place), "{place}: {output:?}");
    output.stderr
}

#[test]
fn a_malformed_value_is_refused_with_its_place_and_the_right_one() {
    let stage = Stage::new();
    for (settings, line, right) in [
        (
            "role_arn = arn:aws:iam:222222222222:role/Plain\nsource_profile = base\n",
            2,
            "did you mean 'arn:aws:iam::222222222222:role/Plain'?",
        ),
        (
            "source_profile = base\nrole_arn = arn:aws:sts::222222222222:assumed-role/Plain/me\n",
            3,
            "did you mean 'arn:aws:iam::222222222222:role/Plain'?",
        ),
        (
            "rolecall_role_arn = Plain\nrolecall_source_profile = base\n",
            2,
            "it must look like arn:aws:iam::222222222222:role/NAME",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nregion = EU_WEST_1\n"),
            4,
            "did you mean 'eu-west-1'?",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nregion = eu-west-1a\n"),
            4,
            "did you mean 'eu-west-1'?",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nmfa_serial = natan\n"),
            4,
            "look like arn:aws:iam::111111111111:mfa/NAME",
        ),
        (
            &format!(
                "role_arn = {PLAIN}\nsource_profile = base\n\
                 mfa_serial = arn:aws:iam:111111111111:mfa/natan\n"
            ),
            4,
            "did you mean 'arn:aws:iam::111111111111:mfa/natan'?",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nexternal_id = a b\n"),
            4,
            "it must be 2 to 1224 letters",
        ),
        (
            "source_profile = base\nrole_arn = arn:aws:iam::222222222222:user/Admin\n",
            3,
            "it must look like arn:aws:iam::222222222222:role/NAME",
        ),
        (
            &format!(
                "role_arn = {PLAIN}\nsource_profile = base\n\
                 mfa_serial = arn:aws:iam::111111111111:user/natan\n"
            ),
            4,
            "look like arn:aws:iam::111111111111:mfa/NAME",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nrole_session_name = a b\n"),
            4,
            "it must be 2 to 64 letters",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nduration_seconds = 60\n"),
            4,
            "it must be from 15 minutes to 12 hours",
        ),
        (
            "role_arn = arn:aws:iam:222222222222:role/Plain\nweb_identity_token_file = /token\n",
            2,
            "did you mean 'arn:aws:iam::222222222222:role/Plain'?",
        ),
    ] {
        let told = refused(&stage, settings, line);
        assert!(told.contains(right), "{right} in {told}");
    }
}

#[test]
fn a_value_in_quotes_is_refused_and_shown_without_them_unless_it_may_be_secret() {
    let stage = Stage::new();
    for (settings, line, right) in [
        (
            &*format!("role_arn = \"{PLAIN}\"\nsource_profile = base\n"),
            2,
            &*format!("without quotes: {PLAIN}"),
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = 'base'\n"),
            3,
            "'source_profile' is in quotes",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nregion = \"eu-west-1\"\n"),
            4,
            "without quotes: eu-west-1",
        ),
        (
            &format!("role_arn = {PLAIN}\nsource_profile = base\nexternal_id = \"ext-42\"\n"),
            4,
            "it must be written without quotes",
        ),
        (
            "aws_access_key_id = \"AKIAEXAMPLE\"\naws_secret_access_key = x\n",
            2,
            "'aws_access_key_id' is in quotes",
        ),
    ] {
        let told = refused(&stage, settings, line);
        assert!(told.contains(right), "{right} in {told}");
        assert!(!told.contains("ext-42") && !told.contains("AKIAEXAMPLE"), "{told}");
    }
}

#[test]
fn an_invisible_character_is_named_and_the_value_shown_without_it() {
    let stage = Stage::new();
    let role = format!("role_arn = {PLAIN}\nsource_profile = base\n");
    for (settings, line, right) in [
        (
            &*format!("source_profile = base\nrole_arn = {PLAIN}\u{a0}\n"),
            3,
            &*format!("did you mean '{PLAIN}'?"),
        ),
        (
            &format!(
                "source_profile = base\nrole_arn = {}\n",
                PLAIN.replace("role", "ro\u{200b}le")
            ),
            3,
            &format!("did you mean '{PLAIN}'?"),
        ),
        (&format!("{role}region = eu-west-1\u{a0}\n"), 4, "did you mean 'eu-west-1'?"),
        (
            &format!("{role}mfa_serial = arn:aws:iam::111111111111:mfa/natan\u{a0}\n"),
            4,
            "did you mean 'arn:aws:iam::111111111111:mfa/natan'?",
        ),
        (&format!("{role}role_session_name = me\u{feff}\n"), 4, "did you mean 'me'?"),
        (&format!("{role}duration_seconds = 3600\u{a0}\n"), 4, "did you mean '3600'?"),
        (&format!("{role}external_id = ext-42\u{a0}\n"), 4, "it must be 2 to 1224 letters"),
        (
            "aws_access_key_id = AKIAEXAMPLE\u{a0}\naws_secret_access_key = x\n",
            2,
            "it must be written without it",
        ),
        (
            "aws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-shown\u{200b}\n",
            3,
            "it must be written without it",
        ),
    ] {
        let told = refused(&stage, settings, line);
        assert!(
            told.contains(right) && told.contains("invisible character, U+"),
            "{right}: {told}"
        );
        assert!(!told.contains("ext-42") && !told.contains("not-shown"), "{told}");
    }
}

#[test]
fn an_endpoint_without_a_scheme_is_refused_wherever_it_is_set() {
    let stage = Stage::new();
    stage.sandbox.env_remove("AWS_ENDPOINT_URL_STS");
    for url in
        ["127.0.0.1:4566", "nonsense", "http://127.0.0.1:4566\u{a0}", "\"https://natan:pw@x\""]
    {
        let role = format!("role_arn = {PLAIN}\nsource_profile = base\n");
        refused(&stage, &format!("{role}endpoint_url = {url}\n"), 4);
        let services = format!("{role}services = s\n[services s]\nsts =\n  endpoint_url = {url}\n");
        let told = refused(&stage, &services, 6);
        assert!(!told.contains("pw@"), "{told}");
        stage.sandbox.config(format!("[profile x]\n{role}"));
        for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"] {
            let run = stage.helper("x").env(variable, url);
            let output = run.run().code(2);
            assert!(output.stderr.contains(&format!("{variable} is ")), "{output:?}");
        }
    }
}

/// What is wrong, and what is told about it.
const WRONG_FLAGS: [(&str, &str, &str); 10] = [
    (
        "--role-arn",
        "arn:aws:iam:222222222222:role/Plain",
        "did you mean 'arn:aws:iam::222222222222:",
    ),
    (
        "--role-arn",
        "arn:aws:iam::222222222222:user/Plain",
        "look like arn:aws:iam::222222222222:role/",
    ),
    ("--role-arn", "arn:aws:iam::222222222222:role/Plain\u{a0}", "did you mean 'arn:aws:iam::2"),
    ("--region", "us_east_1", "did you mean 'us-east-1'?"),
    ("--region", "\"us-east-1\"", "written without quotes: us-east-1"),
    ("--session-name", "a b", "2 to 64 letters"),
    ("--duration", "60", "from 15 minutes to 12 hours"),
    ("--duration", "13h", "from 15 minutes to 12 hours"),
    (
        "--mfa-serial",
        "arn:aws:iam:111111111111:mfa/natan",
        "did you mean 'arn:aws:iam::111111111111:",
    ),
    (
        "--mfa-serial",
        "arn:aws:iam::111111111111:user/natan",
        "look like arn:aws:iam::111111111111:mfa/",
    ),
];

#[test]
fn a_malformed_flag_of_any_command_is_wrong_usage_and_nothing_is_called_or_written() {
    let stage = Stage::new();
    let before = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let verbs: [(&[&str], &[&str]); 8] = [
        (&["login", "plain"], &[]),
        (&["credential-process", "plain"], &[]),
        (&["exec", "plain"], &["--", "true"]),
        (&["env", "plain", "--shell", "bash"], &[]),
        (&["whoami", "plain"], &[]),
        (&["console", "plain", "--print"], &[]),
        (&["serve", "plain"], &[]),
        (&["profile", "add", "new", "--source-profile", "base", "--external-id", "ext-42"], &[]),
    ];
    for (verb, more) in verbs {
        for (flag, value, told) in WRONG_FLAGS {
            let role = ["--role-arn", PLAIN];
            let role = if verb[0] == "profile" && flag != role[0] { &role[..] } else { &[] };
            let output =
                stage.sandbox.rolecall(&[verb, role, &[flag, value], more].concat()).run().code(2);
            assert!(output.stderr.contains(told), "{told} in {output:?}");
        }
    }
    assert_eq!(stage.sts.calls().len(), 0);
    assert_eq!(std::fs::read_to_string(stage.sandbox.config_path()).unwrap(), before);
}

#[test]
fn a_malformed_value_is_neither_set_nor_adopted() {
    let stage = Stage::new();
    for (key, value, told) in [
        (
            "role_arn",
            "arn:aws:iam:222222222222:role/Plain",
            "did you mean 'arn:aws:iam::222222222222:",
        ),
        (
            "role_arn",
            "arn:aws:iam::222222222222:user/Plain",
            "look like arn:aws:iam::222222222222:role/",
        ),
        ("role_arn", "arn:aws:iam::222222222222:role/Plain\u{a0}", "did you mean 'arn:aws:iam::2"),
        ("role_arn", "'arn:aws:iam::222222222222:role/Plain'", "written without quotes"),
        ("region", "us_east_1", "did you mean 'us-east-1'?"),
        ("region", "\"us-east-1\"", "written without quotes: us-east-1"),
        (
            "mfa_serial",
            "arn:aws:iam::111111111111:user/natan",
            "look like arn:aws:iam::111111111111:mfa/",
        ),
        ("role_session_name", "a b", "2 to 64 letters"),
        ("duration_seconds", "60", "from 15 minutes to 12 hours"),
    ] {
        let other =
            if key == "role_arn" { "output = json" } else { &format!("role_arn = {PLAIN}") };
        let text = format!("[profile x]\nsource_profile = base\n{key} = {value}\n{other}\n");
        stage.sandbox.config(&text);
        for all in [false, true] {
            let which = if all { "--all" } else { "x" };
            let output = stage.sandbox.rolecall(&["profile", "adopt", which]).run();
            let output = output.code(if all { 0 } else { 5 });
            assert!(output.stderr.contains(told), "{told} in {output:?}");
            assert!(output.stderr.contains("config:3)"), "{output:?}");
            assert_eq!(std::fs::read_to_string(stage.sandbox.config_path()).unwrap(), text);
        }
        let assignment = format!("rolecall_{key}={value}").replace("rolecall_region", "region");
        let output = stage.sandbox.rolecall(&["profile", "set", "x", &assignment]).run().code(2);
        assert!(output.stderr.contains(told), "{told} in {output:?}");
        assert_eq!(std::fs::read_to_string(stage.sandbox.config_path()).unwrap(), text);
    }
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn a_key_without_its_prefix_is_told_with_the_right_one() {
    let stage = Stage::new();
    let told = refused(&stage, "access_key_id = AKIAEXAMPLE\nsecret_access_key = x\n", 2);
    assert!(told.contains("'aws_access_key_id' instead of 'access_key_id'"), "{told}");
    let managed = "credential_process = rolecall credential-process x\n";
    let told = refused(&stage, &format!("{managed}access_key_id = AKIAEXAMPLE\n"), 3);
    assert!(told.contains("write 'rolecall_access_key_id'"), "{told}");
    let role = format!("{managed}rolecall_role_arn = {PLAIN}\nrolecall_source_profile = base\n");
    // Without the prefix, it would not narrow the session.
    let told = refused(&stage, &format!("{role}session_policy = s3-read:b\n"), 5);
    assert!(told.contains("write 'rolecall_session_policy'"), "{told}");
    // aws-vault's.
    stage.sandbox.config(format!("[profile x]\n{role}session_tags = a=b\n"));
    stage.document("x");
}

#[test]
fn what_aws_tools_accept_goes_to_aws() {
    let stage = Stage::new();
    for region in ["xx-newplace-7", "local", "us-isob-east-1", "aws-global"] {
        stage.sandbox.config(format!(
            "[profile x]\nrole_arn = {PLAIN}\nsource_profile = base\nregion = {region}\n"
        ));
        stage.document("x");
    }
    for arn in [
        "arn:aws-new:iam::222222222222:role/service-role/a.b/R+=,.@-",
        "arn:aws-cn:iam::222222222222:role/R",
    ] {
        stage.sandbox.config(format!("[profile x]\nrole_arn = {arn}\nsource_profile = base\n"));
        stage.helper("x").run().code(4);
    }
    // A session's keys need no region of AWS's.
    stage.sandbox.config(
        "[profile x]\nregion = EU_WEST_1\naws_access_key_id = ASIAEXAMPLE\n\
         aws_secret_access_key = x\naws_session_token = y\n",
    );
    stage.sandbox.rolecall(&["login", "x"]).run().ok();
}

#[test]
fn a_malformed_flag_is_wrong_usage() {
    let stage = Stage::new();
    for (arguments, what) in [
        (&["exec", "plain", "--region", "EU_WEST_1", "--", "true"][..], "--region is not a region"),
        (&["exec", "plain", "--role-arn", "Plain", "--", "true"], "--role-arn is not the ARN"),
        (&["exec", "plain", "--role-arn", "'Plain'", "--", "true"], "--role-arn is in quotes"),
        (
            &["login", "arn:aws:iam::2:role/R", "--source-profile", "base"],
            "is not the ARN of a role",
        ),
        (&["login", "plain", "--mfa-serial", "natan"], "MFA serial is not one"),
        (&["profile", "set", "plain", "region=eu-west-1a"], "'region' is not a region"),
    ] {
        let output = stage.sandbox.rolecall(arguments).run().code(2);
        assert!(output.stderr.contains(what), "{what} in {output:?}");
    }
    // A call with the source's own keys needs its region, too.
    stage.sandbox.config("[profile x]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = not-looked-at\nregion = EU_WEST_1\n");
    let output = stage.sandbox.rolecall(&["whoami", "x"]).run().code(5);
    assert!(output.stderr.contains("did you mean 'eu-west-1'"), "{output:?}");
    stage.sandbox.config(format!("[profile plain]\nsource_profile = base\nrole_arn = {PLAIN}\n"));
    let run = stage.sandbox.rolecall(&["login", "plain"]).env("AWS_REGION", "eu west 1");
    let output = run.run().code(2);
    assert!(output.stderr.contains("AWS_REGION"), "{output:?}");
    assert_eq!(stage.sts.calls().len(), 0);
}

#[test]
fn expired_keys_of_a_source_say_when_they_ended_and_who_writes_them() {
    let stage = Stage::new();
    stage.edit_config("source_profile = base\n", "source_profile = saml\n");
    for (note, text, writer) in [
        ("x_security_token_expires", "2020-01-02T03:04:05+02:00", "saml2aws"),
        ("aws_expiration", "2020-01-02T03:04:05.000Z", "aws-azure-login"),
        ("assumed_role = False\nexpiration", "2020-01-02 03:04:05", "aws-mfa"),
        ("autoawsume = true\nexpiration", "2020-01-02 03:04:05", "awsume"),
        ("aws_session_expiration", "2020-01-02T03:04:05+0000", "aws_session_expiration"),
    ] {
        stage.sandbox.credentials(format!(
            "[saml]\naws_access_key_id = ASIAEXAMPLE\naws_secret_access_key = x\n\
             aws_session_token = y\n{note} = {text}\n"
        ));
        let output = stage.helper("plain").run().code(5);
        assert!(output.stderr.contains("the session in profile 'saml' has expired"), "{output:?}");
        assert!(output.stderr.contains(text) && output.stderr.contains(writer), "{output:?}");
    }
    assert_eq!(stage.sts.calls().len(), 0);
    // Long-lived keys never expire, whatever stands beside them; nor does what can't be read.
    for note in ["x_security_token_expires = 2020-01-02T03:04:05Z", "expiration = soon"] {
        let token = if note.ends_with("soon") { "aws_session_token = y\n" } else { "" };
        stage.sandbox.credentials(format!(
            "[saml]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = x\n{token}{note}\n"
        ));
        stage.helper("plain").run().code(4);
    }
}

#[test]
fn a_refusal_of_an_mfa_session_names_its_user_and_not_the_device() {
    let stage = mfa::stage();
    stage.sts.with_world(|world| world.roles.iter_mut().for_each(|role| role.denied = true));
    let output = stage.sandbox.rolecall(&["login", "first"]).run().code(4);
    assert!(output.stderr.contains("refused to let 'base' (with MFA) assume"), "{output:?}");
    assert!(!output.stderr.contains("'arn:aws:iam::111111111111:mfa/natan'"), "{output:?}");
}
