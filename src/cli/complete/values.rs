//! The possible values of an argument.

use std::borrow::Cow;

use clap::{Arg, Command};

use crate::{
    app,
    context::Context,
    identity_center::{ListingRecord, SsoAccount},
    output::escape,
    plan::AUTO,
    profile::{Files, Key, OTHER_AWS_KEYS, Profile, ProfileSet, Topic},
};

/// A candidate for the word at the cursor.
pub(super) struct Candidate {
    pub(super) text: String,
    pub(super) about: String,
}

impl Candidate {
    pub(super) fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), about: String::new() }
    }
}

/// The kinds of values that an argument can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Values {
    /// Anything, so there are no candidates.
    Free,
    /// The profiles of both files.
    Profiles,
    /// The stores of this system.
    Stores,
    /// The `sso-session` sections of the config file.
    SsoSessions,
    /// The AWS accounts of the profiles of both files.
    Accounts,
    /// The accounts that sign-ins to IAM Identity Center listed last, by ID and name, and those of the
    /// profiles.
    SsoAccounts,
    /// The roles that they listed last, and those of the profiles.
    SsoRoles,
    /// The values of this key in the profiles of both files.
    Setting(Key),
    /// The same, or a special word.
    SettingOr(Key, &'static str),
    /// Settings of a profile as `KEY=VALUE`.
    Settings,
    /// The keys of the profile that the previous word names.
    Keys,
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

/// What the value of `argument` of the verb `path` (as `profile add`) can be; `None` where nobody
/// has said so, which a test does not let pass.
pub(in crate::cli) fn values_of(path: &str, argument: &Arg) -> Option<Values> {
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
        ("profile set", "settings") | ("sso populate", "set") => Values::Settings,
        ("profile unset", "keys") => Values::Keys,
        ("profile list", "filter") => Values::Profiles,
        ("profile list", "account") => Values::Accounts,
        ("sso roles" | "sso populate" | "sso configure", "account") => Values::SsoAccounts,
        ("sso populate" | "sso configure", "role") => Values::SsoRoles,
        ("profile add" | "iam service-account", "name")
        | ("profile rename", "new")
        | ("console", "service")
        | ("login", "export_to")
        | (
            _,
            "access_key"
            | "at_least"
            | "bind"
            | "bucket"
            | "buckets"
            | "client"
            | "duration"
            | "endpoint_url"
            | "external_id"
            | "max_lifetime"
            | "mfa_code"
            | "password"
            | "port"
            | "prefix"
            | "redirect_port"
            | "save_as"
            | "secret_key"
            | "session_name"
            | "session_token"
            | "since"
            | "start_url"
            | "statements"
            | "template"
            | "user_permissions_boundary"
            | "username"
            | "users"
            | "while_process",
        ) => Values::Free,
        ("profile rename", "old") | (_, "profile" | "source_profile" | "name" | "names") => {
            Values::Profiles
        }
        (_, "session" | "sso_session") => Values::SsoSessions,
        (_, "sso_region") => Values::Setting(Key::SsoRegion),
        (_, "store") => Values::Stores,
        (_, "region" | "bucket_region") => Values::Setting(Key::Region),
        ("profile add", "mfa_serial") => Values::SettingOr(Key::MfaSerial, AUTO),
        (_, "mfa_serial") => Values::Setting(Key::MfaSerial),
        (_, "role_arn") => Values::Setting(Key::RoleArn),
        (_, "file" | "policy" | "session_policy" | "token_file" | "unix_socket") => Values::Files,
        (_, "dir") => Values::Directories,
        ("exec" | "serve", "command") => Values::Command,
        ("man", "verb") => Values::Verbs,
        _ => return None,
    })
}

/// The place of the cursor, which the candidates depend on.
pub(super) struct Cursor<'c> {
    /// The description of the whole command line.
    pub(super) root: &'c Command,
    /// The words that the verb already has.
    pub(super) given: &'c [String],
    /// The start of the word at the cursor.
    pub(super) typed: &'c str,
}

impl Values {
    /// Returns the candidates; none if the files can't be read.
    pub(super) fn candidates(self, context: &Context, cursor: &Cursor<'_>) -> Vec<Candidate> {
        let described = |these: Vec<(String, String)>| -> Vec<Candidate> {
            these.into_iter().map(|(text, about)| Candidate { text, about }).collect()
        };
        let values = match self {
            Self::Free | Self::Files | Self::Directories | Self::Command => Vec::new(),
            Self::Stores => app::store_names().into_iter().map(str::to_owned).collect(),
            Self::These(these) => return described(these),
            Self::Verbs => return verbs(cursor.root, cursor.given),
            Self::Profiles => names(context),
            Self::SsoSessions => sso_sessions(context),
            Self::Accounts => values_in(context, |profile| profile.account_id().map(str::to_owned)),
            Self::SsoAccounts => return sso_accounts(context),
            Self::SsoRoles => sso_roles(context),
            Self::Setting(key) => known_values(context, key),
            Self::SettingOr(key, word) => {
                let mut values = known_values(context, key);
                values.push(word.to_owned());
                values
            }
            Self::Settings => match cursor.typed.split_once('=') {
                None => return described(settable_keys()),
                Some((key, _)) => assignments(context, key),
            },
            Self::Keys => keys_of(context, cursor.given.first()),
        };
        values.into_iter().map(Candidate::plain).collect()
    }
}

/// The names of the `sso-session` sections.
fn sso_sessions(context: &Context) -> Vec<String> {
    let Ok(files) = Files::read(context) else { return Vec::new() };
    let names = ProfileSet::new(&files).sso_session_names();
    names.into_iter().map(Cow::into_owned).collect()
}

/// Returns the IDs and names of the accounts that were listed last, and the IDs of those of profiles.
fn sso_accounts(context: &Context) -> Vec<Candidate> {
    let mut listed: Vec<SsoAccount> =
        ListingRecord::all(context).iter().flat_map(ListingRecord::accounts).collect();
    listed.sort();
    listed.dedup_by(|one, other| one.id == other.id);
    let of_profiles = values_in(context, |profile| profile.account_id().map(str::to_owned));
    let others = of_profiles.into_iter().filter(|id| listed.iter().all(|it| it.id != *id));
    let mut candidates: Vec<Candidate> = others.map(Candidate::plain).collect();
    for SsoAccount { id, name, .. } in listed {
        if !name.is_empty() {
            let about = one_line(Some(id.clone()));
            candidates.push(Candidate { text: name.clone(), about });
        }
        candidates.push(Candidate { text: id, about: one_line(Some(name)) });
    }
    candidates
}

/// Returns the names of the roles that were listed last, and of those of profiles.
fn sso_roles(context: &Context) -> Vec<String> {
    let mut roles = known_values(context, Key::SsoRoleName);
    for listed in ListingRecord::all(context).iter().flat_map(ListingRecord::roles) {
        roles.extend(listed.roles.into_iter().flatten());
    }
    roles.sort();
    roles.dedup();
    roles
}

/// Returns the profiles of both files.
fn names(context: &Context) -> Vec<String> {
    let files = Files::read(context).ok();
    let names = files.as_ref().map(|files| ProfileSet::new(files).names());
    names.unwrap_or_default().into_iter().map(Cow::into_owned).collect()
}

/// Returns the values of `key` in the profiles of both files.
fn known_values(context: &Context, key: Key) -> Vec<String> {
    values_in(context, |profile| profile.get(key).map(|(value, _)| value.to_owned()))
}

/// Returns what `value` gives for the profiles of both files, sorted and each once.
fn values_in(context: &Context, value: impl Fn(&Profile<'_>) -> Option<String>) -> Vec<String> {
    let Ok(files) = Files::read(context) else { return Vec::new() };
    let set = ProfileSet::new(&files);
    let profiles = set.profiles().flatten();
    let mut values: Vec<String> = profiles.filter_map(|profile| value(&profile)).collect();
    values.sort();
    values.dedup();
    values
}

/// Returns the keys that `profile set` accepts, each with `=` after it, and their meanings.
fn settable_keys() -> Vec<(String, String)> {
    let is_settable = |key: &&Key| key.topic() != Topic::Export && !key.is_secret();
    let known = Key::ALL.iter().filter(is_settable);
    let known = known.flat_map(|key| key.names().map(|name| (name, key.about().replace('`', ""))));
    let others = OTHER_AWS_KEYS.into_iter().map(|name| (name, "read by AWS tools".to_owned()));
    known.chain(others).map(|(name, about)| (format!("{name}="), about)).collect()
}

/// Returns `KEY=VALUE` for each likely value of `key`.
fn assignments(context: &Context, key: &str) -> Vec<String> {
    let values = match Key::of(&key.to_ascii_lowercase()) {
        Some(Key::SourceProfile) => names(context),
        Some(setting) if !setting.is_secret() => known_values(context, setting),
        _ => Vec::new(),
    };
    values.into_iter().map(|value| format!("{key}={value}")).collect()
}

/// Returns the keys of the profile `name`.
fn keys_of(context: &Context, name: Option<&String>) -> Vec<String> {
    let files = Files::read(context).ok();
    let profile = files.as_ref().and_then(|files| ProfileSet::new(files).profile(name?).ok()?);
    let settings = profile.map(|profile| profile.settings).unwrap_or_default();
    settings.iter().map(|setting| setting.key.to_string()).collect()
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
