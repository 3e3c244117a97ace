//! `rolecall profile rename`: renames a profile in both files and wherever another profile names
//! it.

use super::edit::{Outcomes, Target, forget_sessions};
use crate::{
    cli::{args, invocation::Invocation},
    context::Context,
    error::{Error, Kind, Result},
    output::Streams,
    profile::{Edited, Files, ProfileSet, Which, check_new_name},
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileRename,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    if selection.profile.is_some() {
        return Err(Error::new(Kind::Usage, "'profile rename' doesn't accept --profile")
            .hint("see 'rolecall profile rename --help'"));
    }
    let (old, new) = (args.old, args.new);
    check_new_name(&new)?;
    if old == new {
        return Err(Error::new(Kind::Usage, "both names are the same"));
    }
    let config = Target::new(context, Which::Config, args.dry_run)?;
    let credentials = Target::new(context, Which::Credentials, args.dry_run)?;
    // Check both files before writing one.
    let files = Files::read(context)?;
    let set = ProfileSet::new(&files);
    for which in [Which::Config, Which::Credentials] {
        if let Some(at) = set.section_location(&new, which) {
            return Err(Error::config(format!("profile '{new}' already exists"))
                .at(Some(at))
                .hint("choose another name, or remove that profile first"));
        }
    }
    if !set.names().iter().any(|name| *name == old) {
        return Err(config.missing(context, &old));
    }
    let rename = Rename { old: &old, new: &new };
    for which in [Which::Config, Which::Credentials] {
        rename.make(context, &Target::new(context, which, true)?)?;
    }
    let first = rename.make(context, &config)?;
    let second = match rename.make(context, &credentials) {
        Ok(edited) => edited,
        Err(error) if first != Edited::Written => return Err(error),
        // A profile split between two names would be broken under both.
        Err(error) => {
            let undone = Rename { old: &new, new: &old }.make(context, &config);
            return Err(match undone {
                Ok(_) => error.hint("the config file is unchanged"),
                Err(_) => error.hint(format!(
                    "in {}, '{old}' is already renamed to '{new}'; 'rolecall profile rename {new} {old}' undoes it",
                    config.shown()
                )),
            });
        }
    };

    let is_written = first == Edited::Written || second == Edited::Written;
    if is_written {
        forget_sessions(context, std::slice::from_ref(&old), streams);
    }
    let renamed =
        |target: &Target| format!("renamed profile '{old}' to '{new}' in {}", target.shown());
    for (target, edited) in [(&config, first), (&credentials, second)] {
        if edited != Edited::Unchanged {
            let outcomes = Outcomes { written: renamed(target), unchanged: String::new() };
            outcomes.print(edited, streams)?;
        }
    }
    Ok(())
}

/// A new name for a profile.
struct Rename<'r> {
    old: &'r str,
    new: &'r str,
}

impl Rename<'_> {
    fn make(&self, context: &Context, target: &Target) -> Result<Edited> {
        target.edit(context, |profiles| profiles.rename(self.old, self.new).map(drop))
    }
}
