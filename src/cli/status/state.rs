//! The state directory in `rolecall status`: only shown if something is wrong with it.

use serde_json::{Value, json};

use crate::{
    context::Context,
    output::escape,
    state::{StateFault, foreign_file},
};

/// Returns what is wrong with the state directory, what that means, and what mends it; nothing if
/// all is well.
pub(super) fn lines(context: &Context) -> String {
    let (what, so, remedy) = match StateFault::find(context) {
        Some(fault) => (fault.text(), Some(fault.consequence()), fault.remedy),
        None => match foreign_file(context) {
            Some(file) => (file.text, None, file.remedy),
            None => return String::new(),
        },
    };
    let mut lines = format!("{}\n", escape(&what));
    if let Some(so) = so {
        lines.push_str(&format!("  {}\n", escape(&so)));
    }
    lines + &format!("  fix: {}\n", escape(&remedy))
}

/// Returns the same for programs.
pub(super) fn json(context: &Context) -> Value {
    let fault = StateFault::find(context);
    let path = context.state_directories().into_iter().find(|folder| folder.is_lasting);
    json!({
        "path": path.map(|folder| folder.path.display().to_string()),
        "usable": fault.is_none(),
        "reason": fault.as_ref().map(|fault| &fault.why),
        "remedy": fault.as_ref().map(|fault| &fault.remedy),
        "instead": fault.as_ref().and_then(|fault| Some(fault.instead.as_ref()?.display().to_string())),
    })
}
