//! The secret that a client must repeat with every request.

use subtle::ConstantTimeEq as _;

use crate::{
    error::{Error, Kind, Result},
    secret::{Secret, random_hex},
};

/// How many random bytes a token has.
const RANDOM_BYTES: usize = 32;

/// A token, which gives access to the session of one profile.
pub(crate) struct Token(Secret);

impl Token {
    /// Returns a new token, which nobody can guess.
    ///
    /// # Errors
    /// If the system has no random numbers.
    pub(crate) fn random() -> Result<Self> {
        let none = |error: std::io::Error| Error::new(Kind::Other, error.to_string());
        random_hex(RANDOM_BYTES).map(Self).map_err(none)
    }

    /// Returns the token itself, to pass it to a client.
    pub(crate) fn secret(&self) -> &Secret {
        &self.0
    }

    /// Whether `given` is this token. Takes the same time for every wrong one of the same length.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        self.0.expose().as_bytes().ct_eq(given).into()
    }

    #[cfg(test)]
    pub(super) fn of(text: &str) -> Self {
        Self(Secret::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_only_the_whole_token_fits() {
        let (one, other) = (Token::random().unwrap(), Token::random().unwrap());
        let text = one.secret().expose();
        assert_eq!(text.len(), 64);
        assert!(text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert!(one.is(text.as_bytes()));
        for wrong in [other.secret().expose(), &text[..63], "", &format!("{text}0")] {
            assert!(!one.is(wrong.as_bytes()));
        }
    }
}
