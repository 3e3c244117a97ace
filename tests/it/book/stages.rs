//! The stages that pages name in `<!-- run: … -->`.
//!
//! Without a word it is that of most tests: keys in `base`, `my-role` with an external ID, `second`
//! over it, `plain`, and no store. The words:
//!
//! | word | effect |
//! | --- | --- |
//! | `keyring`, `keyutils`, `file` | sessions go to GNOME Keyring, the kernel's keyring, or files |
//! | `empty` | the two files are missing |
//! | `mfa` | the user has a device, and the role of `my-role` requires a code of it |
//! | `aws`, `python`, `jq` | these programs are in PATH; the test is left out if they are missing |
//! | `identity-center` | there is a portal with two accounts, and a browser that confirms |
//! | `judged` | what a session may do is judged by its session policies |
//! | `default` | nothing |
//! | `export` | the credentials file may have secrets |
//! | `text` | the commands in running text and in tables are run too |

use std::{cell::Cell, path::PathBuf};

use super::reference;
use crate::{
    mfa::SERIAL,
    sso,
    support::{
        clients::{require_aws_cli, require_boto3, require_program},
        pages::{MFA_PROMPT, Page, Region, Scene, follow},
        sandbox::Sandbox,
        stage::{PLAIN, ROLE, Stage},
        sts::{Mfa, Role, SignInRules},
    },
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rolecall");
/// What the pages have where a test has its own.
const PATHS_ON_PAGES: [&str; 2] = ["/home/natan/.local/bin/rolecall", "/usr/local/bin/rolecall"];
const HOME_ON_PAGES: &str = "/home/natan";
const KEY_ON_PAGES: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ON_PAGES: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The words that choose a stage or change it.
const WORDS: [&str; 13] = [
    "aws",
    "default",
    "empty",
    "export",
    "file",
    "identity-center",
    "jq",
    "judged",
    "keyring",
    "keyutils",
    "mfa",
    "python",
    "text",
];

/// A stage, as a page is followed on it.
pub(crate) struct StageScene<'a> {
    pub(crate) stage: &'a Stage,
    /// More of what the page has, and what it is here.
    pub(crate) words: Vec<(String, String)>,
    /// Which codes of the device were typed.
    codes: Cell<usize>,
}

impl<'a> StageScene<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self { stage, words: Vec::new(), codes: Cell::new(0) }
    }
}

impl Scene for StageScene<'_> {
    fn sandbox(&self) -> &Sandbox {
        &self.stage.sandbox
    }

    fn words(&self) -> Vec<(String, String)> {
        let home = self.stage.sandbox.home().display().to_string();
        let own = PATHS_ON_PAGES.iter().map(|path| (*path, PROGRAM)).chain([
            (HOME_ON_PAGES, &*home),
            (KEY_ON_PAGES, &*self.stage.key_id),
            (SECRET_ON_PAGES, &*self.stage.secret),
        ]);
        let own = own.map(|(on_page, here)| (on_page.to_owned(), here.to_owned()));
        self.words.iter().cloned().chain(own).collect()
    }

    fn answer(&self, prompt: &str) -> String {
        match prompt {
            MFA_PROMPT => {
                // STS accepts those beside the current one, and each once.
                let step = [0, 1, -1][self.codes.get()];
                self.codes.set(self.codes.get() + 1);
                let time = self.stage.sts.now() + chrono::Duration::seconds(30 * step);
                self.stage.sts.totp(SERIAL, time)
            }
            "Access key ID: " => self.stage.key_id.clone(),
            "Secret access key (not shown): " => self.stage.secret.clone(),
            "[y/N] " => "y".to_owned(),
            // What is offered is taken.
            _ => String::new(),
        }
    }
}

/// Does what this part of the page says, on the stage that it names.
pub(super) fn on_its_stage(page: &Page, region: &Region) {
    for word in region.words() {
        assert!(WORDS.contains(&word), "{}: no stage '{word}'", page.path.display());
    }
    let all = |stage: &Stage| {
        need!(prepare(stage, region));
        follow(page, region, &StageScene::new(stage));
        reference::assert_files_are_listed(stage);
    };
    if region.has("keyring") {
        Stage::with_keyring(|stage, _bus| all(stage));
    } else if region.has("keyutils") {
        all(&need!(Stage::with_keyutils()));
    } else {
        all(&Stage::new());
    }
}

/// Changes the stage as the words say; `None` if a program is missing.
fn prepare(stage: &Stage, region: &Region) -> Option<()> {
    if region.has("file") {
        let folder = stage.sandbox.home().join(".cache");
        stage.sandbox.store("file").may_hold_secrets(folder);
    }
    if region.has("export") {
        stage.sandbox.may_hold_secrets(stage.sandbox.credentials_path());
    }
    if region.has("mfa") {
        add_device(stage);
    }
    if region.has("empty") {
        be_empty(stage);
    }
    if region.has("judged") {
        stage.sts.with_world(|world| world.judges_session_policies = true);
    }
    if region.has("identity-center") {
        add_portal(stage);
    }
    let mut programs = Vec::new();
    if region.has("aws") {
        programs.push(("aws", require_aws_cli(1)?));
    }
    if region.has("python") {
        programs.push(("python3", require_boto3()?));
    }
    if region.has("jq") {
        programs.push(("jq", require_program("jq", "jq")?));
    }
    put_programs(stage, &programs);
    Some(())
}

/// Removes the two files.
pub(super) fn be_empty(stage: &Stage) {
    for path in [stage.sandbox.config_path(), stage.sandbox.credentials_path()] {
        std::fs::remove_file(path).expect("it was written");
    }
}

/// Puts these programs and rolecall in PATH, and sets what a user's shell has set.
pub(super) fn put_programs(stage: &Stage, programs: &[(&str, PathBuf)]) {
    let sandbox = &stage.sandbox;
    for (name, path) in programs.iter().chain(&[("rolecall", PathBuf::from(PROGRAM))]) {
        let script = format!("#!/bin/sh\nexec {} \"$@\"\n", path.display());
        sandbox.script(format!("bin/{name}"), script);
    }
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    sandbox
        .env("PATH", path)
        .env("AWS_ENDPOINT_URL", stage.sts.endpoint())
        .env("AWS_REGION", "eu-west-1")
        .env("NO_COLOR", "1")
        .env("TERM", "dumb")
        .env("ROLECALL_PROMPT", "tty")
        .env("SHELL", "/bin/bash");
}

/// Gives the user an MFA device, whose codes the roles require.
pub(crate) fn add_device(stage: &Stage) {
    stage.sts.with_world(|world| {
        let secret = format!("of the device, {}", stage.secret).into_bytes();
        world.users[0].mfa = Some(Mfa { serial: SERIAL.to_owned(), totp_secret: secret });
        for role in &mut world.roles {
            role.require_mfa = [ROLE, PLAIN].contains(&&*role.arn);
        }
    });
    let line = format!("rolecall_external_id = ext-42\nrolecall_mfa_serial = {SERIAL}\n");
    stage.edit_config("rolecall_external_id = ext-42\n", &line);
}

/// Lets people sign in to IAM Identity Center.
fn add_portal(stage: &Stage) {
    const ACCOUNTS: [(&str, &str); 2] = [("111111111111", "Dev"), ("222222222222", "Prod")];
    sso::listing::assign(stage, &ACCOUNTS, &["PowerUserAccess", "ReadOnlyAccess"]);
    stage.sts.with_world(|world| {
        let start_url = Some("https://d-1234567890.awsapps.com/start".to_owned());
        world.sso_sign_in = SignInRules { start_url, ..SignInRules::default() };
        world.roles.push(Role::new("arn:aws:iam::333333333333:role/Reader", &["111111111111"]));
    });
    let browser = "#!/bin/sh\ncurl --silent --location \"$1\" > /dev/null &\n";
    let browser = stage.sandbox.script("bin/browser", browser);
    stage
        .sandbox
        .env("BROWSER", browser)
        .env("DISPLAY", ":0")
        // The start page, which may name the region, is out of reach.
        .env("HTTPS_PROXY", "http://127.0.0.1:9");
}
