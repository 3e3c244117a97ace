//! Which name each populated profile gets: pure, and the same in every run.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::template::{Fields, Template, cleaned};

/// What a populated profile is. Its name is only a label: accounts are renamed, and people rename
/// profiles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Assignment {
    /// The account: 12 digits.
    pub(crate) account_id: String,
    /// The role.
    pub(crate) role_name: String,
}

/// A role of an account that a sign-in gives access to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AssignedRole {
    pub(crate) assignment: Assignment,
    pub(crate) account_name: String,
    pub(crate) email: String,
}

/// What names are chosen with.
pub(super) struct Naming<'n> {
    pub(super) template: &'n Template,
    /// The name of the `sso-session` section.
    pub(super) session: &'n str,
    /// The profiles that exist already, by what they are.
    pub(super) existing: &'n HashMap<Assignment, String>,
    /// All names that exist in either file.
    pub(super) taken: &'n HashSet<String>,
}

/// Returns the name of each of `roles` that has no profile yet.
///
/// If several roles would get one name, or another profile has it, the account's ID is appended to
/// all of theirs, and the role to those of one account; if that does not help, a number, in the
/// order of account and role. So the result doesn't depend on the order of the listing.
pub(super) fn new_names(
    roles: &[AssignedRole],
    naming: &Naming<'_>,
) -> BTreeMap<Assignment, String> {
    let plain = |role: &AssignedRole| {
        naming.template.name(&Fields {
            account_id: &role.assignment.account_id,
            account_name: &role.account_name,
            email: &role.email,
            role_name: &role.assignment.role_name,
            session: naming.session,
        })
    };
    let wanted: BTreeMap<&Assignment, String> =
        roles.iter().map(|role| (&role.assignment, plain(role))).collect();
    let mut users: HashMap<&str, usize> = HashMap::new();
    let mut users_in_account: HashMap<(&str, &str), usize> = HashMap::new();
    for (assignment, name) in &wanted {
        *users.entry(name).or_default() += 1;
        *users_in_account.entry((name, &assignment.account_id)).or_default() += 1;
    }
    let mut taken = naming.taken.clone();
    let mut names = BTreeMap::new();
    // The names without a clash first, so that no number takes one of them.
    let clashes = |name: &str| users[name] > 1 || naming.taken.contains(name);
    let new =
        || wanted.iter().filter(|(assignment, _)| !naming.existing.contains_key(**assignment));
    for (assignment, name) in new().filter(|(_, name)| !clashes(name)) {
        taken.insert(name.clone());
        names.insert((*assignment).clone(), name.clone());
    }
    for (assignment, name) in new().filter(|(_, name)| clashes(name)) {
        let mut with_account = format!("{name}-{}", assignment.account_id);
        if users_in_account[&(&**name, &*assignment.account_id)] > 1 {
            with_account.push_str(&format!("-{}", cleaned(&assignment.role_name)));
        }
        let numbered = (2..).map(|number| format!("{with_account}-{number}"));
        let mut candidates = std::iter::once(with_account.clone()).chain(numbered);
        let free = candidates.find(|name| !taken.contains(name)).unwrap_or_default();
        taken.insert(free.clone());
        names.insert((*assignment).clone(), free);
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::app::populate::template::DEFAULT_TEMPLATE;

    fn role(account_id: &str, account_name: &str, role_name: &str) -> AssignedRole {
        AssignedRole {
            assignment: Assignment {
                account_id: account_id.to_owned(),
                role_name: role_name.to_owned(),
            },
            account_name: account_name.to_owned(),
            email: String::new(),
        }
    }

    fn names(roles: &[AssignedRole], taken: &[&str]) -> Vec<String> {
        let naming = Naming {
            template: &Template::parse(DEFAULT_TEMPLATE).unwrap(),
            session: "corp",
            existing: &HashMap::new(),
            taken: &taken.iter().map(|name| (*name).to_owned()).collect(),
        };
        let names = new_names(roles, &naming);
        roles.iter().map(|role| names[&role.assignment].clone()).collect()
    }

    #[test]
    fn a_clash_adds_the_account_to_all_that_clash() {
        let roles = [
            role("000000000001", "Prod", "Admin"),
            role("000000000002", "prod!", "Admin"),
            role("000000000003", "Prod", "Admin"),
            role("000000000004", "Dev", "Admin"),
        ];
        let expected =
            ["Prod-Admin-000000000001", "prod-Admin", "Prod-Admin-000000000003", "Dev-Admin"];
        assert_eq!(names(&roles, &[]), expected);
        assert_eq!(names(&roles, &["Dev-Admin"])[3], "Dev-Admin-000000000004", "another's profile");
    }

    #[test]
    fn roles_of_one_account_that_look_alike_get_numbers() {
        let roles = [role("000000000001", "P", "A+B"), role("000000000001", "P", "A=B")];
        assert_eq!(names(&roles, &[]), ["P-A-B-000000000001-A-B", "P-A-B-000000000001-A-B-2"]);
        let naming = Naming {
            template: &Template::parse("{account_name}").unwrap(),
            session: "corp",
            existing: &HashMap::new(),
            taken: &HashSet::new(),
        };
        let roles = [role("000000000001", "P", "A"), role("000000000001", "P", "B")];
        let names: Vec<_> = new_names(&roles, &naming).into_values().collect();
        assert_eq!(names, ["P-000000000001-A", "P-000000000001-B"]);
    }

    proptest! {
        #[test]
        fn names_are_unique_and_do_not_depend_on_the_order(
            roles in prop::collection::vec((0_u8..4, "[ab!]{0,2}", "[AB+]{1,2}"), 0..12),
            taken in prop::collection::vec("[ab]-[AB]", 0..4),
        ) {
            let mut roles: Vec<_> = roles
                .iter()
                .map(|(account, _, role_name)| role(&format!("{account:012}"), "a", role_name))
                .collect();
            roles.sort_by(|one, other| one.assignment.cmp(&other.assignment));
            roles.dedup_by(|one, other| one.assignment == other.assignment);
            let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
            let forward = names(&roles, &taken);
            let unique: HashSet<_> = forward.iter().collect();
            prop_assert_eq!(unique.len(), roles.len());
            prop_assert!(taken.iter().all(|name| !forward.iter().any(|other| other == name)));
            roles.reverse();
            let mut backward = names(&roles, &taken);
            backward.reverse();
            prop_assert_eq!(forward, backward);
        }
    }
}
