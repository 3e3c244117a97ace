//! Where a chain's first credentials come from: each kind alone, and as the source of a role. Whoever
//! signed the AssumeRole call tells which credentials it was made with.

use std::path::PathBuf;

use serde_json::{Value, json};
use sha1::Digest as _;

use crate::support::{
    clients::require_program,
    run::Output,
    sandbox::Sandbox,
    stage::{PLAIN, Stage},
    sts::{Fault, Role, hex},
};

const WEB_ROLE: &str = "arn:aws:iam::111111111111:role/Web";
/// The role whose session the program of profile `process` gives.
const TOOL: &str = "arn:aws:iam::111111111111:role/Tool";
pub(crate) const SSO_TOKEN: &str = "aoaAAAAAGexampletoken-of-a-sign-in";
const REFRESH_TOKEN: &str = "aorAAAAAGexamplerefresh-of-a-sign-in";
const START_URL: &str = "https://d-abc123.awsapps.com/start";
pub(crate) const CONSOLE: &str = "arn:aws:sts::111111111111:assumed-role/Admin/admin";

/// The kinds that give a session.
const FETCHED: [&str; 5] = ["sso", "login", "process", "container", "instance"];
/// Those whose session is stored.
const STORED: [&str; 3] = ["sso", "login", "process"];

/// The profiles `sso`, `login`, `process`, `container`, `instance`, `web` and `environment`, and for
/// each a role profile `KIND-role` that has it as its source.
pub(crate) fn stage() -> Stage {
    let stage = Stage::new();
    let sandbox = &stage.sandbox;
    stage.sts.with_world(|world| {
        world.roles.push(Role::new(TOOL, &["111111111111"]));
        world.roles.push(Role::new(WEB_ROLE, &["web-identity"]));
        world.web_identity_tokens = vec!["eyJ-a-token-of-the-cluster".to_owned()];
        world.sso_tokens = vec![SSO_TOKEN.to_owned()];
        world.sso_refresh_token = Some(REFRESH_TOKEN.to_owned());
        world.sso_roles = vec![("111111111111".to_owned(), "Viewer".to_owned())];
        world.sign_in_refresh_token = Some("console-refresh-token".to_owned());
        world.instance_role = Some("arn:aws:iam::111111111111:role/Instance".to_owned());
        world.container_token = Some("Basic container-token".to_owned());
    });
    let endpoint = stage.sts.endpoint();
    sandbox
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env_remove("AWS_ENDPOINT_URL_STS")
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &endpoint)
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{endpoint}/container/credentials"))
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic container-token")
        .env("AWS_ACCESS_KEY_ID", &stage.key_id)
        .env("AWS_SECRET_ACCESS_KEY", &stage.secret);
    let token = sandbox.file("home/token.jwt", "eyJ-a-token-of-the-cluster\n");
    let program = sandbox.path("home/give");
    let mut config = format!(
        "[sso-session dev]\nsso_region = us-east-2\nsso_start_url = {START_URL}\n\
         [profile sso]\nsso_session = dev\nsso_account_id = 111111111111\nsso_role_name = Viewer\n\
         [profile login]\nlogin_session = {CONSOLE}\n\
         [profile process]\ncredential_process = {}\n\
         [profile container]\ncredential_source = EcsContainer\n\
         [profile instance]\ncredential_source = Ec2InstanceMetadata\n\
         [profile web]\nrole_arn = {WEB_ROLE}\nweb_identity_token_file = {}\n\
         [profile environment]\ncredential_source = Environment\n",
        program.display(),
        token.display(),
    );
    for kind in FETCHED.iter().chain(&["web", "environment"]) {
        config += &format!("[profile {kind}-role]\nrole_arn = {PLAIN}\nsource_profile = {kind}\n");
    }
    sandbox.config(config);
    sign_in(&stage, "dev", SSO_TOKEN, "2199-01-01T00:00:00Z");
    console_session(&stage);
    // A session of the stand-in, as another program would get it.
    give(&stage, &program_output(&stage));
    stage
}

/// A session, as a program prints it.
pub(crate) fn program_output(stage: &Stage) -> String {
    let arguments = ["credential-process", "--role-arn", TOOL, "--source-profile", "base"];
    stage.sandbox.rolecall(&arguments).run().ok().stdout
}

/// Lets the program of profile `process` write `text`.
pub(crate) fn give(stage: &Stage, text: &str) -> PathBuf {
    let text = text.trim_end();
    stage.sandbox.script(
        "home/give",
        format!("#!/bin/sh\necho x >> $HOME/runs\necho \"$ROLECALL_PROFILE_CHAIN\" > $HOME/chain\ncat <<'END'\n{text}\nEND\n"),
    )
}

/// What `aws sso login` leaves behind.
pub(crate) fn sign_in(stage: &Stage, name: &str, token: &str, ends: &str) {
    let name = hex(&sha1::Sha1::digest(name.as_bytes()));
    let cached = json!({
        "accessToken": token,
        "expiresAt": ends,
        "refreshToken": REFRESH_TOKEN,
        "clientId": "client",
        "clientSecret": "client-secret-of-the-test",
        "registrationExpiresAt": "2199-03-06T19:53:17Z",
        "region": "us-east-2",
        "startUrl": START_URL,
    });
    stage.sandbox.file(format!("home/.aws/sso/cache/{name}.json"), cached.to_string());
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/sso/cache"));
}

/// What `aws login` leaves behind, with keys that have ended and a token that renews them.
fn console_session(stage: &Stage) {
    let key = std::process::Command::new("openssl")
        .args(["ecparam", "-name", "prime256v1", "-genkey", "-noout"])
        .output();
    let Ok(key) = key else {
        return;
    };
    let name = hex(&sha2::Sha256::digest(CONSOLE.as_bytes()));
    let cached = json!({
        "accessToken": {
            "accessKeyId": "ASIAENDED",
            "secretAccessKey": "ended-secret",
            "sessionToken": "ended-token",
            "accountId": "111111111111",
            "expiresAt": "2020-01-01T00:00:00Z",
        },
        "tokenType": "aws_sigv4",
        "refreshToken": "console-refresh-token",
        "idToken": "id",
        "clientId": "arn:aws:signin:::devtools/same-device",
        "dpopKey": String::from_utf8(key.stdout).unwrap(),
    });
    stage.sandbox.file(format!("home/.aws/login/cache/{name}.json"), cached.to_string());
    stage.sandbox.may_hold_secrets(stage.sandbox.path("home/.aws/login/cache"));
}

/// Whether the test's machine can make a console session's key.
fn can_sign(kind: &str) -> bool {
    kind != "login" || require_program("openssl", "openssl").is_some()
}

#[test]
fn every_kind_gives_credentials_alone_and_as_the_source_of_a_role() {
    let stage = stage();
    for kind in FETCHED.iter().filter(|kind| can_sign(kind)) {
        let alone = stage.document(kind);
        assert!(alone["SessionToken"].is_string(), "{kind}: {alone}");
        assert!(alone["Expiration"].is_string(), "{kind}: {alone}");
        let before = stage.sts.calls().len();
        let role = stage.document(&format!("{kind}-role"));
        assert_eq!(role["AccountId"], "222222222222", "{kind}");
        let calls = stage.sts.calls();
        let assumed = calls[before..].iter().find(|call| call.action == "AssumeRole").unwrap();
        let signer = assumed.access_key_id.clone().unwrap();
        assert!(signer.starts_with("ASIA"), "{kind}: {signer}");
        // Those two give out the same session until it ends, the others a new one each time.
        let is_same = ["process", "login"].contains(kind);
        assert_eq!(is_same, signer == alone["AccessKeyId"], "{kind}");
    }
}

#[test]
fn a_stored_base_is_shared_by_all_that_start_from_it() {
    let stage = stage();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    stage.edit_config("[profile process]\n", "[profile process]\nrolecall_process_cache = on\n");
    for kind in STORED.iter().filter(|kind| can_sign(kind)) {
        let alone = stage.document(kind);
        let calls = stage.sts.calls().len();
        assert_eq!(stage.document(kind), alone, "{kind}");
        assert_eq!(stage.sts.calls().len(), calls, "{kind}: found in the store");
        stage.document(&format!("{kind}-role"));
        let new = stage.sts.calls().split_off(calls);
        assert_eq!(new.len(), 1, "{kind}: {new:?}");
        assert_eq!(new[0].access_key_id.as_deref(), alone["AccessKeyId"].as_str(), "{kind}");
    }
    let runs = std::fs::read_to_string(stage.sandbox.path("home/runs")).unwrap();
    assert_eq!(runs.lines().count(), 1, "the program ran once");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    let sessions = status["sessions"].as_array().unwrap();
    let sso = sessions.iter().find(|session| session["base_kind"] == "sso").unwrap();
    assert_eq!((&sso["profile"], &sso["role_arn"]), (&json!("sso"), &Value::Null));
}

#[test]
fn keys_of_the_environment_are_taken_only_where_a_profile_says_so() {
    let stage = stage();
    let alone = stage.document("environment");
    assert_eq!(alone["AccessKeyId"], stage.key_id.as_str());
    assert_eq!(alone["Expiration"], Value::Null);
    stage.document("environment-role");
    assert_eq!(stage.sts.calls().last().unwrap().access_key_id.as_ref(), Some(&stage.key_id));
    // A token file in the environment is not what `Environment` means.
    let without = stage.helper("environment").env_remove("AWS_ACCESS_KEY_ID");
    let without = without.env("AWS_ROLE_ARN", WEB_ROLE).env("AWS_WEB_IDENTITY_TOKEN_FILE", "/t");
    let output = without.run().code(5);
    assert!(output.stderr.contains("AWS_ACCESS_KEY_ID is not set"), "{output:?}");
    assert!(output.stderr.contains("config:"), "{output:?}");
}

#[test]
fn a_web_identity_is_a_call_that_nobody_signs_and_may_last_longer_than_an_hour() {
    let stage = stage();
    stage.edit_config("[profile web]\n", "[profile web]\nduration_seconds = 7200\n");
    stage.sts.with_world(|world| world.roles.last_mut().unwrap().max_duration = 7200);
    let output = stage.helper("web").env("AWS_ROLE_ARN", "arn:aws:iam::1:role/other").run().ok();
    assert_eq!(output.json()["AccountId"], "111111111111");
    let call = stage.sts.calls().pop().unwrap();
    assert_eq!(call.action, "AssumeRoleWithWebIdentity");
    assert_eq!((call.access_key_id, call.duration), (None, Some(7200)));
    assert_eq!(call.session_name.as_deref(), Some("natan"));
    stage.document("web-role");
    let calls = stage.sts.calls();
    assert_eq!(calls[calls.len() - 2].action, "AssumeRoleWithWebIdentity");
    assert_eq!(calls[calls.len() - 1].role_arn.as_deref(), Some(PLAIN));
}

#[test]
fn what_a_web_identity_lacks_is_told() {
    let stage = stage();
    stage.sts.with_world(|world| world.web_identity_tokens.clear());
    let refused = stage.helper("web").run().code(4);
    assert!(refused.stderr.contains("the token of 'web'"), "{refused:?}");
    assert!(refused.stderr.contains("trust policy"), "{refused:?}");
    std::fs::remove_file(stage.sandbox.path("home/token.jwt")).unwrap();
    let missing = stage.helper("web").run().code(5);
    assert!(missing.stderr.contains("token.jwt of profile 'web' can't be read"), "{missing:?}");
    stage.edit_config(&format!("role_arn = {WEB_ROLE}\nweb"), "web");
    let half = stage.helper("web-role").env("AWS_ROLE_ARN", WEB_ROLE).run().code(5);
    assert!(half.stderr.contains("'web_identity_token_file' without a role"), "{half:?}");
}

#[test]
fn a_token_that_has_ended_is_renewed_and_one_that_can_not_be_asks_for_a_sign_in() {
    let stage = stage();
    sign_in(&stage, "dev", "aoaAAAAAG-ended", "2020-01-01T00:00:00Z");
    stage.document("sso");
    assert_eq!(stage.sts.count("CreateToken"), 1);
    stage.document("sso");
    assert_eq!(stage.sts.count("CreateToken"), 1, "the new token is in the cache");
    stage.sts.with_world(|world| {
        world.sso_tokens.clear();
        world.sso_refresh_token = None;
    });
    let ended = stage.helper("sso").run().code(3);
    assert!(ended.stderr.contains("hint: run 'rolecall sso login dev'"), "{ended:?}");
    std::fs::remove_dir_all(stage.sandbox.path("home/.aws/sso")).unwrap();
    let missing = stage.helper("sso-role").run().code(3);
    assert!(missing.stderr.contains("profile 'sso' is not signed in"), "{missing:?}");
    assert!(missing.stderr.contains("config:"), "{missing:?}");
}

#[test]
fn a_token_is_renewed_once_however_many_roles_want_it_at_the_same_time() {
    let stage = stage();
    let roles: Vec<String> = (0..8).map(|i| format!("Viewer{i}")).collect();
    stage.sts.with_world(|world| {
        world.sso_roles = roles.iter().map(|role| ("111111111111".into(), role.clone())).collect();
    });
    let profiles = roles.iter().map(|role| {
        format!("[profile {role}]\nsso_session = dev\nsso_account_id = 111111111111\nsso_role_name = {role}\n")
    });
    let text = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(text + &profiles.collect::<String>());
    sign_in(&stage, "dev", "aoaAAAAAG-ended", "2020-01-01T00:00:00Z");
    stage.sts.set_latency(std::time::Duration::from_millis(100));
    let running: Vec<_> = roles.iter().map(|role| stage.helper(role).spawn()).collect();
    for running in running {
        running.wait().ok();
    }
    assert_eq!((stage.sts.count("CreateToken"), stage.sts.count("GetRoleCredentials")), (1, 8));
}

#[test]
fn a_console_session_is_renewed_once_however_many_roles_want_it_at_the_same_time() {
    if !can_sign("login") {
        return;
    }
    for store in ["none", "file"] {
        let stage = stage();
        stage.sandbox.store(store).may_hold_secrets(stage.sandbox.path("home/.cache"));
        // Each role has a session name of its own, so that the roles share nothing but the base.
        let names: Vec<String> = (0..8).map(|i| format!("console{i}")).collect();
        let profile = |name: &String| {
            format!(
                "[profile {name}]\nrole_arn = {PLAIN}\nsource_profile = login\nrole_session_name = {name}\n"
            )
        };
        let text = std::fs::read_to_string(stage.sandbox.config_path()).unwrap();
        stage.sandbox.config(text + &names.iter().map(profile).collect::<String>());
        stage.sts.set_latency(std::time::Duration::from_millis(100));
        let before = stage.assumed();
        let running: Vec<_> = names.iter().map(|name| stage.helper(name).spawn()).collect();
        for running in running {
            running.wait().ok();
        }
        let calls = (stage.sts.count("CreateOAuth2Token"), stage.assumed() - before);
        assert_eq!(calls, (1, 8), "{store}");
    }
}

#[test]
fn a_profile_of_the_older_form_has_its_token_under_the_start_url() {
    let stage = stage();
    stage.edit_config(
        "[profile sso]\nsso_session = dev\n",
        &format!("[profile sso]\nsso_start_url = {START_URL}\nsso_region = us-east-2\n"),
    );
    let missing = stage.helper("sso").run().code(3);
    assert!(missing.stderr.contains("hint: run 'rolecall login sso'"), "{missing:?}");
    sign_in(&stage, START_URL, SSO_TOKEN, "2199-01-01T00:00:00Z");
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
}

#[test]
fn half_of_an_sso_profile_is_an_error_with_its_place() {
    let sandbox = Sandbox::new();
    let session = "[sso-session s]\nsso_region = r\nsso_start_url = u\n";
    for (profile, session, told) in [
        (
            "sso_session = other\nsso_account_id = 1\nsso_role_name = x",
            session,
            "no section [sso-session other]",
        ),
        ("sso_session = s\nsso_account_id = 1", session, "without 'sso_role_name'"),
        ("sso_session = s\nsso_role_name = x", session, "without 'sso_account_id'"),
        ("sso_session = s", session, "only has an IAM Identity Center token, no account and role"),
        ("sso_start_url = u\nsso_account_id = 1\nsso_role_name = x", "", "without 'sso_region'"),
        (
            "sso_session = s\nsso_account_id = 1\nsso_role_name = x",
            "[sso-session s]\nsso_region = r\n",
            "has no 'sso_start_url'",
        ),
        (
            "sso_session = s\nsso_account_id = 1\nsso_role_name = x\nsso_region = q",
            session,
            "differs from that of its sso-session",
        ),
    ] {
        sandbox.config(format!("{session}[profile a]\n{profile}\n"));
        let output = sandbox.rolecall(&["credential-process", "a"]).run().code(5);
        assert!(output.stderr.contains(told), "{told}: {output:?}");
        assert!(output.stderr.contains("config:"), "{output:?}");
    }
    // The same value twice does no harm.
    sandbox.config(format!(
        "{session}[profile a]\nsso_session = s\nsso_account_id = 1\nsso_role_name = x\nsso_region = r\n"
    ));
    let shown = sandbox.rolecall(&["profile", "show", "a", "--output", "json"]).run().ok().json();
    assert_eq!(shown["plan"]["base"]["start_url"], "u");
}

#[test]
fn a_no_of_each_giver_says_whose_it_is_and_what_to_do() {
    let stage = stage();
    stage.sts.with_world(|world| {
        world.sso_roles.clear();
        world.instance_role = None;
        world.container_token = Some("another".to_owned());
    });
    for (kind, code, told) in [
        ("sso", 4, "IAM Identity Center in us-east-2 returned no credentials for profile 'sso'"),
        ("instance", 4, "the instance has no role"),
        (
            "container",
            4,
            "the container's credential service returned no credentials for profile 'container'",
        ),
    ] {
        let output = stage.helper(kind).run().code(code);
        assert!(output.stderr.contains(told), "{output:?}");
        assert!(
            output.stderr.contains("config:") && output.stderr.contains("hint: "),
            "{output:?}"
        );
    }
}

#[test]
fn metadata_that_is_switched_off_is_a_no_without_the_answers_words() {
    let stage = stage();
    stage.sts.fault(Fault::Status(403));
    let output = stage.helper("instance").run().code(4);
    assert!(output.stderr.contains("returned no credentials for profile 'instance'"), "{output:?}");
}

#[test]
fn givers_that_can_not_be_reached_are_exit_7() {
    let stage = stage();
    let nowhere = "http://127.0.0.1:9";
    stage
        .sandbox
        .env("AWS_ENDPOINT_URL", nowhere)
        .env("AWS_EC2_METADATA_SERVICE_ENDPOINT", nowhere)
        .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{nowhere}/x"));
    for kind in FETCHED.iter().filter(|kind| **kind != "process" && can_sign(kind)) {
        let output = stage.helper(kind).run().code(7);
        assert!(output.stderr.contains("could not be reached"), "{kind}: {output:?}");
    }
}

#[test]
fn where_there_is_no_container_and_no_metadata_the_profile_says_so() {
    let stage = stage();
    let output = stage.helper("container").env_remove("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let output = output.run().code(5);
    assert!(
        output.stderr.contains("container's credentials endpoint, but there is none here"),
        "{output:?}"
    );
    let output = stage.helper("instance").env("AWS_EC2_METADATA_DISABLED", "true").run().code(5);
    assert!(output.stderr.contains("AWS_EC2_METADATA_DISABLED is set"), "{output:?}");
    stage.edit_config("credential_source = EcsContainer", "credential_source = Elsewhere");
    let output = stage.helper("container").run().code(5);
    let told = "'credential_source' is not a source of credentials (";
    assert!(output.stderr.contains(told), "{output:?}");
    let form = "it must be Environment, Ec2InstanceMetadata or EcsContainer";
    assert!(output.stderr.contains(form), "{output:?}");
}

#[test]
fn a_container_token_may_lie_in_a_file() {
    let stage = stage();
    let file = stage.sandbox.file("home/container-token", "Basic container-token");
    let run = stage.helper("container").env_remove("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    run.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", file).run().ok();
}

#[test]
fn a_giver_that_fails_once_is_asked_again() {
    let stage = stage();
    for kind in ["sso", "instance", "container"] {
        stage.sts.fault(Fault::Status(500));
        stage.document(kind);
    }
}

/// What becomes of a program that prints this.
fn printed(text: &str) -> Output {
    let stage = stage();
    give(&stage, text);
    stage.helper("process").run()
}

#[test]
fn what_a_program_prints_is_handed_on_and_keys_that_never_end_are_not_kept() {
    let stage = stage();
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    stage.sandbox.secret("the program's key", "program-secret");
    give(
        &stage,
        "{\"Version\":1,\"AccessKeyId\":\"AKIAPROGRAM\",\"SecretAccessKey\":\"program-secret\"}",
    );
    for runs in 1..=2 {
        let output = stage.helper("process").may_print_secrets().run().ok();
        assert_eq!(
            output.stdout,
            "{\"Version\":1,\"AccessKeyId\":\"AKIAPROGRAM\",\"SecretAccessKey\":\"program-secret\"}\n"
        );
        let log = std::fs::read_to_string(stage.sandbox.path("home/runs")).unwrap();
        assert_eq!(log.lines().count(), runs);
    }
    let kept = std::fs::read_dir(stage.sandbox.path("home/.cache/rolecall"));
    let kept = kept.into_iter().flatten().flatten().map(|entry| entry.path());
    let files = kept.flat_map(|path| std::fs::read_dir(path).into_iter().flatten().flatten());
    assert_eq!(files.count(), 0);
}

#[test]
fn the_account_of_the_profile_stands_in_where_the_program_names_none() {
    let stage = stage();
    let document = |account: &str| {
        format!(
            "{{\"Version\":1,\"AccessKeyId\":\"AKIAPROGRAM\",\"SecretAccessKey\":\"x-secret\"{account}}}"
        )
    };
    stage.edit_config("[profile process]\n", "[profile process]\naws_account_id = 123456789012\n");
    give(&stage, &document(""));
    assert_eq!(stage.document("process")["AccountId"], "123456789012");
    give(&stage, &document(",\"AccountId\":\"999999999999\""));
    assert_eq!(stage.document("process")["AccountId"], "999999999999");
}

#[test]
fn nonsense_of_a_program_is_an_error_that_shows_none_of_it() {
    for text in [
        "Junk",
        "[1]",
        "{\"Version\":\"1\",\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\"}",
        "{\"Version\":1,\"AccessKeyId\":\"a\"}",
        "{\"Version\":1,\"AccessKeyId\":\"a\",\"SecretAccessKey\":\"b\",\"Expiration\":\"2000-01-01T00:00:00Z\"}",
    ] {
        let output = printed(text).code(1);
        assert_eq!(output.stdout, "", "{output:?}");
        assert!(output.stderr.contains("'credential_process' of profile 'process'"), "{output:?}");
        assert!(output.stderr.contains("config:"), "{output:?}");
    }
}

#[test]
fn a_failing_program_is_told_with_its_words_and_a_good_one_is_silent() {
    let stage = stage();
    stage.sandbox.script("home/give", "#!/bin/sh\necho 'no token today' >&2\nexit 3\n");
    let output = stage.helper("process-role").run().code(1);
    assert!(output.stderr.contains("failed (exit code 3): no token today"), "{output:?}");
    let session = program_output(&stage);
    give(&stage, &session);
    let script = std::fs::read_to_string(stage.sandbox.path("home/give")).unwrap();
    stage.sandbox.script("home/give", script.replace("\ncat", "\necho chatter >&2\ncat"));
    assert_eq!(stage.helper("process").run().ok().stderr, "");
}

#[test]
fn a_program_is_given_a_shell_its_arguments_and_the_profiles_that_wait_for_it() {
    let stage = stage();
    let give = stage.sandbox.path("home/give");
    let line = format!("credential_process = {} --a \"b c\" | cat", give.display());
    stage.edit_config(&format!("credential_process = {}", give.display()), &line);
    let script = std::fs::read_to_string(&give).unwrap();
    stage
        .sandbox
        .script("home/give", script.replace("\ncat", "\necho \"$#: $2\" > $HOME/arguments\ncat"));
    stage.document("process-role");
    let read = |name: &str| std::fs::read_to_string(stage.sandbox.path(name)).unwrap();
    assert_eq!(read("home/arguments"), "2: b c\n");
    assert_eq!(read("home/chain"), "process-role,process\n");
}

#[test]
fn a_program_that_asks_for_the_profile_that_it_serves_is_stopped() {
    let stage = stage();
    let rolecall = env!("CARGO_BIN_EXE_rolecall");
    stage.sandbox.script(
        "home/give",
        format!("#!/bin/sh\nexec {rolecall} credential-process process-role\n"),
    );
    let output = stage.helper("process-role").run().code(5);
    assert!(
        output.stderr.contains("needs its own credentials to get its credentials"),
        "{output:?}"
    );
    assert!(output.stderr.contains("process-role -> process -> process-role"), "{output:?}");
}
