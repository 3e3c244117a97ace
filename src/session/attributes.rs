//! What the record of a session says about the parameters of its AssumeRole call.

use serde::{Deserialize, Serialize};

use crate::plan::Hop;

/// The parameters of AssumeRole by which sessions of one role differ, without the external ID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RecordedAttributes {
    /// `Policy`, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) policy: Option<String>,
    /// `PolicyArns`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) policy_arns: Vec<String>,
    /// `Tags`, each as `KEY=VALUE`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    /// `SourceIdentity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source_identity: Option<String>,
    /// `DurationSeconds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duration_seconds: Option<u32>,
}

impl RecordedAttributes {
    /// Returns those of `hop`; `None` if it has none.
    pub(super) fn of(hop: &Hop) -> Option<Self> {
        let attributes = &hop.attributes;
        let tags = attributes.tags.iter().map(|(key, value)| format!("{key}={value}"));
        let recorded = Self {
            policy: attributes.policy.clone(),
            policy_arns: attributes.policy_arns.clone(),
            tags: tags.collect(),
            source_identity: attributes.source_identity.clone(),
            duration_seconds: hop.duration_seconds,
        };
        (recorded != Self::default()).then_some(recorded)
    }
}
