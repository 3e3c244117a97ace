//! Takes out of texts what may be a secret, before they are shown or recorded.
//!
//! [`urls`] is for all texts: a URL never needs its user and password to be understood. [`foreign`] is
//! for what other programs and servers say, of which we don't know what is in it. It knows what
//! secrets look like, so it can't find all: such texts are also never recorded.

use std::borrow::Cow;

/// What is shown instead of a secret.
const HIDDEN: &str = "****";
/// Shorter words are no keys or tokens.
const SHORTEST_KEY: usize = 32;
/// A value after a colon is hidden from this length on: shorter ones are words such as `403`.
const SHORTEST_VALUE: usize = 6;
/// What is in the name of a value that is a secret.
const SECRET_NAMES: [&str; 9] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "authorization",
];
/// The words before the secret in the value of `Authorization`.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Returns `text` without the users and passwords of the URLs in it.
pub(crate) fn urls(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        shown.push_str(before);
        let end = after.find(ends_authority).unwrap_or(after.len());
        rest = after;
        if let Some(user) = user_info(&after[..end]) {
            rest = &after[user..];
        }
    }
    if shown.len() + rest.len() == text.len() {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// Whether the host and port of a URL end before this character. A backslash may be in a user's name.
fn ends_authority(c: char) -> bool {
    c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`')
}

/// Returns the length of the user and password at the start of `authority`, with the `@` behind them.
fn user_info(authority: &str) -> Option<usize> {
    authority.rfind('@').map(|at| at + 1)
}

/// Returns the text of another program or a server without what looks like a secret.
pub(crate) fn foreign(text: &str) -> String {
    let text = urls(text);
    let mut shown = String::with_capacity(text.len());
    let mut names = Names::default();
    for piece in pieces(&text) {
        match piece {
            Piece::Between(between) => {
                names.between(between);
                shown.push_str(between);
            }
            Piece::Word(word) => {
                shown.push_str(if names.hides(word) || looks_like_key(word) {
                    HIDDEN
                } else {
                    word
                });
                names.word(word);
            }
        }
    }
    shown
}

/// A part of a text: a word, or what separates words.
enum Piece<'t> {
    Word(&'t str),
    Between(&'t str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let is_word = !separates(first);
        let end = rest.find(|c| separates(c) == is_word).unwrap_or(rest.len());
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        Some(if is_word { Piece::Word(piece) } else { Piece::Between(piece) })
    })
}

/// A key may have `+`, `/` and `=` in it; a padding's `=` at its end is no loss.
fn separates(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '=' | ':'
                | ','
                | ';'
                | '&'
                | '"'
                | '\''
                | '('
                | ')'
                | '{'
                | '}'
                | '['
                | ']'
                | '<'
                | '>'
                | '?'
        )
}

/// Whether the next word is the value of something secret.
#[derive(Default)]
struct Names {
    is_secret: bool,
    sign: Option<Sign>,
}

/// What is between a name and its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equals,
    Colon,
}

impl Names {
    fn between(&mut self, between: &str) {
        let is_quoted_name = between.contains("\":") || between.contains("':");
        let sign = match between.trim() {
            text if text.contains('=') || is_quoted_name => Some(Sign::Equals),
            text if text.contains(':') => Some(Sign::Colon),
            _ => None,
        };
        // After `Bearer`, the sign before it still counts.
        self.sign = sign.or(self.sign.filter(|_| between.trim().is_empty()));
        self.is_secret &= self.sign.is_some();
    }

    fn hides(&self, word: &str) -> bool {
        let is_scheme = SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word));
        self.is_secret
            && !is_scheme
            && match self.sign {
                Some(Sign::Equals) => true,
                Some(Sign::Colon) => {
                    word.len() >= SHORTEST_VALUE && word.bytes().any(|byte| byte.is_ascii_digit())
                }
                None => false,
            }
    }

    fn word(&mut self, word: &str) {
        if self.is_secret && SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(word)) {
            return;
        }
        let word = word.to_ascii_lowercase();
        self.is_secret = SECRET_NAMES.iter().any(|name| word.contains(name));
        self.sign = None;
    }
}

/// Whether `word` looks like a secret key or a token: AWS's have 40 and more characters of base64, web
/// tokens are base64url with dots. A name or a path has no such mixture at such a length.
fn looks_like_key(word: &str) -> bool {
    let word = word.trim_end_matches(['.', '!']);
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let is_base64 =
        word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    let is_web_token = word.starts_with("eyJ");
    word.len() >= SHORTEST_KEY
        && (is_base64 || is_web_token)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_lose_users_and_passwords_and_nothing_else() {
        for (text, shown) in [
            ("no URL", "no URL"),
            ("http://h/a@b", "http://h/a@b"),
            ("STS at http://u:pw@h:1/x could", "STS at http://h:1/x could"),
            ("http://u@h", "http://h"),
            ("http://CORP\\jane:p@ss@h", "http://h"),
            ("'https://u:p@h?x=a@b', http://v:q@[::1]:80", "'https://h?x=a@b', http://[::1]:80"),
            ("a://b://u:p@c", "a://b://c"),
            (
                "{\"url\":\"http://u:p@h\",\"mail\":\"a@b\"}",
                "{\"url\":\"http://h\",\"mail\":\"a@b\"}",
            ),
            ("mail a@b.example, x://", "mail a@b.example, x://"),
            ("://u:p@", "://"),
        ] {
            assert_eq!(urls(text), shown);
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_hidden_in_a_foreign_text() {
        for (text, shown) in [
            ("AWS_SECRET_ACCESS_KEY=abc", "AWS_SECRET_ACCESS_KEY=****"),
            ("password=hunter2 for jane", "password=**** for jane"),
            ("the password: hunter2", "the password: ****"),
            ("db_password = 'hunter2'", "db_password = '****'"),
            ("{\"token\": \"abcdef\", \"id\": 5}", "{\"token\": \"****\", \"id\": 5}"),
            ("Authorization: Bearer abc123def", "Authorization: Bearer ****"),
            ("?user=jane&token=x&n=1", "?user=jane&token=****&n=1"),
            ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY.", "key ****"),
            ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "key ****"),
            ("IQoJb3JpZ2luX2VjEAAaCXVzLWVhc3QtMSJHMEUCIQD/+9==", "****=="),
            ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-_x", "****"),
            (
                "curl: (7) no route to http://u:p@proxy:3128",
                "curl: (7) no route to http://proxy:3128",
            ),
        ] {
            assert_eq!(foreign(text), shown);
        }
    }

    #[test]
    fn words_that_help_stay() {
        for text in [
            "User: arn:aws:iam::111111111111:user/natan is not authorized to perform: sts:AssumeRole \
             on resource: arn:aws:iam::222222222222:role/MyApp/MyS3Access",
            "arn:aws:sts::1:assumed-role/AWSReservedSSO_AdministratorAccess_1a2b3c4d5e6f7890/jane",
            "The security token included in the request is invalid",
            "failed to refresh the token: connection refused",
            "token: HTTP 403; request 7a62c49f-347e-4fc4-9331-6e8eEXAMPLE",
            "/home/natan/.local/share/tool-1.2/bin/helper: not found",
            "run 'okta-aws login --profile Dev1' first",
        ] {
            assert_eq!(foreign(text), text);
        }
    }
}
