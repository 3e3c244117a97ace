//! The question for a code in a window: pinentry, or what the desktop has.
//!
//! The text comes from files, so each program gets it as data: as an argument, on stdin, or in a
//! variable, never as part of a script. The first line is always our own: Qt, which guesses whether
//! a text is markup, only checks that line.

mod pinentry;
mod program;

use std::{path::PathBuf, time::Duration};

use super::{
    asking::Asking,
    code::{CodeQuestion, MAX_TRIES, NO_CODE_ENTERED, NOT_A_CODE, code_in},
    question::Unanswered,
    tty::SuspendKeyOff,
};
use crate::{
    context::Context,
    output::{escape, shorten},
    secret::{Bytes, Secret},
};
use pinentry::Pinentry;
use program::{DialogFailure, Run, TITLE, command};

/// No name that AWS allows is longer.
const MAX_TEXT: usize = 256;
const FIRST_LINE: &str = "rolecall needs an MFA code.";

/// How a program gets the question.
#[derive(Clone, Copy)]
enum Kind {
    Pinentry,
    Zenity,
    Kdialog,
    Osascript,
    PowerShell,
}

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

/// Asks with the first program that can show a window.
pub(super) fn ask(question: &CodeQuestion<'_>, asking: &Asking<'_>) -> Result<Secret, Unanswered> {
    let programs = programs(asking.context)?;
    let _suspend_key = SuspendKeyOff::new();
    let mut reasons = Vec::new();
    'programs: for program in programs {
        let mut note = None;
        for _ in 0..MAX_TRIES {
            let entered = program.show(&text(question, note), asking);
            // Ctrl-C at a terminal ends the program too, which then looks as if it had failed.
            if asking.is_cancelled() {
                return Err(Unanswered::Cancelled);
            }
            match entered {
                Ok(entered) => match code_in(&entered) {
                    Some(code) => return Ok(code),
                    None => note = Some(NOT_A_CODE),
                },
                Err(DialogFailure::Cancelled) => return Err(Unanswered::Cancelled),
                Err(DialogFailure::TimedOut) => return Err(Unanswered::TimedOut),
                Err(DialogFailure::Broken(why)) => {
                    reasons.push(format!("{} {why}", program.name));
                    continue 'programs;
                }
            }
        }
        return Err(Unanswered::Failed(NO_CODE_ENTERED.to_owned()));
    }
    Err(Unanswered::Nobody(format!("no dialog could be shown: {}", reasons.join("; "))))
}

/// Returns the text of the window: several lines, safe to show as plain text.
fn text(question: &CodeQuestion<'_>, note: Option<&str>) -> String {
    let shown = |text: &str| escape(&shorten(text, MAX_TEXT)).into_owned();
    let mut lines = vec![FIRST_LINE.to_owned(), shown(question.about)];
    lines.extend(note.or(question.again).map(shown));
    lines.push(format!("Enter MFA code for {}:", shown(question.serial)));
    lines.join("\n")
}

impl Program {
    /// Shows a window with the text, and returns what was entered.
    fn show(&self, text: &str, asking: &Asking<'_>) -> Result<Bytes, DialogFailure> {
        let mut command = command(&self.path, asking.context);
        // zenity and kdialog read `\n` and the like as C does; zenity reads `_` as the mark of a
        // key.
        let doubled = text.replace('\\', "\\\\");
        match self.kind {
            Kind::Pinentry => return Pinentry { program: &self.path, asking }.show(text),
            Kind::Zenity => {
                let text = format!("--text={}", doubled.replace('_', "__"));
                command.args(["--entry", "--hide-text", "--title", TITLE]).arg(text)
            }
            // Its label reads any text as markup. This is markup for later versions, too.
            Kind::Kdialog => {
                let text = format!("<qt>{}", markup(&doubled));
                command.args(["--title", TITLE, "--password"]).arg(text)
            }
            Kind::Osascript => command.args(OSASCRIPT).arg(text),
            Kind::PowerShell => command.args(POWERSHELL).env(POWERSHELL_TEXT, text),
        };
        let is_cancel = &|code, stderr: &str| self.kind.is_cancel(code, stderr);
        Run { command, input: &[], limit: Duration::MAX, is_cancel }.output(asking)
    }
}

impl Kind {
    /// Whether the human cancelled, if the program failed with this exit code and this on stderr.
    fn is_cancel(self, code: Option<i32>, stderr: &str) -> bool {
        match self {
            // It reports this on stdout.
            Self::Pinentry => false,
            // GTK fails with the same exit code if it can't reach the display.
            Self::Zenity | Self::Kdialog => code == Some(1) && !stderr.contains("open display"),
            // AppleScript's number for "User canceled.", which is the same in all languages.
            Self::Osascript => stderr.contains("(-128)"),
            Self::PowerShell => code == Some(POWERSHELL_CANCEL),
        }
    }
}

/// Returns plain text as Qt's rich text.
fn markup(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\n', "<br>")
}

/// AppleScript gets the arguments after the script as `argv`. Rule: osascript(1).
const OSASCRIPT: &[&str] = &[
    "-e",
    "on run argv",
    "-e",
    "display dialog (item 1 of argv) with title \"rolecall\" default answer \"\" with hidden answer",
    "-e",
    "return text returned of result",
    "-e",
    "end run",
];

const POWERSHELL_TEXT: &str = "ROLECALL_DIALOG_TEXT";
/// The exit code in the script below; 1 is for an error.
const POWERSHELL_CANCEL: i32 = 2;
/// PowerShell joins all its arguments to one script, so the text is in a variable.
const POWERSHELL: &[&str] = &[
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "Add-Type -AssemblyName System.Windows.Forms; \
     $f = New-Object Windows.Forms.Form -Property @{Text='rolecall'; Width=480; Height=220; \
         TopMost=$true; StartPosition='CenterScreen'; FormBorderStyle='FixedDialog'}; \
     $l = New-Object Windows.Forms.Label -Property @{Text=$env:ROLECALL_DIALOG_TEXT; \
         UseMnemonic=$false; Left=10; Top=10; Width=440; Height=90}; \
     $t = New-Object Windows.Forms.TextBox -Property @{UseSystemPasswordChar=$true; \
         Left=10; Top=105; Width=440}; \
     $o = New-Object Windows.Forms.Button -Property @{Text='OK'; DialogResult='OK'; \
         Left=280; Top=140}; \
     $c = New-Object Windows.Forms.Button -Property @{Text='Cancel'; DialogResult='Cancel'; \
         Left=370; Top=140}; \
     $f.Controls.AddRange(@($l, $t, $o, $c)); $f.AcceptButton = $o; $f.CancelButton = $c; \
     if ($f.ShowDialog() -ne 'OK') { exit 2 }; $t.Text",
];

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
        assert_eq!(text(&question(), None), format!("{}\n{last}", lines.join("\n")));
    }

    #[test]
    fn what_was_wrong_last_comes_before_what_was_wrong_first() {
        let text = text(&question(), Some(NOT_A_CODE));
        assert!(text.contains(NOT_A_CODE) && !text.contains("again"), "{text}");
    }
}
