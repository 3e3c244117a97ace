//! `rolecall profile add`: writes a managed profile into the config file.

use std::path::Path;

use super::{Streams, args, mfa_device, profile_add_questions as questions, setup};
use crate::{
    context::Context,
    error::{Error, Kind, Location, Result},
    ini::Document,
    output::escape,
    plan::{AUTO, Request, is_role_arn},
    profile::{
        Edited, File, Files, ProfileSet, Which, check_new_name, edit, header, keys_hint,
        process_line,
    },
};

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::ProfileAdd,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let args::ProfileAdd { name, bare, dry_run, mut settings } = args;
    let name = common.named_profile(name)?;
    if let Some(name) = &name {
        check_new_name(name)?;
    }
    let files = Files::read(context)?;
    let mut talk = None;
    if let Some(missing) = missing(name.as_deref(), &settings) {
        // What is there is judged before anybody is asked for the rest.
        setup::request(context, None, &without_auto(&settings))?;
        settings.role_arn.as_deref().map_or(Ok(()), check_role_arn)?;
        talk = questions::begin(context)?;
        if talk.is_none() {
            return Err(Error::new(Kind::Usage, format!("a new profile needs {missing}"))
                .hint("see 'rolecall profile add --help'; in a terminal, you are asked"));
        }
    }
    let name = match (&talk, name) {
        (Some(talk), name) => {
            let set = ProfileSet::new(&files);
            name.as_deref().map_or(Ok(()), |name| questions::check_name(&set, name))?;
            check_source(&files, name.as_deref(), settings.source_profile.as_deref())?;
            questions::ask(talk, &files, name, &mut settings)?
        }
        (None, name) => name.expect("BUG: it was just looked for"),
    };
    let mut request = setup::request(context, None, &without_auto(&settings))?;
    // That everything else is right is known before IAM is asked.
    let program = setup::program(context, bare)?;
    properties(&program, &name, &request)?;
    check_source(&files, Some(&name), request.source_profile.as_deref())?;
    if settings.mfa_serial.as_deref() == Some(AUTO) {
        let source = request.source_profile.as_deref().unwrap_or_default();
        let choose = |devices: &[String]| match &talk {
            Some(talk) => questions::choose_device(talk, devices).map(Some),
            // The flags left nothing else to ask.
            None => questions::ask_for_device(context, devices),
        };
        let (source, region) = (source, request.region.as_deref());
        let serial = mfa_device::find(context, &common, (source, region), &choose, streams)?;
        request.mfa_serial = Some(serial);
    }
    let properties = properties(&program, &name, &request)?;

    let path = Which::Config.path(context)?;
    let write = |dry_run| {
        edit(context, &path, dry_run, |document| add(document, &path, &name, &properties))
    };
    if let Some(talk) = talk {
        let agreed = match write(true)? {
            Edited::WouldWrite(diff) if !dry_run => questions::confirm(&talk, &diff)?,
            _ => true,
        };
        questions::end(talk)?;
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
    warn_of_losing(name, files, streams);
    setup::warn_about_duplicates(files, streams);
}

/// That the credentials file may have keys under the name of a profile that is written.
pub(super) fn warn_of_losing(name: &str, files: &Files, streams: &mut Streams<'_>) {
    let set = ProfileSet::new(files);
    if let Some(at) = set.section_location(name, Which::Credentials) {
        streams.advise(
            &format!(
                "the credentials file has a section '{name}' as well: keys in it win over this \
                 profile ({at})"
            ),
            &keys_hint(name),
        );
    }
}

/// The lines of a new section, whose `credential_process` calls `program`. A managed profile keeps
/// the role's settings under our prefix: SDKs would act on the plain ones themselves, and fail.
pub(super) fn properties(
    program: &Path,
    name: &str,
    request: &Request,
) -> Result<Vec<(&'static str, String)>> {
    const KNOWN: &str = "BUG: it was given, or asked for";
    let role_arn = request.role_arn.clone().expect(KNOWN);
    let source = request.source_profile.clone().expect(KNOWN);
    check_role_arn(&role_arn)?;
    if source == name {
        return Err(Error::new(Kind::Usage, "a new profile can't be its own source"));
    }
    let duration = request.duration_seconds;
    if duration.is_some_and(|seconds| !(900..=43_200).contains(&seconds)) {
        return Err(Error::new(
            Kind::Usage,
            "STS takes durations from 900 s to 43200 s (12 hours)",
        ));
    }
    let line = process_line(program, name)?;
    let policies = &request.attributes;
    let arns = policies.policy_arns.join(",");
    let arns = Some(arns).filter(|arns| !arns.is_empty());
    let all = [
        ("region", request.region.clone()),
        ("credential_process", Some(line)),
        ("rolecall_role_arn", Some(role_arn)),
        ("rolecall_source_profile", Some(source)),
        ("rolecall_mfa_serial", request.mfa_serial.clone()),
        ("rolecall_external_id", request.external_id.clone()),
        ("rolecall_duration_seconds", duration.map(|seconds| seconds.to_string())),
        ("rolecall_role_session_name", request.session_name.clone()),
        ("rolecall_session_policy", policies.policy.clone()),
        ("rolecall_session_policy_arns", arns),
    ];
    Ok(all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
}

pub(super) fn check_role_arn(arn: &str) -> Result<()> {
    if is_role_arn(arn) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "--role-arn is not the ARN of a role")
        .hint("it looks like arn:aws:iam::222222222222:role/NAME"))
}

/// A source that does not exist would make a profile that can't work: most often a slip of the pen.
pub(super) fn check_source(files: &Files, name: Option<&str>, source: Option<&str>) -> Result<()> {
    let set = ProfileSet::new(files);
    let names = set.names();
    match source {
        Some(source) if !names.iter().any(|known| known == source) => Err(Error::config(format!(
            "the source profile '{source}' does not exist"
        ))
        .hint(match (&*set.nearest(source), name) {
            ([], Some(name)) => format!("add it first, or correct --source-profile of '{name}'"),
            ([], None) => "add it first, or correct --source-profile".to_owned(),
            (near, _) => format!("did you mean '{}'?", near.join("' or '")),
        })),
        _ => Ok(()),
    }
}

pub(super) fn exists(name: &str, at: Location) -> Error {
    Error::config(format!("profile '{name}' exists already"))
        .at(Some(at))
        .hint("choose another name, or edit that section")
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
        return Err(exists(name, at));
    }
    add_section(document, name, properties)
}

/// Adds the section of a profile that the config file's `document` does not have.
pub(super) fn add_section(
    document: &mut Document,
    name: &str,
    properties: &[(&'static str, String)],
) -> Result<()> {
    let properties: Vec<(&str, &str)> = properties.iter().map(|(k, v)| (*k, v.as_str())).collect();
    match document.add_section(&header(name, Which::Config), &properties) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Error::new(Kind::Usage, refusal.to_string())),
    }
}
