//! Session names that are made of parts: `{user}-{program}`.

use super::{Invalid, is_name_char, require, sts::check_session_name};

/// What can stand between braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamePart {
    /// The name of the OS user.
    User,
    /// The name of this machine.
    Host,
    /// The name of the program that gets the credentials.
    Program,
    /// The name of the profile.
    Profile,
}

const PARTS: [(&str, NamePart); 4] = [
    ("user", NamePart::User),
    ("host", NamePart::Host),
    ("program", NamePart::Program),
    ("profile", NamePart::Profile),
];

/// Whether a session name is a template. STS accepts no braces.
pub(crate) fn is_name_template(text: &str) -> bool {
    text.contains(['{', '}'])
}

/// Checks that `text` is a session name, or a template of which one can be made.
pub(crate) fn check_session_name_or_template(text: &str) -> Result<(), Invalid> {
    if !is_name_template(text) {
        return check_session_name(text);
    }
    let mut are_known = true;
    let filled = fill(text, |part| {
        are_known &= part.is_some();
        String::new()
    });
    require(
        are_known && filled.is_some_and(|rest| rest.chars().all(is_name_char)),
        "is not a template of a session name",
        "can have {user}, {host}, {program} and {profile}, and between them letters, digits and _ + = , . @ -",
    )
}

/// Returns the text of a template with `value` for each part; that of an unknown part is `None`. Returns `None` if a
/// brace has no other.
fn fill(template: &str, mut value: impl FnMut(Option<NamePart>) -> String) -> Option<String> {
    let (mut text, mut rest) = (String::new(), template);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        let (name, after) = after.strip_prefix('{')?.split_once('}')?;
        text.push_str(before);
        text.push_str(&value(
            PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part),
        ));
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// Returns the session name of a valid template, or of a name that is none; `value` returns the text for a part.
pub(crate) fn name_of_template(
    template: &str,
    mut value: impl FnMut(NamePart) -> String,
) -> String {
    if !is_name_template(template) {
        return template.to_owned();
    }
    let filled = fill(template, |part| part.map(&mut value).unwrap_or_default());
    super::session_name_of(&filled.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(template: &str) -> String {
        name_of_template(template, |part| {
            let value = match part {
                NamePart::User => "CORP\\jörg",
                NamePart::Host => "box",
                NamePart::Program => "aws",
                NamePart::Profile => "a/b c",
            };
            value.to_owned()
        })
    }

    #[test]
    fn each_part_is_filled_in_and_cleaned() {
        assert_eq!(name("{user}-{host}-{program}"), "CORP-j-rg-box-aws");
        assert_eq!(name("{profile}"), "a-b-c");
        assert_eq!(name("x={program},{program}"), "x=aws,aws");
        assert_eq!(name("plain"), "plain");
        assert_eq!(name(&"{host}".repeat(30)).len(), 64);
        assert_eq!(name_of_template("{host}", |_| String::new()), "--");
    }

    #[test]
    fn a_template_has_only_known_parts_and_what_sts_accepts() {
        for text in ["natan", "{user}", "{user}@{host}", "ci-{program}{profile}"] {
            assert_eq!(check_session_name_or_template(text), Ok(()), "{text}");
        }
        for text in
            ["{User}", "{agent}", "{}", "{user", "user}", "{us{er}}", "{user} x", "{user}/x", "n"]
        {
            assert!(check_session_name_or_template(text).is_err(), "{text}");
        }
    }
}
