//! Reads the account, but only what the wanted state mentions.

use std::{cell::RefCell, collections::BTreeMap};

use aws_sdk_iam::types::{PolicyScopeType, Tag};
use rolecall::{Failure, Result, is_access_denied};
use serde_json::Value;

use super::wanted::BucketSetting;
use crate::{
    buckets::{self, ExistingBucket},
    caller::Caller,
    change::{BucketChange, ExistingPolicy},
    failure::{OrCannot as _, if_exists},
    holder::Holder,
    permissions::refusal,
    policy::document_in,
};

/// An existing user.
#[derive(Clone, Debug)]
pub(crate) struct ExistingUser {
    pub(crate) arn: String,
    pub(crate) tags: Vec<Tag>,
    /// The ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// An existing role.
#[derive(Clone, Debug)]
pub(crate) struct ExistingRole {
    pub(crate) arn: String,
    pub(crate) trust: Value,
    /// In seconds.
    pub(crate) max_session: u32,
    pub(crate) tags: Vec<Tag>,
    /// The ARN of the permissions boundary.
    pub(crate) boundary: Option<String>,
}

/// Reads the account, and records which permissions for reading are missing.
pub(crate) struct AccountReader<'c> {
    pub(crate) caller: &'c Caller<'c>,
    lacking: RefCell<Vec<String>>,
}

impl<'c> AccountReader<'c> {
    pub(crate) fn new(caller: &'c Caller<'c>) -> Self {
        Self { caller, lacking: RefCell::default() }
    }

    /// Returns an error that lists all permissions that were missing so far.
    pub(crate) fn check(&self) -> Result<()> {
        let lacking = self.lacking.borrow();
        if lacking.is_empty() {
            return Ok(());
        }
        let who = self.caller.identity().map_or("the caller".to_owned(), |it| it.arn);
        Err(refusal(&who, &lacking))
    }

    /// Returns the answer of a call that needs the permission `action`. `None` if it does not
    /// exist, or if the caller may not read it, which [`Self::check`] reports.
    fn seen<T>(
        &self,
        action: &str,
        what: &str,
        answer: std::result::Result<T, Failure>,
    ) -> Result<Option<T>> {
        match answer {
            Err(Failure::Refused { code, .. }) if is_access_denied(&code) => {
                let mut lacking = self.lacking.borrow_mut();
                if !lacking.iter().any(|it| it == action) {
                    lacking.push(action.to_owned());
                }
                Ok(None)
            }
            answer => if_exists(answer).or_cannot(format_args!("read {what}")),
        }
    }

    pub(crate) fn user(&self, name: &str) -> Result<Option<ExistingUser>> {
        let answer = self.caller.call(self.caller.iam().get_user().user_name(name).send());
        let answer = self.seen("iam:GetUser", &format!("user {name}"), answer)?;
        let user = answer.and_then(|answer| answer.user);
        Ok(user.map(|user| ExistingUser {
            arn: user.arn,
            tags: user.tags.unwrap_or_default(),
            boundary: user.permissions_boundary.and_then(|it| it.permissions_boundary_arn),
        }))
    }

    /// Returns how many groups a user is in; `None` if that can't be read.
    pub(super) fn group_count(&self, user: &str) -> Option<usize> {
        let pages = self.caller.iam().list_groups_for_user().user_name(user).into_paginator();
        self.caller.list(pages.items().send()).ok().map(|groups| groups.len())
    }

    /// Returns whether a user has a console password.
    pub(crate) fn has_password(&self, user: &str) -> Result<bool> {
        let answer = self.caller.call(self.caller.iam().get_login_profile().user_name(user).send());
        let answer = self.seen("iam:GetLoginProfile", &format!("user {user}"), answer)?;
        Ok(answer.is_some())
    }

    /// Returns the members of a group.
    pub(super) fn group(&self, name: &str) -> Result<Option<Vec<String>>> {
        let pages = self.caller.iam().get_group().group_name(name).into_paginator();
        let users = self.caller.list(pages.items().send());
        let users = self.seen("iam:GetGroup", &format!("group {name}"), users)?;
        Ok(users.map(|users| users.into_iter().map(|user| user.user_name).collect()))
    }

    pub(crate) fn role(&self, name: &str) -> Result<Option<ExistingRole>> {
        let answer = self.caller.call(self.caller.iam().get_role().role_name(name).send());
        let answer = self.seen("iam:GetRole", &format!("role {name}"), answer)?;
        Ok(answer.and_then(|answer| answer.role).map(|role| ExistingRole {
            trust: json(role.assume_role_policy_document.as_deref().unwrap_or_default()),
            // Rule: IAM API reference, CreateRole, `MaxSessionDuration`.
            max_session: role.max_session_duration.map_or(3_600, i32::cast_unsigned),
            arn: role.arn,
            tags: role.tags.unwrap_or_default(),
            boundary: role.permissions_boundary.and_then(|it| it.permissions_boundary_arn),
        }))
    }

    /// Returns the ARNs of all customer-managed policies, by name.
    pub(super) fn policies(&self) -> Result<BTreeMap<String, String>> {
        let pages = self.caller.iam().list_policies().scope(PolicyScopeType::Local);
        let policies = self.caller.list(pages.into_paginator().items().send());
        let policies = self.seen("iam:ListPolicies", "the policies", policies)?;
        let pair = |policy: aws_sdk_iam::types::Policy| Some((policy.policy_name?, policy.arn?));
        Ok(policies.into_iter().flatten().filter_map(pair).collect())
    }

    /// Returns a customer-managed policy.
    pub(super) fn policy(&self, arn: &str) -> Result<Option<ExistingPolicy>> {
        let (iam, what) = (self.caller.iam(), format!("policy {arn}"));
        let versions = self.caller.call(iam.list_policy_versions().policy_arn(arn).send());
        let versions = self.seen("iam:ListPolicyVersions", &what, versions)?;
        let Some(versions) = versions.and_then(|answer| answer.versions) else { return Ok(None) };
        let default = versions.iter().find(|version| version.is_default_version());
        let version = default.and_then(|version| version.version_id()).unwrap_or_default();
        let call = iam.get_policy_version().policy_arn(arn).version_id(version);
        let answer = self.seen("iam:GetPolicyVersion", &what, self.caller.call(call.send()))?;
        let document = answer.and_then(|answer| answer.policy_version?.document);
        Ok(Some(ExistingPolicy {
            document: json(&document.unwrap_or_default()),
            version: version.to_owned(),
            versions: versions.into_iter().filter_map(|version| version.version_id).collect(),
        }))
    }

    /// Returns the ARNs of the attached managed policies.
    pub(crate) fn attached(&self, holder: &Holder) -> Result<Vec<String>> {
        let policies = holder.attached(self.caller);
        let action = holder.action("ListAttached", "Policies");
        Ok(self.seen(&action, &format!("policies of {holder}"), policies)?.unwrap_or_default())
    }

    /// Returns the inline policy `name`.
    pub(super) fn inline(&self, holder: &Holder, name: &str) -> Result<Option<Value>> {
        let text = holder.inline(self.caller, name);
        let action = holder.action("Get", "Policy");
        let text = self.seen(&action, &format!("policy {name} of {holder}"), text)?;
        Ok(text.as_deref().map(json))
    }

    /// Returns a bucket with the changes that give it the settings `wanted`.
    pub(crate) fn bucket(
        &self,
        name: &str,
        wanted: &[BucketSetting],
    ) -> Result<Option<ExistingBucket>> {
        const LOCATION: &str = "s3:GetBucketLocation (or the bucket is another account's)";
        if wanted.is_empty() {
            return buckets::find(self.caller, name);
        }
        let what = format!("the bucket {name}");
        let region = buckets::region_of(self.caller, name);
        let Some(region) = self.seen(LOCATION, &what, region)? else { return Ok(None) };
        let s3 = self.caller.s3_in(&region);
        let mut to_set = Vec::new();
        for setting in wanted {
            match setting {
                BucketSetting::Closed => {
                    let answer = self.caller.call(s3.get_public_access_block().bucket(name).send());
                    let answer = self.seen("s3:GetBucketPublicAccessBlock", &what, answer)?;
                    let before = answer.and_then(|answer| answer.public_access_block_configuration);
                    if !before.as_ref().is_some_and(buckets::is_closed) {
                        to_set.push(BucketChange::Close { before });
                    }
                }
                BucketSetting::Encrypted => {
                    let answer = self.caller.call(s3.get_bucket_encryption().bucket(name).send());
                    if self.seen("s3:GetEncryptionConfiguration", &what, answer)?.is_none() {
                        to_set.push(BucketChange::Encrypt);
                    }
                }
                BucketSetting::Versioned => {
                    let answer = buckets::is_versioned(self.caller, &s3, name);
                    if self.seen("s3:GetBucketVersioning", &what, answer)? != Some(true) {
                        to_set.push(BucketChange::KeepVersions);
                    }
                }
                BucketSetting::Public | BucketSetting::Website => {}
            }
        }
        Ok(Some(ExistingBucket { region: Some(region), to_set }))
    }
}

/// Parses a document in an answer of IAM. One that is not JSON differs from every wanted document.
fn json(document: &str) -> Value {
    document_in(document).unwrap_or_else(Value::String)
}
