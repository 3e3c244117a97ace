//! Settings that other tools read differently than rolecall.

use std::path::Path;

use super::{check::Check, finding::Finding};
use crate::profile::{Profile, TrapKind, traps};

/// Returns the traps of `profile`. `program` is the path of this program.
pub(super) fn check(profile: &Profile<'_>, program: Option<&Path>) -> Vec<Finding> {
    let finding = |trap: crate::profile::Trap| {
        let check = match trap.kind {
            TrapKind::ProcessPath => Check::ProcessPath,
            TrapKind::HidingKeys => Check::HidingKeys,
            TrapKind::EarlierSetting => Check::EarlierSetting,
        };
        Finding::problem(check, trap.what).of_profile(&profile.name).at(trap.at).remedy(trap.hint)
    };
    traps(profile, program).into_iter().map(finding).collect()
}
