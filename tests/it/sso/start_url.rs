//! Start URLs under a name of the organization's own, which lead to its access portal.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use super::{START_URL, stage};
use crate::support::stage::Stage;

/// A web server whose start page redirects, as `answers` say for each method.
struct Vanity {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vanity {
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
        let url = format!("http://{}/start", listener.local_addr().expect("is bound"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        // It ends with the tests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines();
                let first = lines.next().and_then(Result::ok).unwrap_or_default();
                while lines.next().and_then(Result::ok).is_some_and(|line| !line.is_empty()) {}
                let head = answer(first.split(' ').next().unwrap_or_default());
                let end = "Content-Length: 0\r\nConnection: close\r\n\r\n";
                write!(&stream, "HTTP/1.1 {head}\r\n{end}").ok();
                log.lock().unwrap().push(first);
            }
        });
        Self { url, asked }
    }

    /// The methods that it was asked with.
    fn methods(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
    }
}

fn stage_of(vanity: &Vanity) -> Stage {
    let stage = stage();
    stage.edit_config(START_URL, &vanity.url);
    stage
}

const LOGIN: [&str; 4] = ["sso", "login", "corp", "--device-code"];

#[test]
fn the_service_gets_the_url_that_an_own_name_leads_to() {
    let to = |target: &str| format!("302 Found\r\nLocation: {target}");
    let redirect = Vanity::start(move |_| to(&format!("{START_URL}/#/")));
    let stage = stage_of(&redirect);
    stage.sandbox.rolecall(&LOGIN).run().ok();
    // The token is kept under the URL of the config file.
    assert_eq!(stage.document("sso")["AccountId"], "111111111111");
    let status = stage.sandbox.rolecall(&["status", "--output", "json"]).run().ok().json();
    assert_eq!(status["sign_ins"][0]["start_url"], redirect.url.as_str());
    let (running, address) = stage.signing_in(&["sso", "login", "corp"]);
    super::Page::get(&super::Page::get(&address).location);
    running.wait().ok();
    assert_eq!(redirect.methods(), ["HEAD", "HEAD"], "not for programs");
    // A server that knows no HEAD.
    let of_get = Vanity::start(move |method| match method {
        "HEAD" => "405 Method Not Allowed".to_owned(),
        _ => to(START_URL),
    });
    stage_of(&of_get).sandbox.rolecall(&LOGIN).run().ok();
    assert_eq!(of_get.methods(), ["HEAD", "GET"]);
}

#[test]
fn an_own_name_that_leads_elsewhere_is_refused() {
    for (target, shown) in [
        ("https://awsapps.com.example.com/start", "https://awsapps.com.example.com/start"),
        ("http://d-abc123.awsapps.com/start", "http://d-abc123.awsapps.com/start"),
        // What is before the @ is no host, and may be a password.
        ("https://d-abc123.awsapps.com@example.com/start", "https://example.com/start"),
    ] {
        let vanity = Vanity::start(move |_| format!("301 Moved\r\nLocation: {target}"));
        let stage = stage_of(&vanity);
        let output = stage.sandbox.rolecall(&LOGIN).run().code(5);
        assert!(output.stderr.contains(&format!("leads to {shown},")), "{output:?}");
        assert_eq!(stage.sts.count("RegisterClient"), 0);
    }
}

#[test]
fn the_service_judges_a_url_that_leads_nowhere() {
    let page = Vanity::start(|_| "200 OK".to_owned());
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}/start", listener.local_addr().unwrap())
    };
    for url in [&*page.url, &closed] {
        let stage = stage();
        stage.edit_config(START_URL, url);
        let output = stage.sandbox.rolecall(&LOGIN).run().code(4);
        assert!(output.stderr.contains("Invalid start url provided"), "{output:?}");
        stage.rules(|rules| rules.start_url = Some(url.to_owned()));
        stage.sandbox.rolecall(&LOGIN).run().ok();
    }
}
