//! A question in a window, for a code or for consent: pinentry, or what the desktop has.
//!
//! The text comes from files, so each program gets it as data: as an argument, on stdin, or in a
//! variable, never as part of a script. The first line is always our own: Qt, which guesses whether
//! a text is markup, only checks that line.

mod kind;
mod pinentry;
mod program;

use std::{path::PathBuf, time::Duration};

use super::{
    asking::Asking,
    code::{CodeQuestion, MAX_TRIES, NO_CODE_ENTERED, NOT_A_CODE},
    question::{ConsentQuestion, Unanswered},
    tty::SuspendKeyOff,
};
use crate::{
    context::Context,
    output::{escape, shorten},
    rules::mfa_code,
    secret::{Bytes, Secret},
};
use kind::{Kind, Wanted};
use pinentry::Pinentry;
use program::{DialogFailure, Run, command};

/// No name that AWS allows is longer.
const MAX_TEXT: usize = 256;
const FIRST_LINE: &str = "rolecall needs an MFA code.";
const FIRST_CONSENT_LINE: &str = "rolecall asks before it hands out credentials.";

/// The programs of this platform, the best first.
const PROGRAMS: &[(Kind, &str)] = if cfg!(target_os = "macos") {
    &[(Kind::Osascript, "osascript")]
} else if cfg!(windows) {
    &[(Kind::PowerShell, "powershell")]
} else {
    &[
        (Kind::Pinentry, "pinentry-gnome3"),
        (Kind::Pinentry, "pinentry-qt"),
        (Kind::Pinentry, "pinentry-qt5"),
        (Kind::Pinentry, "pinentry-gtk-2"),
        (Kind::Pinentry, "pinentry"),
        (Kind::Zenity, "zenity"),
        (Kind::Kdialog, "kdialog"),
    ]
};

/// A dialog program that was found in `PATH`.
pub(super) struct Program {
    kind: Kind,
    name: &'static str,
    path: PathBuf,
}

/// Returns the programs that can be used, the best first.
pub(super) fn programs(context: &Context) -> Result<Vec<Program>, Unanswered> {
    if !context.has_display() {
        return Err(Unanswered::Nobody("there is no display for a dialog".to_owned()));
    }
    let find = |&(kind, name)| Some(Program { kind, name, path: context.find_program(name)? });
    let found: Vec<_> = PROGRAMS.iter().filter_map(find).collect();
    if found.is_empty() {
        let names: Vec<_> = PROGRAMS.iter().map(|(_, name)| *name).collect();
        let why = format!("there is no dialog program in PATH ({})", names.join(", "));
        return Err(Unanswered::Nobody(why));
    }
    Ok(found)
}

/// Asks for a code with the first program that can show a window.
pub(super) fn ask(question: &CodeQuestion<'_>, asking: &Asking<'_>) -> Result<Secret, Unanswered> {
    let code = with_first(asking, |program| {
        let mut note = None;
        for _ in 0..MAX_TRIES {
            let entered = program.show(Wanted::Code, &code_text(question, note), asking)?;
            match mfa_code(&entered) {
                Some(code) => return Ok(Some(code)),
                None => note = Some(NOT_A_CODE),
            }
        }
        Ok(None)
    })?;
    code.ok_or_else(|| Unanswered::Failed(NO_CODE_ENTERED.to_owned()))
}

/// Asks for consent with the first program that can show a window. A window that is closed is a no.
pub(super) fn ask_for_consent(
    question: &ConsentQuestion<'_>,
    asking: &Asking<'_>,
) -> Result<bool, Unanswered> {
    let text = consent_text(question);
    match with_first(asking, |program| program.show(Wanted::Consent, &text, asking)) {
        Ok(_) => Ok(true),
        Err(Unanswered::Cancelled) if !asking.is_cancelled() => Ok(false),
        Err(unanswered) => Err(unanswered),
    }
}

/// Returns what `show` does with the first program that can show a window.
fn with_first<T>(
    asking: &Asking<'_>,
    show: impl Fn(&Program) -> Result<T, DialogFailure>,
) -> Result<T, Unanswered> {
    let programs = programs(asking.context)?;
    let _suspend_key = SuspendKeyOff::new();
    let mut reasons = Vec::new();
    for program in programs {
        match show(&program) {
            Ok(shown) => return Ok(shown),
            Err(DialogFailure::Cancelled) => return Err(Unanswered::Cancelled),
            Err(DialogFailure::TimedOut) => return Err(Unanswered::TimedOut),
            Err(DialogFailure::Broken(why)) => reasons.push(format!("{} {why}", program.name)),
        }
    }
    Err(Unanswered::Nobody(format!("no dialog could be shown: {}", reasons.join("; "))))
}

/// Returns the text of the window: several lines, safe to show as plain text.
fn code_text(question: &CodeQuestion<'_>, note: Option<&str>) -> String {
    let mut lines = vec![FIRST_LINE.to_owned(), shown(question.about)];
    lines.extend(note.or(question.again).map(shown));
    lines.push(format!("Enter MFA code for {}:", shown(question.serial)));
    lines.join("\n")
}

fn consent_text(question: &ConsentQuestion<'_>) -> String {
    let mut lines = vec![FIRST_CONSENT_LINE.to_owned()];
    lines.extend(question.about.iter().map(|line| shown(line)));
    lines.push(shown(question.prompt));
    lines.join("\n")
}

fn shown(text: &str) -> String {
    escape(&shorten(text, MAX_TEXT)).into_owned()
}

impl Program {
    /// Shows a window with the text, and returns what was entered. Fails if the human says no.
    fn show(
        &self,
        wanted: Wanted,
        text: &str,
        asking: &Asking<'_>,
    ) -> Result<Bytes, DialogFailure> {
        let shown = self.run(wanted, text, asking);
        // Ctrl-C at a terminal ends the program too, which then looks as if it had failed.
        if asking.is_cancelled() { Err(DialogFailure::Cancelled) } else { shown }
    }

    fn run(&self, wanted: Wanted, text: &str, asking: &Asking<'_>) -> Result<Bytes, DialogFailure> {
        if let Kind::Pinentry = self.kind {
            return Pinentry { program: &self.path, asking }.show(wanted, text);
        }
        let mut command = command(&self.path, asking.context);
        self.kind.add_question(&mut command, wanted, text);
        let is_cancel = &|code, stderr: &str| self.kind.is_cancel(code, stderr);
        Run { command, input: &[], limit: Duration::MAX, is_cancel }.output(asking)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::mode::PromptMode, *};

    fn question() -> CodeQuestion<'static> {
        CodeQuestion {
            serial: "s\n<b>",
            about: "for\u{1b}[1m 'a'",
            again: Some("again"),
            command: None,
            chain: &[],
            mode: PromptMode::Auto,
        }
    }

    #[test]
    fn a_window_names_the_reason_and_the_device_on_lines_of_their_own() {
        let lines = ["rolecall needs an MFA code.", "for\\u{1b}[1m 'a'", "again"];
        let last = "Enter MFA code for s\\n<b>:";
        assert_eq!(code_text(&question(), None), format!("{}\n{last}", lines.join("\n")));
    }

    #[test]
    fn what_was_wrong_last_comes_before_what_was_wrong_first() {
        let text = code_text(&question(), Some(NOT_A_CODE));
        assert!(text.contains(NOT_A_CODE) && !text.contains("again"), "{text}");
    }
}
