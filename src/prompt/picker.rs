//! A list to choose from by typing a part of what is wanted: what is chosen (`choice`) and shown (`view`),
//! without a terminal. `tty::choose` shows it.
//!
//! Prompt libraries were tried first. inquire leaves its list on the screen after Ctrl-C, reads Ctrl-U
//! and Ctrl-Z as letters, and draws nothing after a resize. The terminal that MFA codes are asked on does
//! all of that already, so only the list is our own; a crate matches and ranks.

mod choice;
mod key;
#[cfg(test)]
mod tests;
mod view;

pub(super) use choice::{Choice, Outcome};
pub(super) use key::{Keyboard, Pressed};
pub(super) use view::{Size, View, summary};
