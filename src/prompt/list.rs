//! A list to choose from.

use super::mode::PromptMode;
use crate::context::Context;

/// The variable that turns lists off.
const VARIABLE: &str = "ROLECALL_PICK";

/// A list to choose from at the terminal, by typing a part of what is wanted.
pub struct List<'l> {
    /// The prompt, such as `Profile`.
    pub heading: &'l str,
    /// What a row is, such as `profile`.
    pub item: &'l str,
    /// What there is, the most likely first. Not empty.
    pub rows: &'l [Row],
    /// Whether several rows can be marked.
    pub takes_several: bool,
    /// Whether rows have numbers that can be typed, and have been listed with them: then they are shown
    /// only when something is typed.
    pub is_numbered: bool,
}

/// A row of a [`List`].
pub struct Row {
    /// What is chosen: the row comes first if it is typed in full.
    pub name: String,
    /// Its number in the list, if it has one, else empty.
    pub number: String,
    /// What is shown in front.
    pub label: String,
    /// What tells it from others. The second, a role or path, loses its start if there is no room for
    /// it.
    pub details: [String; 3],
    /// What the filter is compared with.
    pub search: String,
}

/// Returns whether lists can be shown: a person sits at the terminal that stdin and stderr are connected
/// to, and `ROLECALL_PICK` and `ROLECALL_PROMPT` allow it.
///
/// # Errors
/// A message for the user, if one of the two variables has a value that it can't have.
pub fn can_choose(context: &Context) -> Result<bool, String> {
    let is_allowed = match context.var(VARIABLE) {
        None | Some("auto") => true,
        Some("never") => false,
        Some(other) => {
            return Err(format!("{VARIABLE} is '{other}', which is neither auto nor never"));
        }
    };
    // Without the sequences that move a cursor, there is no list.
    let can_show = context.var("TERM") != Some("dumb");
    let is_there = context.stdin_is_terminal() && context.stderr_is_terminal();
    Ok(is_allowed && can_show && is_there && PromptMode::of(context)?.allows_terminal())
}
