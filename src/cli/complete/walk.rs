//! Finds what the cursor is on.

use clap::{Arg, ArgAction, Command};

use super::values::{Candidate, Values, described, one_line, values_of};
use crate::cli::topics;

/// The verb that the words so far lead to, and its arguments.
pub(super) struct Place<'c> {
    pub(super) command: &'c Command,
    /// The verb's name, such as `profile add`.
    pub(super) path: String,
    /// The words that are neither verbs, flags nor values of flags.
    pub(super) given: Vec<String>,
    /// The index of the program that the verb runs; the first word is 0.
    pub(super) command_at: usize,
    flags: Vec<&'c str>,
    /// The flag whose value comes next.
    pending: Option<&'c Arg>,
    /// Whether `--` has been seen, so that no more flags follow.
    only_words: bool,
}

/// What can be completed at the cursor.
pub(super) enum Wanted {
    /// The value of an argument.
    Values(Values),
    /// Verbs, or flags.
    Words(Vec<Candidate>),
}

impl<'c> Place<'c> {
    /// Follows `words`, without the program's name.
    pub(super) fn behind(root: &'c Command, words: &[String]) -> Self {
        let mut place = Self {
            command: root,
            path: String::new(),
            given: Vec::new(),
            command_at: 0,
            flags: Vec::new(),
            pending: None,
            only_words: false,
        };
        for (at, word) in words.iter().enumerate() {
            place.pass(word, at + 1);
            if place.command_at > 0 {
                break;
            }
        }
        if place.command_at == 0 {
            place.command_at = words.len() + 1;
        }
        place
    }

    fn pass(&mut self, word: &str, at: usize) {
        let pending = self.pending.take();
        if pending.is_some_and(|flag| !is_next_flag(flag, word)) {
            return;
        }
        if !self.only_words {
            if word == "--" {
                self.only_words = true;
                return;
            }
            if let Some(flag) = word.strip_prefix("--") {
                let (name, value) =
                    flag.split_once('=').map_or((flag, None), |(n, v)| (n, Some(v)));
                if let Some(flag) = self.long(name) {
                    self.flags.extend(flag.get_long());
                    self.pending = Some(flag).filter(|flag| takes_value(flag) && value.is_none());
                }
                return;
            }
            if word.starts_with('-') && word.len() > 1 {
                let last = word.chars().last();
                let mut flags = self.command.get_arguments();
                let flag = flags.find(|flag| last.is_some() && flag.get_short() == last);
                self.pending = flag.filter(|flag| takes_value(flag));
                return;
            }
            if self.given.is_empty()
                && let Some(sub) = self.command.find_subcommand(word)
            {
                self.command = sub;
                if !self.path.is_empty() {
                    self.path.push(' ');
                }
                self.path.push_str(sub.get_name());
                return;
            }
        }
        if self.positional().is_some_and(|(_, values)| values == Values::Command) {
            self.command_at = at;
        }
        self.given.push(word.to_owned());
    }

    fn long(&self, name: &str) -> Option<&'c Arg> {
        self.command.get_arguments().find(|flag| flag.get_long() == Some(name))
    }

    /// Returns the argument that the next word would be, if any is left.
    fn positional(&self) -> Option<(&'c Arg, Values)> {
        let places: Vec<&Arg> = self.command.get_positionals().collect();
        let is_many = |place: &&&Arg| {
            place.get_num_args().is_some_and(|count| count.max_values() > 1)
                || matches!(place.get_action(), ArgAction::Append)
        };
        let place = if self.only_words
            && let Some(last) = places.iter().find(|p| p.is_last_set())
        {
            last
        } else {
            let usual: Vec<&&Arg> = places.iter().filter(|place| !place.is_last_set()).collect();
            *usual.get(self.given.len()).or_else(|| usual.last().filter(|last| is_many(last)))?
        };
        Some((place, values_of(&self.path, place).unwrap_or(Values::Free)))
    }

    /// Splits a word such as `--flag=val` into the flag and the value typed so far.
    pub(super) fn flag_in<'w>(&self, word: &'w str) -> Option<(&'c Arg, &'w str)> {
        if self.only_words || self.pending.is_some() {
            return None;
        }
        let (name, value) = word.strip_prefix("--")?.split_once('=')?;
        Some((self.long(name).filter(|flag| takes_value(flag))?, value))
    }

    /// Returns what can be completed at the cursor; `typed` is the word so far.
    pub(super) fn wanted(&self, typed: &str) -> Wanted {
        if let Some(flag) = self.pending.filter(|flag| !is_next_flag(flag, typed)) {
            return Wanted::Values(values_of(&self.path, flag).unwrap_or(Values::Free));
        }
        if !self.only_words && typed.starts_with('-') {
            return Wanted::Words(self.flags());
        }
        let mut verbs = described(self.command);
        if self.path == "help" {
            let topics = topics::ALL.iter();
            let topic = |topic: &topics::Topic| Candidate {
                text: topic.name.to_owned(),
                about: topic.about.to_owned(),
            };
            verbs.extend(topics.map(topic));
        }
        if !verbs.is_empty() && self.given.is_empty() {
            return Wanted::Words(verbs);
        }
        match self.positional() {
            Some((_, values)) => Wanted::Values(values),
            None if self.only_words => Wanted::Words(Vec::new()),
            None => Wanted::Words(self.flags()),
        }
    }

    /// Returns the flags that can still be added.
    fn flags(&self) -> Vec<Candidate> {
        let flags = self.command.get_arguments().filter(|flag| !flag.is_hide_set());
        let is_left = |flag: &&Arg| {
            let again = matches!(flag.get_action(), ArgAction::Append | ArgAction::Count);
            again || flag.get_long().is_some_and(|name| !self.flags.contains(&name))
        };
        flags
            .filter(is_left)
            .filter_map(|flag| {
                let about = one_line(flag.get_help().map(ToString::to_string));
                Some(Candidate { text: format!("--{}", flag.get_long()?), about })
            })
            .collect()
    }
}

fn takes_value(flag: &Arg) -> bool {
    flag.get_action().takes_values()
}

/// Whether the word behind `flag` is another flag, because the value of `flag` may be left out.
fn is_next_flag(flag: &Arg, word: &str) -> bool {
    word.starts_with('-') && flag.get_num_args().is_some_and(|count| count.min_values() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        let exec = Command::new("exec")
            .arg(Arg::new("name"))
            .arg(Arg::new("at_least").short('a').long("at-least"))
            .arg(Arg::new("external_id").long("external-id").num_args(0..=1))
            .arg(Arg::new("verbose").short('v').action(ArgAction::SetTrue))
            .arg(Arg::new("command").last(true).num_args(1..));
        let mut command = Command::new("rolecall").subcommand(exec);
        command.build();
        command
    }

    /// What can stand behind these words: the values of an argument, or how many words.
    fn behind(words: &str) -> (Option<Values>, usize) {
        let command = command();
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        let place = Place::behind(&command, &words);
        match place.wanted("") {
            Wanted::Values(values) => (Some(values), place.command_at),
            Wanted::Words(words) => (None, words.len()),
        }
    }

    #[test]
    fn words_are_taken_as_clap_takes_them() {
        assert_eq!(behind("exec").0, Some(Values::Profiles));
        assert_eq!(behind("exec --at-least").0, Some(Values::Free));
        assert_eq!(behind("exec --at-least 1h").0, Some(Values::Profiles));
        assert_eq!(behind("exec --at-least=1h").0, Some(Values::Profiles));
        assert_eq!(behind("exec -a").0, Some(Values::Free));
        assert_eq!(behind("exec -va").0, Some(Values::Free));
        assert_eq!(behind("exec -v").0, Some(Values::Profiles));
        assert_eq!(behind("exec --external-id --at-least").0, Some(Values::Free));
        assert_eq!(behind("exec --external-id x").0, Some(Values::Profiles));
        assert_eq!(behind("exec --external-id -v").0, Some(Values::Profiles));
        assert_eq!(behind("exec p"), (None, 3), "two flags are all that is left, and --help");
        assert_eq!(behind("nonsense").0, None);
    }

    #[test]
    fn the_program_to_run_is_behind_two_dashes_with_or_without_a_profile() {
        assert_eq!(behind("exec p --"), (Some(Values::Command), 4));
        assert_eq!(behind("exec --"), (Some(Values::Command), 3));
        assert_eq!(behind("exec p -- aws --profile x"), (Some(Values::Command), 4));
    }
}
