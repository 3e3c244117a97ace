//! Does what a page says.

use std::{fs, path::PathBuf};

use super::{
    super::{run::Run, sandbox::Sandbox},
    Page, Region, Step, matches,
};

pub(crate) const MFA_PROMPT: &str = "Enter MFA code for ";
/// What programs may ask on a page.
const PROMPTS: &[&str] = &[
    MFA_PROMPT,
    "Access key ID: ",
    "Secret access key (not shown): ",
    "Region [",
    "User name [",
    "Password (",
    "[y/N] ",
];
/// The comments behind commands, and what such a command asks.
const ASKS: &[(&str, &[&str])] = &[
    ("asks for a code", &[MFA_PROMPT]),
    ("asks for the key", &["Access key ID: ", "Secret access key (not shown): "]),
    ("asks", &["[y/N] "]),
];
/// The comment behind a command that may fail.
const MAY_FAIL: &str = "exit ";
/// The comment behind a command that warns; no other does.
const WARNS: &str = "warns";
/// The commands that are asked for a secret.
const GIVES_SECRETS: &[&str] =
    &["rolecall env", "rolecall credential-process", "--print", "keys export", "rolecall serve"];

/// Where a page is followed.
pub(crate) trait Scene {
    fn sandbox(&self) -> &Sandbox;

    /// What the pages have, and what it is here.
    fn words(&self) -> Vec<(String, String)>;

    /// What a person types at this prompt.
    fn answer(&self, prompt: &str) -> String;
}

/// Does all that this part of the page says; what was printed.
#[track_caller]
pub(crate) fn follow(page: &Page, region: &Region, scene: &dyn Scene) -> String {
    let reader = Reader { page, scene };
    assert!(!region.steps.is_empty(), "{}: nothing to run", page.path.display());
    scene.sandbox().env("TZ", super::afternoon());
    let mut printed = String::new();
    for (line, step) in &region.steps {
        printed += &reader.take(*line, step);
    }
    printed
}

struct Reader<'a> {
    page: &'a Page,
    scene: &'a dyn Scene,
}

impl Reader<'_> {
    fn take(&self, number: usize, step: &Step) -> String {
        let place = self.page.place(number);
        match step {
            Step::Write { path, text } => {
                let path = self.path(path);
                self.scene.sandbox().file(path, self.here(text));
                String::new()
            }
            Step::Expect { path, text } => {
                let path = self.path(path);
                let found = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{place}: {e}"));
                assert_eq!(found, self.here(text), "{place}: {}", path.display());
                String::new()
            }
            Step::Setup(line) => self.run(line, &[]).code(&place, line, true),
            Step::Script(script) => {
                let script = format!("set -euo pipefail\n{script}");
                self.run(&script, &[]).code(&place, &script, true)
            }
            Step::Command { line, comment } => self.command(&place, line, comment),
            Step::Shown { line, output } => self.shown(&place, line, output),
        }
    }

    fn command(&self, place: &str, line: &str, comment: &str) -> String {
        let asks = ASKS.iter().find(|(words, _)| comment.contains(words));
        let prompts: Vec<_> =
            asks.iter().flat_map(|(_, prompts)| *prompts).map(|p| (*p, p.trim_end())).collect();
        let ended = self.run(line, &prompts);
        if comment.contains(MAY_FAIL) {
            return ended.text;
        }
        let printed = ended.code(place, line, true);
        let warns = printed.contains("warning: ");
        assert_eq!(warns, comment.contains(WARNS), "{place}: {line}\n{printed}");
        if comment.contains("nothing to do") {
            assert!(printed.contains("Nothing to do"), "{place}: {line}\n{printed}");
        }
        // What `eval` is given may be nothing, and that is fine with it.
        let inner = line.strip_prefix("eval \"$(").and_then(|line| line.strip_suffix(")\""));
        if let Some(inner) = inner {
            let given = self.run(inner, &[]).code(place, inner, true);
            assert!(!given.is_empty(), "{place}: {inner} prints nothing");
        }
        printed
    }

    fn shown(&self, place: &str, line: &str, output: &str) -> String {
        let expected = self.here(output);
        let prompts: Vec<_> = expected.lines().filter_map(prompt_in).collect();
        let starts = ["rolecall: ", "problem "];
        let fails = output.lines().any(|text| starts.iter().any(|start| text.starts_with(start)));
        // What is asked starts in the same way as what fails.
        let fails = fails && prompts.is_empty();
        let printed = self.run(line, &prompts).code(place, line, !fails);
        assert!(
            matches(&expected, &printed),
            "{place}: {line}\n--- the page shows\n{expected}--- printed was\n{printed}"
        );
        printed
    }

    /// Runs a line, on a terminal if it asks. Each prompt is one of [`PROMPTS`], and what of it is
    /// waited for.
    fn run(&self, line: &str, prompts: &[(&str, &str)]) -> Ended {
        let line = self.here(line);
        let script = format!("exec 2>&1; {line}");
        let run = self.scene.sandbox().program("bash", &["-o", "pipefail", "-ec", &script]);
        let gives = GIVES_SECRETS.iter().any(|verb| line.contains(verb));
        let run: Run<'_> = if gives { run.may_print_secrets() } else { run };
        if prompts.is_empty() {
            let output = run.run();
            return Ended { code: output.status.code(), text: output.stdout };
        }
        let terminal = run.on_terminal();
        for (prompt, shown) in prompts {
            terminal.until(shown);
            terminal.type_keys(&format!("{}\r", self.scene.answer(prompt)));
        }
        let shown = terminal.finish();
        Ended { code: shown.status.code(), text: shown.screen.replace("\r\n", "\n") }
    }

    /// The text with what is here instead of what the page has.
    fn here(&self, text: &str) -> String {
        self.scene
            .words()
            .iter()
            .fold(text.to_owned(), |text, (on_page, own)| text.replace(on_page, own))
    }

    fn path(&self, path: &str) -> PathBuf {
        let home = self.scene.sandbox().home();
        home.join(path.trim_start_matches("~/"))
    }
}

/// The prompt in a line of a terminal, and the line up to its end.
fn prompt_in(line: &str) -> Option<(&'static str, &str)> {
    let prompt = PROMPTS.iter().find(|prompt| line.contains(prompt.trim_end()))?;
    let end = line.rfind(['?', ':']).map_or(line.len(), |at| at + 1);
    Some((prompt, &line[..end]))
}

struct Ended {
    code: Option<i32>,
    text: String,
}

impl Ended {
    #[track_caller]
    fn code(self, place: &str, line: &str, succeeds: bool) -> String {
        assert_eq!(
            self.code == Some(0),
            succeeds,
            "{place}: {line}\n{:?}\n{}",
            self.code,
            self.text
        );
        self.text
    }
}
