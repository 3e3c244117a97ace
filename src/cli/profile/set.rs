//! `rolecall profile set`: sets keys of a profile.

use super::edit::{Outcomes, Target, key_path};
use crate::{
    app::{self},
    cli::{args, invocation::Invocation},
    context::Context,
    error::{Error, Kind, Result},
    ini::KeyPath,
    output::Streams,
    plan::check_setting,
    profile::{
        Edited, Files, Key, Profile, ProfileSet, Which, check_new_name, has_twin, is_secret_key,
        meant_keys, process_line_fault,
    },
};

/// A key with its new value.
struct Setting<'a> {
    path: KeyPath<'a>,
    /// The whole key as given.
    key: &'a str,
    value: &'a str,
}

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileSet,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let name = args.name;
    selection.named_profile(Some(name.clone()))?;
    let settings = args.settings.iter().map(|word| setting(word)).collect::<Result<Vec<_>>>()?;
    for (at, one) in settings.iter().enumerate() {
        if settings[..at].iter().any(|other| other.key.eq_ignore_ascii_case(one.key)) {
            return Err(Error::new(Kind::Usage, format!("'{}' is set twice", one.key)));
        }
    }
    let target = Target::of(context, args.edit)?;
    check_sources(&Files::read(context)?, &name, &settings)?;
    let mut is_new = false;
    let edited = target.edit(context, |profiles| {
        is_new = !profiles.has(&name);
        if is_new {
            check_new_name(&name)?;
            profiles.add(&name)?;
        }
        for setting in &settings {
            profiles.set(&name, &setting.path, setting.value)?;
        }
        Ok(())
    })?;

    if !matches!(edited, Edited::WouldWrite(_)) {
        let written = Written { name: &name, which: target.which, settings: &settings };
        warn(context, written, streams);
    }
    let file = target.shown();
    let done = if is_new { "added" } else { "changed" };
    let outcomes = Outcomes {
        written: format!("{done} profile '{name}' in {file}"),
        unchanged: format!("profile '{name}' already has these settings: {file} is unchanged"),
    };
    outcomes.print(edited, streams)
}

fn setting(word: &str) -> Result<Setting<'_>> {
    // Not echoed: a value without its key may be a secret.
    let (key, value) = word.split_once('=').ok_or_else(|| {
        Error::new(Kind::Usage, "a setting must have the form KEY=VALUE")
            .hint("see 'rolecall profile set --help'")
    })?;
    let path = key_path(key)?;
    let is_secret = |key: &str| is_secret_key(&key.trim().to_ascii_lowercase());
    if key.split('.').any(is_secret) {
        return Err(Error::new(
            Kind::Usage,
            "secret keys and tokens can't be given on the command line, where other users can see them",
        )
        .hint("'rolecall keys add' saves access keys in the keychain, 'aws configure' in a file"));
    }
    if !key.contains('.') {
        check_setting(key, value)?;
    }
    Ok(Setting { path, key, value })
}

/// Warns of a source profile that does not exist, which most often is a typo.
fn check_sources(files: &Files, name: &str, settings: &[Setting<'_>]) -> Result<()> {
    let set = ProfileSet::new(files);
    let names = set.names();
    let sources = settings.iter().filter(|setting| {
        let key = Key::of(&setting.key.to_ascii_lowercase());
        key == Some(Key::SourceProfile) && !setting.value.is_empty()
    });
    for source in sources {
        if source.value != name && !names.iter().any(|known| known == source.value) {
            return Err(Error::config(format!(
                "the source profile '{}' does not exist",
                source.value
            ))
            .hint(
                set.suggestion(source.value)
                    .unwrap_or_else(|| "add it, or correct the name".to_owned()),
            ));
        }
    }
    Ok(())
}

/// Settings that were written into one of the files.
struct Written<'w> {
    name: &'w str,
    which: Which,
    settings: &'w [Setting<'w>],
}

/// Warns of new values that don't take effect. The edit is done, so files that can't be read now
/// are not an error.
fn warn(context: &Context, written: Written<'_>, streams: &mut Streams<'_>) {
    let Written { name, which, settings } = written;
    let Ok(files) = Files::read(context) else { return };
    if let Ok(Some(profile)) = ProfileSet::new(&files).profile(name) {
        let keys = settings.iter().map(|setting| setting.path.top_key().to_ascii_lowercase());
        for key in keys {
            if let Some(warning) = warning(&profile, &key, which) {
                streams.warn(&warning);
            }
            if let Some(found) = profile.misspelt().find(|found| found.key == key) {
                app::warn_about_misspelt_key(&profile, &found, streams);
            } else if let (meant @ [_, ..], Some(setting)) =
                (&*meant_keys(&key), profile.setting(&key))
            {
                let what = format!("'{key}' of '{}' is not a known key ({})", name, setting.at);
                streams.warn_with_hint(&what, &format!("did you mean '{}'?", meant.join("' or '")));
            }
        }
    }
    app::warn_about_duplicates(&files, streams);
}

fn warning(profile: &Profile<'_>, key: &str, which: Which) -> Option<String> {
    let setting = profile.setting(key)?;
    if setting.which != which {
        return Some(format!(
            "'{key}' of '{}' is also in the credentials file, which takes precedence ({})",
            profile.name, setting.at
        ));
    }
    if key == Key::CredentialProcess.name()
        && let Some(fault) = process_line_fault(setting)
    {
        return Some(format!("credential_process of '{}' {fault} ({})", profile.name, setting.at));
    }
    let (_, twin) = profile.prefixed(Key::of(key)?).filter(|_| has_twin(key))?;
    Some(format!(
        "rolecall reads '{}' of '{}' before '{key}' ({})",
        twin.key, profile.name, twin.at
    ))
}
