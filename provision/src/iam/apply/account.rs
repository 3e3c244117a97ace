//! Users and roles that were created from this file, and those that it no longer mentions.

use std::path::Path;

use aws_sdk_iam::{
    operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Details,
    types::{EntityType, Tag},
};
use rolecall::{Error, Failure, LONGEST_TAG_VALUE, Result, escape, is_tag_char};

use super::inputs::Inputs;
use crate::{
    account::Account,
    caller::Caller,
    engine::{
        Existing,
        wanted::{PolicyRef, Wanted},
    },
    failure::{OrCannot as _, explain, if_exists},
    holder::Holder,
    team::{self, Team},
};

/// The tag of users and roles that were created from a file; its value identifies the file.
const TAG: &str = "rolecall-team";

/// Tags all users and roles of the file, so that a later run recognizes those it creates.
pub(super) fn mark(team: &mut Team, file: &Path) {
    let tag = (TAG.to_owned(), value(team, file));
    let wanted = &mut team.wanted;
    let users = wanted.users.iter_mut().map(|user| &mut user.tags);
    for tags in users.chain(wanted.roles.iter_mut().map(|role| &mut role.tags)) {
        tags.push(tag.clone());
    }
}

/// Returns where the file is stored, or otherwise its name, in characters that a tag can have.
fn value(team: &Team, file: &Path) -> String {
    let name = match &team.master_copy {
        Some((place, _)) => place.to_string(),
        None => file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    };
    name.chars().map(|c| if is_tag_char(c) { c } else { '-' }).take(LONGEST_TAG_VALUE).collect()
}

/// What an earlier run with this file created.
#[derive(Default)]
pub(super) struct AppliedBefore {
    /// Existing users and roles with the tag of this file.
    marked: Vec<Holder>,
    /// Users and roles in the file that already exist without its tag. Groups and policies can't
    /// have one.
    others: Vec<String>,
    /// Things that were applied before and that the file no longer mentions.
    strays: Vec<String>,
}

impl AppliedBefore {
    /// Reads the account. If the caller may not read all of it, the strays are not known, and the
    /// result includes `false`.
    pub(super) fn look(inputs: &Inputs<'_>, existing: &Existing) -> Result<(Self, bool)> {
        let Inputs { caller, team, args, .. } = inputs;
        let value = value(team, &args.file);
        let mut there = Self::default();
        let is_marked =
            |tags: &[Tag]| tags.iter().any(|tag| tag.key() == TAG && tag.value() == value);
        let call = caller.iam().get_account_authorization_details();
        let call = call.filter(EntityType::User).filter(EntityType::Role);
        let pages = match caller.list(call.into_paginator().send()) {
            Ok(pages) => pages,
            // Those in the file are known anyway.
            Err(Failure::Refused { .. }) => {
                for (name, user) in &existing.users {
                    there.sort(&Holder::User(name.clone()), is_marked(&user.tags), true);
                }
                for (name, role) in &existing.roles {
                    there.sort(&Holder::Role(name.clone()), is_marked(&role.tags), true);
                }
                return Ok((there, false));
            }
            Err(failure) => return Err(explain(&failure, "list users and roles")),
        };
        let wanted = &team.wanted;
        for user in pages.iter().flat_map(Details::user_detail_list) {
            let Some(name) = user.user_name() else { continue };
            let is_wanted = wanted.users.iter().any(|user| user.name == name);
            there.sort(&Holder::User(name.to_owned()), is_marked(user.tags()), is_wanted);
        }
        for role in pages.iter().flat_map(Details::role_detail_list) {
            let Some(name) = role.role_name() else { continue };
            let is_wanted = wanted.roles.iter().any(|role| role.name == name);
            there.sort(&Holder::Role(name.to_owned()), is_marked(role.tags()), is_wanted);
        }
        Ok((there, true))
    }

    fn sort(&mut self, holder: &Holder, is_marked: bool, is_wanted: bool) {
        match (is_marked, is_wanted) {
            (true, true) => self.marked.push(holder.clone()),
            (true, false) => self.strays.push(holder.to_string()),
            (false, true) => self.others.push(holder.to_string()),
            (false, false) => {}
        }
    }

    /// Adds the groups and policies of the file that was last applied.
    pub(super) fn compare(&mut self, before: &str, wanted: &Wanted) {
        /// Used instead of documents in separate files: only names matter here.
        const ANY: &str = r#"{"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}"#;
        let read = |_: &Path| Ok(ANY.to_owned());
        let Ok(before) = team::parse(Path::new("before"), before, &read) else { return };
        let before = before.wanted;
        let groups = before.groups.iter().map(|group| &group.name);
        let groups = groups.filter(|name| wanted.groups.iter().all(|group| group.name != **name));
        self.strays.extend(groups.map(|name| format!("group {name}")));
        let policies = before.policies.iter().map(|policy| &policy.name);
        let is_gone = |name: &&String| wanted.policies.iter().all(|policy| policy.name != **name);
        self.strays.extend(policies.filter(is_gone).map(|name| format!("policy {name}")));
    }

    /// Returns whether the user was created from this file.
    pub(super) fn is_ours(&self, user: &str) -> bool {
        self.marked.contains(&Holder::User(user.to_owned()))
    }

    /// Returns a description of the users and roles that are taken over.
    pub(super) fn others_text(&self) -> String {
        let line = |other: &String| format!("= {}: already exists, adopted\n", escape(other));
        self.others.iter().map(line).collect()
    }

    /// Returns a description of what is no longer in the file and stays unchanged.
    pub(super) fn strays_text(&self) -> String {
        let line =
            |stray: &String| format!("{}: no longer in the file, left unchanged\n", escape(stray));
        self.strays.iter().map(line).collect()
    }
}

/// Returns an error for each managed policy that the file names and that does not exist in AWS.
pub(super) fn missing_policies(
    caller: &Caller<'_>,
    account: &Account,
    team: &Team,
) -> Result<Vec<Error>> {
    /// Paths of AWS managed policies.
    const PATHS: [&str; 2] = ["job-function", "service-role"];
    let aws = |name: &str| account.aws_policy(name);
    let mut errors = Vec::new();
    for (policy, at) in &team.others_policies {
        let (name, arn) = match policy {
            PolicyRef::Aws(name) => (name, aws(name)),
            PolicyRef::Arn(arn) => (arn, arn.clone()),
            PolicyRef::Name(_) => continue,
        };
        if is_there(caller, &arn)? {
            continue;
        }
        let mut hint = "'aws iam list-policies' lists the existing ones".to_owned();
        if matches!(policy, PolicyRef::Aws(_)) && !name.contains('/') {
            for path in PATHS {
                let whole = format!("{path}/{name}");
                if is_there(caller, &aws(&whole))? {
                    hint = format!("write \"{whole}\"");
                }
            }
            let own = team.wanted.policies.iter().map(|policy| &*policy.name);
            if let [near, ..] = &*rolecall::nearest_of(own, name) {
                hint = format!("did you mean {near}?");
            }
        }
        errors.push(at.error(&format!("there is no managed policy '{name}'"), &hint));
    }
    Ok(errors)
}

fn is_there(caller: &Caller<'_>, arn: &str) -> Result<bool> {
    let answer = caller.call(caller.iam().get_policy().policy_arn(arn).send());
    Ok(if_exists(answer).or_cannot(format_args!("read policy {arn}"))?.is_some())
}
