//! What tells sessions apart that look the same in the table.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use serde_json::Value;

use super::sessions::Session;
use crate::{
    cli::time,
    session::{RecordedAttributes, SessionRecord},
};

/// The most actions and resources of a policy to name.
const MOST_NAMED: usize = 2;
/// How many digits of a session's key to show if nothing else tells it from another one.
const KEY_DIGITS: usize = 8;

/// Returns a text for each session, which may be empty: the policies that narrow it and, if there are
/// other sessions of the same profile and role, what else it takes to know which one it is.
pub(super) fn details(sessions: &[Session<'_>]) -> Vec<String> {
    let mut details: Vec<Vec<String>> =
        sessions.iter().map(|session| policies(session.record)).collect();
    for trait_of in TRAITS {
        for group in alike(sessions, &details) {
            let of = |at: &usize| trait_of(sessions[*at].record);
            let values: BTreeSet<Option<String>> = group.iter().map(of).collect();
            if values.len() > 1 {
                for at in group {
                    details[at].extend(of(&at));
                }
            }
        }
    }
    for at in alike(sessions, &details).into_iter().flatten() {
        details[at].push(format!("key {}", &sessions[at].key.as_str()[..KEY_DIGITS]));
    }
    details.into_iter().map(|texts| texts.join(", ")).collect()
}

/// Returns the groups of sessions that still look the same.
fn alike(sessions: &[Session<'_>], details: &[Vec<String>]) -> Vec<Vec<usize>> {
    let mut groups: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (at, session) in sessions.iter().enumerate() {
        groups.entry((looks(session.record), &details[at])).or_default().push(at);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// Returns what the table shows of a session besides its time.
fn looks(record: &SessionRecord) -> [Option<&str>; 6] {
    let file = &*record.circumstances.config_file;
    let (profile, account) = (record.profile.as_deref(), record.account_id.as_deref());
    let kind = record.mfa_serial().or(record.base_kind.as_deref());
    [profile, account, Some(&record.role_arn), kind, Some(&record.source), Some(file)]
}

/// What may differ, each as text for people, in the order in which it is used.
const TRAITS: [fn(&SessionRecord) -> Option<String>; 8] = [
    |record| {
        let is_role = record.base_kind.is_none();
        is_role.then(|| format!("session name {}", record.circumstances.session_name))
    },
    |record| Some(format!("endpoint {}", record.circumstances.endpoint_url.as_ref()?)),
    |record| Some(format!("step {} of its chain", record.circumstances.position + 1)),
    |record| {
        let tags = &attributes(record)?.tags;
        (!tags.is_empty()).then(|| format!("tags {}", tags.join(" ")))
    },
    |record| Some(format!("source identity {}", attributes(record)?.source_identity.as_ref()?)),
    |record| {
        let seconds = attributes(record)?.duration_seconds?;
        let duration = time::length(TimeDelta::seconds(seconds.into()));
        Some(format!("requested for {duration}"))
    },
    |record| {
        let base = &record.circumstances.base;
        (!base.is_empty()).then(|| format!("from {base}"))
    },
    |record| record.circumstances.adjusted.then(|| "with options of one call".to_owned()),
];

fn attributes(record: &SessionRecord) -> Option<&RecordedAttributes> {
    record.attributes.as_ref()
}

/// Describes the policies that narrow a session.
fn policies(record: &SessionRecord) -> Vec<String> {
    let Some(attributes) = &record.attributes else { return Vec::new() };
    let own = attributes.policy.as_deref().map(|policy| match allowed(policy) {
        Some(allowed) => format!("session policy: {allowed}"),
        None => "session policy".to_owned(),
    });
    let named = attributes.policy_arns.iter().map(|arn| {
        let name = arn.rsplit_once(":policy/").map_or(&**arn, |(_, name)| name);
        format!("policy {name}")
    });
    own.into_iter().chain(named).collect()
}

/// Describes what a policy allows, in short; `None` if it denies something or can't be read, so that
/// no short description is true.
fn allowed(policy: &str) -> Option<String> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = list(policy.get("Statement")?);
    let (mut actions, mut resources) = (Vec::new(), Vec::new());
    for statement in statements {
        if statement.get("Effect")?.as_str()? != "Allow" {
            return None;
        }
        actions.extend(list(statement.get("Action")?).into_iter().filter_map(Value::as_str));
        resources.extend(list(statement.get("Resource")?).into_iter().filter_map(Value::as_str));
    }
    // What follows the account, or for a bucket its name.
    let resources = resources.into_iter().map(|arn| arn.splitn(6, ':').last().unwrap_or(arn));
    Some(format!("{} on {}", named(actions), named(resources.collect())))
}

fn named(mut names: Vec<&str>) -> String {
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(*name));
    let more = names.len().saturating_sub(MOST_NAMED);
    names.truncate(MOST_NAMED);
    let names = names.join(" ");
    if more > 0 { format!("{names} and {more} more") } else { names }
}

/// Returns the values of an element that may be one value or a list of them.
fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |values| values.iter().collect())
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::session::{Freshness, SessionKey};

    type Change = fn(&mut SessionRecord);

    /// The details of sessions of one profile that are each changed from the same record.
    fn of(changes: &[Change]) -> Vec<String> {
        let records: Vec<(SessionKey, SessionRecord)> = changes
            .iter()
            .enumerate()
            .map(|(i, change)| {
                let key = SessionKey::parse(&format!("{i:08x}{}", "0".repeat(56))).unwrap();
                let mut record = SessionRecord {
                    profile: Some("a".into()),
                    role_arn: "arn:aws:iam::222222222222:role/r".into(),
                    minted: Some(DateTime::UNIX_EPOCH),
                    ..SessionRecord::default()
                };
                record.circumstances.session_name = "natan".into();
                change(&mut record);
                (key, record)
            })
            .collect();
        let session =
            |(key, record)| Session { key, record, freshness: Freshness::Fresh, own: false };
        details(&records.iter().map(|(key, record)| session((key, record))).collect::<Vec<_>>())
    }

    fn with(record: &mut SessionRecord, change: impl Fn(&mut RecordedAttributes)) {
        change(record.attributes.get_or_insert_default());
    }

    #[test]
    fn one_session_of_a_profile_has_only_its_policies() {
        assert_eq!(of(&[|_| ()]), [""]);
        assert_eq!(of(&[|_| (), |record| record.profile = None]), ["", ""]);
        let policy = of(&[|record| {
            with(record, |it| {
                it.policy_arns = vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".into()];
            });
        }]);
        assert_eq!(policy, ["policy ReadOnlyAccess"]);
    }

    #[test]
    fn what_differs_is_named_and_nothing_else() {
        let cases: [(Change, [&str; 2]); 7] = [
            (
                |record| record.circumstances.session_name = "ci".into(),
                ["session name natan", "session name ci"],
            ),
            (
                |record| record.circumstances.endpoint_url = Some("http://a".into()),
                ["", "endpoint http://a"],
            ),
            (
                |record| record.circumstances.position = 1,
                ["step 1 of its chain", "step 2 of its chain"],
            ),
            (|record| with(record, |it| it.tags = vec!["a=b".into()]), ["", "tags a=b"]),
            (
                |record| with(record, |it| it.duration_seconds = Some(900)),
                ["", "requested for 15 min"],
            ),
            (|record| record.circumstances.base = "AKIA2".into(), ["", "from AKIA2"]),
            (|record| record.circumstances.adjusted = true, ["", "with options of one call"]),
        ];
        for (change, expected) in cases {
            assert_eq!(of(&[|_| (), change]), expected);
        }
    }

    #[test]
    fn sessions_that_differ_in_nothing_known_have_their_keys() {
        let same = of(&[|_| (), |_| (), |record| record.circumstances.session_name = "ci".into()]);
        let expected = [
            "session name natan, key 00000000",
            "session name natan, key 00000001",
            "session name ci",
        ];
        assert_eq!(same, expected);
    }

    #[test]
    fn a_policy_is_described_by_what_it_allows() {
        let cases = [
            (
                r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x/*"}}"#,
                Some("s3:GetObject on b/x/*"),
            ),
            (
                r#"{"Statement":[{"Effect":"Allow","Action":["a:1","a:2","a:1"],"Resource":"*"},
                    {"Effect":"Allow","Action":"a:3","Resource":"arn:aws:iam::222222222222:role/r"}]}"#,
                Some("a:1 a:2 and 1 more on * role/r"),
            ),
            (r#"{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#, None),
            (r#"{"Statement":{"Effect":"Allow","NotAction":"*","Resource":"*"}}"#, None),
            ("{", None),
        ];
        for (policy, expected) in cases {
            assert_eq!(allowed(policy).as_deref(), expected, "{policy}");
        }
    }
}
