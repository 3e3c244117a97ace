//! The programs that show a window: how each gets the question, and how it tells that the human said no.

use std::process::Command;

use super::program::TITLE;

/// The button that hands out what is asked for, and the one that doesn't.
pub(super) const ALLOW: &str = "Allow";
pub(super) const DENY: &str = "Deny";

/// How a program gets the question.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Pinentry,
    Zenity,
    Kdialog,
    Osascript,
    PowerShell,
}

/// What a window asks for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// A code to type, which is not shown.
    Code,
    /// A button.
    Consent,
}

impl Kind {
    /// Adds what makes the program show a window with the text. A pinentry gets it on stdin instead.
    pub(super) fn add_question(self, command: &mut Command, wanted: Wanted, text: &str) {
        // zenity and kdialog read `\n` and the like as C does.
        let doubled = text.replace('\\', "\\\\");
        match (self, wanted) {
            (Self::Pinentry, _) => {}
            // It reads `_` as the mark of a key.
            (Self::Zenity, Wanted::Code) => {
                let text = format!("--text={}", doubled.replace('_', "__"));
                command.args(["--entry", "--hide-text", "--title", TITLE]).arg(text);
            }
            (Self::Zenity, Wanted::Consent) => {
                command
                    .args(["--question", "--no-markup", "--title", TITLE])
                    .args(["--ok-label", ALLOW, "--cancel-label", DENY, "--default-cancel"])
                    .arg(format!("--text={doubled}"));
            }
            // Its label reads any text as markup. This is markup for later versions, too.
            (Self::Kdialog, Wanted::Code) => {
                let text = format!("<qt>{}", markup(&doubled));
                command.args(["--title", TITLE, "--password"]).arg(text);
            }
            (Self::Kdialog, Wanted::Consent) => {
                let text = format!("<qt>{}", markup(&doubled));
                command
                    .args(["--title", TITLE, "--yes-label", ALLOW, "--no-label", DENY, "--yesno"])
                    .arg(text);
            }
            (Self::Osascript, Wanted::Code) => {
                command.args(OSASCRIPT).arg(text);
            }
            (Self::Osascript, Wanted::Consent) => {
                command.args(OSASCRIPT_CONSENT).arg(text);
            }
            (Self::PowerShell, Wanted::Code) => {
                command.args(POWERSHELL).env(POWERSHELL_TEXT, text);
            }
            (Self::PowerShell, Wanted::Consent) => {
                command.args(POWERSHELL_CONSENT).env(POWERSHELL_TEXT, text);
            }
        }
    }

    /// Whether the human cancelled, if the program failed with this exit code and this on stderr.
    pub(super) fn is_cancel(self, code: Option<i32>, stderr: &str) -> bool {
        match self {
            // It reports this on stdout.
            Self::Pinentry => false,
            // GTK fails with the same exit code if it can't reach the display.
            Self::Zenity => code == Some(1) && !stderr.contains("open display"),
            // A window that was closed is another number than a button.
            Self::Kdialog => matches!(code, Some(1 | 2)) && !stderr.contains("open display"),
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

/// The same with two buttons.
const OSASCRIPT_CONSENT: &[&str] = &[
    "-e",
    "on run argv",
    "-e",
    "display dialog (item 1 of argv) with title \"rolecall\" buttons {\"Deny\", \"Allow\"} \
     default button \"Deny\" cancel button \"Deny\"",
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

/// The same with two buttons.
const POWERSHELL_CONSENT: &[&str] = &[
    "-NoProfile",
    "-NonInteractive",
    "-Command",
    "Add-Type -AssemblyName System.Windows.Forms; \
     $f = New-Object Windows.Forms.Form -Property @{Text='rolecall'; Width=480; Height=240; \
         TopMost=$true; StartPosition='CenterScreen'; FormBorderStyle='FixedDialog'}; \
     $l = New-Object Windows.Forms.Label -Property @{Text=$env:ROLECALL_DIALOG_TEXT; \
         UseMnemonic=$false; Left=10; Top=10; Width=440; Height=130}; \
     $d = New-Object Windows.Forms.Button -Property @{Text='Deny'; DialogResult='Cancel'; \
         Left=280; Top=160}; \
     $a = New-Object Windows.Forms.Button -Property @{Text='Allow'; DialogResult='OK'; \
         Left=370; Top=160}; \
     $f.Controls.AddRange(@($l, $d, $a)); $f.AcceptButton = $d; $f.CancelButton = $d; \
     if ($f.ShowDialog() -ne 'OK') { exit 2 }",
];
