//! `rolecall keys remove`: an access key out of the keychain.

use crate::{
    app::{self, Selection},
    aws::Sdk,
    cli::args,
    context::Context,
    error::{Error, Result},
    output::Streams,
    output::escape,
    profile::{Files, ProfileSet, Which, edit},
    session::LongLivedKeys,
};

pub(super) fn run(
    context: &Context,
    selection: Selection,
    args: args::KeysRemove,
    streams: &mut Streams<'_>,
) -> Result<()> {
    selection.named_profile(Some(args.name.clone()))?;
    let store = selection.store(context)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let id = app::id_of(&set, &args.name)?;
    let users = app::users(&set, &id)?;
    if let Some((name, at)) = users.first().filter(|_| !args.force) {
        return Err(Error::config(format!("profile '{name}' uses the access key {id}"))
            .at(Some(at.clone()))
            .hint("AWS shows a secret once: 'rolecall keys export' prints it, if you may need it")
            .hint("--force deletes the key, and takes it out of the profiles"));
    }
    let place = LongLivedKeys::open(context, &*store)?;
    let sessions = app::sessions(context, &*store, &Sdk, &files);
    if users.is_empty() && place.find(&id)?.is_none() {
        // Perhaps it has just been deleted by other means: then its record goes, too.
        place.forget(&id)?;
        return Err(Error::config(format!("the store '{}' has no access key {id}", store.name()))
            .hint("'rolecall keys list' shows those there are"));
    }
    // A key that no profile names can still be listed and deleted; one that is named and gone can't
    // be used.
    let path = Which::Config.path(context)?;
    for (name, _) in &users {
        edit(context, &path, false, |document| app::take_out_stored(document, &path, name))?;
        streams.print(&format!("{}: the access key is taken out\n", escape(name)))?;
    }
    let (said, outcome) = app::forget_key(context, &place, &sessions, &id)?;
    streams.print(&format!("{said}\n"))?;
    outcome
}
