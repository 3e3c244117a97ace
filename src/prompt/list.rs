//! A list to choose from.

use super::mode::PromptMode;
use crate::context::Context;

/// The variable that turns lists off.
const VARIABLE: &str = "ROLECALL_PICK";

/// A list to choose from at the terminal, by typing a part of what is wanted.
#[cfg_attr(not(unix), allow(dead_code, reason = "elsewhere lists can't be shown"))]
pub(crate) struct List<'l> {
    /// The prompt, such as `Profile`.
    pub(crate) heading: &'l str,
    /// What a row is, such as `profile`.
    pub(crate) item: &'l str,
    /// What there is, the most likely first. Not empty.
    pub(crate) rows: &'l [Row],
    /// Whether several rows can be marked.
    pub(crate) takes_several: bool,
    /// Whether rows have numbers that can be typed, and have been listed with them: then they are shown
    /// only when something is typed.
    pub(crate) is_numbered: bool,
}

/// A row of a [`List`].
pub(crate) struct Row {
    /// What is chosen: the row comes first if it is typed in full.
    pub(crate) name: String,
    /// Its number in the list, if it has one, else empty.
    pub(crate) number: String,
    /// What is shown in front.
    pub(crate) label: String,
    /// What tells it from others. The second, a role or path, loses its start if there is no room for
    /// it.
    pub(crate) details: [String; 3],
    /// What the filter is compared with.
    pub(crate) search: String,
}

/// Returns whether lists can be shown: a person sits at the terminal that stdin and stderr are connected
/// to, and `ROLECALL_PICK` and `ROLECALL_PROMPT` allow it.
///
/// # Errors
/// A message for the user, if one of the two variables has a value that it can't have.
pub(crate) fn can_choose(context: &Context) -> Result<bool, String> {
    let is_allowed = match context.var(VARIABLE) {
        None | Some("auto") => true,
        Some("never") => false,
        Some(other) => {
            return Err(format!("{VARIABLE} is '{other}', which is not auto or never"));
        }
    };
    // Without the sequences that move a cursor, there is no list.
    let can_show = context.var("TERM") != Some("dumb");
    let is_there = context.stdin_is_terminal() && context.stderr_is_terminal();
    Ok(is_allowed && can_show && is_there && PromptMode::of(context)?.allows_terminal())
}
