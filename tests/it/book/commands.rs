//! The commands of the pages, run as they are, and what they print.

use clap::error::ErrorKind;

use super::stages::on_its_stage;
use crate::support::pages::{Page, comment, regions};

/// The pages that other tests follow, on stages of their own.
const ELSEWHERE: &[&str] = &[
    "docs/migrate-from-aws-cli-mfa.md",
    "docs/migrate-from-aws-vault.md",
    "docs/migrate-from-awsume.md",
    "docs/migrate-from-granted.md",
    "docs/provision-roles.md",
    "docs/provision-team.md",
    "docs/provision-users.md",
    "docs/provision.md",
    "docs/serve.md",
];

macro_rules! pages {
    ($($test:ident: $path:literal,)*) => {
        const HERE: &[&str] = &[$($path),*];
        $(
            #[test]
            fn $test() {
                // Other systems have another sed, for example.
                if !cfg!(target_os = "linux") {
                    return;
                }
                let page = Page::at($path);
                let regions = regions(&page);
                let run: Vec<_> = regions.iter().filter(|region| region.stage.is_some()).collect();
                assert!(!run.is_empty(), "{} has no command that is run", $path);
                for region in run {
                    on_its_stage(&page, region);
                }
            }
        )*
    };
}

pages! {
    agents: "docs/agents.md",
    configuration: "docs/configuration.md",
    doctor: "docs/doctor.md",
    everyday: "docs/everyday.md",
    exit_codes: "docs/exit-codes.md",
    first_steps: "docs/first-steps.md",
    keys: "docs/keys.md",
    profiles: "docs/profiles.md",
    prompt: "docs/prompt.md",
    readme: "README.md",
    recipes: "docs/recipes.md",
    security_model: "docs/security-model.md",
    sso: "docs/sso.md",
    stores: "docs/stores.md",
}

/// Languages of blocks that have something to run.
const RUNS: [&str; 4] = ["sh", "bash", "console", "ini"];

/// What is wrong with the blocks of a page.
fn faults(page: &Page) -> Vec<String> {
    let mut says = false;
    let mut is_open = false;
    let mut faults = Vec::new();
    for line in page.lines() {
        let mut add = |what: &str| faults.push(format!("{}: {what}", page.place(line.number)));
        let text = line.text.trim();
        if !line.is_fenced {
            says |= comment(line.text)
                .is_some_and(|c| c.starts_with("run: ") || c.starts_with("not run: "));
            let starts = ["$ ", "rolecall ", "eval \"$(rolecall"];
            let is_code = line.text.starts_with("    ");
            if is_code && starts.iter().any(|start| text.starts_with(start)) {
                add("a command in a block without a fence: nothing runs it");
            }
            continue;
        }
        if text.starts_with("```") {
            is_open = !is_open;
            let language = text.trim_start_matches('`');
            if is_open && language.is_empty() {
                add("a block without a language; that of plain text is `text`");
            }
            if is_open && RUNS.contains(&language) && !says {
                add("a block that is neither run nor marked as not run");
            }
        }
    }
    faults
}

#[test]
fn every_command_is_run_or_marked_as_not_run() {
    let wrong: Vec<_> = Page::all().iter().flat_map(faults).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Names of items in keychains, which are no commands.
const ITEMS: [&str; 2] = ["rolecall access key", "rolecall session for my-role"];

/// Whether clap refuses the command line because a word of it is wrong, not because one is missing.
fn refusal(line: &str) -> Option<String> {
    let parsed = rolecall::command().try_get_matches_from(line.split_whitespace());
    let error = parsed.err()?;
    let is_wrong = [
        ErrorKind::UnknownArgument,
        ErrorKind::InvalidSubcommand,
        ErrorKind::InvalidValue,
        ErrorKind::ArgumentConflict,
    ];
    let why = error.to_string().lines().next().unwrap_or_default().to_owned();
    let is_short = why.contains("a value is required");
    (is_wrong.contains(&error.kind()) && !is_short).then_some(why)
}

#[test]
fn commands_in_the_text_are_accepted() {
    let (mut count, mut wrong) = (0, Vec::new());
    for page in Page::all() {
        for line in page.lines().filter(|line| !line.is_fenced) {
            for span in line.text.split('`').skip(1).step_by(2) {
                // Not those that are shortened or quoted.
                let is_plain = !span.contains(['…', '"', '\'', '$', '|', '[', '<', '>', '(']);
                let is_topic = span.starts_with("rolecall help ") || span.contains("__");
                let is_command = span.starts_with("rolecall ") && !ITEMS.contains(&span);
                if is_command && is_plain && !is_topic {
                    count += 1;
                    let refusal = refusal(span).map(|why| format!("{span}: {why}"));
                    wrong.extend(refusal.map(|why| format!("{}: {why}", page.place(line.number))));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 150, "only {count} commands");
}

#[test]
fn no_page_is_forgotten() {
    for page in Page::all() {
        let path = page.path.display().to_string();
        let is_run = regions(&page).iter().any(|region| region.stage.is_some());
        let is_known = HERE.contains(&&*path) || ELSEWHERE.contains(&&*path);
        assert_eq!(is_run, is_known, "{path}");
    }
}
