//! A string that cannot print itself and is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A secret: a secret access key, a session token, an MFA code.
///
/// `Debug` prints `****`, there is no `Display`, and the memory is overwritten on drop. The text
/// comes out through [`Secret::expose`] alone, so that `grep expose` lists every such place.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`; the caller should not have kept a copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself, for the one who must send or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

/// A file's whole text, wiped on drop.
///
/// Other than a [`Secret`] it may be large: it is wiped as fast as memory can be filled, which
/// `Zeroizing` is not.
pub struct Text(String);

impl Text {
    /// Takes ownership of `text`.
    pub fn new(text: String) -> Self {
        Self(text)
    }
}

impl std::ops::Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        zeroize::zeroize_bytes(&mut std::mem::take(&mut self.0).into_bytes());
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("****")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_print_the_text() {
        assert_eq!(format!("{:?}", Some(Secret::from("hunter2"))), "Some(****)");
    }
}
