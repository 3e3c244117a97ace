//! The calls of the changes.

use aws_sdk_iam::types::Tag;
use rolecall::aws::Failure;

use super::change::{Change, Holder};
use crate::{caller::Caller, policy::compact};

/// How many versions a policy can have.
///
/// Rule: IAM User Guide, "IAM and AWS STS quotas".
const MOST_VERSIONS: usize = 5;

type Done = Result<(), Failure>;

impl Change {
    /// Makes it.
    pub(crate) fn call(&self, caller: &Caller) -> Done {
        let iam = caller.iam();
        match self {
            Self::CreatePolicy { name, description, document, .. } => {
                let call = iam.create_policy().policy_name(name);
                let call = call.set_description(description.clone());
                caller.call(call.policy_document(compact(document)).send()).map(drop)
            }
            Self::DeletePolicy { arn } => delete_policy(caller, arn),
            Self::SetPolicy { arn, document, version, known, .. } => {
                if known.len() >= MOST_VERSIONS
                    && let Some(oldest) = oldest(known.iter().filter(|known| *known != version))
                {
                    delete_version(caller, arn, oldest)?;
                }
                let call = iam.create_policy_version().policy_arn(arn);
                let call = call.policy_document(compact(document)).set_as_default(true);
                caller.call(call.send()).map(drop)
            }
            Self::RestorePolicy { arn, version, known } => {
                let call = iam.set_default_policy_version().policy_arn(arn).version_id(version);
                caller.call(call.send())?;
                for other in versions(caller, arn)?.iter().filter(|other| !known.contains(*other)) {
                    delete_version(caller, arn, other)?;
                }
                Ok(())
            }
            Self::CreateUser { name, tags } => {
                let call = iam.create_user().user_name(name).set_tags(tags_of(tags)?);
                caller.call(call.send()).map(drop)
            }
            Self::DeleteUser { name } => {
                caller.call(iam.delete_user().user_name(name).send()).map(drop)
            }
            Self::CreateGroup { name } => {
                caller.call(iam.create_group().group_name(name).send()).map(drop)
            }
            Self::DeleteGroup { name } => {
                caller.call(iam.delete_group().group_name(name).send()).map(drop)
            }
            Self::AddMember { group, user } => {
                let call = iam.add_user_to_group().group_name(group).user_name(user);
                caller.call(call.send()).map(drop)
            }
            Self::RemoveMember { group, user } => {
                let call = iam.remove_user_from_group().group_name(group).user_name(user);
                caller.call(call.send()).map(drop)
            }
            Self::CreateRole { name, description, trust, max_session, tags } => {
                let call = iam.create_role().role_name(name).set_description(description.clone());
                let call = call.assume_role_policy_document(compact(trust));
                let call = call.set_max_session_duration(max_session.map(u32::cast_signed));
                caller.call(call.set_tags(tags_of(tags)?).send()).map(drop)
            }
            Self::DeleteRole { name } => {
                caller.call(iam.delete_role().role_name(name).send()).map(drop)
            }
            Self::SetTrust { role, document, .. } => {
                let call = iam.update_assume_role_policy().role_name(role);
                caller.call(call.policy_document(compact(document)).send()).map(drop)
            }
            Self::SetMaxSession { role, seconds, .. } => {
                let call = iam.update_role().role_name(role);
                caller.call(call.max_session_duration(seconds.cast_signed()).send()).map(drop)
            }
            Self::Attach { to, arn } => attach(caller, to, arn),
            Self::Detach { from, arn } => detach(caller, from, arn),
            Self::PutInline { of, name, document, .. } => {
                put_inline(caller, of, name, &compact(document))
            }
            Self::DeleteInline { of, name } | Self::RemoveInline { of, name, .. } => {
                delete_inline(caller, of, name)
            }
        }
    }
}

fn attach(caller: &Caller, to: &Holder, arn: &str) -> Done {
    let iam = caller.iam();
    match to {
        Holder::User(name) => {
            caller.call(iam.attach_user_policy().user_name(name).policy_arn(arn).send()).map(drop)
        }
        Holder::Group(name) => {
            caller.call(iam.attach_group_policy().group_name(name).policy_arn(arn).send()).map(drop)
        }
        Holder::Role(name) => {
            caller.call(iam.attach_role_policy().role_name(name).policy_arn(arn).send()).map(drop)
        }
    }
}

fn detach(caller: &Caller, from: &Holder, arn: &str) -> Done {
    let iam = caller.iam();
    match from {
        Holder::User(name) => {
            caller.call(iam.detach_user_policy().user_name(name).policy_arn(arn).send()).map(drop)
        }
        Holder::Group(name) => {
            caller.call(iam.detach_group_policy().group_name(name).policy_arn(arn).send()).map(drop)
        }
        Holder::Role(name) => {
            caller.call(iam.detach_role_policy().role_name(name).policy_arn(arn).send()).map(drop)
        }
    }
}

fn put_inline(caller: &Caller, of: &Holder, policy: &str, text: &str) -> Done {
    let iam = caller.iam();
    match of {
        Holder::User(name) => {
            let call = iam.put_user_policy().user_name(name).policy_name(policy);
            caller.call(call.policy_document(text).send()).map(drop)
        }
        Holder::Group(name) => {
            let call = iam.put_group_policy().group_name(name).policy_name(policy);
            caller.call(call.policy_document(text).send()).map(drop)
        }
        Holder::Role(name) => {
            let call = iam.put_role_policy().role_name(name).policy_name(policy);
            caller.call(call.policy_document(text).send()).map(drop)
        }
    }
}

fn delete_inline(caller: &Caller, of: &Holder, policy: &str) -> Done {
    let iam = caller.iam();
    match of {
        Holder::User(name) => {
            let call = iam.delete_user_policy().user_name(name).policy_name(policy);
            caller.call(call.send()).map(drop)
        }
        Holder::Group(name) => {
            let call = iam.delete_group_policy().group_name(name).policy_name(policy);
            caller.call(call.send()).map(drop)
        }
        Holder::Role(name) => {
            let call = iam.delete_role_policy().role_name(name).policy_name(policy);
            caller.call(call.send()).map(drop)
        }
    }
}

fn delete_policy(caller: &Caller, arn: &str) -> Done {
    // The version in force goes with the policy.
    let iam = caller.iam();
    let answer = caller.call(iam.list_policy_versions().policy_arn(arn).send())?;
    let others = answer.versions().iter().filter(|version| !version.is_default_version());
    for version in others.filter_map(|version| version.version_id()) {
        delete_version(caller, arn, version)?;
    }
    caller.call(iam.delete_policy().policy_arn(arn).send()).map(drop)
}

fn delete_version(caller: &Caller, arn: &str, version: &str) -> Done {
    let call = caller.iam().delete_policy_version().policy_arn(arn).version_id(version);
    caller.call(call.send()).map(drop)
}

/// The versions of a policy: five at most, which come on one page.
fn versions(caller: &Caller, arn: &str) -> Result<Vec<String>, Failure> {
    let answer = caller.call(caller.iam().list_policy_versions().policy_arn(arn).send())?;
    let ids = answer.versions().iter().filter_map(|version| version.version_id());
    Ok(ids.map(str::to_owned).collect())
}

/// The oldest of versions: `v9` is older than `v10`.
fn oldest<'v>(versions: impl Iterator<Item = &'v String>) -> Option<&'v String> {
    versions.min_by_key(|version| version[1..].parse::<u64>().unwrap_or(u64::MAX))
}

fn tags_of(tags: &[(String, String)]) -> Result<Option<Vec<Tag>>, Failure> {
    let tag = |(key, value): &(String, String)| {
        let tag = Tag::builder().key(key).value(value).build();
        tag.map_err(|error| Failure::Broken { cause: error.to_string() })
    };
    let tags = tags.iter().map(tag).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(tags).filter(|tags| !tags.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::oldest;

    #[test]
    fn the_oldest_version_is_that_of_the_least_number() {
        let versions = ["v10", "v9", "v11"].map(str::to_owned);
        assert_eq!(oldest(versions.iter()).map(String::as_str), Some("v9"));
    }
}
