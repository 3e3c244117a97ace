//! The calls that make a change, and those that undo it.

use std::collections::BTreeSet;

use aws_sdk_iam::{
    config::{Builder, retry::RetryConfig},
    types::{AccessKey, AccessKeyMetadata, Tag},
};
use chrono::DateTime;
use rolecall::{Failure, MOST_POLICY_VERSIONS};

use super::{Change, CreationTime, ExistingPolicy, NewAccessKey, Outcome, Tags};
use crate::{caller::Caller, policy::compact};

type Done = Result<(), Failure>;

impl Change {
    /// Makes the call.
    pub(crate) fn call(&self, caller: &Caller<'_>) -> Result<Outcome, Failure> {
        let iam = caller.iam();
        match self {
            Self::CreatePolicy { name, description, document, .. } => {
                let call =
                    iam.create_policy().policy_name(name).set_description(description.clone());
                caller.run(call.policy_document(compact(document)).send())
            }
            Self::SetPolicy { arn, document, before } => {
                if before.versions.len() >= MOST_POLICY_VERSIONS
                    && let Some(oldest) = oldest(before)
                {
                    delete_version(caller, arn, oldest)?;
                }
                let call = iam.create_policy_version().policy_arn(arn).set_as_default(true);
                caller.run(call.policy_document(compact(document)).send())
            }
            Self::CreateUser { name, boundary, tags } => {
                let call = iam.create_user().user_name(name).set_tags(tags_of(tags)?);
                caller.run(call.set_permissions_boundary(boundary.clone()).send())
            }
            Self::CreateGroup { name } => caller.run(iam.create_group().group_name(name).send()),
            Self::CreateRole(new) => {
                let call = iam.create_role().role_name(&new.name);
                let call = call.set_description(new.description.clone());
                let call = call.assume_role_policy_document(compact(&new.trust));
                let call = call.set_max_session_duration(new.max_session.map(u32::cast_signed));
                caller.run(call.set_tags(tags_of(&new.tags)?).send())
            }
            Self::SetTrust { role, document, .. } => {
                let call = iam.update_assume_role_policy().role_name(role);
                caller.run(call.policy_document(compact(document)).send())
            }
            Self::SetMaxSession { role, seconds, .. } => {
                let call = iam.update_role().role_name(role);
                caller.run(call.max_session_duration(seconds.cast_signed()).send())
            }
            Self::AddMember { group, user } => {
                caller.run(iam.add_user_to_group().group_name(group).user_name(user).send())
            }
            Self::RemoveMember { group, user } => {
                let call = iam.remove_user_from_group().group_name(group).user_name(user);
                caller.run(call.send())
            }
            Self::Attach { to, arn } => to.attach(caller, arn),
            Self::Detach { from, arn } => from.detach(caller, arn),
            Self::PutInline { of, name, document, .. } => of.put_inline(caller, name, document),
            Self::DeleteInline { of, name, .. } => of.delete_inline(caller, name),
            Self::CreateAccessKey(new) => {
                return create_access_key(caller, new).map(Outcome::AccessKey);
            }
            Self::SetPassword { user, password, must_change, is_first: true } => {
                let call = iam.create_login_profile().user_name(user).password(password.expose());
                caller.run(call.password_reset_required(*must_change).send())
            }
            Self::SetPassword { user, password, must_change, .. } => {
                let call = iam.update_login_profile().user_name(user).password(password.expose());
                caller.run(call.password_reset_required(*must_change).send())
            }
            Self::Bucket { name, region, change } => {
                return change.call(caller, name, region).map(Outcome::Version);
            }
        }
        .map(|()| Outcome::Done)
    }

    /// Undoes the change, whether or not it was made.
    pub(crate) fn undo(&self, caller: &Caller<'_>) -> Done {
        let iam = caller.iam();
        let inverse = match self.clone() {
            Self::CreatePolicy { arn, .. } => return delete_policy(caller, &arn),
            Self::SetPolicy { arn, before, .. } => return restore_policy(caller, &arn, &before),
            Self::CreateUser { name, .. } => {
                return caller.run(iam.delete_user().user_name(name).send());
            }
            Self::CreateGroup { name } => {
                return caller.run(iam.delete_group().group_name(name).send());
            }
            Self::CreateRole(new) => {
                return caller.run(iam.delete_role().role_name(new.name).send());
            }
            Self::CreateAccessKey(new) => return delete_new_key(caller, &new),
            Self::SetPassword { user, .. } => {
                return caller.run(iam.delete_login_profile().user_name(user).send());
            }
            Self::Bucket { name, region, change } => return change.undo(caller, &name, &region),
            Self::SetTrust { role, document, before } => {
                Self::SetTrust { role, document: before, before: document }
            }
            Self::SetMaxSession { role, seconds, before } => {
                Self::SetMaxSession { role, seconds: before, before: seconds }
            }
            Self::AddMember { group, user } => Self::RemoveMember { group, user },
            Self::RemoveMember { group, user } => Self::AddMember { group, user },
            Self::Attach { to, arn } => Self::Detach { from: to, arn },
            Self::Detach { from, arn } => Self::Attach { to: from, arn },
            Self::PutInline { of, name, document, before: None } => {
                Self::DeleteInline { of, name, before: document }
            }
            Self::PutInline { of, name, before: Some(before), .. }
            | Self::DeleteInline { of, name, before } => {
                Self::PutInline { of, name, document: before, before: None }
            }
        };
        inverse.call(caller).map(drop)
    }
}

/// Without retries: if an answer got lost, a retry would create a second key.
fn create_access_key(caller: &Caller<'_>, new: &NewAccessKey) -> Result<AccessKey, Failure> {
    let once = Builder::new().retry_config(RetryConfig::disabled());
    let call = caller.iam().create_access_key().user_name(&new.user).customize();
    let still_waits = || {
        if let Some(note) = &new.note {
            note.still_waits(caller.aws_now());
        }
    };
    let answer = caller.call_watched(call.config_override(once).send(), still_waits)?;
    answer.access_key.ok_or_else(|| Failure::Broken { cause: "AWS returned none".to_owned() })
}

/// Deletes the key. If AWS did not answer, so that its ID is not known, deletes the one that was
/// created meanwhile; if there are two, one is somebody else's.
fn delete_new_key(caller: &Caller<'_>, new: &NewAccessKey) -> Done {
    let iam = caller.iam();
    let mut ids: Vec<String> = new.id.iter().cloned().collect();
    if ids.is_empty() {
        // A user has at most two, which fit on one page.
        let answer = caller.call(iam.list_access_keys().user_name(&new.user).send())?;
        let time = CreationTime { began: new.began, until: caller.aws_now() };
        let is_new = |key: &AccessKeyMetadata| {
            let date = key.create_date().and_then(|it| DateTime::from_timestamp(it.secs(), 0));
            date.is_some_and(|date| time.includes(date))
        };
        let keys = answer.access_key_metadata.into_iter().filter(is_new);
        let keys = keys.filter_map(|key| key.access_key_id);
        ids.extend(keys.filter(|id| !new.others.contains(id)));
        if ids.len() > 1 {
            let cause = format!("one of {} is somebody else's", ids.join(" and "));
            return Err(Failure::Broken { cause });
        }
    }
    ids.iter().try_for_each(|id| {
        let call = iam.delete_access_key().user_name(&new.user).access_key_id(id);
        caller.run(call.send())
    })
}

fn delete_policy(caller: &Caller<'_>, arn: &str) -> Done {
    // Deleting the policy deletes its default version.
    let iam = caller.iam();
    let answer = caller.call(iam.list_policy_versions().policy_arn(arn).send())?;
    let others = answer.versions().iter().filter(|version| !version.is_default_version());
    for version in others.filter_map(|version| version.version_id()) {
        delete_version(caller, arn, version)?;
    }
    caller.run(iam.delete_policy().policy_arn(arn).send())
}

/// Makes the previous version the default again, and deletes those that did not exist before.
fn restore_policy(caller: &Caller<'_>, arn: &str, before: &ExistingPolicy) -> Done {
    let call = caller.iam().set_default_policy_version().policy_arn(arn);
    caller.call(call.version_id(&before.version).send())?;
    // There are at most five, which fit on one page.
    let answer = caller.call(caller.iam().list_policy_versions().policy_arn(arn).send())?;
    let ids: BTreeSet<String> =
        answer.versions.into_iter().flatten().filter_map(|version| version.version_id).collect();
    ids.difference(&before.versions).try_for_each(|id| delete_version(caller, arn, id))
}

fn delete_version(caller: &Caller<'_>, arn: &str, version: &str) -> Done {
    let call = caller.iam().delete_policy_version().policy_arn(arn).version_id(version);
    caller.run(call.send())
}

/// Returns the oldest of the versions that are not the default: `v9` is older than `v10`.
fn oldest(policy: &ExistingPolicy) -> Option<&String> {
    let others = policy.versions.iter().filter(|version| **version != policy.version);
    others.min_by_key(|version| version[1..].parse::<u64>().unwrap_or(u64::MAX))
}

fn tags_of(tags: &Tags) -> Result<Option<Vec<Tag>>, Failure> {
    let tag = |(key, value): &(String, String)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| Failure::Broken { cause: error.to_string() })
    };
    let tags = tags.iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_oldest_version_is_that_of_the_least_number() {
        let versions = ["v10", "v9", "v11", "v8"].map(str::to_owned).into();
        let policy = ExistingPolicy { document: Value::Null, version: "v8".to_owned(), versions };
        assert_eq!(oldest(&policy).map(String::as_str), Some("v9"));
    }
}
