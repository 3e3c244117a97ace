//! `rolecall profile add`: writes a managed profile into the config file.

use std::path::Path;

use super::{
    add_questions::{Questions, check_name},
    mfa_device::MfaSearch,
};
use crate::{
    app::{self},
    cli::{args, invocation::Invocation, request::request},
    context::Context,
    error::{Error, Kind, Result},
    ini::Document,
    output::{Streams, escape},
    plan::{AUTO, check_flag},
    profile::{Edited, FileEdit, Files, Key, ProfileSet, Which, check_new_name},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileAdd,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let args::ProfileAdd { name, bare, dry_run, mut settings } = args;
    let name = selection.named_profile(name)?;
    if let Some(name) = &name {
        check_new_name(name)?;
    }
    let files = Files::read(context)?;
    let mut questions = None;
    if let Some(missing) = missing(name.as_deref(), &settings) {
        // Check what there is before prompting for the rest.
        request(context, &without_auto(&settings))?;
        settings.role_arn.as_deref().map_or(Ok(()), |arn| check_flag(Key::RoleArn, arn))?;
        questions = Questions::open(context)?;
        if questions.is_none() {
            return Err(Error::new(Kind::Usage, format!("a new profile needs {missing}")).hint(
                "see 'rolecall profile add --help', or run it in a terminal to be prompted",
            ));
        }
    }
    let name = match (&questions, name) {
        (Some(questions), name) => {
            let set = ProfileSet::new(&files);
            name.as_deref().map_or(Ok(()), |name| check_name(&set, name))?;
            app::check_source(&files, name.as_deref(), settings.source_profile.as_deref())?;
            questions.ask(&files, name, &mut settings)?
        }
        (None, name) => name.expect("BUG: a missing name was prompted for"),
    };
    let mut request = request(context, &without_auto(&settings))?;
    // Check everything else before asking IAM.
    let program = app::program(context, bare)?;
    app::properties(&program, &name, &request)?;
    app::check_source(&files, Some(&name), request.source_profile.as_deref())?;
    if settings.mfa_serial.as_deref() == Some(AUTO) {
        let source = request.source_profile.as_deref().unwrap_or_default();
        let choose = |devices: &[String]| match &questions {
            Some(questions) => questions.choose_device(devices).map(Some),
            // The flags left nothing else to prompt for.
            None => choose_device(context, devices),
        };
        let search = MfaSearch { source, region: request.region.as_deref(), choose: &choose };
        let serial = search.run(invocation, streams)?;
        request.mfa_serial = Some(serial);
    }
    let properties = app::properties(&program, &name, &request)?;

    let path = Which::Config.path(context)?;
    let write = |dry_run| {
        FileEdit { path: &path, dry_run }.apply(context, |document| {
            NewSection { name: &name, properties: &properties }.add(document, &path)
        })
    };
    if let Some(questions) = questions {
        let agreed = match write(true)? {
            Edited::WouldWrite(diff) if !dry_run => questions.confirm(&diff)?,
            _ => true,
        };
        questions.close()?;
        if !agreed {
            return streams.print("nothing was written\n");
        }
    }
    let edited = write(dry_run)?;
    warn(&name, &files, streams);
    match edited {
        Edited::WouldWrite(diff) => streams.print_diff(&diff),
        Edited::Written | Edited::Unchanged => streams
            .print(&format!("added profile '{name}' to {}\n", escape(&path.display().to_string()))),
    }
}

/// Asks for one of several MFA devices and nothing else; `None` if nobody can be asked.
fn choose_device(context: &Context, devices: &[String]) -> Result<Option<String>> {
    let Some(questions) = Questions::open(context)? else { return Ok(None) };
    let device = questions.choose_device(devices)?;
    questions.close()?;
    Ok(Some(device))
}

/// Returns the settings without `auto`, which stands for a device yet to be found.
fn without_auto(settings: &args::Settings) -> args::Settings {
    let mfa_serial = settings.mfa_serial.clone().filter(|serial| serial != AUTO);
    args::Settings { mfa_serial, ..settings.clone() }
}

/// Returns what a new profile needs and the command line lacks.
fn missing(name: Option<&str>, settings: &args::Settings) -> Option<&'static str> {
    match (name, &settings.role_arn, &settings.source_profile) {
        (None, ..) => Some("a name"),
        (_, None, _) => Some("--role-arn"),
        (.., None) => Some("--source-profile"),
        _ => None,
    }
}

/// Warns of what other tools make of the new profile and the files.
fn warn(name: &str, files: &Files, streams: &mut Streams<'_>) {
    app::warn_of_losing(name, files, streams);
    app::warn_about_duplicates(files, streams);
}

/// The section of a new profile.
struct NewSection<'n> {
    name: &'n str,
    properties: &'n [(&'static str, String)],
}

impl NewSection<'_> {
    /// Adds it to the document of the config file at `path`.
    fn add(&self, document: &mut Document, path: &Path) -> Result<()> {
        // Looked up in the text being edited: another process may just have added it.
        let files = app::files_of(document, path)?;
        let set = ProfileSet::new(&files);
        if let Some(at) = set.section_location(self.name, Which::Config) {
            return Err(app::exists(self.name, at));
        }
        app::add_section(document, self.name, self.properties)
    }
}
