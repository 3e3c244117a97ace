//! Resolves the words in the file to users, groups, policies and roles.

use std::{io, path::Path};

use rolecall::{IamKind, check_policy_arn};

use super::{
    parts::{GrantEntries, Parts},
    reader::meant,
    source::{At, Source, Word},
};
use crate::{
    account::Account,
    buckets::Place,
    engine::{
        assume_document,
        wanted::{self, Group, ManagedPolicy, PolicyDocument, PolicyRef, Role, User, Wanted},
    },
    policy::length,
};

/// The parsed file.
#[derive(Debug)]
pub(crate) struct Team {
    /// What the account should have.
    pub(crate) wanted: Wanted,
    /// Where the applied file is stored, and the position of its mention.
    pub(crate) master_copy: Option<(Place, At)>,
    /// The managed policies that the file names but doesn't define, each with the position of its
    /// first mention. Only AWS knows whether they exist.
    pub(crate) others_policies: Vec<(PolicyRef, At)>,
    /// Warnings about unusual text that IAM accepts.
    pub(crate) remarks: Vec<String>,
}

/// The name of the inline policy for `may_assume`.
pub(super) const MAY_ASSUME: &str = "may-assume";

/// Returns a placeholder account for measuring lengths: all account IDs have 12 digits.
pub(super) fn nowhere() -> Account {
    Account { id: "000000000000".to_owned(), partition: "aws".to_owned() }
}

/// Resolves the whole file. If that records a fault, the result must not be used.
pub(super) fn team<'t>(
    source: &mut Source<'t>,
    parts: &Parts<'_, 't>,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Team {
    source.check_names(IamKind::User, parts.users.iter().map(|user| &user.name));
    source.check_names(IamKind::Group, parts.groups.iter().map(|group| &group.name));
    source.check_names(IamKind::Policy, parts.policies.iter().map(|policy| &policy.name));
    source.check_names(IamKind::Role, parts.roles.iter().map(|role| &role.name));
    let mut wanted = Wanted::default();
    for policy in &parts.policies {
        let description = policy.description.as_ref().map(|text| source.description(text));
        let Some(document) = source.document(policy, read) else { continue };
        let (name, document) = (policy.name.text.clone(), PolicyDocument::Text(document));
        wanted.policies.push(ManagedPolicy { name, description, document });
    }
    for user in &parts.users {
        wanted.users.push(User {
            name: user.name.text.clone(),
            boundary: None,
            grants: source.grants(IamKind::User, &user.grants, parts),
            tags: source.tags(&user.tags),
        });
    }
    for group in &parts.groups {
        let mut members = group.members.clone();
        if let Some(members) = &mut members {
            members.retain(|word| source.is_user(word, parts));
        }
        wanted.groups.push(Group {
            name: group.name.text.clone(),
            grants: source.grants(IamKind::Group, &group.grants, parts),
            members: members.map(|words| words.into_iter().map(|word| word.text).collect()),
        });
    }
    for role in source.in_order(&parts.roles) {
        wanted.roles.push(Role {
            name: role.name.text.clone(),
            description: role.description.as_ref().map(|text| source.description(text)),
            trust: source.trust(role, parts),
            grants: source.grants(IamKind::Role, &role.grants, parts),
            max_session: role.max_session.as_ref().and_then(|word| source.max_session(word)),
            tags: source.tags(&role.tags),
        });
    }
    let master_copy = parts.master_copy.as_ref().and_then(|word| {
        let place = source.place(word)?;
        Some((place, source.at(word.at)))
    });
    let others = std::mem::take(&mut source.others);
    let others_policies = others.into_iter().map(|(policy, at)| (policy, source.at(at))).collect();
    let remarks = std::mem::take(&mut source.remarks);
    Team { wanted, master_copy, others_policies, remarks }
}

impl Source<'_> {
    fn grants(
        &mut self,
        of: IamKind,
        grants: &GrantEntries,
        parts: &Parts<'_, '_>,
    ) -> wanted::Grants {
        let mut attached = None;
        if let Some(words) = &grants.policies {
            let mut refs = Vec::new();
            for word in words {
                let Some(policy) = self.policy(word, parts) else { continue };
                let is_new = !self.others.iter().any(|(it, _)| *it == policy);
                if !matches!(policy, PolicyRef::Name(_)) && is_new {
                    self.others.push((policy.clone(), word.at));
                }
                refs.push(policy);
            }
            attached = Some(refs);
        }
        let mut inline = Vec::new();
        if let Some(words) = &grants.may_assume {
            let roles = words.iter().filter(|word| self.is_role(word, parts, "may_assume"));
            let roles: Vec<_> = roles.map(|word| word.text.clone()).collect();
            self.check_may_assume(of, words, &roles);
            inline.push((MAY_ASSUME.to_owned(), PolicyDocument::Assume(roles)));
        }
        wanted::Grants { attached, inline }
    }

    /// Checks that a policy for assuming these roles is not too long.
    fn check_may_assume(&mut self, of: IamKind, words: &[Word], roles: &[String]) {
        let account = nowhere();
        let arn = |role: &String| {
            if role.starts_with("arn:") {
                role.clone()
            } else {
                account.arn(&format!("role/{role}"))
            }
        };
        let arns: Vec<_> = roles.iter().map(arn).collect();
        let (characters, most) =
            (length(&assume_document(&arns).to_string()), of.longest_inline_policies());
        if let Some(first) = words.first().filter(|_| characters > most) {
            let message = format!(
                "the policy {MAY_ASSUME} has {characters} characters, and IAM allows {most} for a {}",
                of.word()
            );
            self.fault(first.at, message, "move some of it to [groups.…]");
        }
    }

    /// Returns the managed policy that the word names; `None` after recording a fault.
    fn policy(&mut self, word: &Word, parts: &Parts<'_, '_>) -> Option<PolicyRef> {
        let name = &*word.text;
        let own = || parts.policies.iter().map(|policy| &*policy.name.text);
        if own().any(|own| own == name) {
            return Some(PolicyRef::Name(name.to_owned()));
        }
        if check_policy_arn(name).is_ok() {
            return Some(PolicyRef::Arn(name.to_owned()));
        }
        if name.starts_with("arn:") {
            let message = format!("'{name}' is not the ARN of a managed policy");
            self.fault(word.at, message, "write it like arn:aws:iam::222222222222:policy/NAME");
            return None;
        }
        // The names of AWS's own policies begin with a capital letter; some have a path.
        let last = name.rsplit('/').next().unwrap_or_default();
        let of_name = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
        if last.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(of_name) {
            return Some(PolicyRef::Aws(name.to_owned()));
        }
        let message = format!("policy '{name}' is neither in this file nor an AWS managed policy");
        let hint = meant(name, own(), &format!("add it: [policies.{name}], or write its ARN"));
        self.fault(word.at, message, hint);
        None
    }
}
