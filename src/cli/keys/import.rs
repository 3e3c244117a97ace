//! `rolecall keys import`: moves access keys from the two files into the keychain.
//!
//! A crash at any moment loses nothing, and a second run continues from there, because of the
//! order: save the key and read it back, name it in the config file, remove it from the files.

use crate::{
    app::{self, PlainKeys, TextsAfter},
    cli::{args, invocation::Invocation},
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    input::{self, Pipe},
    output::{Streams, escape},
    plan::{check_key_id, has_session_token},
    profile::{
        Edited, FileEdit, Files, Key, LARGEST_FILE, Profile, ProfileSet, Which, check_new_name,
    },
    secret::Secret,
    session::LongLivedKeys,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::KeysImport,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if selection.profile.is_some() {
        return Err(Error::new(Kind::Usage, "'keys import' doesn't accept --profile")
            .hint("name the profiles as arguments, or use --all"));
    }
    let store = selection.store(context)?;
    LongLivedKeys::check_kind(&*store)?;
    let files = Files::read(context)?;
    let (names, mut failed) = names(&files, &args, streams);
    if names.is_empty() && failed.is_empty() {
        return streams.print("there are no access keys in the files\n");
    }
    let place = if args.dry_run { None } else { Some(LongLivedKeys::open(context, &*store)?) };
    let import = Import { context, place: place.as_ref(), args: &args };
    // One failure does not stop the others; the highest exit code is returned.
    let mut moved = Vec::new();
    for name in &names {
        match import.one(name, streams) {
            Ok(keys) => moved.extend(keys),
            // With --all, nobody asked for this one.
            Err(error) if args.all && is_passed_over(&files, name) => {
                streams.warn(&format!("skipped profile '{name}': {error}"));
            }
            Err(error) => failed.push(error),
        }
    }
    if !args.dry_run && !args.keep {
        warn_about_copies(context, &moved, streams)?;
    }
    app::warn_about_duplicates(&files, streams);
    streams.report_all_but_worst(failed)
}

/// Returns the profiles whose keys to move, and errors for those that can't be read.
fn names(
    files: &Files,
    args: &args::KeysImport,
    streams: &mut Streams<'_>,
) -> (Vec<String>, Vec<Error>) {
    if !args.all {
        return (args.names.clone(), Vec::new());
    }
    let (mut names, mut broken) = (Vec::new(), Vec::new());
    for profile in ProfileSet::new(files).profiles() {
        let profile = match profile {
            Ok(profile) => profile,
            Err(error) => {
                broken.push(error);
                continue;
            }
        };
        let Some((_, setting)) = profile.get(Key::AwsAccessKeyId) else { continue };
        if has_session_token(&profile) {
            streams.warn(&format!(
                "skipped profile '{}': its keys belong to a session, which expires ({})",
                profile.name, setting.at
            ));
        } else {
            names.push(profile.name);
        }
    }
    (names, broken)
}

/// Whether a profile's keys serve only the role that it also has.
fn is_passed_over(files: &Files, name: &str) -> bool {
    let profile = ProfileSet::new(files).profile(name).ok().flatten();
    profile.is_some_and(|profile| profile.get(Key::RoleArn).is_some())
}

struct Import<'a> {
    context: &'a Context,
    /// `None` for a dry run.
    place: Option<&'a LongLivedKeys<'a>>,
    args: &'a args::KeysImport,
}

impl Import<'_> {
    /// Moves the keys of profile `name`; returns `None` if they are in the store already.
    fn one(&self, name: &str, streams: &mut Streams<'_>) -> Result<Option<Credentials>> {
        let (context, keep) = (self.context, self.args.keep);
        // Read again for each profile, to move what is there now.
        let files = Files::read(context)?;
        let set = ProfileSet::new(&files);
        let profile = set.profile(name)?;
        let profile =
            profile.ok_or_else(|| Error::config(format!("profile '{name}' does not exist")))?;
        let Some(keys) = plain_keys(&profile)? else {
            streams.print(&format!("{}: its access key is in the store\n", escape(name)))?;
            return Ok(None);
        };
        if check_new_name(name).is_err() {
            return Err(Error::config(format!(
                "profile '{name}' can't have a section in the config file: not every AWS tool reads that name"
            ))
            .at(Some(profile.at.clone()))
            .hint("rename it first: 'rolecall profile rename OLD NEW'"));
        }
        let id = &*keys.access_key_id;
        let lines = app::KeyLines::new(&app::program(context, self.args.bare)?, name, id)?;
        let path = |which: Which| which.path(context);
        let (config, credentials) = (path(Which::Config)?, path(Which::Credentials)?);
        let plain = |which, path| PlainKeys { which, path, name, keys: &keys };
        let in_config = plain(Which::Config, &config);
        let in_credentials = plain(Which::Credentials, &credentials);
        let config_after = app::after(context, &config, |document| {
            lines.write(document, &config)?;
            app::take_out(document, in_config)
        })?;
        let credentials_after =
            app::after(context, &credentials, |document| app::take_out(document, in_credentials))?;
        let after = TextsAfter { config: config_after, credentials: credentials_after };
        after.plan(context, name, id)?;
        let Some(place) = self.place else {
            self.show(&lines, [in_config, in_credentials], streams)?;
            return Ok(Some(keys));
        };
        if place.find(id)?.is_some_and(|kept| kept != keys.secret_access_key) {
            return Err(Error::config(format!(
                "the store '{}' and profile '{name}' have different secrets for {id}",
                place.store_name()
            ))
            .at(profile.get(Key::AwsAccessKeyId).map(|(_, setting)| setting.at.clone()))
            .hint(format!(
                "one of the two is wrong: delete that one ('rolecall keys remove {id}')"
            )));
        }
        place.keep(&keys)?;
        FileEdit { path: &config, dry_run: false }
            .apply(context, |document| lines.write(document, &config))?;
        if !keep {
            for plain in [in_credentials, in_config] {
                FileEdit { path: plain.path, dry_run: false }
                    .apply(context, |document| app::take_out(document, plain))?;
            }
        }
        let verb = if keep { "copied" } else { "moved" };
        let store = place.store_name();
        streams.print(&format!("{}: access key {id} {verb} to {store}\n", escape(name)))?;
        if keep {
            streams.warn(&format!(
                "the keys of '{name}' stay in the file, and take precedence for AWS's tools and rolecall"
            ));
        }
        Ok(Some(keys))
    }

    /// Returns what would change in the files.
    fn show(
        &self,
        lines: &app::KeyLines<'_>,
        all: [PlainKeys<'_>; 2],
        streams: &mut Streams<'_>,
    ) -> Result<()> {
        for plain in all {
            let edit = FileEdit { path: plain.path, dry_run: true };
            let edited = edit.apply(self.context, |document| {
                if plain.which == Which::Config {
                    lines.write(document, plain.path)?;
                }
                if self.args.keep { Ok(()) } else { app::take_out(document, plain) }
            })?;
            if let Edited::WouldWrite(diff) = edited {
                streams.print_diff(&diff)?;
            }
        }
        Ok(())
    }
}

/// Returns the long-lived keys that `profile` has in the files; `None` if it has one in the store.
fn plain_keys(profile: &Profile<'_>) -> Result<Option<Credentials>> {
    let name = &profile.name;
    let (id, secret) =
        match (profile.get(Key::AwsAccessKeyId), profile.get(Key::AwsSecretAccessKey)) {
            (Some(id), Some(secret)) => (id, secret),
            (None, None) if profile.get(Key::AccessKeyId).is_some() => return Ok(None),
            (None, None) => {
                return Err(Error::config(format!(
                    "profile '{name}' has no access keys in the files"
                ))
                .at(Some(profile.at.clone())));
            }
            (Some((_, half)), None) | (None, Some((_, half))) => {
                return Err(Error::config(format!("profile '{name}' has half an access key"))
                    .at(Some(half.at.clone()))
                    .hint("add the other half to the same section"));
            }
        };
    let at = Some(id.1.at.clone());
    if has_session_token(profile) {
        return Err(Error::config(format!("the keys of profile '{name}' belong to a session"))
            .at(at)
            .hint("leave them in the file: they expire"));
    }
    check_key_id(id.0).map_err(|error| error.at(at))?;
    Ok(Some(Credentials {
        access_key_id: id.0.to_owned(),
        secret_access_key: Secret::from(secret.0),
        session_token: None,
        expiration: None,
        account_id: None,
    }))
}

/// Warns of a secret that remains in a comment or an unused section, which are not edited.
fn warn_about_copies(
    context: &Context,
    moved: &[Credentials],
    streams: &mut Streams<'_>,
) -> Result<()> {
    for which in [Which::Config, Which::Credentials] {
        let path = which.path(context)?;
        let Ok(bytes) = input::read(&path, LARGEST_FILE, Pipe::Refuse) else { continue };
        // Several profiles may have shared the key.
        for (at, keys) in moved.iter().enumerate() {
            if moved[..at].iter().any(|other| other.access_key_id == keys.access_key_id) {
                continue;
            }
            let secret = keys.secret_access_key.expose().as_bytes();
            if memchr::memmem::find(&bytes, secret).is_some() {
                streams.warn(&format!(
                    "the secret of {} is still in {}, in a comment or another section",
                    keys.access_key_id,
                    path.display()
                ));
            }
        }
    }
    Ok(())
}
