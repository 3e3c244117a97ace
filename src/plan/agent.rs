//! What a profile gives to a coding agent.

use std::path::Path;

use super::{Environment, GivenPolicy, Narrowing};
use crate::{
    error::{Error, Location, Reason, Result},
    profile::{Key, Profile},
    rules::{ReadOnly, check_tag},
};

/// The word for a session that only reads, as a setting.
pub(super) const READ_ONLY: &str = "read-only";
/// The word for no session at all.
pub(super) const REFUSE: &str = "refuse";
/// The session tag that names the agent's mark.
const TAG: &str = "agent";

/// The setting `agent_policy` of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AgentPolicy {
    /// What it means for an agent.
    pub(super) rule: AgentRule,
    /// The profile that has it.
    pub(super) profile: String,
    /// As it is written.
    pub(crate) text: String,
    /// Where it is.
    pub(crate) at: Location,
}

/// What an agent gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AgentRule {
    /// Nothing.
    Refuse,
    /// A session that is narrowed.
    Narrow(Narrowing),
}

impl AgentPolicy {
    /// Returns the setting of `profile`, if it has one.
    pub(super) fn of(profile: &Profile<'_>, environment: Environment<'_>) -> Result<Option<Self>> {
        let key = Key::AgentPolicy;
        let Some(setting) = profile.setting(key.prefixed()) else { return Ok(None) };
        let Some((text, _)) = profile.checked(key)? else {
            // Elsewhere an empty value means the default, but here the user wanted less than that.
            return Err(Error::config(format!("'{}' doesn't name a policy", setting.key))
                .at(Some(setting.at.clone()))
                .because(Reason::InvalidValue)
                .hint("write read-only, refuse or a policy, or remove the setting"));
        };
        let (text, at) = (text.to_owned(), setting.at.clone());
        let rule = match &*text {
            REFUSE => AgentRule::Refuse,
            READ_ONLY => AgentRule::Narrow(Narrowing {
                read_only: Some(ReadOnly { with_secrets: false }),
                policies: Vec::new(),
            }),
            _ => {
                let folder = at.file.parent().unwrap_or(Path::new(""));
                let policies = GivenPolicy::parse(&text, Some(folder), environment);
                let policies = policies.map_err(|why| {
                    Error::config(format!("'{}' {why}", setting.key))
                        .at(Some(at.clone()))
                        .because(Reason::InvalidValue)
                        .hint("write read-only, refuse, the name or ARN of a managed policy, JSON or its file")
                })?;
                AgentRule::Narrow(Narrowing { read_only: None, policies })
            }
        };
        Ok(Some(Self { rule, profile: profile.name.clone(), text, at }))
    }
}

/// Adds the agent's mark to the session's tags, if there are any: a role whose sessions have none may not allow
/// them.
///
/// Rule: IAM user guide, "Pass session tags in AWS STS": the role's trust policy must allow `sts:TagSession`.
pub(super) fn tag_for_agent(tags: &mut Vec<(String, String)>, mark: &str) {
    let has_tag = tags.iter().any(|(key, _)| key.eq_ignore_ascii_case(TAG));
    if !tags.is_empty()
        && !has_tag
        && tags.len() < crate::rules::MOST_SESSION_TAGS
        && check_tag(TAG, mark).is_ok()
    {
        tags.push((TAG.to_owned(), mark.to_owned()));
    }
}
