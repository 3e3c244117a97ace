//! What is wanted against what is there.

use std::collections::BTreeSet;

use rolecall::{aws::Identity, error::Result};

use super::{
    Account, Change, Holder, Plan,
    look::Look,
    names::Names,
    trust::{self, is_same},
};
use crate::{
    caller::Caller,
    iam::wanted::{Document, Grants, Group, Policy, PolicyRef, Role, User, Wanted},
};

/// Reads the account of `identity`, who calls, and finds out what is to be changed. Changes nothing.
///
/// # Errors
/// Those of the calls; a managed policy that is nowhere.
pub fn plan(caller: &Caller, identity: &Identity, wanted: &Wanted) -> Result<Plan> {
    let account = Account::of(identity);
    let mut comparison = Comparison {
        look: Look { caller },
        names: Names::new(account.clone()),
        changes: Vec::new(),
        new_users: Vec::new(),
    };
    comparison.know_policies(wanted)?;
    for policy in &wanted.policies {
        comparison.policy(policy)?;
    }
    for user in &wanted.users {
        comparison.user(user)?;
    }
    for group in &wanted.groups {
        comparison.group(group)?;
    }
    for role in &wanted.roles {
        comparison.role(role)?;
    }
    // What users and groups may do names roles, whose ARNs are all known now.
    let users = wanted.users.iter().map(|user| (Holder::User(user.name.clone()), &user.grants));
    let groups =
        wanted.groups.iter().map(|group| (Holder::Group(group.name.clone()), &group.grants));
    for (holder, grants) in users.chain(groups) {
        comparison.grants(&holder, grants)?;
    }
    let Comparison { changes, new_users, .. } = comparison;
    Ok(Plan { account, changes, new_users })
}

struct Comparison<'c> {
    look: Look<'c>,
    names: Names,
    changes: Vec<Change>,
    new_users: Vec<String>,
}

impl Comparison<'_> {
    /// Finds the customer-managed policies, which may have paths; those of others must be there.
    fn know_policies(&mut self, wanted: &Wanted) -> Result<()> {
        let all = grants_of(wanted).flat_map(|grants| grants.attached.iter().flatten());
        let refs: BTreeSet<&PolicyRef> = all.collect();
        let names_own = refs.iter().any(|policy| matches!(policy, PolicyRef::Name(_)));
        if !wanted.policies.is_empty() || names_own {
            for (name, arn) in self.look.policies()? {
                self.names.know_policy(&name, &arn);
            }
        }
        let is_wanted = |name: &String| wanted.policies.iter().any(|policy| policy.name == *name);
        for policy in refs {
            if !matches!(policy, PolicyRef::Name(name) if is_wanted(name)) {
                self.look.require_policy(&self.names.policy(policy))?;
            }
        }
        Ok(())
    }

    fn policy(&mut self, policy: &Policy) -> Result<()> {
        let arn = self.names.policy(&PolicyRef::Name(policy.name.clone()));
        let document = trust::document(&policy.document, &self.names);
        match self.look.policy(&arn)? {
            None => self.changes.push(Change::CreatePolicy {
                arn,
                name: policy.name.clone(),
                description: policy.description.clone(),
                document,
            }),
            Some(there) if is_same(&there.document, &document) => {}
            Some(there) => self.changes.push(Change::SetPolicy {
                arn,
                document,
                before: there.document,
                version: there.version,
                known: there.versions,
            }),
        }
        Ok(())
    }

    fn user(&mut self, user: &User) -> Result<()> {
        let name = user.name.clone();
        if let Some(arn) = self.look.user(&name)? {
            self.names.know(&Holder::User(name), &arn);
        } else {
            self.new_users.push(name.clone());
            self.changes.push(Change::CreateUser { name, tags: user.tags.clone() });
        }
        Ok(())
    }

    fn group(&mut self, group: &Group) -> Result<()> {
        let name = &group.name;
        let there = self.look.group(name)?;
        if there.is_none() {
            self.changes.push(Change::CreateGroup { name: name.clone() });
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

    fn role(&mut self, role: &Role) -> Result<()> {
        let name = role.name.clone();
        let document = trust::trust(&role.trust, &self.names.account, &self.names);
        let holder = Holder::Role(name.clone());
        match self.look.role(&name)? {
            None => self.changes.push(Change::CreateRole {
                name,
                description: role.description.clone(),
                trust: document,
                max_session: role.max_session,
                tags: role.tags.clone(),
            }),
            Some(there) => {
                self.names.know(&holder, &there.arn);
                if !is_same(&there.trust, &document) {
                    let (role, before) = (name.clone(), there.trust);
                    self.changes.push(Change::SetTrust { role, document, before });
                }
                if let Some(seconds) = role.max_session
                    && seconds != there.max_session
                {
                    let before = there.max_session;
                    self.changes.push(Change::SetMaxSession { role: name, seconds, before });
                }
            }
        }
        self.grants(&holder, &role.grants)
    }

    fn grants(&mut self, holder: &Holder, grants: &Grants) -> Result<()> {
        let is_new = self.is_new(holder);
        if let Some(attached) = &grants.attached {
            let wanted: BTreeSet<_> =
                attached.iter().map(|policy| self.names.policy(policy)).collect();
            let there = if is_new { BTreeSet::new() } else { self.look.attached(holder)? };
            for arn in wanted.difference(&there) {
                self.changes.push(Change::Attach { to: holder.clone(), arn: arn.clone() });
            }
            for arn in there.difference(&wanted) {
                self.changes.push(Change::Detach { from: holder.clone(), arn: arn.clone() });
            }
        }
        for (name, document) in &grants.inline {
            let before = if is_new { None } else { self.look.inline(holder, name)? };
            if matches!(document, Document::Assume(roles) if roles.is_empty()) {
                let remove = |before| Change::RemoveInline {
                    of: holder.clone(),
                    name: name.clone(),
                    before,
                };
                self.changes.extend(before.map(remove));
                continue;
            }
            let document = trust::document(document, &self.names);
            if !before.as_ref().is_some_and(|before| is_same(before, &document)) {
                let (of, name) = (holder.clone(), name.clone());
                self.changes.push(Change::PutInline { of, name, document, before });
            }
        }
        Ok(())
    }

    fn is_new(&self, holder: &Holder) -> bool {
        self.changes.iter().any(|change| match (change, holder) {
            (Change::CreateUser { name, .. }, Holder::User(holder))
            | (Change::CreateGroup { name }, Holder::Group(holder))
            | (Change::CreateRole { name, .. }, Holder::Role(holder)) => name == holder,
            _ => false,
        })
    }
}

fn grants_of(wanted: &Wanted) -> impl Iterator<Item = &Grants> {
    let users = wanted.users.iter().map(|user| &user.grants);
    let groups = wanted.groups.iter().map(|group| &group.grants);
    users.chain(groups).chain(wanted.roles.iter().map(|role| &role.grants))
}
