//! The questions that `rolecall profile add` asks at the terminal for what the flags leave open.

use std::{path::Path, time::Duration};

use crate::{
    app,
    cli::{args::Settings, pick::source_rows},
    context::Context,
    error::{Error, Kind, Result},
    output::escape,
    plan::{AUTO, check_flag, check_serial},
    profile::{Files, Key, Profile, ProfileSet, Which, check_new_name, process_line},
    prompt::{List, PromptMode, Question, Row, Terminal, Unanswered, can_choose},
    rules::{check_external_id, check_region},
};

/// How many choices are shown; others can be typed.
const MAX_CHOICES: usize = 20;

/// The terminal with somebody at it.
pub(super) struct Questions<'c> {
    terminal: Terminal<'c>,
    context: &'c Context,
}

impl<'c> Questions<'c> {
    /// Opens the terminal; `None` if nobody can be asked there.
    pub(super) fn open(context: &'c Context) -> Result<Option<Self>> {
        PromptMode::of(context).map_err(|why| Error::new(Kind::Usage, why))?;
        match Terminal::open(context, Duration::MAX) {
            Ok(terminal) => Ok(Some(Self { terminal, context })),
            Err(Unanswered::Nobody(_)) => Ok(None),
            Err(unanswered) => Err(no_answer(unanswered)),
        }
    }

    /// Ends the questions. Fails if somebody cancelled them in the last moment.
    pub(super) fn close(self) -> Result<()> {
        self.terminal.close(Ok(())).map_err(no_answer)
    }

    /// Asks for everything that `name` and `settings` leave open, and returns the name.
    pub(super) fn ask(
        &self,
        files: &Files,
        name: Option<String>,
        settings: &mut Settings,
    ) -> Result<String> {
        let set = ProfileSet::new(files);
        self.show("Press Ctrl-C at any time to cancel; nothing is written.\n")?;
        let name = match name {
            Some(name) => name,
            None => self.until_valid("Name of the new profile: ", |name| {
                check_name(&set, name).map(|()| name.to_owned())
            })?,
        };
        if settings.role_arn.is_none() {
            let role = self.until_valid("ARN of the role: ", |arn| {
                check_flag(Key::RoleArn, arn).map(|()| arn.to_owned())
            })?;
            settings.role_arn = Some(role);
        }
        if settings.source_profile.is_none() {
            settings.source_profile = Some(self.source(files, &name)?);
        }
        if settings.external_id.is_none() {
            settings.external_id = self.optional("External ID (Enter: none): ", |id| {
                check_external_id(id).map_err(|invalid| invalid.error(Kind::Usage, "this"))
            })?;
        }
        if settings.mfa_serial.is_none() {
            let source = settings.source_profile.as_deref().unwrap_or_default();
            settings.mfa_serial = self.device(&set, source)?;
        }
        if settings.region.is_none() {
            settings.region = self.optional("Region (Enter: none): ", |region| {
                check_region(region).map_err(|invalid| invalid.error(Kind::Usage, "this"))
            })?;
        }
        Ok(name)
    }

    /// Asks whether to make the change that `diff` shows.
    pub(super) fn confirm(&self, diff: &str) -> Result<bool> {
        let shown: Vec<_> = diff.lines().map(escape).collect();
        self.show(&format!("\n{}\n\n", shown.join("\n")))?;
        let answer = self.line("Write this? [y/N] ")?;
        Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Asks for one of several MFA devices of a user.
    pub(super) fn choose_device(&self, devices: &[String]) -> Result<String> {
        let choice = |serial: &String| Choice { value: serial.clone(), shown: serial.clone() };
        let choices: Vec<_> = devices.iter().map(choice).collect();
        self.list("MFA devices of the user:", &choices)?;
        self.until_valid("MFA device, by number: ", |answer| {
            chosen(answer, &choices).ok_or_else(|| invalid("there is no such device"))
        })
    }

    fn source(&self, files: &Files, name: &str) -> Result<String> {
        let can_choose = can_choose(self.context).map_err(|why| Error::new(Kind::Usage, why))?;
        // A profile that can't be read has no credentials either.
        let mut rows = source_rows(self.context, files, name);
        if rows.is_empty() {
            return Err(Error::config("no profile has credentials that could assume the role")
                .hint("'rolecall keys add base' creates one with your access keys"));
        }
        let choice = |row: &Row| Choice { value: row.name.clone(), shown: row.label.clone() };
        let choices: Vec<_> = rows.iter().map(choice).collect();
        self.list("Profiles whose credentials may assume it:", &choices)?;
        let heading = "Source profile, by number or name";
        if !can_choose {
            return self.until_valid(&format!("{heading}: "), |answer| {
                chosen(answer, &choices).ok_or_else(|| invalid("there is no such profile"))
            });
        }
        for (i, row) in rows.iter_mut().enumerate().take(MAX_CHOICES) {
            row.number = (i + 1).to_string();
            row.label = format!("{}) {}", row.number, row.label);
        }
        let list =
            List { heading, item: "profile", rows: &rows, takes_several: false, is_numbered: true };
        let chosen = self.terminal.choose(&list).map_err(no_answer)?;
        Ok(chosen.first().map(|row| rows[*row].name.clone()).unwrap_or_default())
    }

    /// Asks for the MFA device: one that the files name for the same user, or another one, or none.
    fn device(&self, set: &ProfileSet<'_>, source: &str) -> Result<Option<String>> {
        let mut choices: Vec<Choice> = Vec::new();
        let is_of_source = |profile: &Profile<'_>| {
            profile.name == source
                || profile.get(Key::SourceProfile).is_some_and(|(name, _)| name == source)
        };
        for profile in set.profiles().flatten().filter(is_of_source) {
            if let Some((serial, _)) = profile.get(Key::MfaSerial)
                && !choices.iter().any(|choice| choice.value == serial)
            {
                let shown = format!("{serial} (as in '{}')", profile.name);
                choices.push(Choice { value: serial.to_owned(), shown });
            }
        }
        let question = if choices.is_empty() {
            "MFA device, its serial number or ARN, or auto (Enter: none): "
        } else {
            self.list("MFA devices that profiles with this source name:", &choices)?;
            "MFA device, by number, serial number or ARN, or auto (Enter: none): "
        };
        self.until_valid(question, |answer| match chosen(answer, &choices) {
            Some(serial) => Ok(Some(serial)),
            None if answer.is_empty() => Ok(None),
            None if answer == AUTO => Ok(Some(answer.to_owned())),
            None => check_serial(answer).map(|()| Some(answer.to_owned())),
        })
    }

    /// Asks for a setting that may be left out.
    fn optional(&self, prompt: &str, check: impl Fn(&str) -> Result<()>) -> Result<Option<String>> {
        self.until_valid(prompt, |answer| match answer {
            "" => Ok(None),
            answer => check(answer).map(|()| Some(answer.to_owned())),
        })
    }

    /// Asks until `read` accepts the answer.
    fn until_valid<T>(&self, prompt: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
        loop {
            match read(&self.line(prompt)?) {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    let mut text = format!("  {}\n", escape(&error.to_string()));
                    for hint in error.hints() {
                        text.push_str(&format!("  hint: {}\n", escape(hint)));
                    }
                    self.show(&text)?;
                }
            }
        }
    }

    fn line(&self, prompt: &str) -> Result<String> {
        let question = Question { about: &[], prompt, is_hidden: false };
        Ok(self.terminal.ask(&question).map_err(no_answer)?.expose().to_owned())
    }

    fn list(&self, heading: &str, choices: &[Choice]) -> Result<()> {
        let mut text = format!("{heading}\n");
        for (i, choice) in choices.iter().take(MAX_CHOICES).enumerate() {
            text.push_str(&format!("  {}) {}\n", i + 1, escape(&choice.shown)));
        }
        if choices.len() > MAX_CHOICES {
            text.push_str(&format!("  … and {} more\n", choices.len() - MAX_CHOICES));
        }
        self.show(&text)
    }

    fn show(&self, text: &str) -> Result<()> {
        self.terminal.show(text).map_err(no_answer)
    }
}

/// Checks that a new profile may have this name, and that there is none with it.
pub(super) fn check_name(set: &ProfileSet<'_>, name: &str) -> Result<()> {
    check_new_name(name)?;
    process_line(Path::new("rolecall"), name)?;
    match set.section_location(name, Which::Config) {
        Some(at) => Err(app::exists(name, at)),
        None => Ok(()),
    }
}

fn invalid(message: &str) -> Error {
    Error::new(Kind::Usage, message)
}

fn no_answer(unanswered: Unanswered) -> Error {
    unanswered.into_error("there is no answer", "cancelled: nothing was written")
}

/// An answer that can be given by its number in a list.
struct Choice {
    value: String,
    shown: String,
}

/// Returns the choice that was typed: its value, or its number in the list.
fn chosen(answer: &str, choices: &[Choice]) -> Option<String> {
    if let Some(choice) = choices.iter().find(|choice| choice.value == answer) {
        return Some(choice.value.clone());
    }
    let number: usize = answer.parse().ok().filter(|number| *number <= MAX_CHOICES)?;
    choices.get(number.checked_sub(1)?).map(|choice| choice.value.clone())
}
