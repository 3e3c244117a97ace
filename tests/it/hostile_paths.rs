//! Every path that a setting, a variable or a flag can name, and everything that can be there instead of a
//! file: it ends soon, with an error that says why, and within 64 MiB.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use sha1::Digest as _;

use crate::{
    bases,
    records::put_pipe,
    support::{
        clients::require_program,
        run::{Output, Run, Running},
        stage::Stage,
        sts::hex,
    },
};

/// What can be there instead of a file.
const KINDS: [&str; 6] = ["fifo", "zero", "folder", "unreadable", "sparse", "circle"];

/// The address space that each run gets, in KiB.
const MEMORY: u32 = 65_536;

/// For a run that waits for nobody, on a busy machine.
const AT_ONCE: Duration = Duration::from_secs(20);
/// The 15 s for which all pipes together are waited for, and the same.
const SHORTLY: Duration = Duration::from_secs(35);

/// What a run is called, what it starts with, and what comes of it.
struct Case {
    name: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    /// The exit code.
    code: i32,
    /// A part of what it prints.
    says: String,
}

impl Case {
    fn new(name: &str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        Self {
            name: name.to_owned(),
            arguments,
            environment: Vec::new(),
            code: 5,
            says: String::new(),
        }
    }

    fn env(mut self, name: &str, value: &Path) -> Self {
        self.environment.push((name.to_owned(), value.display().to_string()));
        self
    }

    fn ends(mut self, code: i32, says: impl Into<String>) -> Self {
        (self.code, self.says) = (code, says.into());
        self
    }
}

/// Puts what is called `kind` at `path`.
fn put(kind: &str, path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match kind {
        "fifo" => put_pipe(path),
        "zero" => symlink("/dev/zero", path).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        "unreadable" => {
            fs::write(path, "x").unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o0)).unwrap();
        }
        "sparse" => File::create(path).unwrap().set_len(10 << 30).unwrap(),
        "circle" => symlink(path, path).unwrap(),
        other => panic!("no kind {other}"),
    }
}

/// A stage, and a user for whom no file is readable whatever its mode: not root.
struct Matrix {
    stage: Stage,
    prefix: Vec<String>,
}

impl Matrix {
    fn new() -> Option<Self> {
        let stage = bases::stage();
        let (mut prefix, mut rolecall) = (Vec::new(), env!("CARGO_BIN_EXE_rolecall").to_owned());
        if rustix::process::geteuid().is_root() {
            let id = 40_000 + std::process::id() % 20_000;
            let setpriv = require_program("setpriv", "util-linux")?.display().to_string();
            prefix = vec![setpriv, format!("--reuid={id}"), format!("--regid={id}")];
            prefix.push("--clear-groups".to_owned());
            // They may not be let into the folder that it lies in.
            let copy = stage.sandbox.path("rolecall").display().to_string();
            crate::support::programs::copy_rolecall(copy.as_ref());
            stage.sandbox.may_hold_secrets(&copy);
            rolecall = copy;
        }
        let script = format!("ulimit -v {MEMORY}; exec \"$0\" \"$@\"");
        prefix.extend(["sh".into(), "-c".into(), script, rolecall]);
        Some(Self { stage, prefix })
    }

    /// Gives all files to the user, but not what nobody may read.
    fn hand_over(&self) {
        if let Some(id) = self.prefix.iter().find_map(|word| word.strip_prefix("--reuid=")) {
            let root = self.stage.sandbox.root().display().to_string();
            let status = Command::new("chown").args(["-hR", id, &root]).status();
            assert!(status.is_ok_and(|status| status.success()));
        }
    }

    fn run(&self, case: &Case) -> Run<'_> {
        let words = [&self.prefix[1..], &case.arguments].concat();
        let mut run = self.stage.sandbox.program(&self.prefix[0], &words).may_print_secrets();
        for (name, value) in &case.environment {
            run = run.env(name, value);
        }
        run
    }

    /// The paths of one kind, and their cases.
    fn cases(&self, kind: &str) -> Vec<Case> {
        let sandbox = &self.stage.sandbox;
        let path = sandbox.path(format!("hostile/{kind}"));
        put(kind, &path);
        put(kind, &sandbox.path(format!("hostile/in-{kind}/certificate.pem")));
        let shown = path.display().to_string();
        let name =
            |text: &str| format!("home/.aws/sso/cache/{}.json", hex(&sha1::Sha1::digest(text)));
        put(kind, &sandbox.path(name(&format!("sign-in-{kind}"))));
        let console = format!("arn:aws:sts::111111111111:assumed-role/Admin/{kind}");
        let console_file = hex(&sha2::Sha256::digest(console.as_bytes()));
        put(kind, &sandbox.path(format!("home/.aws/login/cache/{console_file}.json")));
        let mut config = fs::read_to_string(sandbox.config_path()).unwrap();
        config += &format!(
            "[profile web-{kind}]\nrole_arn = arn:aws:iam::111111111111:role/Web\n\
             web_identity_token_file = {shown}\n\
             [profile policy-{kind}]\nrole_arn = arn:aws:iam::222222222222:role/Plain\n\
             source_profile = environment\nrolecall_session_policy = {shown}\n\
             [profile bundle-{kind}]\nrole_arn = arn:aws:iam::222222222222:role/Plain\n\
             source_profile = environment\nca_bundle = {shown}\n\
             [sso-session sign-in-{kind}]\nsso_region = us-east-2\n\
             sso_start_url = https://d-abc123.awsapps.com/start\n\
             [profile sso-{kind}]\nsso_session = sign-in-{kind}\n\
             sso_account_id = 111111111111\nsso_role_name = Viewer\n\
             [profile login-{kind}]\nlogin_session = {console}\n"
        );
        sandbox.config(config);
        let helper = |profile: &str| ["credential-process", profile].map(str::to_owned);
        let of_kind = |profile: &str| helper(&format!("{profile}-{kind}"));
        let case = |name: &str, arguments: &[String]| {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            Case::new(name, &arguments)
        };
        let role = helper("environment-role");
        let flag = [&role[..], &["--session-policy".to_owned(), shown.clone()]].concat();
        let mut cases = vec![
            case("config", &role).env("AWS_CONFIG_FILE", &path).ends(5, &*shown),
            case("credentials", &role).env("AWS_SHARED_CREDENTIALS_FILE", &path).ends(5, &*shown),
            case("an edit", &["profile", "set", "sso", "region=eu-west-1"].map(str::to_owned))
                .env("AWS_CONFIG_FILE", &path)
                .ends(5, &*shown),
            case("a list", &["profile", "list"].map(str::to_owned))
                .env("AWS_CONFIG_FILE", &path)
                .ends(5, &*shown),
            case("the doctor", &["doctor", "web-role"].map(str::to_owned))
                .env("AWS_CONFIG_FILE", &path)
                .ends(5, &*shown),
            case("bundle", &role).env("AWS_CA_BUNDLE", &path).ends(1, &*shown),
            case("ca_bundle", &of_kind("bundle")).ends(1, &*shown),
            case("certificates", &role).env("SSL_CERT_FILE", &path).ends(1, &*shown),
            case("token", &of_kind("web")).ends(5, &*shown),
            case("policy", &of_kind("policy")).ends(5, &*shown),
            case("policy flag", &flag).ends(2, &*shown),
            case("container token", &helper("container"))
                .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", &path)
                .ends(5, &*shown),
            case("sign-in", &of_kind("sso")).ends(3, "is not signed in"),
            case("console session", &of_kind("login")).ends(5, format!("{console_file}.json")),
            // Nothing of these is needed.
            case("folder of certificates", &role)
                .env("SSL_CERT_DIR", &sandbox.path(format!("hostile/in-{kind}")))
                .ends(0, ""),
        ];
        for name in ["XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CACHE_HOME"] {
            let helper = case(name, &role).env(name, &path);
            let helper = helper.env("ROLECALL_STORE", Path::new("file"));
            cases.push(helper.ends(0, ""));
        }
        let bus = PathBuf::from(format!("unix:path={shown}"));
        let helper = case("bus", &role).env("DBUS_SESSION_BUS_ADDRESS", &bus);
        cases.push(helper.env("ROLECALL_STORE", Path::new("secret-service")).ends(0, ""));
        for case in &mut cases {
            case.name = format!("{kind} as {}", case.name);
        }
        cases
    }
}

/// Starts the runs of `cases`, and returns what comes of each.
fn run_all<'m>(matrix: &'m Matrix, cases: &[Case], limit: Duration) -> Vec<Output> {
    let running: Vec<Running<'m>> =
        cases.iter().map(|case| matrix.run(case).time_limit(limit).spawn()).collect();
    running.into_iter().map(Running::wait).collect()
}

#[test]
fn whatever_a_path_leads_to_a_run_ends_and_says_why() {
    let matrix = need!(Matrix::new());
    let sandbox = &matrix.stage.sandbox;
    for folder in ["hostile", "home/.aws/sso", "home/.aws/login", "home/.cache"] {
        sandbox.may_hold_secrets(sandbox.path(folder));
    }
    let all: Vec<_> = KINDS.iter().map(|kind| (kind, matrix.cases(kind))).collect();
    matrix.hand_over();
    let mut wrong = String::new();
    for (kind, cases) in all {
        let limit = if *kind == "fifo" { SHORTLY } else { AT_ONCE };
        for (case, output) in cases.iter().zip(run_all(&matrix, &cases, limit)) {
            let as_expected = output.status.code() == Some(case.code)
                && (output.stderr.contains(&case.says) || output.stdout.contains(&case.says))
                && output.stderr.lines().count() <= 4;
            if !as_expected {
                wrong += &format!("{}: {output:?}\n\n", case.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_device_with_nothing_in_it_is_an_empty_file() {
    let stage = bases::stage();
    let empty = |arguments: &[&str]| {
        let run = stage.sandbox.rolecall(arguments).env("AWS_CONFIG_FILE", "/dev/null");
        run.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").run()
    };
    assert_eq!(empty(&["profile", "list", "--output", "json"]).ok().json(), serde_json::json!([]));
    let _output = empty(&["credential-process", "web"]).code(5);
}

#[test]
fn several_pipes_that_nobody_writes_to_are_waited_for_no_longer_than_one() {
    let stage = bases::stage();
    let path = stage.sandbox.path("home/pipe");
    put_pipe(&path);
    let token = stage.sandbox.path("home/token.jwt").display().to_string();
    stage.edit_config(&token, &path.display().to_string());
    stage.edit_config(
        "[profile web-role]\n",
        &format!("[profile web-role]\nca_bundle = {}\n", path.display()),
    );
    let running = ["web-role"; 2].map(|profile| {
        let run = stage.helper(profile).env("SSL_CERT_FILE", &path);
        run.env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null").time_limit(SHORTLY).spawn()
    });
    for output in running.map(Running::wait) {
        assert!(output.stderr.contains("did not finish within 15 s"), "{output:?}");
    }
}

#[test]
fn a_policy_of_the_command_line_may_be_a_pipe() {
    let stage = bases::stage();
    let bash = need!(require_program("bash", "bash"));
    let script = "\"$0\" credential-process environment-role --session-policy <(sleep 1; echo '{\"Version\":\"2012-10-17\",\"Statement\":[]}')";
    let arguments = ["-c", script, env!("CARGO_BIN_EXE_rolecall")];
    let output = stage.sandbox.program(bash, &arguments).may_print_secrets().run().ok();
    assert_eq!(output.json()["Version"], 1);
}
