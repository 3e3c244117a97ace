//! `rolecall keys import`: moves access keys from the two files into the keychain.

use crate::{
    app::{self, Imported, KeyImport, copies_left},
    cli::{args, invocation::Invocation},
    error::{Error, Kind, Result},
    output::{Streams, escape},
    plan::has_session_token,
    profile::{Files, Key, ProfileSet},
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
    let args::KeysImport { keep, bare, .. } = args;
    let import = KeyImport { context, place: place.as_ref(), keep, bare };
    // One failure does not stop the others; the highest exit code is returned.
    let mut moved = Vec::new();
    for name in &names {
        let imported = import.one(name).and_then(|imported| {
            report(name, &imported, streams)?;
            Ok(imported)
        });
        match imported {
            Ok(Imported::Moved { keys, .. }) => moved.push(keys),
            Ok(Imported::InStore | Imported::WouldMove(_)) => {}
            // With --all, nobody asked for this one.
            Err(error) if args.all && is_passed_over(&files, name) => {
                streams.warn(&format!("skipped profile '{name}': {error}"));
            }
            Err(error) => failed.push(error),
        }
    }
    if !keep {
        for (id, path) in copies_left(context, &moved)? {
            let path = path.display();
            streams.warn(&format!(
                "the secret of {id} is still in {path}, in a comment or another section"
            ));
        }
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

fn report(name: &str, imported: &Imported, streams: &mut Streams<'_>) -> Result<()> {
    let shown = escape(name);
    match imported {
        Imported::InStore => streams.print(&format!("{shown}: its access key is in the store\n")),
        Imported::WouldMove(diffs) => diffs.iter().try_for_each(|diff| streams.print_diff(diff)),
        Imported::Moved { keys, store, is_copy } => {
            let (id, verb) = (&keys.access_key_id, if *is_copy { "copied" } else { "moved" });
            streams.print(&format!("{shown}: access key {id} {verb} to {store}\n"))?;
            if *is_copy {
                streams.warn(&format!(
                    "the keys of '{name}' stay in the file, and take precedence for AWS's tools and rolecall"
                ));
            }
            Ok(())
        }
    }
}
