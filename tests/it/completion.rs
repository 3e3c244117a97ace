//! Completion, at the keyboard of the real shells.
//!
//! Each line is typed with its Tabs and then run: a word that was completed wrongly, or is no word of
//! that shell, names no profile.

use std::path::Path;

use crate::support::{
    clients::{left_out, require_program},
    sandbox::Sandbox,
    terminal::Terminal,
};

const PROMPT: &str = "ready> ";
/// Names that shells have views of their own of.
const NAMES: [&str; 6] = ["team:role/a", "me@home", "50%", "my own profile", "a+b.c", "x=y $HOME"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    let profiles = NAMES.map(|name| format!("[profile \"{name}\"]\nregion = eu-west-1\n"));
    sandbox.config(profiles.concat());
    let folder = Path::new(env!("CARGO_BIN_EXE_rolecall")).parent().unwrap().to_owned();
    let system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    sandbox.env("PATH", format!("{}:{system}", folder.display()));
    sandbox.env("TERM", "dumb").env("COLUMNS", "1000");
    sandbox
}

/// A shell at its prompt that has read `setup`.
#[track_caller]
fn start<'a>(sandbox: &'a Sandbox, shell: &str, setup: &str) -> Option<Terminal<'a>> {
    let program = require_program(shell, shell)?;
    let terminal = match shell {
        "bash" => {
            let file = format!("{setup}\nPS1='{PROMPT}'\nHISTFILE=/dev/null\n");
            sandbox.file("home/.bashrc", file);
            sandbox.program(program, &["--noprofile", "-i"])
        }
        "zsh" => {
            let file = format!("{setup}\nPS1='{PROMPT}'\nunsetopt prompt_cr prompt_sp beep\n");
            sandbox.file("home/.zshrc", file);
            sandbox.program(program, &["-d", "-i"])
        }
        _ => {
            let file =
                format!("{setup}\nfunction fish_prompt; echo '{PROMPT}'; end\nset fish_greeting\n");
            sandbox.file("home/.config/fish/config.fish", file);
            sandbox.program(program, &["-i"])
        }
    };
    let terminal = terminal.on_terminal();
    terminal.until(PROMPT);
    Some(terminal)
}

/// What makes each shell complete, straight from the program.
fn setup(shell: &str) -> &'static str {
    match shell {
        "bash" => r#"eval "$(rolecall completions bash)""#,
        "zsh" => "autoload -Uz compinit; compinit -u; source <(rolecall completions zsh)",
        _ => "rolecall completions fish | source",
    }
}

/// Types `line`, with Tabs in it, and waits until `rolecall profile show` shows the profile `name`.
#[track_caller]
fn shows(terminal: &Terminal<'_>, line: &str, name: &str) {
    terminal.type_keys(line);
    terminal.type_keys("\r");
    terminal.until(&format!("\"name\": \"{name}\""));
    terminal.until(PROMPT);
}

#[track_caller]
fn names_complete(shell: &str, setup: &str, more: &[(&str, &str)]) {
    let sandbox = sandbox();
    let terminal = need!(start(&sandbox, shell, setup));
    let usual = [
        ("te\t", "team:role/a"),
        ("team:r\t", "team:role/a"),
        ("me@\t", "me@home"),
        ("5\t", "50%"),
        ("a+\t", "a+b.c"),
        ("my\t", "my own profile"),
        ("my\\ o\t", "my own profile"),
        ("\"my o\t", "my own profile"),
        ("'my o\t", "my own profile"),
        ("x\t", "x=y $HOME"),
        ("--profile te\t", "team:role/a"),
        ("--profile=team:r\t", "team:role/a"),
        ("--profile=my\t", "my own profile"),
    ];
    for (typed, name) in usual.iter().chain(more) {
        shows(&terminal, &format!("rolecall profile show --output json {typed}"), name);
    }
    // All of the line: verbs, a flag, its value.
    shows(&terminal, "rolecall pro\tsh\t5\t--outp\tj\t", "50%");
    terminal.type_keys("exit\r");
    let _shown = terminal.finish();
}

#[test]
fn bash_completes_names_with_any_character_in_them() {
    let more = [("\"team:r\t", "team:role/a"), ("'x=\t", "x=y $HOME"), ("\"x=\t", "x=y $HOME")];
    names_complete("bash", setup("bash"), &more);
}

#[track_caller]
fn has_bash_completion() -> bool {
    let is_there = Path::new("/usr/share/bash-completion/bash_completion").exists();
    if !is_there {
        left_out("bash-completion", "not installed; tests/run.sh installs it");
    }
    is_there
}

#[test]
fn bash_with_its_completion_package_completes_them_too() {
    if !has_bash_completion() {
        return;
    }
    let setup = format!("source /usr/share/bash-completion/bash_completion; {}", setup("bash"));
    names_complete("bash", &setup, &[]);
}

#[test]
fn zsh_completes_names_with_any_character_in_them() {
    names_complete("zsh", setup("zsh"), &[]);
}

#[test]
fn fish_completes_names_with_any_character_in_them() {
    names_complete("fish", setup("fish"), &[]);
}

/// Where install.sh puts them, below `~/.local/share`.
#[test]
fn shells_find_what_is_installed_by_themselves() {
    const BASH: &str = "source /usr/share/bash-completion/bash_completion";
    const ZSH: &str = "fpath=(~/.local/share/zsh/site-functions $fpath)\n\
                       autoload -Uz compinit; compinit -u";
    for (shell, place, setup) in [
        ("bash", "bash-completion/completions/rolecall", BASH),
        ("zsh", "zsh/site-functions/_rolecall", ZSH),
        ("fish", "fish/vendor_completions.d/rolecall.fish", ""),
    ] {
        if shell == "bash" && !has_bash_completion() {
            continue;
        }
        let sandbox = sandbox();
        let script = sandbox.rolecall(&["completions", shell]).run().ok().stdout;
        sandbox.file(format!("home/.local/share/{place}"), script);
        let terminal = need!(start(&sandbox, shell, setup), continue);
        shows(&terminal, "rolecall profile show --output json team:r\t", "team:role/a");
        terminal.type_keys("exit\r");
        let _shown = terminal.finish();
    }
}

/// What the program leaves to the shell. A stand-in says what it wants, and what it was run with.
#[test]
fn files_folders_and_programs_are_completed_by_the_shell() {
    const PACKAGE: &str = "source /usr/share/bash-completion/bash_completion;";
    for (shell, package) in [("bash", ""), ("bash", PACKAGE), ("zsh", ""), ("fish", "")] {
        if !package.is_empty() && !has_bash_completion() {
            continue;
        }
        let sandbox = sandbox();
        let real = env!("CARGO_BIN_EXE_rolecall");
        let stand_in = format!(
            "#!/bin/sh\ncase $1 in\ncompletions) exec {real} \"$@\" ;;\n__complete) cat ~/answer ;;\n\
             *) printf '<%s>' \"$@\" ;;\nesac\n"
        );
        sandbox.script("bin/rolecall", stand_in);
        sandbox.script("bin/zz-program", "#!/bin/sh\n");
        sandbox.file("home/zz-folder/file", "");
        sandbox.file("home/yy file", "");
        let bin = sandbox.path("bin").display().to_string();
        sandbox.env("PATH", format!("{bin}:/usr/bin:/bin"));
        let setup = format!("{package}{}", setup(shell));
        let terminal = need!(start(&sandbox, shell, &setup), continue);
        for (answer, typed, words) in [
            ("files", "a yy\t", "<a><yy file>"),
            ("files", "--flag=yy\t", "<--flag=yy file>"),
            ("directories", "a zz-f\tx", "<a><zz-folder/x>"),
            ("command 4", "exec my:role -- zz-p\tx", "<exec><my:role><--><zz-program><x>"),
            ("command 4", "exec my:role -- cat yy\t", "<exec><my:role><--><cat><yy file>"),
        ] {
            sandbox.file("home/answer", format!("{answer}\n"));
            terminal.type_keys(&format!("rolecall {typed}\r"));
            terminal.until(words);
            terminal.until(PROMPT);
        }
        terminal.type_keys("exit\r");
        let _shown = terminal.finish();
    }
}

#[test]
fn another_command_and_an_assignment_in_front_do_not_confuse_bash() {
    let sandbox = sandbox();
    let terminal = need!(start(&sandbox, "bash", setup("bash")));
    shows(&terminal, "true; AWS_PROFILE=x rolecall profile show --output json te\t", NAMES[0]);
    terminal.type_keys("exit\r");
    let _shown = terminal.finish();
}

#[test]
fn one_of_5000_profiles_is_found_in_each_shell() {
    for shell in ["bash", "zsh", "fish"] {
        let sandbox = sandbox();
        let profiles = (0..5_000).map(|i| format!("[profile team:p{i:04}]\nregion = eu-west-1\n"));
        sandbox.config(profiles.collect::<String>());
        let terminal = need!(start(&sandbox, shell, setup(shell)));
        let line = "rolecall profile show --output json team:p499\t9";
        shows(&terminal, line, "team:p4999");
        terminal.type_keys("exit\r");
        let _shown = terminal.finish();
    }
}

#[test]
fn a_setting_is_completed_in_two_steps_without_a_space_between() {
    for shell in ["bash", "zsh", "fish"] {
        let sandbox = sandbox();
        let terminal = need!(start(&sandbox, shell, setup(shell)), continue);
        terminal.type_keys("rolecall profile set new rolecall_source_p\tteam:r\t --dry-run\r");
        terminal.until("+rolecall_source_profile = team:role/a");
        terminal.until(PROMPT);
        terminal.type_keys("rolecall profile unset me@home reg\t --dry-run\r");
        terminal.until("-region = eu-west-1");
        terminal.until(PROMPT);
        terminal.type_keys("exit\r");
        let _shown = terminal.finish();
    }
}

#[test]
fn a_broken_config_leaves_the_line_as_it_is() {
    for shell in ["bash", "zsh", "fish"] {
        let sandbox = sandbox();
        sandbox.config("nonsense\n[profile");
        let terminal = need!(start(&sandbox, shell, setup(shell)));
        terminal.type_keys("rolecall login te\t\x15echo do\"ne\"\r");
        terminal.until("done");
        assert!(!terminal.screen().contains("hint"), "{}", terminal.screen());
        terminal.type_keys("exit\r");
        let _shown = terminal.finish();
    }
}
