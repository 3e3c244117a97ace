//! Runs one action for several names.

use rolecall::{Error, Kind, Result, Streams};

/// Several names, and the message about those that failed: `users could not be deleted`.
pub(crate) struct Several<'n> {
    pub(crate) names: &'n [String],
    pub(crate) failed: &'n str,
}

impl Several<'_> {
    /// Calls `each` for all names. A failure is reported at once and doesn't stop the others,
    /// unless it is an interrupt. The final error says how many failed.
    ///
    /// # Errors
    /// With one name, the error of `each`. With several, the kind with the highest exit code.
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
            streams.report_in_full(&error);
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
