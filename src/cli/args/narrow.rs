//! The flags that narrow a session.

use clap::Args;

/// The flags that narrow a session, of one call.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Narrow {
    /// Make the session read-only, with no access to secrets, other roles or new credentials (AWS's
    /// ReadOnlyAccess plus denials)
    #[arg(long)]
    pub(crate) read_only: bool,
    /// With --read-only: allow reading secrets
    #[arg(long, requires = "read_only")]
    pub(crate) allow_secrets: bool,
    /// Limit the session to this policy: the name or ARN of a managed policy, or a JSON file; can be repeated
    #[arg(long, value_name = "NAME|ARN|FILE")]
    pub(crate) policy: Vec<String>,
}

impl Narrow {
    /// Whether a flag is given.
    pub(in crate::cli) fn is_given(&self) -> bool {
        let Self { read_only, allow_secrets: _, policy } = self;
        *read_only || !policy.is_empty()
    }
}

/// The flag for a program that gets a narrowed session.
#[derive(Clone, Copy, Debug, Default, Args)]
pub(crate) struct Confine {
    /// With --read-only or --policy: let the program use other profiles too; without this, they are hidden
    /// from it
    #[arg(long)]
    pub(crate) keep_profiles: bool,
}
