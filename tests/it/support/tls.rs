//! TLS in front of the stand-in: what certificates are for.

use std::path::PathBuf;

use super::{clients::require_program, run::Running, stage::Stage};

/// Passes on to the port of its argument what comes over TLS.
const PROXY: &str = r"
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain('cert.pem', 'key.pem')
server = socket.create_server(('127.0.0.1', 0))
print(server.getsockname()[1], flush=True)

def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

while True:
    plain, _ = server.accept()
    try:
        client = context.wrap_socket(plain, server_side=True)
    except OSError:
        continue
    sts = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
    threading.Thread(target=pump, args=(client, sts), daemon=True).start()
    threading.Thread(target=pump, args=(sts, client), daemon=True).start()
";

/// A proxy with a certificate for 127.0.0.1 that is valid for two days.
pub(crate) struct Tls<'s> {
    stage: &'s Stage,
    port: String,
    _proxy: Running<'s>,
}

impl<'s> Tls<'s> {
    /// Starts it; `None` where the programs for it are not there.
    pub(crate) fn start(stage: &'s Stage) -> Option<Self> {
        let openssl = require_program("openssl", "openssl")?;
        let python = require_program("python3", "python3")?;
        let arguments = [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-days",
            "2",
            "-subj",
            "/CN=test",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ];
        let _made = stage.sandbox.program(openssl, &arguments).run().ok();
        let port = stage.sts.endpoint().rsplit(':').next().unwrap_or_default().to_owned();
        let proxy = stage.sandbox.program(python, &["-c", PROXY, &port]).spawn();
        let port = proxy.until_stdout("\n").trim().to_owned();
        Some(Self { stage, port, _proxy: proxy })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }

    /// The file of its certificate.
    pub(crate) fn bundle(&self) -> PathBuf {
        self.stage.sandbox.home().join("cert.pem")
    }
}
