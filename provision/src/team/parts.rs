//! The file's entries, each word with its position.

use std::collections::HashSet;

use toml::de::{DeTable, DeValue};

use super::{
    reader::{TomlValue, at, word},
    source::{Source, Word},
};

/// The whole file.
#[derive(Default)]
pub(super) struct Parts<'v, 't> {
    pub(super) master_copy: Option<Word>,
    pub(super) users: Vec<UserEntry>,
    user_names: HashSet<String>,
    pub(super) groups: Vec<GroupEntry>,
    pub(super) policies: Vec<PolicyEntry<'v, 't>>,
    pub(super) roles: Vec<RoleEntry>,
}

impl Parts<'_, '_> {
    /// Returns whether the file has a user with this name.
    pub(super) fn has_user(&self, name: &str) -> bool {
        self.user_names.contains(name)
    }
}

/// The permissions of a user, group or role.
#[derive(Default)]
pub(super) struct GrantEntries {
    pub(super) policies: Option<Vec<Word>>,
    pub(super) may_assume: Option<Vec<Word>>,
}

pub(super) struct UserEntry {
    pub(super) name: Word,
    pub(super) grants: GrantEntries,
    pub(super) tags: Vec<(Word, Word)>,
}

pub(super) struct GroupEntry {
    pub(super) name: Word,
    pub(super) grants: GrantEntries,
    pub(super) members: Option<Vec<Word>>,
}

pub(super) struct PolicyEntry<'v, 't> {
    pub(super) name: Word,
    pub(super) description: Option<Word>,
    pub(super) document: Option<DocumentSource<'v, 't>>,
}

/// Where a policy's document comes from.
pub(super) enum DocumentSource<'v, 't> {
    /// A table in the file.
    Table(&'v TomlValue<'t>),
    /// JSON in a string, and the byte range of that string.
    Json(Word, std::ops::Range<usize>),
    /// The path of another file.
    File(Word),
}

pub(super) struct RoleEntry {
    pub(super) name: Word,
    pub(super) description: Option<Word>,
    pub(super) grants: GrantEntries,
    pub(super) trust: Option<TrustEntry>,
    pub(super) max_session: Option<Word>,
    pub(super) tags: Vec<(Word, Word)>,
}

/// Who may assume a role.
#[derive(Default)]
pub(super) struct TrustEntry {
    pub(super) at: usize,
    pub(super) users: Vec<Word>,
    pub(super) groups: Vec<Word>,
    pub(super) roles: Vec<Word>,
    pub(super) accounts: Vec<Word>,
    pub(super) mfa: bool,
    pub(super) external_id: Option<Word>,
}

/// Returns the entries of a TOML file. Invalid ones are recorded as faults and left out.
///
/// `none` is the empty table of entries that are only names in a list.
pub(super) fn of<'v, 't>(
    source: &mut Source<'t>,
    file: &'v DeTable<'t>,
    none: &'v DeTable<'t>,
) -> Parts<'v, 't> {
    let known = ["master_copy", "users", "groups", "policies", "roles"];
    let [copy, users, groups, policies, roles] = source.values(file, "a file", known);
    let mut parts = Parts {
        master_copy: copy.and_then(|value| source.text(value, "master_copy")),
        ..Parts::default()
    };
    each(
        source,
        Tables { value: users, what: "users", in_list: Some(none) },
        |source, name, table| {
            let what = "a user";
            let [policies, may_assume, tags] =
                source.values(table, what, ["policies", "may_assume", "tags"]);
            let grants = grants(source, policies, may_assume);
            parts.user_names.insert(name.text.clone());
            parts.users.push(UserEntry { name, grants, tags: tags_in(source, tags) });
        },
    );
    each(
        source,
        Tables { value: groups, what: "groups", in_list: Some(none) },
        |source, name, table| {
            let known = ["members", "policies", "may_assume"];
            let [members, policies, may_assume] = source.values(table, "a group", known);
            let members = members.map(|value| source.texts(value, "members"));
            let grants = grants(source, policies, may_assume);
            parts.groups.push(GroupEntry { name, grants, members });
        },
    );
    each(
        source,
        Tables { value: policies, what: "policies", in_list: None },
        |source, name, table| {
            let policy = policy(source, name, table);
            parts.policies.push(policy);
        },
    );
    each(source, Tables { value: roles, what: "roles", in_list: None }, |source, name, table| {
        let role = role(source, name, table);
        parts.roles.push(role);
    });
    parts
}

/// The tables of `[what.NAME]`.
struct Tables<'v, 't> {
    value: Option<&'v TomlValue<'t>>,
    what: &'v str,
    /// If a list of names is allowed instead of tables: the table for each of those names.
    in_list: Option<&'v DeTable<'t>>,
}

fn each<'v, 't>(
    source: &mut Source<'t>,
    tables: Tables<'v, 't>,
    mut take: impl FnMut(&mut Source<'t>, Word, &'v DeTable<'t>),
) {
    let Tables { value: Some(value), what, in_list } = tables else { return };
    let has_names = matches!(value.get_ref(), DeValue::Array(_) | DeValue::String(_));
    if let Some(none) = in_list.filter(|_| has_names) {
        for name in source.texts(value, what) {
            take(source, name, none);
        }
        return;
    }
    let hint = format!("write [{what}.NAME], and its keys below");
    let Some(table) = source.table(value, what, &hint) else { return };
    for (key, value) in table {
        let what = format!("{what}.{}", key.get_ref());
        if let Some(table) = source.table(value, &what, &format!("write [{what}]")) {
            take(source, word(key), table);
        }
    }
}

fn grants<'t>(
    source: &mut Source<'t>,
    policies: Option<&TomlValue<'t>>,
    may_assume: Option<&TomlValue<'t>>,
) -> GrantEntries {
    GrantEntries {
        policies: policies.map(|value| source.texts(value, "policies")),
        may_assume: may_assume.map(|value| source.texts(value, "may_assume")),
    }
}

fn tags_in<'t>(source: &mut Source<'t>, value: Option<&TomlValue<'t>>) -> Vec<(Word, Word)> {
    let Some(value) = value else { return Vec::new() };
    let Some(table) = source.table(value, "tags", "write { key = \"value\" }") else {
        return Vec::new();
    };
    let tag = |(key, value)| Some((word(key), source.text(value, "a tag's value")?));
    table.iter().filter_map(tag).collect()
}

fn policy<'v, 't>(
    source: &mut Source<'t>,
    name: Word,
    table: &'v DeTable<'t>,
) -> PolicyEntry<'v, 't> {
    let known = ["description", "document", "file"];
    let [description, document, file] = source.values(table, "a policy", known);
    let description = description.and_then(|value| source.text(value, "description"));
    let document = match (document, file) {
        (Some(value), None) => match value.get_ref() {
            DeValue::Table(_) => Some(DocumentSource::Table(value)),
            DeValue::String(_) => {
                let text = source.text(value, "document");
                text.map(|text| DocumentSource::Json(text, value.span()))
            }
            _ => {
                let hint = "write a table with AWS's keys, or '''JSON'''";
                source.table(value, "document", hint).and(None)
            }
        },
        (None, Some(value)) => source.text(value, "file").map(DocumentSource::File),
        (Some(_), Some(value)) => {
            let message = format!("policy '{}' has a document and a file", name.text);
            source.fault(at(value), message, "use only one of them");
            None
        }
        (None, None) => {
            let message = format!("policy '{}' has no document", name.text);
            source.fault(name.at, message, "add document = …, or file = \"…\"");
            None
        }
    };
    PolicyEntry { name, description, document }
}

fn role<'t>(source: &mut Source<'t>, name: Word, table: &DeTable<'t>) -> RoleEntry {
    let known = ["description", "trust", "policies", "may_assume", "max_session", "tags"];
    let [description, trust_value, policies, may_assume, max_session, tags] =
        source.values(table, "a role", known);
    let description = description.and_then(|value| source.text(value, "description"));
    if trust_value.is_none() {
        let message = format!("role '{}' has no trust, so no one could assume it", name.text);
        source.fault(name.at, message, "add trust = { users = [\"…\"] }");
    }
    let max_session = max_session.and_then(|value| match value.get_ref() {
        DeValue::Integer(seconds) => {
            Some(Word { text: seconds.as_str().to_owned(), at: at(value) })
        }
        _ => source.text(value, "max_session"),
    });
    RoleEntry {
        name,
        description,
        trust: trust_value.and_then(|value| trust(source, value)),
        grants: grants(source, policies, may_assume),
        max_session,
        tags: tags_in(source, tags),
    }
}

fn trust<'t>(source: &mut Source<'t>, value: &TomlValue<'t>) -> Option<TrustEntry> {
    let table = source.table(value, "trust", "write trust = { users = [\"…\"] }")?;
    let known = ["users", "groups", "roles", "accounts", "mfa", "external_id"];
    let [users, groups, roles, accounts, mfa, external_id] = source.values(table, "a trust", known);
    let mut words = |value: Option<&TomlValue<'t>>, what: &str| {
        value.map(|value| source.texts(value, what)).unwrap_or_default()
    };
    Some(TrustEntry {
        at: at(value),
        users: words(users, "users"),
        groups: words(groups, "groups"),
        roles: words(roles, "roles"),
        accounts: words(accounts, "accounts"),
        mfa: mfa.and_then(|value| source.truth(value, "mfa")).unwrap_or_default(),
        external_id: external_id.and_then(|value| source.text(value, "external_id")),
    })
}
