//! Another user of this machine, who wants to be in the way.

use super::{
    clients::{left_out, require_program},
    run::Running,
    sandbox::Sandbox,
};

/// Connects `count` times to `host` and says nothing, as long as the returned value lives. `None` if only root
/// could become another user.
#[track_caller]
pub(crate) fn idle_connections<'s>(
    sandbox: &'s Sandbox,
    (host, port): (&str, &str),
    count: usize,
) -> Option<Running<'s>> {
    if !rustix::process::geteuid().is_root() {
        left_out("connections of another user", "only root can become one");
        return None;
    }
    let setpriv = require_program("setpriv", "util-linux")?;
    let bash = require_program("bash", "bash")?.display().to_string();
    let script = "for i in $(seq $2); do exec {fd}<>/dev/tcp/$0/$1 || exit 1; done
                  echo connected; exec sleep 600";
    let count = count.to_string();
    let words = ["--reuid=65534", "--regid=65534", "--clear-groups", &bash, "-c", script];
    let arguments = [&words[..], &[host, port, &count]].concat();
    let running = sandbox.program(setpriv, &arguments).folder("/").spawn();
    running.until_stdout("connected");
    Some(running)
}
