//! What the doctor found.

use serde_json::{Value, json};

use super::{check::Check, fix::Fix};
use crate::error::{DOCTOR, Error, Kind, Location};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Severity {
    /// Nothing is wrong.
    Ok,
    /// It works, but not everywhere or not as it seems to.
    Warning,
    /// A profile can't be used, or an AWS tool can't use it.
    Problem,
}

impl Severity {
    /// Returns the word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// One thing that was found.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// What was looked for.
    pub(crate) check: Check,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The profile that it is about, if it is about one.
    pub(crate) profile: Option<String>,
    /// Its place in the user's files.
    pub(crate) at: Option<Location>,
    /// What was found: one line, lower case, without final period or secrets.
    pub(crate) text: String,
    /// What to do about it: an imperative, or commands in single quotes.
    pub(crate) remedy: Option<String>,
    /// For a problem, what decides the exit code.
    pub(crate) kind: Kind,
    /// The edit that repairs it, if there is a safe one.
    pub(crate) fix: Option<Fix>,
}

impl Finding {
    fn new(check: Check, severity: Severity, text: impl Into<String>) -> Self {
        Self {
            check,
            severity,
            profile: None,
            at: None,
            text: text.into(),
            remedy: None,
            kind: Kind::Config,
            fix: None,
        }
    }

    /// Returns a finding that says that all is well.
    pub(super) fn ok(check: Check, text: impl Into<String>) -> Self {
        Self::new(check, Severity::Ok, text)
    }

    /// Returns a warning.
    pub(super) fn warning(check: Check, text: impl Into<String>) -> Self {
        Self::new(check, Severity::Warning, text)
    }

    /// Returns a problem of the files (exit 5).
    pub(super) fn problem(check: Check, text: impl Into<String>) -> Self {
        Self::new(check, Severity::Problem, text)
    }

    /// Returns the problem that is an error elsewhere.
    pub(super) fn of_error(error: &Error) -> Self {
        // Whoever reads this has run it.
        let other = |hint: &String| hint.split(DOCTOR).next().unwrap_or_default().to_owned();
        let hints: Vec<String> = error.hints().iter().map(other).collect();
        Self {
            at: error.location().cloned(),
            remedy: Some(hints.join("; ")).filter(|hints| !hints.is_empty()),
            kind: error.kind(),
            ..Self::problem(Check::of(error.reason()), error.message())
        }
    }

    /// Adds the place.
    #[must_use]
    pub(super) fn at(self, at: impl Into<Option<Location>>) -> Self {
        Self { at: at.into(), ..self }
    }

    /// Adds the profile.
    #[must_use]
    pub(super) fn of_profile(self, name: &str) -> Self {
        Self { profile: Some(name.to_owned()), ..self }
    }

    /// Adds what to do about it.
    #[must_use]
    pub(super) fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: Some(remedy.into()), ..self }
    }

    /// Adds the edit that repairs it.
    #[must_use]
    pub(super) fn fix(self, fix: impl Into<Option<Fix>>) -> Self {
        Self { fix: fix.into(), ..self }
    }

    /// Whether something is wrong.
    pub(super) fn is_trouble(&self) -> bool {
        self.severity != Severity::Ok
    }

    /// Returns what it means; `None` if all is well.
    pub(crate) fn meaning(&self) -> Option<&'static str> {
        Some(self.check.meaning()).filter(|text| self.is_trouble() && !text.is_empty())
    }

    /// Returns it for programs.
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.check.id(),
            "severity": self.severity.word(),
            "profile": self.profile,
            "file": self.at.as_ref().map(|at| at.file.to_string_lossy()),
            "line": self.at.as_ref().map(|at| at.line),
            "text": self.text,
            "meaning": self.meaning(),
            "remedy": self.remedy,
            "fixable": self.fix.is_some(),
        })
    }
}
