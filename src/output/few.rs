//! Warnings of which there may be thousands.

use super::Streams;
use crate::error::Error;

/// How many are printed.
const MOST: usize = 10;

/// Warnings of one kind: the first ten are printed, and then how many more there are.
#[derive(Debug, Default)]
pub(crate) struct FewWarnings {
    given: usize,
}

impl FewWarnings {
    /// Prints a warning with a hint, if it is one of the first.
    pub(crate) fn warn(&mut self, what: &str, hint: &str, streams: &mut Streams<'_>) {
        if self.is_shown() {
            streams.warn_with_hint(what, hint);
        }
    }

    /// Reports an error, if it is one of the first.
    pub(crate) fn report(&mut self, error: &Error, streams: &mut Streams<'_>) {
        if self.is_shown() {
            streams.report(error);
        }
    }

    fn is_shown(&mut self) -> bool {
        self.given += 1;
        self.given <= MOST
    }

    /// Prints how many were not shown; `hint` says where they are.
    pub(crate) fn finish(self, hint: &str, streams: &mut Streams<'_>) {
        match self.given.saturating_sub(MOST) {
            0 => {}
            more => streams.warn_with_hint(&format!("{more} more like these"), hint),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_ten_only_their_number_is_printed() {
        for (count, more) in [(10, ""), (13, "warning: 3 more like these\nhint: look\n")] {
            let (mut out, mut text) = (Vec::new(), Vec::new());
            let mut streams = Streams::new(&mut out, &mut text);
            let mut few = FewWarnings::default();
            for _ in 0..count {
                few.warn("w", "h", &mut streams);
            }
            few.finish("look", &mut streams);
            let all = "warning: w\nhint: h\n".repeat(10) + more;
            assert_eq!(String::from_utf8(text).unwrap(), all);
        }
    }
}
