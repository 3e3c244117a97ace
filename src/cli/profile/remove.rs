//! `rolecall profile remove`: removes profiles from one of the files.

use super::edit::{Outcomes, Target, forget_sessions};
use crate::{
    app::{self},
    cli::{args, invocation::Invocation},
    error::{Error, Kind, Result},
    output::Streams,
    profile::{Edited, Files, ProfileSet, Reference, Which, references},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileRemove,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if selection.profile.is_some() {
        return Err(Error::new(Kind::Usage, "'profile remove' doesn't accept --profile")
            .hint("name the profiles as arguments"));
    }
    let names = args.names;
    let target = Target::of(context, args.edit)?;
    let files = Files::read(context)?;
    for name in &names {
        if ProfileSet::new(&files).section_location(name, target.which).is_none() {
            return Err(target.missing(context, name));
        }
        let users = references(&files, name)?;
        let users: Vec<_> = users.iter().filter(|user| !names.contains(&user.profile)).collect();
        match users.first() {
            Some(first) if !args.force => return Err(in_use(name, first, &users)),
            Some(_) => streams.warn(&app::used_as_source(name, &users)),
            None => {}
        }
    }
    let edited = target.edit(context, |profiles| {
        for name in &names {
            // Named twice, or just removed by another process: it is gone either way.
            profiles.remove(name)?;
        }
        Ok(())
    })?;

    for name in &names {
        let set = ProfileSet::new(&files);
        let (other, its_name) = match target.which {
            Which::Config => (Which::Credentials, "the credentials file"),
            Which::Credentials => (Which::Config, "the config file"),
        };
        if let Some(at) = set.section_location(name, other) {
            streams.warn(&format!("the section of '{name}' in {its_name} stays ({at})"));
        }
    }
    if edited == Edited::Written {
        forget_sessions(context, &names, streams);
    }
    let file = target.shown();
    let list = names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let what = if names.len() == 1 { "profile" } else { "profiles" };
    let outcomes = Outcomes {
        written: format!("removed {what} {list} from {file}"),
        unchanged: format!("{what} {list} had already been removed from {file}"),
    };
    outcomes.print(edited, streams)
}

fn in_use(name: &str, first: &Reference, users: &[&Reference]) -> Error {
    Error::config(app::used_as_source(name, users))
        .at(Some(first.at.clone()))
        .hint("change their source or remove them too; --force removes it anyway")
}
