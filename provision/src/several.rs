//! The same for several names.

use rolecall::{
    error::{Error, Kind, Result},
    output::{Streams, report_in_full},
};

/// Does `each` for all of `names`; one that fails does not keep the others, save for an interrupt. Its
/// error is told at once, and the last one says how many `could` not (`users could not be deleted`).
///
/// # Errors
/// With one name, its own. With several, one of the kind with the highest exit code.
pub(crate) fn for_each(
    names: &[String],
    could: &str,
    streams: &mut Streams<'_>,
    mut each: impl FnMut(&str, &mut Streams<'_>) -> Result<()>,
) -> Result<()> {
    let mut failed: Vec<Kind> = Vec::new();
    for name in names {
        let Err(error) = each(name, streams) else { continue };
        if names.len() == 1 || error.kind() == Kind::Interrupted {
            return Err(error);
        }
        // Nobody is left to be told when stderr is gone.
        drop(report_in_full(&error, streams.stderr));
        failed.push(error.kind());
    }
    match failed.iter().max_by_key(|kind| kind.exit_code()) {
        None => Ok(()),
        Some(worst) => {
            Err(Error::new(*worst, format!("{} of {} {could}", failed.len(), names.len())))
        }
    }
}
