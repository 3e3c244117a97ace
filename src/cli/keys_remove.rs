//! `rolecall keys remove`: an access key out of the keychain.

use super::{Streams, args, keys, setup};
use crate::{
    aws::Sdk,
    context::Context,
    error::{Error, Result},
    output::escape,
    profile::{Files, ProfileSet, Which, edit},
    session::{LongLivedKeys, Sessions},
};

pub(super) fn run(
    context: &Context,
    common: setup::Common,
    args: args::KeysRemove,
    streams: &mut Streams<'_>,
) -> Result<()> {
    common.named_profile(Some(args.name.clone()))?;
    let store = common.store(context)?;
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    let id = keys::id_of(&set, &args.name)?;
    let users = keys::users(&set, &id)?;
    if let Some((name, at)) = users.first().filter(|_| !args.force) {
        return Err(Error::config(format!("profile '{name}' uses the access key {id}"))
            .at(Some(at.clone()))
            .hint("AWS shows a secret once: 'rolecall keys export' prints it, if you may need it")
            .hint("--force deletes the key, and takes it out of the profiles"));
    }
    let place = LongLivedKeys::open(context, &*store)?;
    let sessions = setup::sessions(context, &*store, &Sdk, &files);
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
        edit(context, &path, false, |document| keys::take_out_stored(document, &path, name))?;
        streams.print(&format!("{}: the access key is taken out\n", escape(name)))?;
    }
    let (said, outcome) = forget(context, &place, &sessions, &id)?;
    streams.print(&format!("{said}\n"))?;
    outcome
}

/// Deletes the key `id` from the store, and the sessions that were made with it. Gives what that came
/// to, in words, and what went wrong with a session.
pub(super) fn forget(
    context: &Context,
    place: &LongLivedKeys<'_>,
    sessions: &Sessions<'_>,
    id: &str,
) -> Result<(String, Result<()>)> {
    place.forget(id)?;
    let by_name = |name: &str| setup::store_by_name(context, name);
    let (forgotten, outcome) = sessions.forget_made_with(id, &by_name);
    let sessions = match forgotten.len() {
        0 => String::new(),
        1 => ", and a session that was made with it".to_owned(),
        more => format!(", and {more} sessions that were made with it"),
    };
    Ok((format!("access key {id} is deleted from {}{sessions}", place.store_name()), outcome))
}
