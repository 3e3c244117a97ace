//! A string that cannot print itself and is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

/// A secret: a secret access key, a session token, an MFA code.
///
/// `Debug` prints `****`, there is no `Display`, and the memory is overwritten on drop. The text is
/// only available through [`Secret::expose`], so that `grep expose` lists every use.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes ownership of `text`; the caller should not keep a copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the text itself, to send or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.to_owned())
    }
}

/// The bytes of a file, wiped on drop.
///
/// Unlike a [`Secret`] this may be large, so it is wiped as fast as memory can be filled, which
/// `Zeroizing` is not.
#[derive(Default)]
pub struct Bytes(pub Vec<u8>);

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        zeroize::zeroize_bytes(&mut self.0);
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
