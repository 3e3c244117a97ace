//! The real clients: a profile that `profile add` wrote, used from the AWS CLI and boto3.

use std::fs;

use crate::support::{
    clients::{require_aws_cli, require_boto3, require_program},
    stage::{EXTERNAL_ID, ROLE, Stage},
};

/// Adds profile `added` as a user would, and forgets the others.
fn add(stage: &Stage) {
    stage.sandbox.config("");
    let arguments = [
        "profile",
        "add",
        "added",
        "--role-arn",
        ROLE,
        "--source-profile",
        "base",
        "--external-id",
        EXTERNAL_ID,
        "--region",
        "eu-west-1",
    ];
    let _added = stage.sandbox.rolecall(&arguments).run().ok();
}

/// `aws s3 ls` lists a bucket; the session is made once and then found.
fn list_buckets(stage: &Stage) {
    let Some(aws) = require_aws_cli() else { return };
    add(stage);
    for _ in 0..2 {
        let arguments = ["s3", "ls", "--profile", "added", "--endpoint-url", &stage.sts.endpoint()];
        let output = stage.sandbox.program(&aws, &arguments).run().ok();
        assert!(output.stdout.trim_end().ends_with("my-app-data"), "{output:?}");
    }
    assert_eq!(stage.assumed(), 1);
    assert_eq!(stage.sts.count("ListBuckets"), 2);
}

#[test]
fn the_aws_cli_lists_buckets_with_the_kernel_keyring() {
    if let Some(stage) = Stage::with_keyutils() {
        list_buckets(&stage);
    }
}

#[test]
fn the_aws_cli_lists_buckets_with_the_keychain() {
    Stage::with_keyring(|stage, _bus| list_buckets(stage));
}

#[test]
fn the_aws_cli_shows_why_a_role_was_denied() {
    let Some(aws) = require_aws_cli() else { return };
    let stage = Stage::new();
    add(&stage);
    let text = fs::read_to_string(stage.sandbox.config_path()).unwrap();
    stage.sandbox.config(text.replace(EXTERNAL_ID, "wrong"));
    let arguments = ["s3", "ls", "--profile", "added", "--endpoint-url", &stage.sts.endpoint()];
    let output = stage.sandbox.program(&aws, &arguments).run();
    assert!(!output.status.success());
    assert!(output.stderr.contains("compare the external ID"), "{output:?}");
}

#[test]
fn boto3_uses_the_session_and_reads_its_account_and_end() {
    let (Some(python), Some(stage)) = (require_boto3(), Stage::with_keyutils()) else { return };
    add(&stage);
    let script = format!(
        "import boto3\n\
         session = boto3.Session(profile_name='added')\n\
         credentials = session.get_credentials()\n\
         frozen = credentials.get_frozen_credentials()\n\
         sts = session.client('sts', endpoint_url='{}')\n\
         print(credentials.method, sts.get_caller_identity()['Arn'], frozen.account_id)\n",
        stage.sts.endpoint()
    );
    for _ in 0..2 {
        let output = stage.sandbox.program(&python, &["-c", &script]).run().ok();
        let arn = "arn:aws:sts::222222222222:assumed-role/MyS3Access/natan";
        assert_eq!(output.stdout, format!("custom-process {arn} 222222222222\n"));
    }
    assert_eq!(stage.assumed(), 1);
}

/// TLS in front of a port: what certificates are for.
const TLS_PROXY: &str = r"
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

#[test]
fn the_certificates_of_a_bundle_are_trusted_and_no_others() {
    let Some(openssl) = require_program("openssl", "openssl") else { return };
    let Some(python) = require_program("python3", "python3") else { return };
    let stage = Stage::new();
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
    let port = stage.sts.endpoint().rsplit(':').next().unwrap().to_owned();
    let proxy = stage.sandbox.program(python, &["-c", TLS_PROXY, &port]).spawn();
    let own = proxy.until_stdout("\n");
    stage.sandbox.env("AWS_ENDPOINT_URL_STS", format!("https://127.0.0.1:{}", own.trim()));
    let untrusted = stage.helper("my-role").run().code(7);
    assert!(untrusted.stderr.contains("certificate"), "{untrusted:?}");
    assert!(untrusted.stderr.contains("AWS_CA_BUNDLE"), "{untrusted:?}");
    let bundle = stage.sandbox.home().join("cert.pem");
    stage.helper("my-role").env("AWS_CA_BUNDLE", &bundle).run().ok();
    stage.edit_config(
        "[profile my-role]\n",
        &format!("[profile my-role]\nca_bundle = {}\n", bundle.display()),
    );
    stage.document("my-role");
    assert_eq!(stage.assumed(), 2);
    drop(proxy);
}
