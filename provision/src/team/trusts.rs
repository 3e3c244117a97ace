//! Who may assume a role; roles whose trusts form a cycle are rejected.

use rolecall::{LONGEST_TRUST_POLICY, check_role_arn};

use super::{
    parts::{Parts, RoleEntry, TrustEntry},
    reader::meant,
    resolve::nowhere,
    source::{Source, Word},
};
use crate::{
    engine::{trust_document, wanted},
    policy::length,
};

impl<'t> Source<'t> {
    /// Returns a role's trust.
    pub(super) fn trust(&mut self, role: &RoleEntry, parts: &Parts<'_, 't>) -> wanted::Trust {
        let Some(trust) = &role.trust else { return wanted::Trust::default() };
        let mut users: Vec<String> = Vec::new();
        for word in &trust.users {
            if self.is_user(word, parts) {
                users.push(word.text.clone());
            }
        }
        for word in &trust.groups {
            for name in self.members_of(word, parts) {
                if !users.contains(&name) {
                    users.push(name);
                }
            }
        }
        let roles = trust.roles.iter().filter(|word| self.is_role(word, parts, "roles"));
        let roles: Vec<_> = roles.map(|word| word.text.clone()).collect();
        let accounts = trust.accounts.iter().filter_map(|word| self.account(word)).collect();
        self.check_trust(role, trust, &users);
        let document = wanted::Trust {
            users,
            roles,
            accounts,
            mfa: trust.mfa,
            external_id: trust.external_id.as_ref().and_then(|word| self.external_id(word)),
        };
        let characters = length(&trust_document(&document, &nowhere()).to_string());
        if characters > LONGEST_TRUST_POLICY {
            let name = &role.name.text;
            let message = format!(
                "the trust policy of role '{name}' has {characters} characters, and IAM allows {LONGEST_TRUST_POLICY}"
            );
            let hint = "trust the account itself, and give users may_assume through a group";
            self.fault(trust.at, message, hint);
        }
        document
    }

    fn check_trust(&mut self, role: &RoleEntry, trust: &TrustEntry, users: &[String]) {
        let TrustEntry { users: named, groups, roles, accounts, .. } = trust;
        let is_empty =
            named.is_empty() && groups.is_empty() && roles.is_empty() && accounts.is_empty();
        // Only groups without members, which have no other fault.
        let of_nobody =
            named.is_empty() && roles.is_empty() && accounts.is_empty() && users.is_empty();
        if is_empty || (of_nobody && !self.has_fault_within(groups)) {
            let message = format!("the trust of role '{}' allows no one", role.name.text);
            self.fault(trust.at, message, "add users, groups, roles or accounts to it");
        }
        if let Some(first) = roles.first().filter(|_| trust.mfa) {
            let message = "a role's session never has MFA, so this role could never assume it";
            self.fault(first.at, message, "omit mfa, or name the users who assume that role");
        }
    }

    /// Returns whether the word is a user in the file; records a fault if not.
    pub(super) fn is_user(&mut self, word: &Word, parts: &Parts<'_, '_>) -> bool {
        let name = &*word.text;
        if parts.has_user(name) {
            return true;
        }
        let (message, hint) = if parts.groups.iter().any(|group| group.name.text == name) {
            (
                format!("'{name}' is a group, and only users are allowed here"),
                "list its members".into(),
            )
        } else if parts.roles.iter().any(|role| role.name.text == name) {
            (format!("'{name}' is a role, and only users are allowed here"), "list users".into())
        } else if name.starts_with("arn:") {
            let hint =
                "use the name without 'arn:…'; for a user of another account, trust the account";
            (format!("'{name}' is an ARN, but users are listed by name"), hint.into())
        } else {
            let users = parts.users.iter().map(|user| &*user.name.text);
            let hint = meant(name, users, &format!("add it: [users.{name}]"));
            (format!("there is no user '{name}' in this file"), hint)
        };
        self.fault(word.at, message, hint);
        false
    }

    /// Returns whether the word is a role in the file or a role's ARN; records a fault if not.
    pub(super) fn is_role(&mut self, word: &Word, parts: &Parts<'_, '_>, what: &str) -> bool {
        let name = &*word.text;
        let roles = || parts.roles.iter().map(|role| &*role.name.text);
        if roles().any(|role| role == name) || check_role_arn(name).is_ok() {
            return true;
        }
        if name.starts_with("arn:") {
            let message = format!("'{name}' is not the ARN of a role");
            self.fault(word.at, message, "write it like arn:aws:iam::222222222222:role/NAME");
        } else {
            let hint = meant(name, roles(), "add it, or write its ARN");
            self.fault(word.at, format!("there is no role '{name}' in this file ({what})"), hint);
        }
        false
    }

    /// Returns the members of a group in the file: a trust policy can't name a group.
    fn members_of(&mut self, word: &Word, parts: &Parts<'_, '_>) -> Vec<String> {
        let name = &*word.text;
        let Some(group) = parts.groups.iter().find(|group| group.name.text == name) else {
            let groups = parts.groups.iter().map(|group| &*group.name.text);
            let hint = meant(name, groups, "add it, with its members");
            self.fault(word.at, format!("there is no group '{name}' in this file"), hint);
            return Vec::new();
        };
        let Some(members) = &group.members else {
            let message =
                format!("a trust policy allows the members of '{name}', but the file lists none");
            self.fault(word.at, message, format!("add members to [groups.{name}]"));
            return Vec::new();
        };
        members.iter().map(|member| member.text.clone()).collect()
    }

    /// Returns the roles so that each comes after those its trust names; a cycle is a fault.
    pub(super) fn in_order<'p>(&mut self, roles: &'p [RoleEntry]) -> Vec<&'p RoleEntry> {
        let mut ordering = Ordering { source: self, roles, path: Vec::new(), order: Vec::new() };
        for role in roles {
            ordering.put_after_its_own(role, role.name.at);
        }
        ordering.order
    }

    fn cycle(&mut self, path: &[(&RoleEntry, usize)], closed_at: usize) {
        // Each role is shown with the line where its trust names the next one.
        let lines = path[1..].iter().map(|(_, at)| *at).chain([closed_at]);
        let steps: Vec<_> = path
            .iter()
            .zip(lines)
            .map(|((role, _), at)| format!("{} (line {})", role.name.text, self.line(at)))
            .collect();
        let first = path.first().map(|(role, _)| &*role.name.text).unwrap_or_default();
        let message = format!("the trust policies form a loop: {} → {first}", steps.join(" → "));
        let hint = "IAM can only create a role if the roles in its trust policy exist: remove one of these";
        self.fault(closed_at, message, hint);
    }
}

/// Sorts roles so that each comes after those its trust names.
struct Ordering<'o, 'p, 't> {
    source: &'o mut Source<'t>,
    roles: &'p [RoleEntry],
    /// The roles that depend on the current one, each with the position where it is named.
    path: Vec<(&'p RoleEntry, usize)>,
    order: Vec<&'p RoleEntry>,
}

impl<'p> Ordering<'_, 'p, '_> {
    /// `at` is the position where the role is named.
    fn put_after_its_own(&mut self, role: &'p RoleEntry, at: usize) {
        let is_it = |it: &RoleEntry| it.name.text == role.name.text;
        if let Some(start) = self.path.iter().position(|(it, _)| is_it(it)) {
            self.source.cycle(&self.path[start..], at);
            return;
        }
        if self.order.iter().any(|it| is_it(it)) {
            return;
        }
        self.path.push((role, at));
        for word in role.trust.iter().flat_map(|trust| &trust.roles) {
            if let Some(named) = self.roles.iter().find(|it| it.name.text == word.text) {
                self.put_after_its_own(named, word.at);
            }
        }
        self.path.pop();
        self.order.push(role);
    }
}
