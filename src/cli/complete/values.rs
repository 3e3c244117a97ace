//! The possible values of an argument.

use clap::{Arg, Command};

use super::Candidate;
use crate::{
    app,
    context::Context,
    output::escape,
    plan::AUTO,
    profile::{Files, ProfileSet},
};

/// The kinds of values that an argument can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Anything, so there are no candidates.
    Free,
    /// The profiles of both files.
    Profiles,
    /// The stores of this system.
    Stores,
    /// The values of this key in the profiles of both files.
    Setting(&'static str),
    /// The same, or a special word.
    SettingOr(&'static str, &'static str),
    /// Paths of files.
    Files,
    /// Paths of folders.
    Directories,
    /// A program and its arguments.
    Command,
    /// The name of a verb.
    Verbs,
    /// These values, each with its description.
    These(Vec<(String, String)>),
}

/// What the value of `argument` of the verb `path` (as `profile add`) can be; `None` where nobody has
/// said so, which a test does not let pass.
pub fn values_of(path: &str, argument: &Arg) -> Option<Values> {
    let these: Vec<_> = argument
        .get_possible_values()
        .iter()
        .filter(|value| !value.is_hide_set())
        .map(|value| {
            (
                value.get_name().to_owned(),
                value.get_help().map_or_else(String::new, ToString::to_string),
            )
        })
        .collect();
    if !these.is_empty() {
        return Some(Values::These(these));
    }
    Some(match (path, argument.get_id().as_str()) {
        ("profile add" | "iam service-account", "name")
        | ("profile rename", "new")
        | ("profile set", "settings")
        | ("profile unset", "keys")
        | ("console", "service")
        | ("login", "export_to")
        | (
            _,
            "access_key"
            | "at_least"
            | "bucket"
            | "buckets"
            | "client"
            | "duration"
            | "endpoint_url"
            | "external_id"
            | "mfa_code"
            | "password"
            | "prefix"
            | "save_as"
            | "secret_key"
            | "session_name"
            | "session_token"
            | "statements"
            | "user_permissions_boundary"
            | "username"
            | "users",
        ) => Values::Free,
        ("profile rename", "old") | (_, "profile" | "source_profile" | "name" | "names") => {
            Values::Profiles
        }
        (_, "store") => Values::Stores,
        (_, "region" | "bucket_region") => Values::Setting("region"),
        ("profile add", "mfa_serial") => Values::SettingOr("mfa_serial", AUTO),
        (_, "mfa_serial") => Values::Setting("mfa_serial"),
        (_, "role_arn") => Values::Setting("role_arn"),
        (_, "file" | "policy" | "session_policy") => Values::Files,
        (_, "dir") => Values::Directories,
        ("exec", "command") => Values::Command,
        ("man", "verb") => Values::Verbs,
        _ => return None,
    })
}

impl Values {
    /// Returns the candidates; none if the files can't be read. `given` are the words that the verb
    /// already has.
    pub(super) fn candidates(
        self,
        context: &Context,
        root: &Command,
        given: &[String],
    ) -> Vec<Candidate> {
        let word = if let Self::SettingOr(_, word) = self { Some(word) } else { None };
        let (key, names) = match self {
            Self::Free | Self::Files | Self::Directories | Self::Command => return Vec::new(),
            Self::Stores => {
                return app::store_names().into_iter().map(Candidate::plain).collect();
            }
            Self::These(these) => {
                let candidate = |(text, about)| Candidate { text, about };
                return these.into_iter().map(candidate).collect();
            }
            Self::Verbs => return verbs(root, given),
            Self::Setting(key) | Self::SettingOr(key, _) => (key, false),
            Self::Profiles => ("", true),
        };
        let Ok(files) = Files::read(context) else { return Vec::new() };
        let set = ProfileSet::new(&files);
        if names {
            return set.names().into_iter().map(Candidate::plain).collect();
        }
        let mut values: Vec<String> = set
            .profiles()
            .filter_map(|profile| Some(profile.ok()?.either(key)?.0.to_owned()))
            .collect();
        values.extend(word.map(str::to_owned));
        values.sort();
        values.dedup();
        values.into_iter().map(Candidate::plain).collect()
    }
}

/// Returns the verbs below the one that `given` names.
fn verbs(root: &Command, given: &[String]) -> Vec<Candidate> {
    let mut command = root;
    for word in given {
        match command.find_subcommand(word) {
            Some(sub) => command = sub,
            None => return Vec::new(),
        }
    }
    described(command)
}

/// Returns the verbs of `command`, each with its description.
pub(super) fn described(command: &Command) -> Vec<Candidate> {
    let shown = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    shown
        .map(|sub| Candidate {
            text: sub.get_name().to_owned(),
            about: one_line(sub.get_about().map(ToString::to_string)),
        })
        .collect()
}

/// Returns a description that fits on one line.
pub(super) fn one_line(about: Option<String>) -> String {
    let about = about.unwrap_or_default();
    escape(about.lines().next().unwrap_or_default()).into_owned()
}
