//! What `rolecall profile add` asks at the terminal for what the flags leave open.

use std::{path::Path, time::Duration};

use crate::{
    app,
    cli::args::Settings,
    context::Context,
    error::{Error, Kind, Result},
    output::escape,
    plan::{AUTO, check_serial, is_external_id},
    profile::{Files, Profile, ProfileSet, Which, check_new_name, process_line},
    prompt::{PromptMode, Question, Terminal, Unanswered},
};

/// So many choices are shown; others can be typed.
const MOST_SHOWN: usize = 20;

/// The terminal with somebody at it; `None`: nobody can be asked there.
pub(super) fn open(context: &Context) -> Result<Option<Terminal<'_>>> {
    PromptMode::of(context).map_err(|why| Error::new(Kind::Usage, why))?;
    match Terminal::open(context, Duration::MAX) {
        Ok(terminal) => Ok(Some(terminal)),
        Err(Unanswered::Nobody(_)) => Ok(None),
        Err(unanswered) => Err(no_answer(unanswered)),
    }
}

/// Asks for all that `name` and `settings` leave open; gives the name.
pub(super) fn ask(
    terminal: &Terminal<'_>,
    files: &Files,
    name: Option<String>,
    settings: &mut Settings,
) -> Result<String> {
    let set = ProfileSet::new(files);
    let asking = Asking { terminal, set: &set };
    asking.tell("Ctrl-C ends this at any time, and nothing is written.\n")?;
    let name = match name {
        Some(name) => name,
        None => asking.until_right("Name of the new profile: ", |name| {
            check_name(&set, name).map(|()| name.to_owned())
        })?,
    };
    if settings.role_arn.is_none() {
        let role = asking.until_right("ARN of the role: ", |arn| {
            app::check_role_arn(arn).map(|()| arn.to_owned())
        })?;
        settings.role_arn = Some(role);
    }
    if settings.source_profile.is_none() {
        settings.source_profile = Some(asking.source(&name)?);
    }
    if settings.external_id.is_none() {
        settings.external_id = asking.optional("External ID (Enter: none): ", |id| {
            is_external_id(id)
                .then_some(())
                .ok_or_else(|| wrong("STS does not take this external ID").hint(EXTERNAL_ID))
        })?;
    }
    if settings.mfa_serial.is_none() {
        let source = settings.source_profile.as_deref().unwrap_or_default();
        settings.mfa_serial = asking.device(source)?;
    }
    if settings.region.is_none() {
        settings.region = asking.optional("Region (Enter: none): ", |region| {
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let right = region.chars().all(fits);
            right.then_some(()).ok_or_else(|| wrong("that is no region").hint("eu-west-1 is one"))
        })?;
    }
    Ok(name)
}

const EXTERNAL_ID: &str = "it has 2 to 1224 letters, digits and _ + = , . @ : / -";

/// The last question: whether the change that `diff` shows is to be made.
pub(super) fn confirm(terminal: &Terminal<'_>, diff: &str) -> Result<bool> {
    let shown: Vec<_> = diff.lines().map(escape).collect();
    terminal.show(&format!("\n{}\n\n", shown.join("\n"))).map_err(no_answer)?;
    let answer = ask_line(terminal, "Write this? [y/N] ")?;
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks at the terminal for that device and nothing else; `None`: nobody can be asked there.
pub(super) fn ask_for_device(context: &Context, devices: &[String]) -> Result<Option<String>> {
    let Some(terminal) = open(context)? else { return Ok(None) };
    let device = choose_device(&terminal, devices)?;
    close(terminal)?;
    Ok(Some(device))
}

/// Which of several MFA devices of one user is meant.
pub(super) fn choose_device(terminal: &Terminal<'_>, devices: &[String]) -> Result<String> {
    let known: Vec<_> = devices.iter().map(|serial| (serial.clone(), serial.clone())).collect();
    list(terminal, "MFA devices of the user:", &known)?;
    until_right(terminal, "MFA device, by number: ", |answer| {
        chosen(answer, &known).ok_or_else(|| wrong("there is no such device"))
    })
}

/// Ends the questions; an error if somebody cancelled them in the last moment.
pub(super) fn close(terminal: Terminal<'_>) -> Result<()> {
    terminal.close(Ok(())).map_err(no_answer)
}

/// Whether a new profile may be called so, and is not there yet.
pub(super) fn check_name(set: &ProfileSet<'_>, name: &str) -> Result<()> {
    check_new_name(name)?;
    process_line(Path::new("rolecall"), name)?;
    match set.section_location(name, Which::Config) {
        Some(at) => Err(app::exists(name, at)),
        None => Ok(()),
    }
}

fn wrong(what: &str) -> Error {
    Error::new(Kind::Usage, what)
}

fn no_answer(unanswered: Unanswered) -> Error {
    unanswered.into_error("there is no answer", "cancelled: nothing was written")
}

struct Asking<'a> {
    terminal: &'a Terminal<'a>,
    set: &'a ProfileSet<'a>,
}

impl Asking<'_> {
    fn tell(&self, text: &str) -> Result<()> {
        self.terminal.show(text).map_err(no_answer)
    }

    fn until_right<T>(&self, question: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
        until_right(self.terminal, question, read)
    }

    /// Asks for what may be left out.
    fn optional(
        &self,
        question: &str,
        check: impl Fn(&str) -> Result<()>,
    ) -> Result<Option<String>> {
        self.until_right(question, |answer| match answer {
            "" => Ok(None),
            answer => check(answer).map(|()| Some(answer.to_owned())),
        })
    }

    fn source(&self, name: &str) -> Result<String> {
        let mut known = Vec::new();
        // One that can't be read gives no credentials either.
        for profile in self.set.profiles().flatten() {
            if profile.name != name && profile.kind() != "none" {
                let shown = format!("{} ({})", profile.name, profile.kind());
                known.push((profile.name, shown));
            }
        }
        if known.is_empty() {
            return Err(Error::config("no profile has credentials that could assume the role")
                .hint("'aws configure --profile base' makes one with your access keys"));
        }
        self.list("Profiles whose credentials may assume it:", &known)?;
        self.until_right("Source profile, by number or name: ", |answer| {
            chosen(answer, &known).ok_or_else(|| wrong("there is no such profile"))
        })
    }

    /// The MFA device: one that the files name for the same user, or another one, or none.
    fn device(&self, source: &str) -> Result<Option<String>> {
        let mut known: Vec<(String, String)> = Vec::new();
        let is_of_source = |profile: &Profile<'_>| {
            profile.name == source
                || profile.either("source_profile").is_some_and(|(name, _)| name == source)
        };
        for profile in self.set.profiles().flatten().filter(is_of_source) {
            if let Some((serial, _)) = profile.either("mfa_serial")
                && !known.iter().any(|(seen, _)| seen == serial)
            {
                known.push((serial.to_owned(), format!("{serial} (as in '{}')", profile.name)));
            }
        }
        let question = if known.is_empty() {
            "MFA device, its serial number or ARN, or auto (Enter: none): "
        } else {
            self.list("MFA devices that profiles with this source name:", &known)?;
            "MFA device, by number, serial number or ARN, or auto (Enter: none): "
        };
        self.until_right(question, |answer| match chosen(answer, &known) {
            Some(serial) => Ok(Some(serial)),
            None if answer.is_empty() => Ok(None),
            None if answer == AUTO => Ok(Some(answer.to_owned())),
            None => check_serial(answer).map(|()| Some(answer.to_owned())),
        })
    }

    fn list(&self, heading: &str, choices: &[(String, String)]) -> Result<()> {
        list(self.terminal, heading, choices)
    }
}

fn ask_line(terminal: &Terminal<'_>, prompt: &str) -> Result<String> {
    let question = Question { about: &[], prompt, is_hidden: false };
    Ok(terminal.ask(&question).map_err(no_answer)?.expose().to_owned())
}

/// Asks until `read` makes something of the answer.
fn until_right<T>(
    terminal: &Terminal<'_>,
    question: &str,
    read: impl Fn(&str) -> Result<T>,
) -> Result<T> {
    loop {
        let answer = ask_line(terminal, question)?;
        match read(&answer) {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                let mut text = format!("  {}\n", escape(&error.to_string()));
                for hint in error.hints() {
                    text.push_str(&format!("  hint: {}\n", escape(hint)));
                }
                terminal.show(&text).map_err(no_answer)?;
            }
        }
    }
}

fn list(terminal: &Terminal<'_>, heading: &str, choices: &[(String, String)]) -> Result<()> {
    let mut text = format!("{heading}\n");
    for (i, (_, shown)) in choices.iter().take(MOST_SHOWN).enumerate() {
        text.push_str(&format!("  {}) {}\n", i + 1, escape(shown)));
    }
    if choices.len() > MOST_SHOWN {
        text.push_str(&format!("  … and {} more\n", choices.len() - MOST_SHOWN));
    }
    terminal.show(&text).map_err(no_answer)
}

/// The choice that was typed: itself, or the number that it was shown with.
fn chosen(answer: &str, choices: &[(String, String)]) -> Option<String> {
    if let Some((name, _)) = choices.iter().find(|(name, _)| name == answer) {
        return Some(name.clone());
    }
    let number: usize = answer.parse().ok().filter(|number| *number <= MOST_SHOWN)?;
    choices.get(number.checked_sub(1)?).map(|(name, _)| name.clone())
}
