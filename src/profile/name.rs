//! Section headers and profile names.

use std::borrow::Cow;

use super::Which;
use crate::error::{Error, Kind, Result};

/// The profile that is used without a name. Its header in the config file needs no word `profile`.
pub(crate) const DEFAULT_PROFILE: &str = "default";

/// What the header of a section says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SectionKind<'a> {
    /// `[profile x]`, or `[default]` in either file.
    Profile {
        /// The profile's name.
        name: Cow<'a, str>,
        /// Whether the header has the word `profile`. `[profile default]` wins over `[default]`.
        prefixed: bool,
    },
    /// `[sso-session x]`.
    SsoSession(Cow<'a, str>),
    /// `[services x]`.
    Services(Cow<'a, str>),
    /// Anything else, which readers skip silently.
    Ignored,
}

/// Whether `c` is allowed in a profile's name without quotes.
fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '%' | '@' | ':' | '+')
}

/// Whether `c` separates the words of a header or a line.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// Whether all readers accept `name` without quotes.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii() && is_name_char(byte.into()))
}

/// Checks the name of a new profile: `[A-Za-z0-9_/.%@:+-]+`, which every reader accepts unquoted.
pub(crate) fn check_new_name(name: &str) -> Result<()> {
    if is_plain_name(name) && !name.starts_with('-') {
        return Ok(());
    }
    Err(Error::new(
        Kind::Usage,
        "this profile name can't be written so that every AWS tool reads it",
    )
    .hint("use only letters, digits and _ / . % @ : + -, and don't start with a dash"))
}

/// Returns what the text between the brackets of a header says.
///
/// Whitespace around and between words is ignored. As in botocore, a name with spaces is quoted in the
/// config file, and written as it is in the credentials file.
pub(crate) fn section_kind<'a>(header: &'a str, file: Which) -> SectionKind<'a> {
    let header = header.trim();
    let (word, rest) = match header.split_once(is_blank) {
        Some((word, rest)) => (word, rest.trim()),
        None => (header, ""),
    };
    let bare = |name: &'a str| SectionKind::Profile { name: Cow::Borrowed(name), prefixed: false };
    match (file, word) {
        (Which::Credentials, "profile" | "sso-session" | "services") if !rest.is_empty() => {
            SectionKind::Ignored
        }
        (Which::Credentials, _) if header.split(is_blank).all(is_plain_name) => bare(header),
        (Which::Config, DEFAULT_PROFILE) if rest.is_empty() => bare(header),
        (Which::Config, "profile") => match unquote(rest) {
            Some(name) => SectionKind::Profile { name, prefixed: true },
            None => SectionKind::Ignored,
        },
        (Which::Config, "sso-session") => {
            unquote(rest).map_or(SectionKind::Ignored, SectionKind::SsoSession)
        }
        (Which::Config, "services") => {
            unquote(rest).map_or(SectionKind::Ignored, SectionKind::Services)
        }
        _ => SectionKind::Ignored,
    }
}

/// A plain name, or the text between quotes; `None` if it is neither.
fn unquote(name: &str) -> Option<Cow<'_, str>> {
    if is_plain_name(name) {
        return Some(Cow::Borrowed(name));
    }
    let quote = name.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let inner = name.strip_prefix(quote)?.strip_suffix(quote)?;
    let fits = |c: char| !c.is_control() && c != quote && c != '\\';
    (!inner.is_empty() && inner.chars().all(fits)).then_some(Cow::Borrowed(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(header: &str) -> Option<(String, bool)> {
        match section_kind(header, Which::Config) {
            SectionKind::Profile { name, prefixed } => Some((name.into_owned(), prefixed)),
            _ => None,
        }
    }

    #[test]
    fn config_headers_need_the_word_profile_but_for_default() {
        assert_eq!(config("profile foo"), Some(("foo".into(), true)));
        assert_eq!(config(" profile\t foo "), Some(("foo".into(), true)));
        assert_eq!(config("default"), Some(("default".into(), false)));
        assert_eq!(config("profile default"), Some(("default".into(), true)));
        for nothing in
            ["foo", "profilefoo", "profile", "profile ", "profile foo!bar", "profile a b"]
        {
            assert_eq!(config(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn quoted_names_may_have_spaces() {
        assert_eq!(config("profile \"my profile\""), Some(("my profile".into(), true)));
        assert_eq!(config("profile 'my profile'"), Some(("my profile".into(), true)));
        assert_eq!(config("profile \"foo\""), Some(("foo".into(), true)));
        for nothing in ["profile bob's", "profile \"a\" \"b\"", "profile \"", "profile ''"] {
            assert_eq!(config(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn credentials_headers_are_bare_names() {
        let kind = |header| section_kind(header, Which::Credentials);
        let profile = |name| SectionKind::Profile { name: Cow::Borrowed(name), prefixed: false };
        assert_eq!(kind("foo"), profile("foo"));
        assert_eq!(kind(" foo "), profile("foo"));
        assert_eq!(kind("some profile"), profile("some profile"));
        for header in ["profile foo", "sso-session x", "services x", "foo!"] {
            assert_eq!(kind(header), SectionKind::Ignored, "{header:?}");
        }
    }

    #[test]
    fn other_sections_of_the_config_are_told_apart() {
        assert_eq!(
            section_kind("sso-session s", Which::Config),
            SectionKind::SsoSession("s".into())
        );
        assert_eq!(section_kind("services s", Which::Config), SectionKind::Services("s".into()));
        assert_eq!(section_kind("plugins", Which::Config), SectionKind::Ignored);
    }

    #[test]
    fn new_names_are_plain_and_do_not_look_like_a_flag() {
        assert!(check_new_name("team/a.b@c:d+e%f_g-h").is_ok());
        for bad in ["", "a b", "a'b", "ü", "-x", "a\nb"] {
            assert!(check_new_name(bad).is_err(), "{bad:?}");
        }
    }
}
