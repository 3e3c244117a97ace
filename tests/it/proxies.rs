//! Which proxy a call goes through, and what becomes of one that can't be used.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use super::{bases, endpoints};
use crate::support::{run::Output, stage::Stage};

const PASSWORD: &str = "hunter2-of-the-proxy";

/// A proxy for http URLs that answers every request itself, and remembers what it was asked.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// The first line of a request, and its `Proxy-Authorization`.
type Asked = (String, Option<String>);

impl Proxy {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        // It ends with the tests.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
                let Some(first) = lines.next() else { continue };
                let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
                let header = head.iter().find_map(|line| {
                    let (name, value) = line.split_once(": ")?;
                    name.eq_ignore_ascii_case("proxy-authorization").then(|| value.to_owned())
                });
                log.lock().unwrap().push((first, header));
                (&stream).write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
            }
        });
        Self { port, asked }
    }

    /// What it was asked since the last time.
    fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn try_with(stage: &Stage, variables: &[(&str, &str)]) -> Output {
    let mut run = stage.helper("my-role");
    for (name, value) in variables {
        run = run.env(name, value);
    }
    run.run()
}

#[test]
fn an_empty_variable_is_none_and_the_lower_case_comes_first() {
    let (proxy, other) = (Proxy::start(), Proxy::start());
    let stage = Stage::new();
    let (url, other_url) =
        (format!("http://127.0.0.1:{}", proxy.port), format!("127.0.0.1:{}", other.port));
    let (url, other_url) = (url.as_str(), other_url.as_str());
    for variables in [
        &[("HTTP_PROXY", ""), ("http_proxy", url)][..],
        &[("HTTP_PROXY", url), ("http_proxy", "")],
        &[("HTTP_PROXY", other_url), ("http_proxy", url)],
        &[("ALL_PROXY", url), ("HTTP_PROXY", "")],
        &[("ALL_PROXY", other_url), ("HTTP_PROXY", url)],
    ] {
        let _refused = try_with(&stage, variables);
        assert!(!proxy.take().is_empty(), "{variables:?}");
        assert!(other.take().is_empty(), "{variables:?}");
        assert_eq!(stage.assumed(), 0, "{variables:?}");
    }
    // The same for https URLs, which AWS has.
    let tunnel = endpoints::Proxy::start();
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", "https://sts.example.com");
    let _refused = try_with(&stage, &[("HTTPS_PROXY", ""), ("https_proxy", &tunnel.url)]);
    let asked = tunnel.asked.lock().unwrap();
    assert!(
        !asked.is_empty() && asked.iter().all(|host| host == "sts.example.com:443"),
        "{asked:?}"
    );
}

#[test]
fn what_is_no_proxy_is_an_error_that_names_the_variable_and_nothing_is_called() {
    let stage = Stage::new();
    stage.sandbox.secret("the proxy's password", PASSWORD);
    let proxy = Proxy::start();
    let port = proxy.port;
    for (name, value) in [
        ("HTTP_PROXY", format!("http://CORP\\jane:{PASSWORD}@127.0.0.1:{port}")),
        ("http_proxy", format!("\"http://jane:{PASSWORD}@127.0.0.1:{port}\"")),
        ("HTTP_PROXY", format!(" http://jane:{PASSWORD}@127.0.0.1:{port}")),
        ("ALL_PROXY", format!("http://jane:{PASSWORD}@127.0.0.1:{port}\n")),
        ("all_proxy", format!("socks5://jane:{PASSWORD}@127.0.0.1:{port}")),
        ("HTTP_PROXY", format!("http://jane:{PASSWORD}#@127.0.0.1:{port}")),
        ("HTTP_PROXY", format!("http://jane:{PASSWORD}@")),
        ("HTTP_PROXY", format!("http://127.0.0.1:{port}x")),
    ] {
        let before = stage.assumed();
        let output = try_with(&stage, &[(name, &value)]).code(7);
        let what = format!("could not be reached: {name} is not the URL of a proxy: ");
        assert!(output.stderr.contains(&what), "{value:?}: {output:?}");
        assert!(output.stderr.contains("hint: check HTTPS_PROXY, HTTP_PROXY"), "{output:?}");
        assert_eq!((stage.assumed(), proxy.take().len()), (before, 0), "{value:?}");
        // It is no error where it is not used.
        let direct = try_with(&stage, &[(name, &value), ("NO_PROXY", "127.0.0.1")]);
        let _document = direct.ok();
        assert_eq!(stage.assumed(), before + 1, "{value:?}");
    }
}

#[test]
fn a_password_reaches_the_proxy_as_it_is_meant() {
    let stage = Stage::new();
    let proxy = Proxy::start();
    let port = proxy.port;
    for (user, sent) in [
        ("jane:plain-password", "amFuZTpwbGFpbi1wYXNzd29yZA=="),
        ("CORP%5Cjane:a%3Ab%40c", "Q09SUFxqYW5lOmE6YkBj"),
        ("jane:p@ss:word", "amFuZTpwQHNzOndvcmQ="),
        ("jane", "amFuZTo="),
    ] {
        let url = format!("http://{user}@127.0.0.1:{port}");
        let _refused = try_with(&stage, &[("http_proxy", &url)]);
        let asked = proxy.take();
        let (line, header) = asked.first().unwrap_or_else(|| panic!("{user}: nothing was asked"));
        assert!(line.starts_with("POST http://127.0.0.1:"), "{line}");
        assert_eq!(header.as_deref(), Some(&*format!("Basic {sent}")), "{user}");
    }
}

#[test]
fn each_form_of_no_proxy_names_hosts_that_are_called_directly() {
    let stage = Stage::new();
    let proxy = Proxy::start();
    let url = format!("http://127.0.0.1:{}", proxy.port);
    let endpoint = stage.sts.endpoint();
    let port = endpoint.rsplit(':').next().unwrap();
    let (own, other) = (format!("127.0.0.1:{port}"), "127.0.0.1:1");
    for (list, is_direct) in [
        ("*", true),
        ("127.0.0.1", true),
        ("127.0.0.0/8", true),
        ("example.com 127.0.0.1", true),
        ("example.com,\t127.0.0.1 ,", true),
        (&own, true),
        (other, false),
        ("example.com", false),
        ("10.0.0.0/8", false),
    ] {
        let output = try_with(&stage, &[("HTTP_PROXY", &url), ("NO_PROXY", list)]);
        assert_eq!(output.status.success(), is_direct, "{list}: {output:?}");
        assert_eq!(proxy.take().is_empty(), is_direct, "{list}");
    }
}

#[test]
fn what_belongs_to_this_machine_is_never_fetched_through_a_proxy() {
    let stage = bases::stage();
    let proxy = Proxy::start();
    let url = format!("http://127.0.0.1:{}", proxy.port);
    stage.sandbox.env("HTTP_PROXY", &url).env("ALL_PROXY", &url);
    for kind in ["container", "instance"] {
        stage.document(kind);
        assert_eq!(proxy.take(), [], "{kind}");
        let _refused = stage.helper(&format!("{kind}-role")).run();
        assert!(!proxy.take().is_empty(), "STS is called through it");
    }
}
