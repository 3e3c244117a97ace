//! Another user of this machine, as whom only root can run programs.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::clients::left_out;

/// `nobody` on most systems; in any case neither root nor whoever runs the tests.
const USER: u32 = 65_534;

/// Proof that programs can be run as another user.
#[derive(Clone, Copy)]
pub(crate) struct OtherUser {
    /// The user's number.
    pub(crate) id: u32,
}

/// `None` unless the tests run as root; they are left out then.
#[track_caller]
pub(crate) fn require_other_user() -> Option<OtherUser> {
    if rustix::process::geteuid().is_root() {
        return Some(OtherUser { id: USER });
    }
    left_out("what another user could do", "only root can run a program as another user");
    None
}

impl OtherUser {
    /// Lets `command` run as this user, in the root directory: it can't enter a sandbox.
    pub(crate) fn becomes(self, command: &mut Command) -> &mut Command {
        command.uid(self.id).gid(self.id).current_dir("/")
    }
}
