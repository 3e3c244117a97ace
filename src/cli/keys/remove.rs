//! `rolecall keys remove`: deletes an access key from the keychain.

use crate::{
    app::{self},
    cli::{args, invocation::Invocation},
    error::{Error, Result},
    output::{Streams, escape},
    profile::{FileEdit, Files, ProfileSet, Which},
    session::LongLivedKeys,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::KeysRemove,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    selection.named_profile(Some(args.name.clone()))?;
    let store = selection.store(context)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let id = app::id_of(&set, &args.name)?;
    let users = app::users(&set, &id)?;
    if let Some((name, at)) = users.first().filter(|_| !args.force) {
        return Err(Error::config(format!("profile '{name}' uses the access key {id}"))
            .at(Some(at.clone()))
            .hint("AWS never shows a secret again: 'rolecall keys export' prints it, if you may need it")
            .hint("--force deletes the key and removes it from the profiles"));
    }
    let place = LongLivedKeys::open(context, &*store)?;
    if users.is_empty() && place.find(&id)?.is_none() {
        // It may have been deleted by other means: delete its record, too.
        place.forget(&id)?;
        return Err(Error::config(format!("the store '{}' has no access key {id}", store.name()))
            .hint("'rolecall keys list' shows the stored keys"));
    }
    // Profiles first: a key that no profile names can still be listed and deleted, while a profile
    // whose key is gone is broken.
    let path = Which::Config.path(context)?;
    for (name, _) in &users {
        FileEdit { path: &path, dry_run: false }
            .apply(context, |document| app::take_out_stored(document, &path, name))?;
        streams.print(&format!("{}: removed the access key\n", escape(name)))?;
    }
    let (said, outcome) = app::forget_key(context, &place, &id)?;
    streams.print(&format!("{said}\n"))?;
    outcome
}
