//! `rolecall profile add`: writes a managed profile into the config file.

use super::{Streams, args, setup};
use crate::{
    context::Context,
    error::{Error, Kind, Result},
    ini::Document,
    output::escape,
    plan::Request,
    profile::{Edited, File, Files, ProfileSet, Which, check_new_name, edit, process_line},
};

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::ProfileAdd,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let name = args.name;
    common.named_profile(Some(name.clone()))?;
    check_new_name(&name)?;
    let request = setup::request(context, None, &args.settings)?;
    let properties = properties(context, &name, args.bare, &request)?;
    let header = if name == "default" { name.clone() } else { format!("profile {name}") };

    let path = Which::Config.path(context)?;
    let files = Files::read(context)?;
    check_source(&files, &name, request.source_profile.as_deref())?;
    let edited = edit(context, &path, args.dry_run, |document| {
        add(document, &path, &name, &header, &properties)
    })?;

    let set = ProfileSet::new(&files);
    if let Some(at) = set.section_location(&name, Which::Credentials) {
        streams.warn(&format!(
            "the credentials file has a section '{name}' as well: keys in it win over this profile ({at})"
        ));
    }
    setup::warn_about_duplicates(&files, streams)?;
    match edited {
        Edited::WouldWrite(diff) => streams.print(&diff),
        Edited::Written | Edited::Unchanged => streams
            .print(&format!("added profile '{name}' to {}\n", escape(&path.display().to_string()))),
    }
}

/// The lines of the new section. A managed profile keeps the role's settings under our prefix: SDKs
/// would act on the plain ones themselves, and fail.
fn properties(
    context: &Context,
    name: &str,
    bare: bool,
    request: &Request,
) -> Result<Vec<(&'static str, String)>> {
    let missing = |flag: &str| {
        Error::new(Kind::Usage, format!("a new profile needs {flag}"))
            .hint("see 'rolecall profile add --help'")
    };
    let role_arn = request.role_arn.clone().ok_or_else(|| missing("--role-arn"))?;
    let source = request.source_profile.clone().ok_or_else(|| missing("--source-profile"))?;
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
    let program = if bare { Some("rolecall".as_ref()) } else { context.executable() };
    let program = program.ok_or_else(|| {
        Error::new(Kind::Other, "the path of this program is not known").hint("use --bare")
    })?;
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

/// Rule: IAM user guide, "IAM identifiers": `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
fn check_role_arn(arn: &str) -> Result<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let right = matches!(parts[..], ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws")
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
            && !arn.contains(char::is_whitespace));
    if right {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "--role-arn is not the ARN of a role")
        .hint("it looks like arn:aws:iam::222222222222:role/NAME"))
}

/// A source that does not exist would make a profile that can't work: most often a slip of the pen.
fn check_source(files: &Files, name: &str, source: Option<&str>) -> Result<()> {
    let set = ProfileSet::new(files);
    let names = set.names();
    match source {
        Some(source) if !names.iter().any(|known| known == source) => {
            let near = set.nearest(source);
            let hint = if near.is_empty() {
                format!("add it first, or correct --source-profile of '{name}'")
            } else {
                format!("did you mean '{}'?", near.join("' or '"))
            };
            Err(Error::config(format!("the source profile '{source}' does not exist")).hint(hint))
        }
        _ => Ok(()),
    }
}

fn add(
    document: &mut Document,
    path: &std::path::Path,
    name: &str,
    header: &str,
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
        return Err(Error::config(format!("profile '{name}' exists already"))
            .at(Some(at))
            .hint("choose another name, or edit that section"));
    }
    let properties: Vec<(&str, &str)> = properties.iter().map(|(k, v)| (*k, v.as_str())).collect();
    match document.add_section(header, &properties) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(Error::new(Kind::Usage, refusal.to_string())),
    }
}
