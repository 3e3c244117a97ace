//! The pages on how to come from another tool: every command on them is run, in the order of the
//! page, on the config that the page shows.
//!
//! Run are the lines of each block of `sh`; every command of ours in the text; and in a table all
//! commands but those of the first column, which are the old tool's. A block of `ini` that ends
//! its first line with `before` is written, one with `after` must be what the file says by then.
//! The old tools themselves are not there: scripts of their names write what the real ones were
//! seen to write.

use std::{fs, path::Path};

use crate::{
    mfa::{PROMPT, SERIAL},
    support::{
        clients::require_aws_cli,
        stage::{EXTERNAL_ID, ROLE, Stage},
        sts::{Mfa, Role, hex},
    },
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rolecall");
/// What the pages have where a test has its own.
const PATH_ON_PAGES: &str = "/home/natan/.local/bin/rolecall";
const KEY_ON_PAGES: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ON_PAGES: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const READER: &str = "arn:aws:iam::222222222222:role/Reader";
/// The comment behind a command that asks for a code.
const ASKS: &str = "asks for a code";
/// The same for one that warns; no other does.
const WARNS: &str = "warns";

/// The one command that is not run: it needs a browser and a human. See [`sign_in`].
const SIGNS_IN: &str = "[ \"$*\" != 'sso login --sso-session corp' ] || exit 0\n";
/// What the commands that are run start with; those of the AWS CLI are run from tables alone.
const STARTS: &[&str] = &["rolecall ", "eval ", "aws "];

/// What a page has for us, in its order.
#[derive(Debug)]
enum Piece {
    /// A file and what it says: before, or (`true`) after.
    File {
        path: String,
        text: String,
        after: bool,
    },
    Command {
        line: String,
        comment: String,
    },
}

fn pieces(page: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (i, part) in page.split("```").enumerate() {
        if i % 2 == 0 {
            spans(part, &mut pieces);
            continue;
        }
        let (language, block) = part.split_once('\n').expect("a line of its own");
        match language {
            "ini" => {
                let (first, text) = block.split_once('\n').expect("the file's name");
                let (path, when) = first.trim_start_matches("# ").split_once(", ").expect(first);
                let after = when == "after";
                assert!(after || when == "before", "{first}");
                pieces.push(Piece::File { path: path.to_owned(), text: text.to_owned(), after });
            }
            "sh" => block.replace("\\\n", "").lines().for_each(|line| pieces.push(command(line))),
            _ => panic!("a block of {language:?}"),
        }
    }
    pieces
}

fn command(line: &str) -> Piece {
    let (line, comment) = line.split_once("  #").unwrap_or((line, ""));
    Piece::Command { line: line.trim().to_owned(), comment: comment.to_owned() }
}

/// The commands in running text, ours alone, and in tables.
fn spans(text: &str, pieces: &mut Vec<Piece>) {
    for line in text.lines() {
        let (line, starts) = match line.strip_prefix("| ") {
            Some(row) => (row.split_once(" | ").expect("two columns").1, STARTS),
            None => (line, &STARTS[..2]),
        };
        let parts: Vec<&str> = line.split('`').collect();
        assert!(parts.len() % 2 == 1, "a command goes over two lines: {line}");
        for pair in parts[1..].chunks(2) {
            if starts.iter().any(|start| pair[0].starts_with(start)) {
                let comment = pair[1].strip_prefix(" (").unwrap_or_default();
                pieces.push(Piece::Command { line: pair[0].to_owned(), comment: comment.into() });
            }
        }
    }
}

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

/// Goes through the page `name` from top to bottom.
fn go_through(stage: &Stage, page: &str) {
    let sandbox = &stage.sandbox;
    let ours = |text: &str| {
        text.replace(PATH_ON_PAGES, PROGRAM)
            .replace(KEY_ON_PAGES, &stage.key_id)
            .replace(SECRET_ON_PAGES, &stage.secret)
    };
    let mut codes = [0, 1, -1].iter();
    let (mut files, mut commands) = (0, 0);
    for piece in pieces(page) {
        match piece {
            Piece::File { path, text, after } => {
                let path = path.replace('~', "home");
                let text = ours(&text);
                if after {
                    assert_eq!(fs::read_to_string(sandbox.path(&path)).unwrap(), text, "{path}");
                    files += 1;
                } else {
                    sandbox.file(path, text);
                }
            }
            Piece::Command { line, comment } => {
                let shown = if comment.contains(ASKS) {
                    let step = *codes.next().expect("a code for each question");
                    let now = stage.sts.now() + chrono::Duration::seconds(30 * step);
                    let terminal = sandbox.program("bash", &["-c", &line]).on_terminal();
                    terminal.until(PROMPT);
                    terminal.type_keys(&format!("{}\r", stage.sts.totp(SERIAL, now)));
                    terminal.finish().code(0).screen
                } else {
                    run(stage, &line)
                };
                assert_eq!(shown.contains("warning: "), comment.contains(WARNS), "{line}\n{shown}");
                commands += 1;
            }
        }
    }
    assert!(files > 0 && commands > 10, "{files} files, {commands} commands: is the page read?");
}

/// Runs a line that asks for nothing; what it wrote.
fn run(stage: &Stage, line: &str) -> String {
    let run = stage.sandbox.program("bash", &["-o", "pipefail", "-ec", line]);
    let gives = ["rolecall env", "rolecall credential-process", "--print", "keys export"];
    let is_asked_for = gives.iter().any(|verb| line.contains(verb));
    let run = if is_asked_for { run.may_print_secrets() } else { run };
    let output = run.run().code(0);
    // What `eval` is given may be nothing, and that is fine with it.
    if let Some(inner) = line.strip_prefix("eval \"$(").and_then(|line| line.strip_suffix(")\"")) {
        assert!(!run_inner(stage, inner).is_empty(), "{inner}");
    }
    output.stdout + &output.stderr
}

fn run_inner(stage: &Stage, line: &str) -> String {
    stage.sandbox.program("bash", &["-c", line]).may_print_secrets().run().code(0).stdout
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
        go_through(this, include_str!("../../docs/migrate-from-aws-vault.md"));
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
        go_through(this, include_str!("../../docs/migrate-from-awsume.md"));
        assert!(!this.sandbox.home().join(".awsume").exists());
        let credentials = fs::read_to_string(this.sandbox.credentials_path()).unwrap();
        assert!(!credentials.contains("awsume"), "what was left behind");
        assert!(!credentials.contains(&this.secret), "the key");
    });
}

#[test]
fn from_the_aws_cli_with_mfa() {
    Stage::with_keyring(|this, _bus| {
        need!(stage(this, ("mfa-script", tool(&[]))));
        this.sandbox.file("home/.aws/cli/cache/0.json", "{}");
        go_through(this, include_str!("../../docs/migrate-from-aws-cli-mfa.md"));
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
        go_through(this, include_str!("../../docs/migrate-from-granted.md"));
        assert!(!this.sandbox.home().join(".granted").exists());
        assert_eq!(fs::read_to_string(this.sandbox.credentials_path()).unwrap(), "[base]\n");
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
