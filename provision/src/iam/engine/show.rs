//! A plan as people read it.

use rolecall::output::{escape, unified_diff};
use serde_json::Value;

use super::change::{Change, Holder, policy_name};

const ADDED: char = '+';
const CHANGED: char = '~';
const REMOVED: char = '-';

/// What a change is about: its kind and name.
fn subject(change: &Change) -> (&'static str, &str) {
    match change {
        Change::CreatePolicy { name, .. } => ("policy", name),
        Change::DeletePolicy { arn }
        | Change::SetPolicy { arn, .. }
        | Change::RestorePolicy { arn, .. } => ("policy", policy_name(arn)),
        Change::CreateUser { name, .. } | Change::DeleteUser { name } => ("user", name),
        Change::CreateGroup { name } | Change::DeleteGroup { name } => ("group", name),
        Change::AddMember { group, .. } | Change::RemoveMember { group, .. } => ("group", group),
        Change::CreateRole { name, .. } | Change::DeleteRole { name } => ("role", name),
        Change::SetTrust { role, .. } | Change::SetMaxSession { role, .. } => ("role", role),
        Change::Attach { to: holder, .. }
        | Change::Detach { from: holder, .. }
        | Change::PutInline { of: holder, .. }
        | Change::DeleteInline { of: holder, .. }
        | Change::RemoveInline { of: holder, .. } => of_holder(holder),
    }
}

fn of_holder(holder: &Holder) -> (&'static str, &str) {
    (holder.kind(), holder.name())
}

fn sign(change: &Change) -> char {
    match change {
        Change::CreatePolicy { .. }
        | Change::CreateUser { .. }
        | Change::CreateGroup { .. }
        | Change::CreateRole { .. }
        | Change::AddMember { .. }
        | Change::Attach { .. }
        | Change::PutInline { before: None, .. } => ADDED,
        Change::SetPolicy { .. }
        | Change::RestorePolicy { .. }
        | Change::SetTrust { .. }
        | Change::SetMaxSession { .. }
        | Change::PutInline { .. } => CHANGED,
        Change::DeletePolicy { .. }
        | Change::DeleteUser { .. }
        | Change::DeleteGroup { .. }
        | Change::DeleteRole { .. }
        | Change::RemoveMember { .. }
        | Change::Detach { .. }
        | Change::DeleteInline { .. }
        | Change::RemoveInline { .. } => REMOVED,
    }
}

pub(super) fn counts(changes: &[Change]) -> [usize; 3] {
    [ADDED, CHANGED, REMOVED].map(|of| changes.iter().filter(|change| sign(change) == of).count())
}

/// All changes, those of one thing together, in the order in which the things are first met.
pub(super) fn changes(changes: &[Change]) -> String {
    let mut subjects: Vec<(&str, &str)> = Vec::new();
    for change in changes {
        if !subjects.contains(&subject(change)) {
            subjects.push(subject(change));
        }
    }
    let mut text = String::new();
    for about in subjects {
        let its: Vec<_> = changes.iter().filter(|change| subject(change) == about).collect();
        let is_whole = |change: &&Change| change.creates() || deletes(change);
        let sign = its.iter().copied().find(is_whole).map_or(CHANGED, sign);
        let (kind, name) = about;
        text += &escape(&format!("{sign} {kind} {name}"));
        text.push('\n');
        for line in its.into_iter().flat_map(details) {
            text += &format!("    {}\n", escape(&line));
        }
    }
    text
}

fn deletes(change: &Change) -> bool {
    matches!(
        change,
        Change::DeletePolicy { .. }
            | Change::DeleteUser { .. }
            | Change::DeleteGroup { .. }
            | Change::DeleteRole { .. }
    )
}

/// The lines below the name of what it is about.
fn details(change: &Change) -> Vec<String> {
    let sign = sign(change);
    match change {
        Change::CreatePolicy { document, .. } => added(document),
        Change::SetPolicy { document, before, .. } => changed(before, document),
        Change::CreateRole { trust, max_session, .. } => {
            let mut lines = vec!["+ trust:".to_owned()];
            lines.extend(indented(added(trust)));
            lines.extend(max_session.map(|seconds| format!("+ longest session: {seconds} s")));
            lines
        }
        Change::SetTrust { document, before, .. } => {
            let mut lines = vec!["~ trust:".to_owned()];
            lines.extend(indented(changed(before, document)));
            lines
        }
        Change::SetMaxSession { seconds, before, .. } => {
            vec![format!("~ longest session: {before} s -> {seconds} s")]
        }
        Change::AddMember { user, .. } | Change::RemoveMember { user, .. } => {
            vec![format!("{sign} member {user}")]
        }
        Change::Attach { arn, .. } | Change::Detach { arn, .. } => {
            vec![format!("{sign} policy {}", shown_policy(arn))]
        }
        Change::PutInline { name, document, before, .. } => {
            let mut lines = vec![format!("{sign} inline policy {name}:")];
            lines.extend(indented(match before {
                None => added(document),
                Some(before) => changed(before, document),
            }));
            lines
        }
        Change::DeleteInline { name, .. } => vec![format!("{sign} inline policy {name}")],
        Change::RemoveInline { name, before, .. } => {
            let mut lines = vec![format!("{sign} inline policy {name}:")];
            let before = format!("{before:#}");
            lines.extend(indented(before.lines().map(|line| format!("{sign} {line}")).collect()));
            lines
        }
        Change::RestorePolicy { version, .. } => vec![format!("~ version {version}")],
        Change::CreateUser { .. }
        | Change::DeleteUser { .. }
        | Change::CreateGroup { .. }
        | Change::DeleteGroup { .. }
        | Change::DeletePolicy { .. }
        | Change::DeleteRole { .. } => Vec::new(),
    }
}

/// Those of AWS by name, for everybody knows them so.
fn shown_policy(arn: &str) -> &str {
    if arn.contains(":iam::aws:") { policy_name(arn) } else { arn }
}

fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("    {line}"))
}

fn added(document: &Value) -> Vec<String> {
    format!("{document:#}").lines().map(|line| format!("{ADDED} {line}")).collect()
}

fn changed(before: &Value, after: &Value) -> Vec<String> {
    let diff = unified_diff("", &format!("{before:#}\n"), &format!("{after:#}\n"));
    // The first two lines name files, and those with @@ have their lines.
    let lines = diff.lines().skip(2).filter(|line| !line.starts_with("@@"));
    let spaced = |line: &str| {
        let (sign, rest) = line.split_at(line.len().min(1));
        format!("{sign} {rest}")
    };
    lines.map(spaced).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_done_with_one_thing_stands_together() {
        let name = "team".to_owned();
        let (user, other) = ("ana".to_owned(), "bob\u{1b}".to_owned());
        let role = Holder::Role("r".to_owned());
        let s3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess".to_owned();
        let list = [
            Change::CreateUser { name: user.clone(), tags: Vec::new() },
            Change::CreateGroup { name: name.clone() },
            Change::SetMaxSession { role: "r".to_owned(), seconds: 7_200, before: 3_600 },
            Change::AddMember { group: name.clone(), user },
            Change::RemoveMember { group: name, user: other },
            Change::Attach { to: role.clone(), arn: s3 },
            Change::PutInline {
                of: role,
                name: "p".to_owned(),
                document: json!({ "a": 1, "b": 2 }),
                before: Some(json!({ "a": 1, "b": 3 })),
            },
        ];
        assert_eq!(
            changes(&list),
            "+ user ana\n\
             + group team\n    + member ana\n    - member bob\\u{1b}\n\
             ~ role r\n    ~ longest session: 3600 s -> 7200 s\n    + policy AmazonS3FullAccess\n    \
             ~ inline policy p:\n          {\n            \"a\": 1,\n        -   \"b\": 3\n        \
             +   \"b\": 2\n          }\n"
        );
        assert_eq!(counts(&list), [4, 2, 1]);
    }
}
