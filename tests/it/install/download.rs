//! What it downloads, and what it refuses.

use std::{fs, os::unix::fs::PermissionsExt as _, process::Command};

use super::{MACHINE, Machine, server::Served};
use crate::support::clients::require_program;

#[test]
fn the_newest_release_is_downloaded_checked_and_installed() {
    let machine = Machine::new("1.2.0");
    let output = machine.install(&[]);
    let program = machine.to().join("rolecall");
    let told = format!("installed {}: rolecall 1.2.0\n", program.display());
    assert!(output.stdout.contains(&told), "{output:?}");
    assert!(output.stdout.contains("is not in your PATH"), "{output:?}");
    assert_eq!(machine.installed().1, ["rolecall"]);
    assert_eq!(fs::metadata(program).unwrap().permissions().mode() & 0o777, 0o755);
    let data = machine.sandbox.home().join(".local/share");
    let zsh = fs::read_to_string(data.join("zsh/site-functions/_rolecall")).unwrap();
    assert_eq!(zsh, "# for zsh\n");
    assert!(data.join("man/man1/rolecall-login.1").exists());
}

#[test]
fn a_script_from_a_pipe_downloads_even_in_a_checkout() {
    let machine = Machine::new("1.2.0");
    machine.sandbox.file("home/Cargo.toml", "[package]\nname = \"rolecall\"\n");
    let script = fs::read(machine.sandbox.path("downloads/install.sh")).unwrap();
    let arguments = ["-s", "--", "--program-only", "--provision"];
    let output = machine.sandbox.program("sh", &arguments).stdin(script).run().ok();
    assert!(output.stdout.contains("Downloading rolecall-provision-1.2.0-"), "{output:?}");
    assert_eq!(machine.installed().1, ["rolecall", "rolecall-provision"]);
    assert!(!machine.sandbox.home().join(".local/share").exists());
}

#[test]
fn another_version_is_installed_if_it_is_named_and_both_programs_stay_together() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--provision"]);
    let output = machine.install(&["--version", "v1.0.0"]);
    assert!(output.stdout.contains("rolecall 1.0.0 (was rolecall 1.2.0)"), "{output:?}");
    let provision = Command::new(machine.to().join("rolecall-provision")).arg("--version").output();
    assert_eq!(provision.unwrap().stdout, b"rolecall-provision 1.0.0\n");
    let output = machine.script(&["--version=3.0.0"]).run().code(1);
    assert!(output.stderr.contains("can't download http://127.0.0.1:"), "{output:?}");
    assert!(output.stderr.contains("404"), "{output:?}");
    for wrong in ["../../x", "1.0.0/../..", "1", "1.0.0;id", "1.0.0 "] {
        let output = machine.script(&["--version", wrong]).run().code(2);
        assert!(output.stderr.contains("not a version"), "{output:?}");
    }
    assert_eq!(machine.installed().0, "rolecall 1.0.0");
}

#[test]
fn what_was_not_released_is_not_installed() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--version", "1.0.0", "--program-only"]);
    let good = machine.server.get(&Machine::archive("1.2.0")).unwrap();
    let changed = [&good[..], b"x"].concat();
    let cases = [
        ("a wrong checksum", Served::Whole(changed), "is not what was released"),
        ("half a file", Served::Half(good.clone()), "can't download http://127.0.0.1:"),
        ("half a file that looks whole", Served::Whole(good[..99].to_vec()), "SHA-256"),
        ("no file", Served::Missing, "can't download http://127.0.0.1:"),
        ("a page", Served::Whole(b"<html>Sign in</html>".to_vec()), "is not what was released"),
    ];
    for (what, served, told) in cases {
        machine.server.serve(&Machine::archive("1.2.0"), served);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains(told) && output.stderr.contains("hint: "), "{output:?}");
        machine.assert_old(what);
    }
    machine.server.put(&Machine::archive("1.2.0"), good);
    machine.server.put("/latest/download/SHA256SUMS", b"<html>Sign in</html>".to_vec());
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("has no rolecall for"), "{output:?}");
    machine.assert_old("no list of files");
}

#[test]
fn without_network_or_permission_nothing_changes() {
    let machine = Machine::new("1.0.0");
    machine.install(&["--program-only"]);
    let asked = machine.server.requests();
    let output = machine.script(&["--to", "/proc/rolecall"]).run().code(1);
    assert!(output.stderr.contains("can't create /proc/rolecall"), "{output:?}");
    assert!(output.stderr.contains("hint: use --to with a directory"), "{output:?}");
    let output = machine.script(&["--to", "/proc"]).run().code(1);
    assert!(output.stderr.contains("can't write to /proc"), "{output:?}");
    assert_eq!(machine.server.requests(), asked, "it downloads before it looks");
    machine.sandbox.env("ROLECALL_RELEASES", "http://127.0.0.1:9");
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("hint: check the network"), "{output:?}");
    machine.sandbox.env("ROLECALL_RELEASES", "http://rolecall.invalid");
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("not an HTTPS address"), "{output:?}");
    machine.assert_old("no network");
}

#[test]
fn an_unknown_machine_is_told_how_to_build() {
    let machine = Machine::new("1.0.0");
    machine.path_with(&[("uname", "case $1 in -m) echo riscv64 ;; *) echo Linux ;; esac")]);
    let output = machine.script(&[]).run().code(1);
    let told = "there is no release for this machine: Linux on riscv64";
    assert!(output.stderr.contains(told), "{output:?}");
    assert!(output.stderr.contains("hint: clone the repository"), "{output:?}");
    assert_eq!(machine.server.requests(), 0);
    assert_eq!(machine.installed().1, [""; 0]);
}

/// Redirects everything to the address of its argument.
const REDIRECT: &str = r"
import http.server, ssl, sys
class Redirect(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(302)
        self.send_header('Location', sys.argv[1] + self.path)
        self.end_headers()
server = http.server.HTTPServer(('127.0.0.1', 0), Redirect)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('cert.pem', 'key.pem')
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_port, flush=True)
server.serve_forever()
";

#[test]
fn a_redirect_to_http_is_not_followed() {
    let machine = Machine::new("1.2.0");
    let Some(openssl) = require_program("openssl", "openssl") else { return };
    let Some(python) = require_program("python3", "python3") else { return };
    let request = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=test \
                   -addext subjectAltName=IP:127.0.0.1";
    let arguments: Vec<&str> = request.split_whitespace().collect();
    let _made = machine.sandbox.program(openssl, &arguments).run().ok();
    let server = machine.server.url();
    let redirect = machine.sandbox.program(python, &["-c", REDIRECT, &server]).spawn();
    let port = redirect.until_stdout("\n").trim().to_owned();
    machine.sandbox.env("ROLECALL_RELEASES", format!("https://127.0.0.1:{port}"));
    machine.sandbox.env("CURL_CA_BUNDLE", machine.sandbox.home().join("cert.pem"));
    let output = machine.script(&[]).run().code(1);
    assert!(output.stderr.contains("can't download https://127.0.0.1:"), "{output:?}");
    assert_eq!(machine.server.requests(), 0);
    assert_eq!(machine.installed().1, [""; 0]);
}

#[cfg(target_os = "linux")] // it removes sha256sum
#[test]
fn what_it_needs_is_looked_for_before_anything_is_downloaded() {
    let machine = Machine::new("1.2.0");
    machine.only_with(&["sha256sum", "wget"]);
    machine.install(&["--program-only"]);
    let asked = machine.server.requests();
    // wget follows a redirect to HTTP, or accepts any certificate.
    for (missing, told) in [
        ("curl", "curl is not installed"),
        ("tar", "tar is not installed"),
        ("sha256sum", "SHA-256"),
    ] {
        fs::remove_file(machine.sandbox.path("few").join(missing)).unwrap();
        let output = machine.script(&[]).run().code(1);
        assert!(
            output.stderr.contains(told) && output.stderr.contains("hint: install "),
            "{output:?}"
        );
        assert!(!output.stderr.contains("report"), "{output:?}");
        machine.only_with(&[missing]);
    }
    assert_eq!(machine.server.requests(), asked);
}

#[test]
fn only_the_program_is_taken_out_of_an_archive() {
    let machine = Machine::new("1.2.0");
    machine.release("1.0.0");
    machine.install(&["--version", "1.0.0", "--program-only"]);
    let folder = format!("rolecall-1.2.0-{MACHINE}");
    let elsewhere =
        machine.sandbox.script("elsewhere/rolecall", super::program("rolecall", "1.2.0"));
    let releases = machine.sandbox.path("releases");
    let pack = |script: &str| {
        let script = format!("rm -rf {folder}; {script}; tar -czf {folder}.tar.gz *{MACHINE}");
        let _output = machine.sandbox.program("sh", &["-ec", &script]).folder(&releases).run().ok();
        machine.put_archive("1.2.0", fs::read(releases.join(format!("{folder}.tar.gz"))).unwrap());
    };
    let elsewhere = elsewhere.parent().unwrap().display();
    let links = [
        format!("ln -s {elsewhere} {folder}"),
        format!("mkdir {folder}; ln -s {elsewhere}/rolecall {folder}/rolecall"),
        format!("mkdir -p {folder}/rolecall"),
        format!("mkdir {folder}; : >{folder}/README.md"),
    ];
    for link in links {
        pack(&link);
        let output = machine.script(&[]).run().code(1);
        assert!(output.stderr.contains(&format!("{folder}.tar.gz")), "{link}: {output:?}");
        machine.assert_old(&link);
    }
    pack(&format!("mkdir {folder}; cp {elsewhere}/rolecall {folder}; ln -s / {folder}/x"));
    machine.install(&[]);
    assert_eq!(machine.installed().0, "rolecall 1.2.0");
}

#[test]
fn a_script_that_is_cut_off_does_nothing() {
    let machine = Machine::new("1.2.0");
    let script = machine.sandbox.path("downloads/install.sh");
    let lines = fs::read_to_string(&script).unwrap().lines().count();
    let cut = "n=0; while [ $n -lt $2 ]; do head -n $n \"$1\" | sh -s -- --to there 2>/dev/null; n=$((n + 1)); done; \
               head -c $(($(wc -c <\"$1\") - 3)) \"$1\" | sh -s -- --to there 2>/dev/null";
    let arguments = ["-c", cut, "sh", script.to_str().unwrap(), &lines.to_string()];
    let output = machine.sandbox.program("sh", &arguments).run();
    assert_eq!((output.stdout.as_str(), machine.server.requests()), ("", 0));
    assert!(!machine.sandbox.home().join("there").exists());
}
