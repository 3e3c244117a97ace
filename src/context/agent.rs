//! Whether a coding agent runs this process, by the variables that agents set for what they run.
//!
//! A mark is what the agent says of itself: one that removes the variable is not recognized.

use std::ffi::OsStr;

use super::Context;

/// The variable that names more marks, separated by commas or spaces.
const MORE_MARKS: &str = "ROLECALL_AGENT_MARKS";

/// The variables that agents set for the programs that they run. Those of one agent come before those that
/// several use, so that the more telling one is named.
///
/// Only variables that an agent is known to set, and that it doesn't set in the terminals of people: not
/// `CURSOR_TRACE_ID`, which Cursor also sets there, and not `COPILOT_MODEL` or `OPENCODE_CLIENT`, which are
/// settings of those programs.
const KNOWN_MARKS: [&str; 14] = [
    // Claude Code: code.claude.com/docs/en/env-vars.
    "CLAUDECODE",
    // Cursor: cursor.com/docs/agent/tools/terminal.
    "CURSOR_AGENT",
    // Gemini CLI: google-gemini/gemini-cli, packages/core/src/services/shellExecutionService.ts.
    "GEMINI_CLI",
    // Codex: openai/codex, codex-rs/core/src/spawn.rs, and pull requests 9366 and 10096.
    "CODEX_SANDBOX",
    "CODEX_CI",
    "CODEX_THREAD_ID",
    // GitHub Copilot in VS Code: microsoft/vscode, pull request 316267.
    "COPILOT_AGENT",
    // Augment: docs.augmentcode.com/cli/reference.
    "AUGMENT_AGENT",
    // opencode: anomalyco/opencode, packages/opencode/src/index.ts.
    "OPENCODE",
    // Cline: cline/cline, discussion 5366.
    "CLINE_ACTIVE",
    // Goose: aaif-goose/goose, documentation/docs/guides/environment-variables.md.
    "GOOSE_TERMINAL",
    // Antigravity: vercel/vercel, packages/detect-agent.
    "ANTIGRAVITY_AGENT",
    // A convention for all: vercel/vercel, packages/detect-agent.
    "AI_AGENT",
    // The same by Amp, Goose and opencode: agentsmd/agents.md, issue 136.
    "AGENT",
];

impl Context {
    /// Returns the name of the variable by which a coding agent shows that it runs this process, if one does. A
    /// variable that is empty, `0` or `false` says that none does.
    pub fn agent_mark(&self) -> Option<&str> {
        let more = self.var(MORE_MARKS).unwrap_or_default();
        let more = more.split([',', ' ']).filter(|name| !name.is_empty());
        more.chain(KNOWN_MARKS).find(|name| self.var_os(name).is_some_and(is_on))
    }
}

fn is_on(value: &OsStr) -> bool {
    value != "0" && !value.eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn mark(environment: &[(&str, &str)]) -> Option<String> {
        let context = Context::made_up(environment.iter().copied(), || DateTime::UNIX_EPOCH);
        context.agent_mark().map(ToOwned::to_owned)
    }

    #[test]
    fn each_known_mark_is_named_and_that_of_one_agent_before_those_of_all() {
        assert_eq!(mark(&[("HOME", "/home/u"), ("TERM", "xterm")]), None);
        for name in KNOWN_MARKS {
            assert_eq!(mark(&[(name, "1")]).as_deref(), Some(name));
        }
        assert_eq!(mark(&[("AGENT", "goose"), ("GOOSE_TERMINAL", "1")]).unwrap(), "GOOSE_TERMINAL");
    }

    #[test]
    fn a_mark_that_is_off_and_what_editors_set_in_any_terminal_are_none() {
        for value in ["", "0", "false", "False"] {
            assert_eq!(mark(&[("CLINE_ACTIVE", value)]), None, "{value}");
        }
        for name in ["CURSOR_TRACE_ID", "COPILOT_MODEL", "OPENCODE_CLIENT", "VSCODE_PID"] {
            assert_eq!(mark(&[(name, "1")]), None, "{name}");
        }
        assert_eq!(
            mark(&[("CLINE_ACTIVE", "false"), ("AI_AGENT", "x")]).as_deref(),
            Some("AI_AGENT")
        );
    }

    #[test]
    fn the_user_can_name_more_marks() {
        let more = ("ROLECALL_AGENT_MARKS", "MY_BOT, OTHER_BOT");
        assert_eq!(mark(&[more]), None);
        assert_eq!(mark(&[more, ("OTHER_BOT", "1")]).as_deref(), Some("OTHER_BOT"));
        assert_eq!(mark(&[more, ("MY_BOT", "0"), ("AGENT", "1")]).as_deref(), Some("AGENT"));
    }
}
