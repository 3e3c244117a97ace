//! The description of a plan.

use rolecall::{escape, unified_diff};
use serde_json::Value;

use crate::change::{BucketChange, Change, ExistingObject, NewObject, Subject, policy_name};

const ADDED: char = '+';
const CHANGED: char = '~';
const REMOVED: char = '-';

fn sign(change: &Change) -> char {
    match change {
        Change::SetPolicy { .. }
        | Change::SetTrust { .. }
        | Change::SetMaxSession { .. }
        | Change::PutInline { before: Some(_), .. }
        | Change::SetPassword { is_first: false, .. } => CHANGED,
        Change::RemoveMember { .. } | Change::Detach { .. } | Change::DeleteInline { .. } => {
            REMOVED
        }
        Change::Bucket { change: BucketChange::PutObject(new), .. } if new.before.is_some() => {
            CHANGED
        }
        Change::Bucket { .. } if !is_whole(change) => CHANGED,
        _ => ADDED,
    }
}

/// Returns whether it creates its subject as a whole.
fn is_whole(change: &Change) -> bool {
    change.creates()
        || matches!(
            change,
            Change::Bucket { change: BucketChange::Create | BucketChange::PutObject(_), .. }
        )
}

/// Returns the number of changes with each sign. The settings of a new bucket count as part of it.
pub(super) fn counts(changes: &[Change]) -> [usize; 3] {
    let is_of_new_bucket = |change: &Change| {
        let is_its = |other: &Change| is_whole(other) && other.subject() == change.subject();
        matches!(change, Change::Bucket { .. }) && !is_whole(change) && changes.iter().any(is_its)
    };
    [ADDED, CHANGED, REMOVED].map(|of| {
        changes.iter().filter(|change| sign(change) == of && !is_of_new_bucket(change)).count()
    })
}

/// Returns all changes, grouped by subject, in the order in which the subjects first occur.
pub(super) fn changes(changes: &[Change]) -> String {
    let mut subjects = Vec::new();
    for change in changes {
        if !subjects.contains(&change.subject()) {
            subjects.push(change.subject());
        }
    }
    let mut text = String::new();
    for about in subjects {
        let its: Vec<_> = changes.iter().filter(|change| change.subject() == about).collect();
        let sign = its.iter().copied().find(|change| is_whole(change)).map_or(CHANGED, sign);
        let kind = if matches!(about, Subject::Object { .. }) { "master copy " } else { "" };
        let place = match its[0] {
            Change::Bucket { region, change: BucketChange::Create, .. } => format!(" in {region}"),
            _ => String::new(),
        };
        text += &format!("{}\n", escape(&format!("{sign} {kind}{about}{place}")));
        let lines = its.iter().copied().flat_map(details);
        for line in settings(&its).into_iter().chain(lines) {
            text += &format!("    {}\n", escape(&line));
        }
    }
    text
}

/// Returns the lines below the name of the subject.
fn details(change: &Change) -> Vec<String> {
    let sign = sign(change);
    match change {
        Change::CreatePolicy { document, .. } => added(document),
        Change::SetPolicy { document, before, .. } => changed(&before.document, document),
        Change::CreateRole(new) => {
            let mut lines = below("+ trust:".to_owned(), added(&new.trust));
            lines.extend(new.max_session.map(|seconds| format!("+ longest session: {seconds} s")));
            lines
        }
        Change::SetTrust { document, before, .. } => {
            below("~ trust:".to_owned(), changed(before, document))
        }
        Change::SetMaxSession { seconds, before, .. } => {
            vec![format!("~ longest session: {before} s -> {seconds} s")]
        }
        Change::AddMember { user, .. } | Change::RemoveMember { user, .. } => {
            vec![format!("{sign} member {user}")]
        }
        Change::Attach { arn, .. } | Change::Detach { arn, .. } => {
            // AWS's own policies are known by their names.
            let policy = if arn.contains(":iam::aws:") { policy_name(arn) } else { arn };
            vec![format!("{sign} policy {policy}")]
        }
        Change::PutInline { name, document, before, .. } => {
            let document =
                before.as_ref().map_or_else(|| added(document), |it| changed(it, document));
            below(format!("{sign} inline policy {name}:"), document)
        }
        Change::DeleteInline { name, before, .. } => {
            below(format!("{sign} inline policy {name}:"), signed(sign, before))
        }
        Change::SetPassword { .. } => vec![format!("{sign} password")],
        Change::CreateAccessKey(_) => vec![format!("{sign} access key")],
        Change::Bucket { change: BucketChange::PutObject(new), .. } => changed_text(new),
        Change::CreateUser { .. } | Change::CreateGroup { .. } | Change::Bucket { .. } => {
            Vec::new()
        }
    }
}

/// Returns the settings of a bucket: those about access and encryption on one line, all others on
/// separate lines.
fn settings(changes: &[&Change]) -> Vec<String> {
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for change in changes {
        let Change::Bucket { change, .. } = change else { continue };
        match change {
            BucketChange::Close { .. } => first.push("closed to the public"),
            BucketChange::Encrypt => first.push("encrypted"),
            BucketChange::MakePublic => first.push("public"),
            BucketChange::MakeWebsite => others.push("a website"),
            BucketChange::KeepVersions => others.push("versioning enabled"),
            BucketChange::Create | BucketChange::PutObject(_) => {}
        }
    }
    let first = Some(first.join(", ")).filter(|first| !first.is_empty());
    let all = first.into_iter().chain(others.into_iter().map(str::to_owned));
    all.map(|setting| format!("{ADDED} {setting}")).collect()
}

fn changed_text(new: &NewObject) -> Vec<String> {
    match &new.before {
        None => Vec::new(),
        Some(ExistingObject { text: Some(before), .. }) => {
            let diff = unified_diff("", before, &new.text);
            let lines = diff.lines().skip(2).filter(|line| !line.starts_with("\\ No newline"));
            lines.map(str::to_owned).collect()
        }
        Some(_) => vec!["~ the existing object is not a text file and will be replaced".to_owned()],
    }
}

/// Returns a line, with others indented below it.
fn below(line: String, lines: Vec<String>) -> Vec<String> {
    let indented = lines.into_iter().map(|line| format!("    {line}"));
    [line].into_iter().chain(indented).collect()
}

fn added(document: &Value) -> Vec<String> {
    signed(ADDED, document)
}

fn signed(sign: char, document: &Value) -> Vec<String> {
    format!("{document:#}").lines().map(|line| format!("{sign} {line}")).collect()
}

fn changed(before: &Value, after: &Value) -> Vec<String> {
    let diff = unified_diff("", &format!("{before:#}\n"), &format!("{after:#}\n"));
    // Skips the two lines with file names, and those with line numbers (@@).
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
    use crate::holder::Holder;

    #[test]
    fn what_is_done_with_one_thing_stands_together() {
        let name = "team".to_owned();
        let (user, other) = ("ana".to_owned(), "bob\u{1b}".to_owned());
        let role = Holder::Role("r".to_owned());
        let s3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess".to_owned();
        let list = [
            Change::CreateUser { name: user.clone(), boundary: None, tags: Vec::new() },
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

    #[test]
    fn a_new_bucket_is_one_thing_with_all_its_settings() {
        let bucket = |change| Change::Bucket {
            name: "b".to_owned(),
            region: "eu-west-1".to_owned(),
            change,
        };
        let settings = [BucketChange::Encrypt, BucketChange::KeepVersions].map(bucket);
        let new = [BucketChange::Create, BucketChange::Close { before: None }].map(bucket);
        let list = [&new[..], &settings].concat();
        assert_eq!(
            changes(&list),
            "+ bucket b in eu-west-1\n    + closed to the public, encrypted\n    \
             + versioning enabled\n"
        );
        assert_eq!(counts(&list), [1, 0, 0]);
        assert_eq!(changes(&settings[1..]), "~ bucket b\n    + versioning enabled\n");
        assert_eq!(counts(&settings[1..]), [0, 1, 0]);
    }
}
