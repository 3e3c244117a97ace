//! What every verb gets.

use crate::{app::Selection, context::Context};

/// Where a verb runs, and the profile and store that its command line selects.
#[derive(Clone, Copy)]
pub(super) struct Invocation<'i> {
    pub(super) context: &'i Context,
    pub(super) selection: &'i Selection,
}
