//! What a path on the command line, or in the file of `iam apply`, can lead to instead of a file.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::Path,
    time::Duration,
};

use crate::support::{run::Running, sandbox::Sandbox};

/// The 30 s for a pipe that the command line names, and something for a busy machine.
const DEADLINE: Duration = Duration::from_secs(55);

fn put(kind: &str, path: &Path) {
    match kind {
        "fifo" => {
            let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::RWXU);
            rustix::fs::mknodat(rustix::fs::CWD, path, kind, mode, 0).unwrap();
        }
        "zero" => symlink("/dev/zero", path).unwrap(),
        "folder" => fs::create_dir(path).unwrap(),
        "sparse" => File::create(path).unwrap().set_len(10 << 30).unwrap(),
        "circle" => symlink(path, path).unwrap(),
        other => panic!("no kind {other}"),
    }
}

#[test]
fn whatever_a_path_leads_to_a_run_ends_and_says_why() {
    let sandbox = Sandbox::new();
    // Nobody is called: all files are read before.
    sandbox.env("AWS_ENDPOINT_URL", "http://127.0.0.1:9").env("AWS_REGION", "eu-west-1");
    sandbox.credentials(
        "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n",
    );
    sandbox.may_hold_secrets(sandbox.path("home/hostile"));
    fs::create_dir(sandbox.path("home/hostile")).unwrap();
    let mut runs: Vec<(String, i32, Running<'_>)> = Vec::new();
    for kind in ["fifo", "zero", "folder", "sparse", "circle"] {
        let path = sandbox.path(format!("home/hostile/{kind}"));
        put(kind, &path);
        let path = path.to_str().unwrap();
        let team = format!("[policies.look]\nfile = \"{path}\"\n");
        let team = sandbox.file(format!("home/{kind}.toml"), team);
        for (code, arguments) in [
            (2, &["s3", "policy", "one", "--policy", path][..]),
            (2, &["s3", "create", "one", "--policy", path]),
            (5, &["iam", "apply", path, "--yes"]),
            (5, &["iam", "apply", team.to_str().unwrap(), "--yes"]),
        ] {
            let limits = "ulimit -v 131072; exec \"$0\" \"$@\"";
            let rolecall = crate::support::programs::rolecall();
            let words = ["-c", limits, rolecall.to_str().unwrap()];
            let run = sandbox.program("sh", &[&words, arguments].concat());
            let what = format!("{kind}: {arguments:?}");
            runs.push((what, code, run.time_limit(DEADLINE).spawn()));
        }
    }
    for (what, code, running) in runs {
        let output = running.wait();
        assert_eq!(output.status.code(), Some(code), "{what}: {output:?}");
        assert!(output.stderr.contains("hostile/"), "{what}: {output:?}");
    }
}
