//! Compares the wanted state with the account.

use std::collections::BTreeSet;

use rolecall::{MOST_ATTACHED_POLICIES, MOST_GROUPS, Result};

use super::{
    AccountReader, ChangePlan, Existing, boundary,
    trust::{self, is_same},
    wanted::{
        Bucket, BucketSetting, Grants, Group, ManagedPolicy, PolicyDocument, PolicyRef, Role, User,
        Wanted,
    },
};
use crate::{
    account::Account,
    buckets,
    caller::Caller,
    change::{BucketChange, Change, NewRole},
    holder::Holder,
};

/// Reads the account and returns the changes that are needed. Changes nothing.
///
/// # Errors
/// Those of the calls; of kind `Denied`, with all permissions for reading that are missing.
pub(crate) fn plan(caller: &Caller<'_>, account: &Account, wanted: &Wanted) -> Result<ChangePlan> {
    let reader = AccountReader::new(caller);
    let plan = compare(&reader, account, wanted)?;
    reader.check()?;
    Ok(plan)
}

/// The same as [`plan`], with a reader that the caller must [`check`](AccountReader::check).
///
/// # Errors
/// Those of the calls.
pub(crate) fn compare(
    reader: &AccountReader<'_>,
    account: &Account,
    wanted: &Wanted,
) -> Result<ChangePlan> {
    let mut comparison =
        Comparison { reader, account, existing: Existing::default(), changes: Vec::new() };
    comparison.whole(wanted)?;
    let Comparison { existing, changes, .. } = comparison;
    let account = account.clone();
    let mut plan = ChangePlan { account, changes, existing, warnings: Vec::new() };
    plan.warnings = boundary::check(reader.caller, &plan)?;
    Ok(plan)
}

struct Comparison<'c> {
    reader: &'c AccountReader<'c>,
    account: &'c Account,
    existing: Existing,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn whole(&mut self, wanted: &Wanted) -> Result<()> {
        wanted.buckets.iter().try_for_each(|bucket| self.bucket(bucket))?;
        // A customer-managed policy may have a path, so its ARN must be looked up.
        if !wanted.policies.is_empty() {
            self.existing.policies = self.reader.policies()?;
        }
        wanted.policies.iter().try_for_each(|policy| self.policy(policy))?;
        wanted.users.iter().try_for_each(|user| self.user(user))?;
        wanted.groups.iter().try_for_each(|group| self.group(group))?;
        self.make_room_in_groups();
        wanted.roles.iter().try_for_each(|role| self.role(role))?;
        // The policies of users and groups contain the ARNs of roles, which are all known now.
        for user in &wanted.users {
            self.grants(&Holder::User(user.name.clone()), &user.grants)?;
        }
        for group in &wanted.groups {
            self.grants(&Holder::Group(group.name.clone()), &group.grants)?;
        }
        Ok(())
    }

    fn bucket(&mut self, bucket: &Bucket) -> Result<()> {
        let name = bucket.name.clone();
        let existing = self.reader.bucket(&name, bucket.if_existing)?;
        let region = existing.as_ref().and_then(|existing| existing.region.clone());
        let region = region.unwrap_or_else(|| bucket.region.clone());
        let changes = if let Some(existing) = existing {
            self.existing.buckets.insert(name.clone(), region.clone());
            existing.to_set
        } else {
            if let Err(invalid) = buckets::check_new_name(&name, bucket.origin.as_deref()) {
                // It may only be unreadable.
                self.reader.check()?;
                let hint = "an old bucket may have such a name, but this one does not exist";
                return Err(invalid.hint(hint));
            }
            let settings = bucket.if_new.iter().map(|setting| match setting {
                BucketSetting::Closed => BucketChange::Close { before: None },
                BucketSetting::Encrypted => BucketChange::Encrypt,
                BucketSetting::Versioned => BucketChange::KeepVersions,
                BucketSetting::Public => BucketChange::MakePublic,
                BucketSetting::Website => BucketChange::MakeWebsite,
            });
            [BucketChange::Create].into_iter().chain(settings).collect()
        };
        self.changes.extend(changes.into_iter().map(|change| Change::Bucket {
            name: name.clone(),
            region: region.clone(),
            change,
        }));
        Ok(())
    }

    fn policy(&mut self, policy: &ManagedPolicy) -> Result<()> {
        let (name, description) = (policy.name.clone(), policy.description.clone());
        let arn = self.existing.policy_arn(&PolicyRef::Name(name.clone()), self.account);
        let document = trust::document(&policy.document, self.account, &self.existing);
        match self.reader.policy(&arn)? {
            None => self.changes.push(Change::CreatePolicy { arn, name, description, document }),
            Some(before) if is_same(&before.document, &document) => {}
            Some(before) => self.changes.push(Change::SetPolicy { arn, document, before }),
        }
        Ok(())
    }

    fn user(&mut self, user: &User) -> Result<()> {
        let name = user.name.clone();
        if let Some(existing) = self.reader.user(&name)? {
            self.existing.users.insert(name, existing);
        } else {
            let (boundary, tags) = (user.boundary.clone(), user.tags.clone());
            self.changes.push(Change::CreateUser { name, boundary, tags });
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<()> {
        let name = &group.name;
        let there = self.reader.group(name)?;
        match &there {
            Some(there) => drop(self.existing.groups.insert(name.clone(), there.clone())),
            None => self.changes.push(Change::CreateGroup { name: name.clone() }),
        }
        let there = there.unwrap_or_default();
        let Some(members) = &group.members else { return Ok(()) };
        for user in members.iter().filter(|user| !there.contains(*user)) {
            self.changes.push(Change::AddMember { group: name.clone(), user: user.clone() });
        }
        for user in there.into_iter().filter(|user| !members.contains(user)) {
            self.changes.push(Change::RemoveMember { group: name.clone(), user });
        }
        Ok(())
    }

    /// Lets those leave a group first who would be in too many groups before they leave it.
    fn make_room_in_groups(&mut self) {
        let added = self.changes.iter().filter_map(|change| match change {
            Change::AddMember { user, .. } => Some(user.clone()),
            _ => None,
        });
        for user in added.collect::<BTreeSet<_>>() {
            let is_join =
                |it: &Change| matches!(it, Change::AddMember { user: of, .. } if *of == user);
            let is_leave =
                |it: &Change| matches!(it, Change::RemoveMember { user: of, .. } if *of == user);
            let joins = self.changes.iter().filter(|it| is_join(it)).count();
            let is_full =
                || self.reader.group_count(&user).is_some_and(|it| it + joins > MOST_GROUPS);
            if !self.changes.iter().any(is_leave) || !is_full() {
                continue;
            }
            let changes = std::mem::take(&mut self.changes);
            let (leaves, mut others): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_leave);
            let first = others.iter().position(is_join).unwrap_or_default();
            others.splice(first..first, leaves);
            self.changes = others;
        }
    }

    fn role(&mut self, role: &Role) -> Result<()> {
        let name = role.name.clone();
        let trust = trust::trust(&role.trust, self.account, &self.existing);
        match self.reader.role(&name)? {
            None => self.changes.push(Change::CreateRole(NewRole {
                name: name.clone(),
                description: role.description.clone(),
                trust,
                max_session: role.max_session,
                tags: role.tags.clone(),
            })),
            Some(there) => {
                if !is_same(&there.trust, &trust) {
                    let before = there.trust.clone();
                    let change = Change::SetTrust { role: name.clone(), document: trust, before };
                    self.changes.push(change);
                }
                if let Some(seconds) = role.max_session
                    && seconds != there.max_session
                {
                    let (role, before) = (name.clone(), there.max_session);
                    self.changes.push(Change::SetMaxSession { role, seconds, before });
                }
                self.existing.roles.insert(name.clone(), there);
            }
        }
        self.grants(&Holder::Role(name), &role.grants)
    }

    fn grants(&mut self, holder: &Holder, grants: &Grants) -> Result<()> {
        let is_new = !self.existing.has(holder);
        if let Some(attached) = &grants.attached {
            let wanted: BTreeSet<_> = attached
                .iter()
                .map(|policy| self.existing.policy_arn(policy, self.account))
                .collect();
            let there = if is_new { Vec::new() } else { self.reader.attached(holder)? };
            let there: BTreeSet<_> = there.into_iter().collect();
            let detach = |arn: &String| Change::Detach { from: holder.clone(), arn: arn.clone() };
            let (mut count, mut gone) = (there.len(), there.difference(&wanted).map(detach));
            for arn in wanted.difference(&there) {
                // Nothing is taken away before its replacement is there, unless there is no room.
                if count >= MOST_ATTACHED_POLICIES
                    && let Some(detach) = gone.next()
                {
                    self.changes.push(detach);
                    count -= 1;
                }
                self.changes.push(Change::Attach { to: holder.clone(), arn: arn.clone() });
                count += 1;
            }
            self.changes.extend(gone);
        }
        for (name, document) in &grants.inline {
            let before = if is_new { None } else { self.reader.inline(holder, name)? };
            let (of, name) = (holder.clone(), name.clone());
            if matches!(document, PolicyDocument::Assume(roles) if roles.is_empty()) {
                let delete = |before| Change::DeleteInline { of, name, before };
                self.changes.extend(before.map(delete));
                continue;
            }
            let document = trust::document(document, self.account, &self.existing);
            if !before.as_ref().is_some_and(|before| is_same(before, &document)) {
                self.changes.push(Change::PutInline { of, name, document, before });
            }
        }
        Ok(())
    }
}
