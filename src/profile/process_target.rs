//! What a `credential_process` can run.

/// What a `credential_process` line runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProcessLine {
    /// rolecall, for this profile. A line without a name means the profile that it is in.
    Ours(String),
    /// rolecall, with flags that change the session.
    OursWithFlags,
    /// Another program.
    Foreign,
}

impl ProcessLine {
    /// Whether it runs rolecall.
    pub(crate) fn is_ours(&self) -> bool {
        *self != Self::Foreign
    }
}
