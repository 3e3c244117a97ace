//! One example of a verb.

/// A command line to copy, and what it does.
pub(crate) struct Example {
    /// What it does: an imperative on one line, without a final period.
    pub(crate) does: &'static str,
    /// The command line, broken by backslashes if it is long. The part that starts with `rolecall` is
    /// checked by clap.
    pub(crate) line: &'static str,
}

/// Returns an example.
pub(super) const fn example(does: &'static str, line: &'static str) -> Example {
    Example { does, line }
}
