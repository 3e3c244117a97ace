//! `rolecall profile unset`: removes keys from a profile.

use super::edit::{Outcomes, Target, key_path};
use crate::{
    cli::{args, invocation::Invocation},
    error::Result,
    output::Streams,
    profile::{Edited, Files, ProfileSet, nearest_key},
    rules::nearest_of,
};

pub(super) fn run(
    invocation: Invocation<'_>,
    args: args::ProfileUnset,
    streams: &mut Streams<'_>,
) -> Result<()> {
    let Invocation { context, selection } = invocation;
    let name = args.name;
    selection.named_profile(Some(name.clone()))?;
    let keys = args.keys.iter().map(|key| key_path(key)).collect::<Result<Vec<_>>>()?;
    let target = Target::of(context, args.edit)?;
    let (mut absent, mut present) = (Vec::new(), Vec::new());
    let edited = target.edit(context, |profiles| {
        if !profiles.has(&name) {
            return Err(target.missing(context, &name));
        }
        absent.clear();
        present = profiles.keys(&name);
        for key in &keys {
            if !profiles.unset(&name, key)? {
                absent.push(*key);
            }
        }
        Ok(())
    })?;

    let file = target.shown();
    for key in absent {
        let what = format!("profile '{name}' has no '{key}' in {file}");
        let lower = key.top_key().to_ascii_lowercase();
        let path = key.to_string().to_ascii_lowercase();
        let mut meant = nearest_of(present.iter().map(String::as_str), &path);
        if meant.is_empty() {
            meant.extend(nearest_key(&lower).map(str::to_owned));
        }
        match &*meant {
            [] => streams.warn(&what),
            meant => {
                let hint = format!("did you mean '{}'?", meant.join("' or '"));
                streams.warn_with_hint(&what, &hint);
            }
        }
    }
    let written = !matches!(edited, Edited::WouldWrite(_));
    if let Some(files) = Files::read(context).ok().filter(|_| written)
        && let Ok(Some(profile)) = ProfileSet::new(&files).profile(&name)
    {
        let tops = keys.iter().map(|key| key.top_key().to_ascii_lowercase());
        let left = tops.filter_map(|key| profile.setting(&key));
        for setting in left.filter(|setting| setting.which != target.which) {
            let key = &setting.key;
            streams.warn(&format!("'{key}' is still in the other file ({})", setting.at));
        }
    }
    let outcomes = Outcomes {
        written: format!("changed profile '{name}' in {file}"),
        unchanged: format!("nothing to remove: {file} is unchanged"),
    };
    outcomes.print(edited, streams)
}
