//! The same for several names.

use rolecall::{
    error::{Error, Kind, Result},
    output::{Streams, report_in_full},
};

/// Several names, and what is said of those for which it failed: `users could not be deleted`.
pub(crate) struct Several<'n> {
    pub(crate) names: &'n [String],
    pub(crate) failed: &'n str,
}

impl Several<'_> {
    /// Does `each` for all names; one that fails does not keep the others, save for an interrupt. Its
    /// error is told at once, and the last one says how many failed.
    ///
    /// # Errors
    /// With one name, its own. With several, one of the kind with the highest exit code.
    pub(crate) fn for_each(
        &self,
        streams: &mut Streams<'_>,
        mut each: impl FnMut(&str, &mut Streams<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut failed: Vec<Kind> = Vec::new();
        for name in self.names {
            let Err(error) = each(name, streams) else { continue };
            if self.names.len() == 1 || error.kind() == Kind::Interrupted {
                return Err(error);
            }
            // Nobody is left to be told when stderr is gone.
            drop(report_in_full(&error, streams.stderr));
            failed.push(error.kind());
        }
        match failed.iter().max_by_key(|kind| kind.exit_code()) {
            None => Ok(()),
            Some(worst) => Err(Error::new(
                *worst,
                format!("{} of {} {}", failed.len(), self.names.len(), self.failed),
            )),
        }
    }
}
