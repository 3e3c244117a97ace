//! The settings of a profile as `rolecall profile show` prints them, with what they override.

use std::{borrow::Cow, collections::HashMap};

use serde_json::{Map, Value, json};

use crate::{
    context::Context,
    ini,
    output::Table,
    profile::{Key, Profile, Setting, is_secret_key, plain_form},
    redact,
};

/// What is shown instead of a secret.
const HIDDEN: &str = "****";

/// Everything known about a profile's settings.
pub(super) struct Settings<'a> {
    pub(super) profile: &'a Profile<'a>,
    /// Values in the files that are overridden.
    pub(super) losers: HashMap<String, Vec<Setting<'a>>>,
    pub(super) context: &'a Context,
    pub(super) show_secrets: bool,
}

impl Settings<'_> {
    /// Returns what `setting` overrides: the same key elsewhere, and its form without our prefix
    /// anywhere.
    fn beaten_by(&self, setting: &Setting<'_>) -> impl Iterator<Item = &Setting<'_>> {
        let plain = plain_form(&setting.key).filter(|_| setting.text().is_some());
        let plain = plain.and_then(|plain| self.profile.setting(plain));
        self.losers.get(&*setting.key).into_iter().flatten().chain(plain)
    }

    /// Returns the environment variable that overrides `setting`, if it is set.
    fn variable(&self, setting: &Setting<'_>) -> Option<(&'static str, &str)> {
        self.context.first_var(Key::of(&setting.key)?.variables())
    }

    fn hides(&self, key: &str) -> bool {
        is_secret_key(&key.to_ascii_lowercase()) && !self.show_secrets
    }

    /// Returns a value without the passwords of the URLs in it, unless secrets are asked for.
    fn shown<'t>(&self, value: &'t str) -> Cow<'t, str> {
        if self.show_secrets { value.into() } else { redact::urls(value) }
    }

    /// Returns a setting in the form of `--output json`.
    pub(super) fn object(&self, setting: &Setting<'_>) -> Value {
        let mut object = self.place(setting);
        let beaten = self.beaten_by(setting).map(|loser| {
            let mut object = self.place(loser);
            object["key"] = (&*loser.key).into();
            object
        });
        let beaten: Vec<Value> = beaten.collect();
        if !beaten.is_empty() {
            object["wins_over"] = beaten.into();
        }
        if let Some((variable, value)) = self.variable(setting) {
            object["loses_to"] = json!({ "variable": variable, "value": self.shown(value) });
        }
        object
    }

    fn place(&self, setting: &Setting<'_>) -> Value {
        let value = match &setting.value {
            _ if self.hides(&setting.key) => json!(HIDDEN),
            ini::Value::Text(text) => json!(self.shown(text)),
            ini::Value::Nested(block) => block
                .iter()
                .filter_map(|sub| {
                    let text = sub.value.text()?;
                    let text = if self.hides(sub.key) { HIDDEN.into() } else { self.shown(text) };
                    Some((sub.key.to_ascii_lowercase(), json!(text)))
                })
                .collect::<Map<String, Value>>()
                .into(),
        };
        json!({
            "value": value,
            "file": setting.at.file.to_string_lossy(),
            "line": setting.at.line,
        })
    }

    /// Adds rows for a setting, what it overrides, and what overrides it.
    pub(super) fn add_rows(&self, table: &mut Table, setting: &Setting<'_>) {
        self.add_row(table, setting, &setting.key);
        for loser in self.beaten_by(setting) {
            self.add_row(table, loser, &format!("  not {}", loser.key));
        }
        if let Some((variable, value)) = self.variable(setting) {
            table.row([&*format!("  but {variable}"), &self.shown(value), "the environment"]);
        }
    }

    fn add_row(&self, table: &mut Table, setting: &Setting<'_>, key: &str) {
        let place = format!("{}:{}", self.context.shown_path(&setting.at.file), setting.at.line);
        match &setting.value {
            _ if self.hides(&setting.key) => table.row([key, HIDDEN, &place]),
            ini::Value::Text(text) => table.row([key, &self.shown(text), &place]),
            ini::Value::Nested(block) => {
                for sub in block {
                    let Some(text) = sub.value.text() else { continue };
                    let text = if self.hides(sub.key) { HIDDEN.into() } else { self.shown(text) };
                    table.row([&*format!("{key}.{}", sub.key), &text, &place]);
                }
            }
        }
    }
}
