//! What the C library knows of the machine: host names, users and certificates. A static program has
//! another library, and must find the same.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, UdpSocket},
    path::PathBuf,
    thread,
};

use crate::support::{clients::require_program, run::Run, stage::Stage, tls::Tls};

/// The helper on a machine of its own: each path of `etc` lies over the one of that name in `/etc`.
struct Machine<'s> {
    stage: &'s Stage,
    unshare: PathBuf,
}

impl<'s> Machine<'s> {
    /// `None` where nobody may mount over `/etc`.
    fn new(stage: &'s Stage) -> Option<Self> {
        let unshare = require_program("unshare", "util-linux")?;
        let machine = Self { stage, unshare };
        machine.put("hosts", "127.0.0.1 localhost\n");
        let tried = machine.run(&["true"]).run();
        (tried.status.code() != Some(99)).then_some(machine)
    }

    /// Writes `/etc/NAME` of the machine.
    fn put(&self, name: &str, text: &str) {
        let path = self.stage.sandbox.file(format!("etc/{name}"), text);
        set_readable(&path);
    }

    fn run(&self, command: &[&str]) -> Run<'s> {
        let script = r#"
            cd "$1" && for file in *; do mount --bind "$1/$file" "/etc/$file" || exit 99; done
            shift; cd /; exec "$@"
        "#;
        let etc = self.stage.sandbox.path("etc").display().to_string();
        let arguments = [&["--mount", "sh", "-c", script, "sh", &etc], command].concat();
        self.stage.sandbox.program(&self.unshare, &arguments)
    }

    fn helper(&self) -> Run<'s> {
        let program = crate::support::programs::rolecall();
        let program = program.to_str().expect("a path of the tests");
        self.run(&[program, "credential-process", "my-role"]).may_print_secrets()
    }
}

fn set_readable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).expect("just written");
}

/// The URL of the stage's STS under another name.
fn url(stage: &Stage, name: &str) -> String {
    stage.sts.endpoint().replace("127.0.0.1", name)
}

#[test]
fn a_name_in_etc_hosts_is_known() {
    let stage = Stage::new();
    let machine = need!(Machine::new(&stage));
    machine.put("hosts", "127.0.0.1 sts.of-the-hosts.test alias.test\n");
    machine.put("nsswitch.conf", "hosts: files dns\n");
    for name in ["sts.of-the-hosts.test", "alias.test"] {
        machine.helper().env("AWS_ENDPOINT_URL_STS", url(&stage, name)).run().ok();
    }
    assert_eq!(stage.assumed(), 2);
}

/// A DNS server on port 53 of an address of its own, where nobody else's is.
struct Dns {
    address: Ipv4Addr,
}

/// Longer answers than fit into a packet of UDP come over TCP.
const LONG: &str = "long.machine.test";

impl Dns {
    /// It knows `sts.machine.test` and [`LONG`]. `None` for users who may not have that port.
    fn start() -> Option<Self> {
        let (address, packets) = port_53()?;
        let streams = TcpListener::bind((address, 53)).ok()?;
        // They end with the tests.
        thread::spawn(move || {
            let mut packet = [0; 1500];
            while let Ok((length, from)) = packets.recv_from(&mut packet) {
                let answer = answer(&packet[..length], 512);
                packets.send_to(&answer, from).ok();
            }
        });
        thread::spawn(move || {
            for mut stream in streams.incoming().flatten() {
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut query = vec![0; u16::from_be_bytes(length).into()];
                    if stream.read_exact(&mut query).is_err() {
                        break;
                    }
                    let answer = answer(&query, usize::MAX);
                    let length = u16::try_from(answer.len()).expect("a short answer");
                    stream.write_all(&[&length.to_be_bytes()[..], &answer].concat()).ok();
                }
            }
        });
        Some(Self { address })
    }

    fn resolv_conf(&self, more: &str) -> String {
        format!("nameserver {}\n{more}", self.address)
    }
}

/// Port 53 of an address that nobody else uses.
fn port_53() -> Option<(Ipv4Addr, UdpSocket)> {
    let addresses = (1..250).map(|last| Ipv4Addr::new(127, 53, 53, last));
    addresses.into_iter().find_map(|address| Some((address, UdpSocket::bind((address, 53)).ok()?)))
}

/// The answer to a query of one name, cut off after its question if it is longer than `most`.
fn answer(query: &[u8], most: usize) -> Vec<u8> {
    const HEADER: usize = 12;
    let mut labels = Vec::new();
    let mut at = HEADER;
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..end]).to_lowercase());
        at = end;
    }
    let question = &query[HEADER..at + 5];
    let is_ipv4 = question[question.len() - 4..question.len() - 2] == [0, 1];
    let addresses: u16 = match labels.join(".").as_str() {
        "sts.machine.test" => 1,
        LONG => 60,
        _ => 0,
    };
    let exists = addresses > 0;
    let addresses = if is_ipv4 { addresses } else { 0 };
    let record = [&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4][..], &[127, 0, 0, 1]].concat();
    let is_cut = HEADER + question.len() + record.len() * usize::from(addresses) > most;
    let addresses = if is_cut { 0 } else { addresses };
    // An answer to a query that asks for recursion; 3: there is no such name.
    let flags = [0x81 | if is_cut { 2 } else { 0 }, 0x80 | if exists { 0 } else { 3 }];
    let counts = [&[0, 1], &addresses.to_be_bytes()[..], &[0; 4]].concat();
    let records = record.repeat(addresses.into());
    [&query[..2], &flags, &counts, question, &records].concat()
}

#[test]
fn names_are_looked_up_in_dns() {
    let stage = Stage::new();
    let machine = need!(Machine::new(&stage));
    let dns = need!(Dns::start());
    machine.put("nsswitch.conf", "hosts: files dns\n");
    machine.put("resolv.conf", &dns.resolv_conf("search elsewhere.test machine.test\n"));
    // In full, by the domains to search, and with an answer that takes a second try.
    for name in ["sts.machine.test", "sts", LONG] {
        machine.helper().env("AWS_ENDPOINT_URL_STS", url(&stage, name)).run().ok();
    }
    assert_eq!(stage.assumed(), 3);
    let unknown = url(&stage, "nobody.machine.test");
    let output = machine.helper().env("AWS_ENDPOINT_URL_STS", unknown).run().code(7);
    assert!(output.stderr.contains("nobody.machine.test"), "{output:?}");
    assert_eq!(stage.assumed(), 3);
}

#[test]
fn a_name_server_that_says_nothing_is_not_waited_for() {
    let stage = Stage::new();
    let machine = need!(Machine::new(&stage));
    let (address, _silent) = need!(port_53());
    machine.put("nsswitch.conf", "hosts: files dns\n");
    // Three times as long as any attempt may take.
    machine.put("resolv.conf", &format!("nameserver {address}\noptions timeout:10 attempts:1\n"));
    let silent = url(&stage, "sts.machine.test");
    let output = machine.helper().env("AWS_ENDPOINT_URL_STS", silent).run().code(7);
    assert!(output.stderr.contains("connecting timed out"), "{output:?}");
}

#[test]
fn the_user_is_looked_up_in_etc_passwd() {
    let stage = Stage::new();
    let machine = need!(Machine::new(&stage));
    stage.sandbox.env_remove("LOGNAME");
    let uid = rustix::process::geteuid().as_raw();
    let passwd = format!("other:x:4242:4242::/:/bin/sh\nginny:x:{uid}:0:Ginny W:/root:/bin/sh\n");
    machine.put("nsswitch.conf", "passwd: files\n");
    machine.put("passwd", &passwd);
    machine.helper().run().ok();
    // A container often has none for its user.
    machine.put("passwd", "other:x:4242:4242::/:/bin/sh\n");
    machine.helper().run().ok();
    let calls = stage.sts.calls();
    let names: Vec<_> = calls.iter().map(|call| call.session_name.as_deref()).collect();
    assert_eq!(names, [Some("ginny"), Some("rolecall")]);
}

#[test]
fn the_systems_certificates_are_trusted() {
    let stage = Stage::new();
    let machine = need!(Machine::new(&stage));
    let tls = need!(Tls::start(&stage));
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", tls.url());
    machine.put("ssl/certs/README", "no certificates\n");
    let none = machine.helper().run().code(7);
    assert!(none.stderr.contains("certificate"), "{none:?}");
    let certificate = fs::read_to_string(tls.bundle()).expect("its certificate");
    machine.put("ssl/certs/ca-certificates.crt", &certificate);
    machine.helper().run().ok();
    assert_eq!(stage.assumed(), 1);
}
