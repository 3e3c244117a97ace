//! The verb for a word that rolecall doesn't have, but that other tools use: `rolecall ls`, `rolecall
//! assume`, `rolecall profile delete`.

use clap::Command;

/// Words of aws-vault, granted, awsume, aws-sso-cli, saml2aws, Leapp and the AWS CLI, with the commands
/// that do the same here, the most likely first. Commands that this build lacks are skipped.
const WORDS: &[(&[&str], &[&str])] = &[
    (
        &["list", "ls", "profiles", "list-profiles", "list-roles", "roles"],
        &["profile list", "status"],
    ),
    (
        &["use", "assume", "switch", "select", "assume-role", "activate", "start"],
        &["shell-init", "exec", "login"],
    ),
    (&["run", "shell", "sh", "subshell"], &["exec"]),
    (&["add", "new", "create"], &["profile add", "keys add"]),
    (&["configure", "config"], &["profile add", "profile set", "sso configure"]),
    (&["export", "eval", "script", "export-credentials", "variables"], &["env", "keys export"]),
    (&["rotate", "roll"], &["keys rotate"]),
    (&["remove", "rm", "delete"], &["profile remove", "keys remove", "logout"]),
    (&["clear", "flush", "forget", "purge", "revoke", "stop", "signout", "sign-out"], &["logout"]),
    (&["refresh", "renew", "mfa", "signin", "sign-in", "authenticate", "auth"], &["login"]),
    (&["session", "sessions", "time", "expiry", "expiration", "info"], &["status"]),
    (&["identity", "id", "who", "caller-identity", "get-caller-identity", "sts"], &["whoami"]),
    (&["web", "open", "browser", "browse", "url"], &["console"]),
    (&["process", "credentials", "get-credentials", "generate"], &["credential-process"]),
    (&["completion", "complete"], &["completions"]),
    (&["sso-login", "sso-signin"], &["sso login"]),
    (&["sso-logout"], &["sso logout"]),
    (&["sso-accounts", "accounts"], &["sso accounts"]),
    (&["sso-roles"], &["sso roles"]),
    (&["sso-populate", "sync"], &["sso populate"]),
    (&["init", "setup", "hook", "alias"], &["shell-init", "profile add"]),
    (&["ecs", "ecs-server", "server", "daemon", "proxy"], &["serve"]),
    (&["check", "diagnose", "health", "debug", "test"], &["doctor"]),
    (&["version"], &["--version"]),
];

/// Words for the same thing, of which a group of verbs has one.
const SYNONYMS: &[&[&str]] = &[
    &["list", "ls", "all"],
    &["show", "get", "view", "describe", "cat", "info"],
    &["add", "new", "create", "make"],
    &["remove", "rm", "delete", "del", "drop"],
    &["set", "edit", "change", "modify", "update", "configure"],
    &["unset", "clear"],
    &["rename", "mv", "move"],
    &["rotate", "roll", "renew", "refresh"],
    &["export", "print", "dump"],
    &["import", "load"],
    &["apply", "up", "deploy", "sync"],
    &["login", "signin", "sign-in"],
    &["logout", "signout", "sign-out"],
    &["populate", "sync", "generate"],
];

/// Returns the commands that do what `word` means elsewhere, without the program's name; none if it
/// means nothing. `group` is the verb that it follows, or empty.
pub(super) fn commands_for(word: &str, root: &Command, group: &str) -> Vec<String> {
    let word = word.to_lowercase();
    if !group.is_empty() {
        return in_group(&word, root, group);
    }
    let of_peers = WORDS.iter().filter(|(words, _)| words.contains(&&*word));
    let known = of_peers.flat_map(|(_, commands)| *commands);
    let mut found: Vec<String> = known
        .filter(|command| exists(root, command))
        .map(|command| (*command).to_owned())
        .collect();
    if found.is_empty() {
        // A verb whose group was left out.
        let groups = root.get_subcommands().filter(|verb| verb.has_subcommands());
        let groups = groups.filter(|verb| !verb.is_hide_set() && verb.get_name() != "help");
        let inside = |group: &Command| {
            let verbs: Vec<_> =
                group.get_subcommands().filter(|verb| !verb.is_hide_set()).collect();
            let has = verbs.iter().any(|verb| verb.get_name() == word && word != "help");
            has.then(|| format!("{} {word}", group.get_name()))
        };
        found = groups.filter_map(inside).collect();
    }
    found
}

/// The verbs of a group that `word` is a synonym of.
fn in_group(word: &str, root: &Command, group: &str) -> Vec<String> {
    let sets = SYNONYMS.iter().filter(|words| words.contains(&word));
    let commands = sets.flat_map(|words| *words).map(|verb| format!("{group} {verb}"));
    commands.filter(|command| exists(root, command)).collect()
}

/// Whether the words of `command` are verbs, or a flag, of this build.
fn exists(root: &Command, command: &str) -> bool {
    let mut place = root;
    command.split(' ').all(|word| {
        if let Some(flag) = word.strip_prefix("--") {
            return place.get_arguments().any(|argument| argument.get_long() == Some(flag));
        }
        match place.find_subcommand(word).filter(|verb| !verb.is_hide_set()) {
            Some(verb) => {
                place = verb;
                true
            }
            None => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::description::built_command;

    #[test]
    fn words_of_other_tools_lead_to_commands() {
        let root = built_command();
        for (word, group, command) in [
            ("list", "", "profile list"),
            ("LS", "", "profile list"),
            ("assume", "", "exec"),
            ("add", "", "profile add"),
            ("export", "", "env"),
            ("rotate", "", "keys rotate"),
            ("adopt", "", "profile adopt"),
            ("apply", "", "iam apply"),
            ("version", "", "--version"),
            ("ls", "keys", "keys list"),
            ("delete", "profile", "profile remove"),
            ("create", "profile", "profile add"),
        ] {
            let found = commands_for(word, &root, group);
            assert!(found.iter().any(|found| found == command), "{word}: {found:?}");
        }
        for word in ["logni", "", "help", "xyz"] {
            assert_eq!(commands_for(word, &root, ""), Vec::<String>::new(), "{word}");
        }
        assert_eq!(commands_for("list", &root, "iam"), Vec::<String>::new());
    }

    #[test]
    fn no_word_of_another_tool_is_a_verb_here() {
        let root = built_command();
        for word in WORDS.iter().flat_map(|(words, _)| *words) {
            assert!(!exists(&root, word), "{word} is a verb");
        }
    }
}
