//! Whether output is in color.

use std::ffi::OsString;

use super::args::{ColorChoice, HELPER};
use crate::{context::Context, output::Colors};

/// Returns which streams get colors: those that are terminals, unless `--color` or the environment
/// says otherwise. The SDKs' own command never gets any: its callers copy what it writes into their
/// errors.
///
/// Rules: the flag takes precedence over the environment, and there `NO_COLOR` (no-color.org) over
/// `CLICOLOR_FORCE` and `CLICOLOR` (bixense.com/clicolors). A terminal that calls itself `dumb`, or
/// nothing, has no colors. `arguments` is the command line as it came, because an error in it is
/// colored too.
pub fn colors(context: &Context, arguments: &[OsString]) -> Colors {
    let own = || arguments.iter().skip(1).take_while(|word| *word != "--");
    let none = Colors::default();
    let both = Colors { stdout: true, stderr: true };
    if own().any(|word| word == HELPER) {
        return none;
    }
    let set = |name: &str| context.var(name).is_some_and(|value| value != "0");
    match choice(own().map(|word| word.to_string_lossy())) {
        Some(ColorChoice::Always) => both,
        Some(ColorChoice::Never) => none,
        Some(ColorChoice::Auto) | None if context.var("NO_COLOR").is_some() => none,
        Some(ColorChoice::Auto) | None if set("CLICOLOR_FORCE") => both,
        Some(ColorChoice::Auto) | None => {
            let can = cfg!(windows) || context.var("TERM").is_some_and(|term| term != "dumb");
            let can = can && context.var("CLICOLOR") != Some("0");
            Colors {
                stdout: can && context.stdout_is_terminal(),
                stderr: can && context.stderr_is_terminal(),
            }
        }
    }
}

/// Returns what `--color` says, before clap has read the command line.
fn choice<W: AsRef<str>>(words: impl Iterator<Item = W>) -> Option<ColorChoice> {
    let mut chosen = None;
    let mut is_value = false;
    for word in words {
        let word = word.as_ref();
        let value = if is_value { Some(word) } else { word.strip_prefix("--color=") };
        is_value = !is_value && word == "--color";
        let value = value.and_then(|value| clap::ValueEnum::from_str(value, false).ok());
        chosen = value.or(chosen);
    }
    chosen
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn of(environment: &[(&str, &str)], arguments: &[&str]) -> Colors {
        let context = Context::made_up(environment.iter().copied(), || DateTime::UNIX_EPOCH);
        let arguments: Vec<OsString> =
            ["rolecall"].iter().chain(arguments).map(OsString::from).collect();
        colors(&context, &arguments)
    }

    const BOTH: Colors = Colors { stdout: true, stderr: true };
    const NONE: Colors = Colors { stdout: false, stderr: false };

    #[test]
    fn the_flag_takes_precedence_over_the_environment() {
        assert_eq!(of(&[], &["status"]), NONE, "no terminal");
        assert_eq!(of(&[("NO_COLOR", "1")], &["status", "--color", "always"]), BOTH);
        assert_eq!(of(&[("CLICOLOR_FORCE", "1")], &["--color=never", "status"]), NONE);
        assert_eq!(of(&[("CLICOLOR_FORCE", "1")], &["status"]), BOTH);
        assert_eq!(of(&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], &["status"]), BOTH);
        assert_eq!(of(&[("CLICOLOR_FORCE", "0")], &["status"]), NONE);
        assert_eq!(of(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &["status"]), NONE);
    }

    #[test]
    fn a_childs_flag_is_not_ours() {
        assert_eq!(of(&[], &["exec", "a", "--", "ls", "--color", "always"]), NONE);
    }

    #[test]
    fn the_helper_never_has_colors() {
        for words in [&["credential-process", "a"][..], &["--color=always", "credential-process"]] {
            assert_eq!(of(&[("CLICOLOR_FORCE", "1")], words), NONE);
        }
    }
}
