//! What `rolecall profile add` asks at the terminal for what the flags leave open.

use std::path::Path;

use crate::{
    app,
    cli::args::Settings,
    context::Context,
    error::{Error, Kind, Result},
    output::escape,
    plan::{AUTO, check_serial, is_external_id},
    profile::{Files, Profile, ProfileSet, Which, check_new_name, process_line},
    prompt::{Mode, Refusal, Talk},
};

/// So many choices are shown; others can be typed.
const MOST_SHOWN: usize = 20;

/// The terminal with somebody at it; `None`: nobody can be asked there.
pub(super) fn begin(context: &Context) -> Result<Option<Talk<'_>>> {
    let mode = Mode::of(context).map_err(|why| Error::new(Kind::Usage, why))?;
    match Talk::begin(mode, context) {
        Ok(talk) => Ok(Some(talk)),
        Err(Refusal::Nobody(_)) => Ok(None),
        Err(refusal) => Err(broken_off(refusal)),
    }
}

/// Asks for all that `name` and `settings` leave open; gives the name.
pub(super) fn ask(
    talk: &Talk<'_>,
    files: &Files,
    name: Option<String>,
    settings: &mut Settings,
) -> Result<String> {
    let set = ProfileSet::new(files);
    let asking = Asking { talk, set: &set };
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
pub(super) fn confirm(talk: &Talk<'_>, diff: &str) -> Result<bool> {
    let shown: Vec<_> = diff.lines().map(escape).collect();
    talk.tell(&format!("\n{}\n\n", shown.join("\n"))).map_err(broken_off)?;
    let answer = talk.ask("Write this? [y/N] ").map_err(broken_off)?;
    Ok(matches!(answer.to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Asks at the terminal for that device and nothing else; `None`: nobody can be asked there.
pub(super) fn ask_for_device(context: &Context, devices: &[String]) -> Result<Option<String>> {
    let Some(talk) = begin(context)? else { return Ok(None) };
    let device = choose_device(&talk, devices)?;
    end(talk)?;
    Ok(Some(device))
}

/// Which of several MFA devices of one user is meant.
pub(super) fn choose_device(talk: &Talk<'_>, devices: &[String]) -> Result<String> {
    let known: Vec<_> = devices.iter().map(|serial| (serial.clone(), serial.clone())).collect();
    list(talk, "MFA devices of the user:", &known)?;
    until_right(talk, "MFA device, by number: ", |answer| {
        chosen(answer, &known).ok_or_else(|| wrong("there is no such device"))
    })
}

/// Ends the talk; an error where somebody broke it off in the last moment.
pub(super) fn end(talk: Talk<'_>) -> Result<()> {
    talk.end().map_err(broken_off)
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

fn broken_off(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Cancelled | Refusal::Stopped | Refusal::TimedOut => {
            Error::new(Kind::Interrupted, "broken off: nothing was written")
        }
        Refusal::Nobody(why) | Refusal::Failed(why) => Error::new(Kind::NeedsHuman, why),
    }
}

struct Asking<'a> {
    talk: &'a Talk<'a>,
    set: &'a ProfileSet<'a>,
}

impl Asking<'_> {
    fn tell(&self, text: &str) -> Result<()> {
        self.talk.tell(text).map_err(broken_off)
    }

    fn until_right<T>(&self, question: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
        until_right(self.talk, question, read)
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
        list(self.talk, heading, choices)
    }
}

/// Asks until `read` makes something of the answer.
fn until_right<T>(talk: &Talk<'_>, question: &str, read: impl Fn(&str) -> Result<T>) -> Result<T> {
    loop {
        let answer = talk.ask(question).map_err(broken_off)?;
        match read(&answer) {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                let mut text = format!("  {}\n", escape(&error.to_string()));
                for hint in error.hints() {
                    text.push_str(&format!("  hint: {}\n", escape(hint)));
                }
                talk.tell(&text).map_err(broken_off)?;
            }
        }
    }
}

fn list(talk: &Talk<'_>, heading: &str, choices: &[(String, String)]) -> Result<()> {
    let mut text = format!("{heading}\n");
    for (i, (_, shown)) in choices.iter().take(MOST_SHOWN).enumerate() {
        text.push_str(&format!("  {}) {}\n", i + 1, escape(shown)));
    }
    if choices.len() > MOST_SHOWN {
        text.push_str(&format!("  … and {} more\n", choices.len() - MOST_SHOWN));
    }
    talk.tell(&text).map_err(broken_off)
}

/// The choice that was typed: itself, or the number that it was shown with.
fn chosen(answer: &str, choices: &[(String, String)]) -> Option<String> {
    if let Some((name, _)) = choices.iter().find(|(name, _)| name == answer) {
        return Some(name.clone());
    }
    let number: usize = answer.parse().ok().filter(|number| *number <= MOST_SHOWN)?;
    choices.get(number.checked_sub(1)?).map(|(name, _)| name.clone())
}
