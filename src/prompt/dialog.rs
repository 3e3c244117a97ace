//! The question in a window: pinentry, or what the desktop has.
//!
//! What is asked comes from files, so it reaches each program as data: as an argument, on stdin, or
//! in a variable, never as part of a script. The first line is always our own: Qt, which guesses
//! whether a text is markup, looks at that line alone.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    child::{self, Output, ProgramFailure},
    context::Context,
    output::{escape, shorten},
    secret::{Bytes, Secret},
};

use super::{
    Asking, MOST_TRIES, NO_CODE_ENTERED, NOT_A_CODE, Question, Refusal, code_in,
    command::without_codes, pinentry, terminal,
};

/// No name that AWS allows is longer.
const MOST_TEXT: usize = 256;
const MOST_WORDS: usize = 100;
pub(super) const TITLE: &str = "rolecall";
const FIRST_LINE: &str = "rolecall needs an MFA code.";

/// How a program is spoken to.
#[derive(Clone, Copy)]
pub(super) enum Kind {
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

/// What became of one window.
pub(super) enum Outcome {
    /// What was entered.
    Entered(Bytes),
    Cancelled,
    TimedOut,
    /// There was no window, and why.
    Broken(String),
}

/// Whether there is a display, and a program for it; the error says what is missing.
pub(super) fn usable(context: &Context) -> Result<(), String> {
    programs(context).map(drop)
}

fn programs(context: &Context) -> Result<Vec<(Kind, &'static str, PathBuf)>, String> {
    if !context.has_display() {
        return Err("there is no display for a dialog".to_owned());
    }
    let found =
        PROGRAMS.iter().filter_map(|&(kind, name)| Some((kind, name, context.find_program(name)?)));
    let found: Vec<_> = found.collect();
    if found.is_empty() {
        let names: Vec<_> = PROGRAMS.iter().map(|(_, name)| *name).collect();
        return Err(format!("there is no dialog program in PATH ({})", names.join(", ")));
    }
    Ok(found)
}

/// Puts the question by the first program that can show a window.
pub(super) fn ask(asking: &Asking<'_>) -> Result<Secret, Refusal> {
    let programs = programs(asking.context).map_err(Refusal::Nobody)?;
    let _unstoppable = terminal::Unstoppable::new();
    let mut reasons = Vec::new();
    'programs: for (kind, name, path) in programs {
        let mut note = None;
        for _ in 0..MOST_TRIES {
            let outcome = kind.show(&path, &text(asking.question, note), asking);
            // Ctrl-C in a terminal ends the program too, which then looks as if it had failed.
            if asking.is_called_off() {
                return Err(Refusal::Cancelled);
            }
            match outcome {
                Outcome::Entered(entered) => match code_in(&entered) {
                    Some(code) => return Ok(code),
                    None => note = Some(NOT_A_CODE),
                },
                Outcome::Cancelled => return Err(Refusal::Cancelled),
                Outcome::TimedOut => return Err(Refusal::TimedOut),
                Outcome::Broken(why) => {
                    reasons.push(format!("{name} {why}"));
                    continue 'programs;
                }
            }
        }
        return Err(Refusal::Failed(NO_CODE_ENTERED.to_owned()));
    }
    Err(Refusal::Nobody(format!("no dialog could be shown: {}", reasons.join("; "))))
}

/// What the window says: several lines, safe to show as plain text.
fn text(question: &Question<'_>, note: Option<&str>) -> String {
    let again = note.or(question.again);
    let mut text = FIRST_LINE.to_owned();
    for line in [Some(question.about), again].into_iter().flatten() {
        text.push('\n');
        text.push_str(&escape(&shorten(line, MOST_TEXT)));
    }
    text.push_str("\nEnter MFA code for ");
    text.push_str(&escape(&shorten(question.serial, MOST_TEXT)));
    text.push(':');
    text
}

impl Kind {
    fn show(self, program: &Path, text: &str, asking: &Asking<'_>) -> Outcome {
        if matches!(self, Self::Pinentry) {
            return pinentry::show(program, text, asking);
        }
        let mut command = command(program, asking.context);
        // Both read `\n` and the like as C does; zenity takes `_` for the mark of a key.
        let doubled = text.replace('\\', "\\\\");
        match self {
            Self::Pinentry => unreachable!("BUG: see above"),
            Self::Zenity => {
                let text = format!("--text={}", doubled.replace('_', "__"));
                command.args(["--entry", "--hide-text", "--title", TITLE]).arg(text)
            }
            // Its label takes all text for markup, so this is some, whatever a later one does.
            Self::Kdialog => {
                let text = format!("<qt>{}", markup(&doubled));
                command.args(["--title", TITLE, "--password"]).arg(text)
            }
            Self::Osascript => command.args(OSASCRIPT).arg(text),
            Self::PowerShell => command.args(POWERSHELL).env(POWERSHELL_TEXT, text),
        };
        match run(command, &[], Duration::MAX, self, asking) {
            Ok(output) => Outcome::Entered(output),
            Err(outcome) => outcome,
        }
    }

    /// Whether a program that failed so was cancelled.
    fn is_cancel(self, code: Option<i32>, words: &str) -> bool {
        match self {
            // It says so on stdout.
            Self::Pinentry => false,
            // GTK's own words for a display that can't be reached come with the same exit code.
            Self::Zenity | Self::Kdialog => code == Some(1) && !words.contains("open display"),
            // The number is AppleScript's: "User canceled.", in whatever language.
            Self::Osascript => words.contains("(-128)"),
            Self::PowerShell => code == Some(POWERSHELL_CANCEL),
        }
    }
}

/// Plain text as Qt's rich text.
fn markup(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\n', "<br>")
}

/// AppleScript gets what comes behind the script as `argv`. Rule: osascript(1).
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
/// As the script says it; 1 is for an error.
const POWERSHELL_CANCEL: i32 = 2;
/// PowerShell makes one script of all its arguments, so the text comes in a variable.
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

/// `program` with our environment, but none of the words that would send it to a terminal.
pub(super) fn command(program: &Path, context: &Context) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(context.environment_of_child(&[]))
        .env_remove("GPG_TTY")
        .stdin(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Runs it, for as long as there is time or until `limit`.
pub(super) fn run(
    command: Command,
    input: &[u8],
    limit: Duration,
    kind: Kind,
    asking: &Asking<'_>,
) -> Result<Output, Outcome> {
    let limit = asking.time_left().ok_or(Outcome::TimedOut)?.min(limit);
    let answer = child::watch(command, input, limit, &|| asking.is_called_off());
    Err(match answer {
        None => Outcome::Cancelled,
        Some(Ok(output)) => return Ok(output),
        Some(Err(ProgramFailure::TooSlow(_))) => Outcome::TimedOut,
        Some(Err(ProgramFailure::TooMuch)) => Outcome::Broken("wrote too much".to_owned()),
        Some(Err(ProgramFailure::NotStarted(why))) => {
            Outcome::Broken(format!("could not be started: {why}"))
        }
        Some(Err(ProgramFailure::Failed { code, words, .. })) if kind.is_cancel(code, &words) => {
            Outcome::Cancelled
        }
        Some(Err(ProgramFailure::Failed { how, words, .. })) => match without_codes(&words) {
            said if said.is_empty() => Outcome::Broken(format!("failed ({how})")),
            said => Outcome::Broken(format!("failed ({how}): {}", shorten(&said, MOST_WORDS))),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question<'static> {
        Question {
            serial: "s\n<b>",
            about: "for\u{1b}[1m 'a'",
            again: Some("again"),
            command: None,
            chain: &[],
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
