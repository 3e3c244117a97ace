//! The pages on how to come from another tool: every command on them is run, in the order of the
//! page, on the config that the page shows.
//!
//! The old tools themselves are not there: scripts of their names write what the real ones were
//! seen to write.

use std::path::Path;

use crate::{
    book::stages::StageScene,
    mfa::SERIAL,
    support::{
        clients::require_aws_cli,
        pages::{Page, follow, regions},
        stage::{EXTERNAL_ID, ROLE, Stage},
        sts::{Mfa, Role, hex},
    },
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rolecall");
const READER: &str = "arn:aws:iam::222222222222:role/Reader";

/// The one command that is not run: it needs a browser and a human. See [`sign_in`].
const SIGNS_IN: &str = "[ \"$*\" != 'sso login --sso-session corp' ] || exit 0\n";

/// A stage whose user has a device, whose role wants its codes, and who has the old tool `tool`.
fn stage(stage: &Stage, tool: (&str, String)) -> Option<()> {
    let aws = require_aws_cli(1)?;
    let sandbox = &stage.sandbox;
    stage.sts.with_world(|world| {
        let secret = format!("of the device, {}", stage.secret).into_bytes();
        world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret: secret });
        world.roles.retain(|role| role.arn != ROLE);
        for (arn, external_id) in [(ROLE, Some(EXTERNAL_ID.to_owned())), (READER, None)] {
            let role = Role::new(arn, &["111111111111"]);
            world.roles.push(Role { require_mfa: true, external_id, ..role });
        }
    });
    sandbox.config("").credentials("");
    for (name, script) in [
        (tool.0, tool.1),
        ("aws", format!("{SIGNS_IN}exec {} \"$@\"", aws.display())),
        ("job", String::from("[ -n \"$AWS_SESSION_TOKEN\" ]")),
        // A browser, as far as it goes: it fetches the address that it is started with.
        (
            "xdg-open",
            "rest=${1#http://}; host=${rest%%/*}\nexec 3<> \"/dev/tcp/${host%:*}/${host#*:}\"\n\
             printf 'GET /%s HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n' \
             \"${rest#*/}\" \"$host\" >&3\ncat <&3 > /dev/null"
                .to_owned(),
        ),
    ] {
        sandbox.script(format!("bin/{name}"), format!("#!/bin/bash\n{script}\n"));
    }
    std::os::unix::fs::symlink(sandbox.path("bin/job"), sandbox.home().join("job")).unwrap();
    let ours = Path::new(PROGRAM).parent().unwrap().display().to_string();
    sandbox
        .env("PATH", format!("{}:{ours}:/usr/bin:/bin", sandbox.path("bin").display()))
        .env("AWS_ENDPOINT_URL", stage.sts.endpoint())
        .env("DISPLAY", ":0")
        .env("ROLECALL_PROMPT", "tty")
        .env("SHELL", "/bin/sh");
    Some(())
}

/// Goes through the page from top to bottom.
#[track_caller]
fn go_through(stage: &Stage, name: &str) {
    let page = Page::at(format!("docs/migrate-from-{name}.md"));
    let [region] = &regions(&page)[..] else { panic!("one stage for all of the page") };
    assert!(region.steps.len() > 10, "{region:?}: is the page read?");
    follow(&page, region, &StageScene::new(stage));
}

/// A case of the old tool's script, for these arguments alone.
fn tool(cases: &[(&str, &str)]) -> String {
    let cases: Vec<_> =
        cases.iter().map(|(arguments, does)| format!("'{arguments}') {does} ;;\n")).collect();
    let cases = cases.concat();
    format!("case \"$*\" in\n{cases}*) echo \"not like the real one: $*\" >&2; exit 64 ;;\nesac")
}

/// The key as `credential_process` prints it.
fn printed_key(stage: &Stage) -> String {
    let (id, secret) = (&stage.key_id, &stage.secret);
    format!(
        "echo '{{\"Version\": 1, \"AccessKeyId\": \"{id}\", \"SecretAccessKey\": \"{secret}\"}}'"
    )
}

#[test]
fn from_aws_vault() {
    Stage::with_keyring(|this, _bus| {
        let script = tool(&[
            ("export --no-session --format=json base", &printed_key(this)),
            ("export --no-session --format=json work", &printed_key(this)),
            ("clear", "echo 'Cleared 1 sessions.'"),
            ("remove base", "echo 'Deleted credentials.'"),
        ]);
        need!(stage(this, ("aws-vault", script)));
        this.sandbox.file("home/.awsvault/keys/base", "encrypted");
        go_through(this, "aws-vault");
        assert!(!this.sandbox.home().join(".awsvault").exists());
    });
}

#[test]
fn from_awsume() {
    Stage::with_keyring(|this, _bus| {
        need!(stage(this, ("awsume", tool(&[]))));
        this.sandbox.file("home/.awsume/cache/aws-credentials-AKIA", "{}");
        // The page exports a session, as that tool did.
        this.sandbox.may_hold_secrets(this.sandbox.credentials_path());
        go_through(this, "awsume");
        assert!(!this.sandbox.home().join(".awsume").exists());
        let credentials = std::fs::read_to_string(this.sandbox.credentials_path()).unwrap();
        assert!(!credentials.contains("awsume"), "what was left behind");
        assert!(!credentials.contains(&this.secret), "the key");
    });
}

#[test]
fn from_the_aws_cli_with_mfa() {
    Stage::with_keyring(|this, _bus| {
        need!(stage(this, ("mfa-script", tool(&[]))));
        this.sandbox.file("home/.aws/cli/cache/0.json", "{}");
        go_through(this, "aws-cli-mfa");
        assert!(!this.sandbox.home().join(".aws/cli/cache").exists());
    });
}

#[test]
fn from_granted() {
    Stage::with_keyring(|this, _bus| {
        let (id, secret) = (&this.key_id, &this.secret);
        let exports = format!(
            "printf '[base]\\naws_access_key_id = {id}\\naws_secret_access_key = {secret}\\n' \
             > ~/.aws/credentials\nsed -i '/credential-process --profile=base/d' ~/.aws/config"
        );
        let script = tool(&[
            ("credentials export-plaintext base", &exports),
            ("cache clear --all", ":"),
            ("uninstall", "rm -r ~/.granted"),
        ]);
        need!(stage(this, ("granted", script)));
        this.sandbox.file("home/.granted/config", "");
        sign_in(this);
        // Where the page puts them, as that tool did.
        this.sandbox.may_hold_secrets(this.sandbox.credentials_path());
        this.sandbox.may_hold_secrets(this.sandbox.home().join(".env"));
        go_through(this, "granted");
        assert!(!this.sandbox.home().join(".granted").exists());
        assert_eq!(std::fs::read_to_string(this.sandbox.credentials_path()).unwrap(), "[base]\n");
    });
}

/// What `aws sso login --sso-session corp` leaves behind: it needs a browser and a human.
fn sign_in(stage: &Stage) {
    let token = "token-of-the-sign-in";
    stage.sts.with_world(|world| {
        world.sso_tokens = vec![token.to_owned()];
        world.sso_roles = vec![("222222222222".to_owned(), "Viewer".to_owned())];
    });
    let cached = serde_json::json!({
        "accessToken": token,
        "expiresAt": "2199-01-01T00:00:00Z",
        "region": "eu-west-1",
        "startUrl": "https://d-1234567890.awsapps.com/start",
    });
    let name = hex(&<sha1::Sha1 as sha1::Digest>::digest(b"corp"));
    stage.sandbox.file(format!("home/.aws/sso/cache/{name}.json"), cached.to_string());
}
