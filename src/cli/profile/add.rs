//! `rolecall profile add`: writes a managed profile into the config file.

use std::path::Path;

use super::{add_questions as questions, mfa_device};
use crate::{
    app::{self, Selection},
    cli::{args, request::request},
    context::Context,
    error::{Error, Kind, Result},
    ini::Document,
    output::{Streams, escape},
    plan::AUTO,
    profile::{Edited, File, Files, ProfileSet, Which, check_new_name, edit},
};

pub(super) fn run(
    context: &Context,
    selection: Selection,
    args: args::ProfileAdd,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let args::ProfileAdd { name, bare, dry_run, mut settings } = args;
    let name = selection.named_profile(name)?;
    if let Some(name) = &name {
        check_new_name(name)?;
    }
    let files = Files::read(context)?;
    let mut terminal = None;
    if let Some(missing) = missing(name.as_deref(), &settings) {
        // What is there is judged before anybody is asked for the rest.
        request(context, &without_auto(&settings))?;
        settings.role_arn.as_deref().map_or(Ok(()), app::check_role_arn)?;
        terminal = questions::open(context)?;
        if terminal.is_none() {
            return Err(Error::new(Kind::Usage, format!("a new profile needs {missing}"))
                .hint("see 'rolecall profile add --help'; in a terminal, you are asked"));
        }
    }
    let name = match (&terminal, name) {
        (Some(terminal), name) => {
            let set = ProfileSet::new(&files);
            name.as_deref().map_or(Ok(()), |name| questions::check_name(&set, name))?;
            app::check_source(&files, name.as_deref(), settings.source_profile.as_deref())?;
            questions::ask(terminal, &files, name, &mut settings)?
        }
        (None, name) => name.expect("BUG: it was just looked for"),
    };
    let mut request = request(context, &without_auto(&settings))?;
    // That everything else is right is known before IAM is asked.
    let program = app::program(context, bare)?;
    app::properties(&program, &name, &request)?;
    app::check_source(&files, Some(&name), request.source_profile.as_deref())?;
    if settings.mfa_serial.as_deref() == Some(AUTO) {
        let source = request.source_profile.as_deref().unwrap_or_default();
        let choose = |devices: &[String]| match &terminal {
            Some(terminal) => questions::choose_device(terminal, devices).map(Some),
            // The flags left nothing else to ask.
            None => questions::ask_for_device(context, devices),
        };
        let (source, region) = (source, request.region.as_deref());
        let serial = mfa_device::find(context, &selection, (source, region), &choose, streams)?;
        request.mfa_serial = Some(serial);
    }
    let properties = app::properties(&program, &name, &request)?;

    let path = Which::Config.path(context)?;
    let write = |dry_run| {
        edit(context, &path, dry_run, |document| add(document, &path, &name, &properties))
    };
    if let Some(terminal) = terminal {
        let agreed = match write(true)? {
            Edited::WouldWrite(diff) if !dry_run => questions::confirm(&terminal, &diff)?,
            _ => true,
        };
        questions::close(terminal)?;
        if !agreed {
            return streams.print("nothing was written\n");
        }
    }
    let edited = write(dry_run)?;
    warn(&name, &files, streams);
    match edited {
        Edited::WouldWrite(diff) => streams.print(&diff),
        Edited::Written | Edited::Unchanged => streams
            .print(&format!("added profile '{name}' to {}\n", escape(&path.display().to_string()))),
    }
}

/// The settings without a device that is still to be found.
fn without_auto(settings: &args::Settings) -> args::Settings {
    let mfa_serial = settings.mfa_serial.clone().filter(|serial| serial != AUTO);
    args::Settings { mfa_serial, ..settings.clone() }
}

/// What a new profile can't do without and the command line does not say.
fn missing(name: Option<&str>, settings: &args::Settings) -> Option<&'static str> {
    match (name, &settings.role_arn, &settings.source_profile) {
        (None, ..) => Some("a name"),
        (_, None, _) => Some("--role-arn"),
        (.., None) => Some("--source-profile"),
        _ => None,
    }
}

/// What other tools make of the new profile, and of the files with it.
fn warn(name: &str, files: &Files, streams: &mut Streams<'_>) {
    app::warn_of_losing(name, files, streams);
    app::warn_about_duplicates(files, streams);
}

fn add(
    document: &mut Document,
    path: &Path,
    name: &str,
    properties: &[(&'static str, String)],
) -> Result<()> {
    // Looked up in the very text that is edited: another process may have added it meanwhile.
    let text = String::from_utf8(document.to_bytes()).map_err(|_| {
        Error::config(format!("{} is not UTF-8 and can't be edited", path.display()))
    })?;
    let files = Files {
        config: File::of_text(Which::Config, path.to_owned(), text)?,
        credentials: File::of_text(Which::Credentials, path.to_owned(), String::new())?,
    };
    let set = ProfileSet::new(&files);
    if let Some(at) = set.section_location(name, Which::Config) {
        return Err(app::exists(name, at));
    }
    app::add_section(document, name, properties)
}
