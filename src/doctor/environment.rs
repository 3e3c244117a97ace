//! The environment variables that take precedence over profiles, or that point elsewhere.

use super::{check::Check, finding::Finding};
use crate::{app::environment_warning, context::Context};

/// Returns what the environment changes.
pub(super) fn check(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(warning) = environment_warning(context) {
        findings.push(
            Finding::warning(Check::EnvironmentKeys, warning)
                .remedy("'unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN'"),
        );
    }
    findings
}
