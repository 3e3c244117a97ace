//! Signing in to IAM Identity Center and out again, with a browser and with a code.

mod browser;
mod configure;
mod endpoints;
mod failures;
pub(crate) mod listing;
mod others;
mod pasted;
mod populate;
mod start_url;
mod tokens;
mod typos;

use std::{
    fs,
    net::TcpListener,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{
    run::Running,
    stage::{PLAIN, Stage},
    sts::{Fault, Person, SignInRules},
};
use browser::Page;

const START_URL: &str = "https://d-abc123.awsapps.com/start";

/// The profiles `sso` and, over it, `chained`, both with the sign-in `corp`. The store is a file,
/// and the browser a program that writes down what it is to open.
fn stage() -> Stage {
    let stage = Stage::new();
    prepare(&stage);
    stage.sandbox.store("file").may_hold_secrets(stage.sandbox.path("home/.cache"));
    stage
}

/// The same with the store that the stage has.
fn prepare(stage: &Stage) {
    let sandbox = &stage.sandbox;
    stage.sts.with_world(|world| {
        world.sso_roles = vec![("111111111111".to_owned(), "Viewer".to_owned())];
        let start_url = Some(START_URL.to_owned());
        world.sso_sign_in = SignInRules { start_url, ..SignInRules::default() };
    });
    let endpoint = stage.sts.endpoint();
    let browser =
        "#!/bin/sh\necho \"$1\" > \"$HOME/url.new\" && mv \"$HOME/url.new\" \"$HOME/url\"\n";
    let browser = sandbox.script("home/browser", browser);
    sandbox
        .env("AWS_ENDPOINT_URL_SSO", &endpoint)
        .env("AWS_ENDPOINT_URL_SSO_OIDC", &endpoint)
        .env("BROWSER", browser);
    sandbox.config(format!(
        "[sso-session corp]\nsso_region = us-east-2\nsso_start_url = {START_URL}\n\
         [profile sso]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Viewer\n\
         [profile chained]\nrole_arn = {PLAIN}\nsource_profile = sso\n"
    ));
}

impl Stage {
    fn rules(&self, change: impl FnOnce(&mut SignInRules)) {
        self.sts.with_world(|world| change(&mut world.sso_sign_in));
    }

    fn counts(&self) -> [usize; 3] {
        ["RegisterClient", "CreateToken", "GetRoleCredentials"].map(|action| self.sts.count(action))
    }

    /// Starts a sign-in and waits for the address that the browser is to open.
    fn signing_in<'s>(&'s self, arguments: &[&str]) -> (Running<'s>, String) {
        let file = self.sandbox.path("home/url");
        fs::remove_file(&file).ok();
        let running = self.sandbox.rolecall(arguments).spawn();
        let address = browser::wait_for_file(&file);
        (running, address)
    }
}

#[test]
fn a_browser_signs_in_and_the_profiles_work_without_another_word() {
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let page = Page::get(&address);
    assert_eq!(page.status, 302, "{page:?}");
    let done = Page::get(&page.location);
    assert!(done.status == 200 && done.body.contains("you can close this"), "{done:?}");
    let output = running.wait().ok();
    assert!(output.stdout.contains("corp: signed in until"), "{output:?}");
    assert!(output.stderr.contains(&address), "{output:?}");
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
    stage.document("chained");
    assert_eq!(stage.counts(), [1, 1, 1]);
    // The registration is good for the next one.
    let (running, address) = stage.signing_in(&["sso", "login"]);
    Page::get(&Page::get(&address).location);
    running.wait().ok();
    assert_eq!(stage.counts(), [1, 2, 1]);
}

#[test]
fn strangers_and_a_second_tab_change_nothing() {
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let good = Page::get(&address).location;
    let (base, _) = good.split_once('?').unwrap();
    let port = base.trim_start_matches("http://127.0.0.1:").split('/').next().unwrap();
    for (target, status) in [
        (format!("http://127.0.0.1:{port}/favicon.ico"), 404),
        (base.to_owned(), 400),
        (format!("{base}?code=evil&state=wrong"), 400),
        (format!("{base}?error=access_denied&state=wrong"), 400),
    ] {
        assert_eq!(Page::get(&target).status, status, "{target}");
    }
    // One that hangs up before it has read the page.
    browser::send(&good);
    running.wait().ok();
    assert_eq!(stage.sts.count("CreateToken"), 1);
}

#[test]
fn who_refuses_in_the_browser_is_told_so_there_and_here() {
    let stage = stage();
    stage.rules(|rules| rules.person = Person::Refuses);
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let page = Page::get(&Page::get(&address).location);
    assert!(page.body.contains("The person refused"), "{page:?}");
    let output = running.wait().code(4);
    assert!(output.stderr.contains("refused in the browser"), "{output:?}");
    assert_eq!(stage.counts(), [1, 0, 0]);
}

#[test]
fn a_code_signs_in_where_no_browser_can_come_back() {
    let stage = stage();
    stage.sandbox.env("SSH_CONNECTION", "10.0.0.1 1 10.0.0.2 22");
    let output = stage.sandbox.rolecall(&["sso", "login", "corp"]).run().ok();
    assert!(output.stderr.contains("this is an SSH session"), "{output:?}");
    for line in ["ABCD-EFGH", "https://d-abc123.awsapps.com/start/#/device"] {
        assert!(output.stderr.lines().any(|one| one == line), "{line}: {output:?}");
    }
    stage.document("sso");
    assert_eq!(stage.counts(), [1, 1, 1]);
}

#[test]
fn login_of_a_profile_signs_in_first_and_only_where_that_is_needed() {
    let stage = stage();
    let missing = stage.helper("chained").run().code(3);
    assert!(missing.stderr.contains("hint: run 'rolecall sso login corp'"), "{missing:?}");
    let (running, address) = stage.signing_in(&["login", "chained"]);
    Page::get(&Page::get(&address).location);
    let output = running.wait().ok();
    assert!(output.stdout.contains("chained: new session until"), "{output:?}");
    let again = stage.sandbox.rolecall(&["login", "chained", "--force"]).run().ok();
    assert!(!again.stdout.contains("signed in"), "{again:?}");
    assert_eq!(stage.sts.count("CreateToken"), 1);
}

#[test]
fn slow_down_is_obeyed_and_a_code_that_runs_out_is_told() {
    let stage = stage();
    for fault in [
        Fault::Hang(Duration::ZERO),
        Fault::Hang(Duration::ZERO),
        Fault::Refused("SlowDownException"),
    ] {
        stage.sts.fault(fault);
    }
    let before = Instant::now();
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    assert!(before.elapsed() > Duration::from_secs(6), "1 s, and then 1 s + 5 s");
    stage.rules(|rules| {
        rules.person = Person::Waits;
        rules.code_seconds = 2;
    });
    let login = ["sso", "login", "corp", "--device-code"];
    let output = stage.sandbox.rolecall(&login).run().code(4);
    assert!(output.stderr.contains("the code expired before anyone entered it"), "{output:?}");
    stage.rules(|rules| {
        rules.person = Person::Refuses;
        rules.code_seconds = 600;
    });
    let output = stage.sandbox.rolecall(&login).run().code(4);
    assert!(output.stderr.contains("refused in the browser"), "{output:?}");
}

#[test]
fn what_is_wrong_with_the_session_is_told_before_a_person_is_asked() {
    let stage = stage();
    let login = |arguments: &[&str]| {
        let arguments = [&["sso", "login"], arguments].concat();
        stage.sandbox.rolecall(&arguments).run()
    };
    let unknown = login(&["crop"]).code(5);
    assert!(unknown.stderr.contains("no section [sso-session crop]"), "{unknown:?}");
    assert!(unknown.stderr.contains("corp"), "{unknown:?}");
    let unsaved = login(&["corp", "--store", "none"]).code(6);
    assert!(unsaved.stderr.contains("--aws-cache"), "{unsaved:?}");
    stage.rules(|rules| rules.start_url = Some("https://other.awsapps.com/start".to_owned()));
    let refused = login(&["corp"]).code(4);
    assert!(refused.stderr.contains("Invalid start url"), "{refused:?}");
    assert!(refused.stderr.contains("sso_start_url and sso_region"), "{refused:?}");
    stage.rules(|rules| rules.start_url = None);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let closed = login(&["corp", "--redirect-port", &port]).code(1);
    assert!(closed.stderr.contains(&format!("port {port} can't be opened")), "{closed:?}");
    stage.sandbox.rolecall(&["sso", "logout", "corp"]).run().ok();
    stage.sandbox.env("AWS_ENDPOINT_URL_SSO_OIDC", "http://127.0.0.1:9");
    let unreachable = login(&["corp"]).code(7);
    assert!(unreachable.stderr.contains("could not be reached"), "{unreachable:?}");
    assert!(!stage.sandbox.path("home/url").exists());
}

#[test]
fn logging_out_ends_the_sign_in_at_the_portal_and_the_sessions_here() {
    let stage = stage();
    let status = |stage: &Stage| -> Value {
        stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json()
    };
    let (running, address) = stage.signing_in(&["sso", "login", "corp", "--aws-cache"]);
    Page::get(&Page::get(&address).location);
    let copy = stage.sandbox.path("home/.aws/sso/cache");
    stage.sandbox.may_hold_secrets(&copy);
    let output = running.wait().ok();
    assert!(output.stdout.contains("in plain text in"), "{output:?}");
    assert_eq!(fs::read_dir(&copy).unwrap().count(), 1);
    stage.document("chained");
    let sign_in = &status(&stage)["sign_ins"][0];
    assert_eq!((&sign_in["sso_session"], &sign_in["renewable"]), (&"corp".into(), &true.into()));
    let shown = stage.sandbox.rolecall(&["status"]).run().ok();
    assert!(shown.stdout.contains("sign-in to 'corp'"), "{shown:?}");
    let output = stage.sandbox.rolecall(&["sso", "logout", "corp"]).run().ok();
    assert!(output.stdout.contains("corp: signed out"), "{output:?}");
    assert!(output.stdout.contains("chained: session deleted"), "{output:?}");
    assert_eq!(stage.sts.count("Logout"), 1);
    assert_eq!(fs::read_dir(&copy).unwrap().count(), 0);
    let left = status(&stage);
    assert_eq!(
        (&left["sessions"], &left["sign_ins"]),
        (&Value::Array(vec![]), &Value::Array(vec![]))
    );
    stage.helper("chained").run().code(3);
    let again = stage.sandbox.rolecall(&["sso", "logout", "--all"]).run().ok();
    assert!(again.stdout.contains("no sign-ins found"), "{again:?}");
}

#[test]
fn ctrl_c_ends_a_sign_in_and_leaves_nothing() {
    let stage = stage();
    let (running, _) = stage.signing_in(&["sso", "login", "corp"]);
    running.signal(rustix::process::Signal::INT);
    let output = running.wait().code(130);
    assert!(output.stderr.contains("cancelled"), "{output:?}");
    assert_eq!(stage.sts.count("CreateToken"), 0);
    stage.helper("sso").run().code(3);
}

#[test]
fn programs_open_a_browser_only_where_the_session_says_so_and_one_for_all() {
    let stage = stage();
    stage.sandbox.env("DISPLAY", ":99");
    stage.helper("sso").run().code(3);
    assert!(!stage.sandbox.path("home/url").exists());
    stage.edit_config("sso_region", "rolecall_sso_auto_login = on\nsso_region");
    let count = "#!/bin/sh\necho x >> \"$HOME/opened\"\necho \"$1\" > \"$HOME/u\" && mv \"$HOME/u\" \"$HOME/url\"\n";
    stage.sandbox.env("BROWSER", stage.sandbox.script("home/counting", count));
    let callers = |answer: fn(&Page) -> bool| {
        let running: Vec<_> = (0..6)
            .map(|i| stage.helper(if i % 2 == 0 { "sso" } else { "chained" }).spawn())
            .collect();
        let file = stage.sandbox.path("home/url");
        let address = browser::wait_for_file(&file);
        fs::remove_file(&file).unwrap();
        assert!(answer(&Page::get(&Page::get(&address).location)));
        running.into_iter().map(Running::wait).collect::<Vec<_>>()
    };
    stage.rules(|rules| rules.person = Person::Refuses);
    for output in callers(|page| page.body.contains("refused")) {
        let output = output.code(4);
        assert!(output.stderr.contains("refused in the browser"), "{output:?}");
        assert!(output.stderr.lines().count() <= 3, "{output:?}");
    }
    stage.rules(|rules| rules.person = Person::Consents);
    for output in callers(|page| page.body.contains("you can close this")) {
        let output = output.ok();
        assert_eq!(output.stderr, "");
    }
    let opened = fs::read_to_string(stage.sandbox.path("home/opened")).unwrap();
    assert_eq!(opened.lines().count(), 2, "one refused, one granted");
    assert_eq!(stage.counts(), [1, 1, 1]);
}

#[test]
fn a_profile_without_a_section_signs_in_too() {
    let stage = stage();
    stage.edit_config(
        "[profile sso]\nsso_session = corp\n",
        &format!("[profile sso]\nsso_start_url = {START_URL}\nsso_region = us-east-2\n"),
    );
    let missing = stage.helper("sso").run().code(3);
    assert!(missing.stderr.contains("hint: run 'rolecall login sso'"), "{missing:?}");
    let (running, address) = stage.signing_in(&["login", "sso"]);
    Page::get(&Page::get(&address).location);
    running.wait().ok();
    stage.document("chained");
    assert_eq!(stage.counts(), [1, 1, 1]);
    let output = stage.sandbox.rolecall(&["sso", "logout", "--profile", "sso"]).run().ok();
    assert!(output.stdout.contains("signed out"), "{output:?}");
}

#[test]
fn programs_wait_for_a_person_who_is_signing_in() {
    let stage = stage();
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    let helpers: Vec<_> = (0..3).map(|_| stage.helper("sso").spawn()).collect();
    Page::get(&Page::get(&address).location);
    running.wait().ok();
    for helper in helpers {
        helper.wait().ok();
    }
    assert_eq!(stage.counts(), [1, 1, 1]);
}

#[test]
fn a_role_that_nobody_assigned_is_told_with_those_that_there_are() {
    let stage = stage();
    stage.sts.with_world(|world| {
        let account = ["111111111111", "main", "main@example.com"].map(str::to_owned);
        world.sso_portal.accounts = vec![account.into()];
    });
    stage.sandbox.rolecall(&["sso", "login", "corp", "--device-code"]).run().ok();
    stage.edit_config("sso_role_name = Viewer", "sso_role_name = Viewr");
    let output = stage.helper("sso").run().code(4);
    assert!(output.stderr.contains("in account 111111111111 you have 'Viewer'"), "{output:?}");
    assert!(output.stderr.lines().count() <= 3, "{output:?}");
    stage.edit_config("111111111111", "123456789012");
    let output = stage.helper("sso").run().code(4);
    assert!(output.stderr.contains("you have no role in account 123456789012"), "{output:?}");
}
