//! The names of populated profiles: a template such as `{account_name|kebab}-{role_name}`.

use crate::error::{Error, Kind, Result};

/// The template if none is given.
pub(crate) const DEFAULT_TEMPLATE: &str = "{account_name}-{role_name}";

/// What a name is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields<'f> {
    pub(crate) account_id: &'f str,
    pub(crate) account_name: &'f str,
    pub(crate) email: &'f str,
    pub(crate) role_name: &'f str,
    pub(crate) session: &'f str,
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field { field: Field, filters: Vec<Filter> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    AccountId,
    AccountName,
    Email,
    RoleName,
    Session,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Filter {
    Lower,
    Kebab,
    Strip(String),
}

const FIELDS: [(&str, Field); 5] = [
    ("account_name", Field::AccountName),
    ("account_id", Field::AccountId),
    ("role_name", Field::RoleName),
    ("email", Field::Email),
    ("session", Field::Session),
];

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// Of kind `Usage` if a field or filter does not exist, a brace has no partner, or there is
    /// no field.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let wrong = |what: &str| {
            Error::new(Kind::Usage, format!("the template '{text}' {what}")).hint(
                "fields are {account_name}, {account_id}, {role_name}, {email} and {session}; filters \
                 are |lower, |kebab and |strip:PREFIX",
            )
        };
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(['{', '}']) {
            if rest[start..].starts_with('}') {
                return Err(wrong("has a '}' without '{'"));
            }
            if start > 0 {
                parts.push(Part::Text(rest[..start].to_owned()));
            }
            let inner = &rest[start + 1..];
            let end = inner.find('}').ok_or_else(|| wrong("has a '{' without '}'"))?;
            let mut words = inner[..end].split('|');
            let name = words.next().unwrap_or_default().trim();
            let field = FIELDS.iter().find(|(known, _)| *known == name);
            let (_, field) = field.ok_or_else(|| wrong(&format!("has no field '{name}'")))?;
            let filters = words.map(|word| {
                Filter::parse(word).ok_or_else(|| wrong(&format!("has no filter '{word}'")))
            });
            parts.push(Part::Field { field: *field, filters: filters.collect::<Result<_>>()? });
            rest = &inner[end + 1..];
        }
        if !rest.is_empty() {
            parts.push(Part::Text(rest.to_owned()));
        }
        if !parts.iter().any(|part| matches!(part, Part::Field { .. })) {
            return Err(wrong("has no field, so all profiles would have one name"));
        }
        Ok(Self(parts))
    }

    /// Returns the name for these fields. The values consist of letters, digits and `_ . -`, so that
    /// no shell needs quotes; anything else between them becomes one `-`. An account name of which
    /// nothing is left becomes the account's ID.
    pub(crate) fn name(&self, fields: &Fields<'_>) -> String {
        let value = |field: Field, filters: &[Filter]| {
            let raw = match field {
                Field::AccountId => fields.account_id,
                Field::AccountName => fields.account_name,
                Field::Email => fields.email,
                Field::RoleName => fields.role_name,
                Field::Session => fields.session,
            };
            let filtered = filters.iter().fold(raw.to_owned(), |text, filter| filter.apply(&text));
            match cleaned(&filtered) {
                empty if empty.is_empty() => fields.account_id.to_owned(),
                cleaned => cleaned,
            }
        };
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field { field, filters } => value(*field, filters),
        });
        parts.collect()
    }
}

impl Filter {
    fn parse(word: &str) -> Option<Self> {
        match word.trim() {
            "lower" => Some(Self::Lower),
            "kebab" => Some(Self::Kebab),
            _ => word.strip_prefix("strip:").map(|prefix| Self::Strip(prefix.to_owned())),
        }
    }

    fn apply(&self, text: &str) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Kebab => kebab(text),
            Self::Strip(prefix) => text.strip_prefix(&**prefix).unwrap_or(text).to_owned(),
        }
    }
}

/// Returns `AdministratorAccess` as `administrator-access`, `My APIs` as `my-apis`.
fn kebab(text: &str) -> String {
    let mut kebab = String::with_capacity(text.len() + 8);
    let letters: Vec<char> = text.chars().collect();
    for (i, &c) in letters.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| letters[before]);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    // The last capital of several belongs to the next word: APIAccess.
                    || before.is_uppercase() && letters.get(i + 1).is_some_and(|c| c.is_lowercase())
            });
        // "APIs" is one word.
        let is_plural = letters.get(i + 1) == Some(&'s')
            && letters.get(i + 2).is_none_or(|c| !c.is_alphanumeric());
        if starts_word && !(is_plural && before.is_some_and(char::is_uppercase)) {
            kebab.push('-');
        }
        if c.is_alphanumeric() {
            kebab.extend(c.to_lowercase());
        } else {
            kebab.push('-');
        }
    }
    kebab
}

/// Returns `text` with each run of other characters than letters, digits and `_ . -` as one `-`, and
/// none of these at its ends.
pub(super) fn cleaned(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if is_plain {
            cleaned.push(c);
        } else if !cleaned.is_empty() && !cleaned.ends_with('-') {
            cleaned.push('-');
        }
    }
    cleaned.trim_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(template: &str, account_name: &str, role_name: &str) -> String {
        Template::parse(template).unwrap().name(&Fields {
            account_id: "012345678901",
            account_name,
            email: "ops+prod@example.com",
            role_name,
            session: "corp",
        })
    }

    #[test]
    fn names_need_no_quotes() {
        for (account, expected) in [
            ("Prod", "Prod-Admin"),
            ("Prod [EU] (old)", "Prod-EU-old-Admin"),
            ("a\u{202e}b", "a-b-Admin"),
            ("研究", "012345678901-Admin"),
            ("", "012345678901-Admin"),
            ("a's \"b\"", "a-s-b-Admin"),
            (" . ", "012345678901-Admin"),
        ] {
            assert_eq!(name(DEFAULT_TEMPLATE, account, "Admin"), expected, "{account}");
        }
    }

    #[test]
    fn fields_and_filters() {
        let of = |template| name(template, "ACME Prod", "AWSAdministratorAccess");
        assert_eq!(of("{account_name}.{role_name}"), "ACME-Prod.AWSAdministratorAccess");
        assert_eq!(of("{account_name|lower}/{role_name}"), "acme-prod/AWSAdministratorAccess");
        assert_eq!(
            of("{account_id}:{role_name|strip:AWS|kebab}"),
            "012345678901:administrator-access"
        );
        assert_eq!(
            of("{session}-{email}-{role_name|kebab}"),
            "corp-ops-prod-example.com-aws-administrator-access"
        );
        assert_eq!(kebab("My APIs"), "my-apis");
        assert_eq!(kebab("APIAccess2Go"), "api-access2-go");
        assert_eq!(name("{account_name|strip:ACME }-{role_name}", "ACME Prod", "R"), "Prod-R");
    }

    #[test]
    fn a_wrong_template_is_a_usage_error() {
        for (template, why) in [
            ("{account}-{role_name}", "no field 'account'"),
            ("{account_name|upper}-{role_name}", "no filter 'upper'"),
            ("{account_name-{role_name}", "no field 'account_name-{role_name'"),
            ("{account_name", "'{' without '}'"),
            ("a}", "'}' without '{'"),
            ("name", "has no field"),
            ("", "has no field"),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert!(error.to_string().contains(why), "{template}: {error}");
            assert_eq!(error.kind(), Kind::Usage);
        }
    }

    proptest! {
        #[test]
        fn any_account_has_a_plain_name(account in "\\PC{0,20}", role in "[A-Za-z0-9+=,.@_-]{1,32}") {
            let name = name(DEFAULT_TEMPLATE, &account, &role);
            prop_assert!(!name.is_empty());
            prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)), "{name}");
        }
    }
}
