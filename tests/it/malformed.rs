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
