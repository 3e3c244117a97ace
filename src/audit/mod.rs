//! The log of hand-outs: which credentials left rolecall, when, and to which program. It never holds a secret.
//!
//! The lines are JSON objects in a file of the state directory ([`crate::state::Log`]). Many processes append to
//! it at once; one that is killed, or has no room on the disk, may leave a line that is cut off, which readers skip.

mod entry;
mod record;

pub(crate) use entry::{Entry, Given};
pub(crate) use record::{Recorded, note, path, recorded, report};
