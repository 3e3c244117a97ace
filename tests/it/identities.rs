//! Never another identity than the one that is there now: what gives the first credentials of a chain
//! may be told at any time to give another identity's.

use serde_json::Value;
use sha2::Digest as _;

use crate::{
    bases::{CONSOLE, SSO_TOKEN, give, program_output, sign_in, stage},
    support::{
        clients::require_program,
        sandbox::Sandbox,
        stage::{PLAIN, Stage},
        sts::{Fault, Role, hex},
    },
};

const LATER: &str = "2199-01-01T00:00:00Z";

/// The stage of all bases with sessions stored in a file.
fn stored() -> Stage {
    let stage = stage();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    stage
}

/// The ARN of `profile`, by `whoami`.
#[track_caller]
fn whoami(stage: &Stage, profile: &str) -> String {
    let run = stage.sandbox.rolecall(&["whoami", profile, "--output", "json"]);
    run.run().ok().json()["Arn"].as_str().unwrap().to_owned()
}

/// The access key that signed the newest AssumeRole call.
fn signer(stage: &Stage) -> Value {
    let calls = stage.sts.calls();
    let call = calls.into_iter().rfind(|call| call.action == "AssumeRole").unwrap();
    call.access_key_id.unwrap_or_default().into()
}

/// How often the program of profile `process` ran.
fn runs(stage: &Stage) -> usize {
    std::fs::read_to_string(stage.sandbox.path("home/runs")).unwrap_or_default().lines().count()
}

/// The number of stored sessions, by `status`.
fn sessions(stage: &Stage) -> usize {
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    status["sessions"].as_array().unwrap().len()
}

/// Another identity's session.
fn another(stage: &Stage) -> String {
    let arn = "arn:aws:iam::111111111111:role/Another";
    stage.sts.with_world(|world| world.roles.push(Role::new(arn, &["111111111111"])));
    let arguments = ["credential-process", "--role-arn", arn, "--source-profile", "base"];
    stage.sandbox.rolecall(&arguments).run().ok().stdout
}

fn id(document: &str) -> Value {
    serde_json::from_str::<Value>(document).unwrap()["AccessKeyId"].take()
}

#[test]
fn another_program_is_asked_each_time_and_its_roles_follow_it() {
    let stage = stored();
    let (one, two) = (program_output(&stage), another(&stage));
    stage.sandbox.rolecall(&["logout", "--all"]).run().ok();
    let mut ran = 0;
    for document in [&one, &two, &one] {
        give(&stage, document);
        assert_eq!(stage.document("process")["AccessKeyId"], id(document));
        assert_eq!(sessions(&stage), usize::from(ran > 0), "the program's own is never stored");
        let role = stage.document("process-role");
        assert_eq!(signer(&stage), id(document));
        let calls = stage.assumed();
        assert_eq!(stage.document("process-role"), role, "from the store");
        assert_eq!(stage.assumed(), calls);
        let name = if document == &two { "Another" } else { "Tool" };
        assert!(whoami(&stage, "process").contains(&format!("assumed-role/{name}/")));
        ran += 4;
        assert_eq!(runs(&stage), ran);
    }
    let told = stage.sandbox.rolecall(&["status", "process"]).run().ok();
    assert!(told.stdout.contains("its source is called each time"), "{told:?}");
    let told = stage.sandbox.rolecall(&["login", "process"]).run().ok();
    assert!(told.stdout.contains("its source is called each time"), "{told:?}");
}

#[test]
fn a_container_and_an_instance_are_asked_each_time() {
    let stage = stored();
    for kind in ["container", "instance"] {
        for name in ["One", "Two"] {
            stage.sts.with_world(|world| {
                let role = Some(format!("arn:aws:iam::111111111111:role/{name}"));
                world.container_role.clone_from(&role);
                world.instance_role = role;
            });
            assert!(whoami(&stage, kind).contains(&format!("assumed-role/{name}/")), "{kind}");
            let role = format!("{kind}-role");
            stage.document(&role);
            let first = signer(&stage);
            stage.document(&role);
            assert_ne!(signer(&stage), first, "{kind}: it gave another key");
        }
    }
    assert_eq!(sessions(&stage), 2, "only the newest of each role");
}

#[test]
fn a_program_s_output_is_stored_if_the_profile_says_so_and_force_goes_down_to_it() {
    let stage = stored();
    stage.edit_config("[profile process]\n", "[profile process]\nrolecall_process_cache = on\n");
    let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    let sibling = format!(
        "[profile sibling]\nrole_arn = {PLAIN}\nsource_profile = process\nrole_session_name = sibling\n"
    );
    stage.sandbox.config(config + &sibling);
    let (one, two) = (program_output(&stage), another(&stage));
    give(&stage, &one);
    for profile in ["process", "process-role", "sibling"] {
        stage.document(profile);
    }
    assert_eq!((runs(&stage), signer(&stage)), (1, id(&one)));
    give(&stage, &two);
    assert_eq!(stage.document("process")["AccessKeyId"], id(&one), "as the profile says");
    assert_eq!(runs(&stage), 1);
    stage.sandbox.rolecall(&["login", "--force", "process-role"]).run().ok();
    assert_eq!((runs(&stage), signer(&stage)), (2, id(&two)));
    let calls = stage.assumed();
    stage.document("process-role");
    assert_eq!((stage.assumed(), runs(&stage)), (calls, 2), "all of it is stored");
    // What the program gave first is gone for all.
    stage.document("sibling");
    assert_eq!((stage.assumed(), runs(&stage)), (calls + 1, 2));
    assert_eq!(signer(&stage), id(&two));
}

#[test]
fn a_setting_for_hand_outs_makes_no_profile_ours() {
    let sandbox = Sandbox::new();
    for setting in
        ["rolecall_audit = all", "rolecall_confirm = 15m", "rolecall_agent_policy = refuse"]
    {
        sandbox.config(format!("[profile x]\ncredential_process = /bin/other\n{setting}\n"));
        let list = sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
        let listed = (&list[0]["managed"], &list[0]["kind"]);
        assert_eq!(listed, (&Value::from(false), &Value::from("process")), "{setting}");
    }
}

#[test]
fn a_stored_program_is_still_another_program() {
    let stage = Stage::new();
    let config = "[profile x]\ncredential_process = /bin/other\nrolecall_process_cache = on\n";
    stage.sandbox.config(config);
    let list = stage.sandbox.rolecall(&["profile", "list", "--output", "json"]).run().ok().json();
    let listed = list.as_array().unwrap().iter().find(|profile| profile["name"] == "x").unwrap();
    assert_eq!(
        (&listed["managed"], &listed["kind"]),
        (&Value::from(false), &Value::from("process"))
    );
    let show = stage.sandbox.rolecall(&["profile", "show", "x", "--output", "json"]).run().ok();
    assert_eq!(show.json()["plan"]["base"]["stored"], true);
    stage.edit_config("process_cache = on", "process_cache = yes");
    let wrong = stage.helper("x").run().code(5);
    assert!(wrong.stderr.contains("'rolecall_process_cache' is not on or off"), "{wrong:?}");
    assert!(wrong.stderr.contains("config:3)"), "{wrong:?}");
}

#[test]
fn a_stored_output_that_aws_does_not_know_any_more_is_replaced_with_its_roles() {
    let stage = stored();
    stage.edit_config("[profile process]\n", "[profile process]\nrolecall_process_cache = on\n");
    give(&stage, &program_output(&stage));
    stage.document("process");
    stage.sts.forget_sessions();
    let two = another(&stage);
    give(&stage, &two);
    let role = stage.document("process-role");
    assert_eq!((runs(&stage), signer(&stage)), (2, id(&two)));
    let calls = stage.assumed();
    assert_eq!(stage.document("process-role"), role);
    assert_eq!((stage.assumed(), runs(&stage)), (calls, 2));
}

#[test]
fn a_hundred_callers_of_a_program_s_role_make_one_call() {
    for is_kept in [false, true] {
        let stage = need!(Stage::with_keyutils());
        let one = another(&stage);
        let script = format!("#!/bin/sh\necho x >> $HOME/runs\nsleep 0.2\ncat <<'END'\n{one}END\n");
        let program = stage.sandbox.script("home/give", script);
        let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
        stage.sandbox.config(format!(
            "{config}[profile program]\ncredential_process = {}\nrolecall_process_cache = {}\n\
             [profile role]\nrole_arn = {PLAIN}\nsource_profile = program\n",
            program.display(),
            if is_kept { "on" } else { "off" },
        ));
        let calls = stage.assumed();
        stage.sts.set_latency(std::time::Duration::from_millis(500));
        let outputs = stage.helpers_at_once("role", 100);
        let first = outputs[0].json();
        for output in outputs {
            assert_eq!(output.ok().json(), first);
        }
        assert_eq!(stage.assumed(), calls + 1);
        assert_eq!(runs(&stage), if is_kept { 1 } else { 100 });
    }
}

#[test]
fn who_signs_in_as_another_person_gets_that_person_s_sessions() {
    const OTHER: &str = "aoaAAAAAGexampletoken-of-another-person";
    let stage = stored();
    stage.sts.with_world(|world| world.sso_tokens.push(OTHER.to_owned()));
    let one = (stage.document("sso"), stage.document("sso-role"));
    assert_eq!((stage.document("sso"), stage.document("sso-role")), one, "from the store");
    let roles = stage.sts.count("GetRoleCredentials");
    // `aws sso logout` and `aws sso login`.
    std::fs::remove_dir_all(stage.sandbox.path("home/.aws/sso")).unwrap();
    let signed_out = stage.helper("sso-role").run().code(3);
    assert!(signed_out.stderr.contains("profile 'sso' is not signed in"), "{signed_out:?}");
    sign_in(&stage, "dev", OTHER, LATER);
    let two = (stage.document("sso"), stage.document("sso-role"));
    assert_ne!((&one.0, &one.1), (&two.0, &two.1));
    assert_eq!(signer(&stage), two.0["AccessKeyId"]);
    assert_eq!(stage.sts.count("GetRoleCredentials"), roles + 1);
    // The first person's again.
    sign_in(&stage, "dev", SSO_TOKEN, LATER);
    assert_ne!(stage.document("sso-role"), two.1);
}

#[test]
fn a_sign_in_that_is_renewed_is_the_same_one() {
    let stage = stored();
    let one = stage.document("sso-role");
    // About to end.
    let ends = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let ends =
        (ends + chrono::TimeDelta::minutes(2)).to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    sign_in(&stage, "dev", SSO_TOKEN, &ends);
    let forced = stage.sandbox.rolecall(&["login", "--force", "sso"]);
    forced.run().ok();
    assert_eq!(stage.sts.count("CreateToken"), 1, "renewed");
    assert_eq!(stage.document("sso-role"), one);
}

#[test]
fn a_web_identity_of_another_subject_is_another_identity() {
    use aws_smithy_types::base64;
    let stage = stored();
    let token = |claims: &str| format!("e30.{}.c2ln", base64::encode(claims).replace('=', ""));
    let tokens = [
        r#"{"iss":"https://cluster","sub":"one","exp":1900000000,"jti":"a"}"#,
        r#"{"iss":"https://cluster","sub":"one","exp":1900000001,"jti":"b"}"#,
        r#"{"iss":"https://cluster","sub":"two","exp":1900000001,"jti":"c"}"#,
    ]
    .map(token);
    stage.sts.with_world(|world| world.web_identity_tokens = tokens.to_vec());
    let documents = tokens.map(|token| {
        stage.sandbox.file("home/token.jwt", token);
        (stage.document("web"), stage.document("web-role"))
    });
    assert_eq!(documents[0], documents[1], "the next token of the same subject");
    assert_ne!(documents[0].0, documents[2].0);
    assert_ne!(documents[0].1, documents[2].1);
    assert_eq!(stage.sts.count("AssumeRoleWithWebIdentity"), 2);
}

#[test]
fn other_keys_in_the_environment_or_in_a_file_are_another_identity() {
    let stage = stored();
    let other = serde_json::from_str::<Value>(&another(&stage)).unwrap();
    let text = |key: &str| other[key].as_str().unwrap().to_owned();
    let (key_id, secret, token) =
        (text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"));
    let one = stage.document("environment-role");
    let run = stage.helper("environment-role").env("AWS_ACCESS_KEY_ID", &key_id);
    let run = run.env("AWS_SECRET_ACCESS_KEY", &secret).env("AWS_SESSION_TOKEN", &token);
    assert_ne!(run.run().ok().json(), one);
    assert_eq!(signer(&stage), key_id.as_str());
    let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(format!(
        "{config}[profile keys-role]\nrole_arn = {PLAIN}\nsource_profile = base\n"
    ));
    let one = stage.document("keys-role");
    stage.sandbox.credentials(format!(
        "[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\naws_session_token = {token}\n"
    ));
    assert_ne!(stage.document("keys-role"), one);
    assert_eq!(signer(&stage), key_id.as_str());
}

/// The stores that an answer of another identity must never reach: nothing is stored, and the next call
/// asks again.
#[track_caller]
fn refused(stage: &Stage, profile: &str, (name, text, told): (&'static str, &str, &str)) {
    let before = sessions(stage);
    stage.sts.fault(Fault::OtherText(name, text.to_owned()));
    let output = stage.helper(profile).run().code(1);
    assert!(output.stderr.contains(told), "{told} in {output:?}");
    assert!(output.stderr.contains("nothing was stored"), "{output:?}");
    assert_eq!((output.stdout.as_str(), sessions(stage)), ("", before), "{output:?}");
}

#[test]
fn an_answer_of_another_role_or_of_no_session_is_refused_and_never_stored() {
    let stage = stored();
    let config = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage
        .sandbox
        .config(format!("{config}[profile role]\nrole_arn = {PLAIN}\nsource_profile = base\n"));
    for profile in ["role", "web"] {
        let (account, name) = match profile {
            "role" => ("222222222222", "Plain"),
            _ => ("111111111111", "Web"),
        };
        for arn in [
            "arn:aws:sts::222222222222:assumed-role/Other/natan".to_owned(),
            format!("arn:aws:sts::333333333333:assumed-role/{name}/natan"),
            format!("arn:aws-cn:sts::{account}:assumed-role/{name}/natan"),
            format!("arn:aws:sts::{account}:assumed-role/{name}/other"),
            format!("arn:aws:iam::{account}:user/natan"),
            "nonsense".to_owned(),
        ] {
            refused(&stage, profile, ("Arn", &arn, "instead of session 'natan' of arn:aws:iam::"));
        }
        let late = "2199-01-01T00:00:00Z";
        refused(&stage, profile, ("Expiration", late, "none can last more than 13"));
        refused(
            &stage,
            profile,
            ("AccessKeyId", "not a key", "a malformed or incomplete access key"),
        );
        stage.document(profile);
    }
    let before = sessions(&stage);
    refused(&stage, "sso", ("expiration", "7226582400000", "none can last more than 13"));
    refused(&stage, "sso", ("accessKeyId", "\"x\"", "a malformed or incomplete access key"));
    stage.document("sso");
    assert_eq!(sessions(&stage), before + 1);
}

#[test]
fn a_session_of_keys_that_lasts_too_long_is_refused() {
    let stage = Stage::new();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    let credentials = std::fs::read_to_string(stage.sandbox.path("home/.aws/credentials")).unwrap();
    stage.sandbox.credentials(format!(
        "{credentials}rolecall_session = on\nrolecall_duration_seconds = 129600\n"
    ));
    let late = "2199-01-01T00:00:00Z";
    refused(&stage, "base", ("Expiration", late, "none can last more than 36"));
    refused(&stage, "base", ("AccessKeyId", "x", "a malformed or incomplete access key"));
    stage.document("base");
}

#[test]
fn an_imitation_of_aws_need_not_say_whose_session_it_is() {
    let stage = Stage::new();
    stage.sts.fault(Fault::MissingElement("AssumedRoleUser".to_owned()));
    assert_eq!(stage.document("plain")["AccountId"], "222222222222");
}

#[test]
fn a_token_is_never_joined_to_a_key_pair_of_the_other_file() {
    let stage = Stage::new();
    let pair =
        |id: &str| format!("aws_access_key_id = {id}\naws_secret_access_key = secret-of-{id}\n");
    let (one, two) = ("AKIAONEONEONEONEONE1", "AKIATWOTWOTWOTWOTWO2");
    for token in ["aws_session_token", "aws_security_token"] {
        let with_token = |id: &str, text: &str| format!("{}{token} = {text}\n", pair(id));
        let expiration = "rolecall_expiration = 2020-01-01T00:00:00Z\n";
        for (config, credentials, id, expected) in [
            (with_token(one, "token-one"), pair(two), two, None),
            (
                with_token(one, "token-one") + expiration,
                with_token(two, "token-two"),
                two,
                Some("token-two"),
            ),
            (
                with_token(one, "token-one"),
                format!("{token} = token-two\n"),
                one,
                Some("token-one"),
            ),
            (pair(one), format!("{token} = token-two\n"), one, None),
            (format!("{token} = token-one\n"), pair(two), two, None),
        ] {
            stage.sandbox.config(format!("[profile x]\nregion = eu-west-1\n{config}"));
            stage.sandbox.credentials(format!("[x]\n{credentials}"));
            let document = stage.document("x");
            assert_eq!(document["AccessKeyId"], id, "{config}{credentials}");
            assert_eq!(document["SecretAccessKey"], format!("secret-of-{id}"));
            assert_eq!(document["SessionToken"].as_str(), expected, "{config}{credentials}");
        }
    }
}

#[test]
fn another_console_session_is_another_identity() {
    if require_program("openssl", "openssl").is_none() {
        return;
    }
    let stage = stored();
    stage.document("login-role");
    let other = CONSOLE.replace("/admin", "/another");
    stage.edit_config(&format!("login_session = {CONSOLE}"), &format!("login_session = {other}"));
    let missing = stage.helper("login-role").run().code(3);
    assert!(missing.stderr.contains("aws login"), "{missing:?}");
    // What is cached for a session of one account is that of another.
    let elsewhere = CONSOLE.replace("111111111111", "222222222222");
    stage.edit_config(&format!("login_session = {other}"), &format!("login_session = {elsewhere}"));
    let cached = |arn: &str| {
        let name = hex(&sha2::Sha256::digest(arn.as_bytes()));
        stage.sandbox.path(format!("home/.aws/login/cache/{name}.json"))
    };
    std::fs::copy(cached(CONSOLE), cached(&elsewhere)).unwrap();
    let before = sessions(&stage);
    for profile in ["login", "login-role"] {
        let output = stage.helper(profile).run().code(1);
        assert!(
            output.stderr.contains("credentials of account 111111111111, not of"),
            "{output:?}"
        );
    }
    assert_eq!(sessions(&stage), before);
}
