//! The colors of the kinds of profiles.

use crate::output::Paint;

/// Returns the color of a kind, as the lists name it.
pub(super) fn paint_of_kind(kind: &str) -> Paint {
    match kind {
        "role" | "alias" => Paint::Role,
        "keys" => Paint::Keys,
        "none" | "missing" => Paint::Bad,
        _ => Paint::Hint,
    }
}
