//! A string that cannot print itself and is wiped when it is dropped.

use std::{fmt, io};

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

/// Returns `bytes` in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    // Reserved at once, so that growing leaves no copy of a secret behind.
    let mut text = String::with_capacity(2 * bytes.len());
    text.extend(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
    text
}

/// Returns that many random bytes, in hexadecimal digits, which nobody can guess.
///
/// # Errors
/// If the system has no random numbers.
pub(crate) fn random_hex(bytes: usize) -> io::Result<Secret> {
    let mut random = Zeroizing::new(vec![0; bytes]);
    getrandom::fill(&mut random).map_err(|error| {
        io::Error::other(format!("can't get random numbers from the system: {error}"))
    })?;
    Ok(Secret::new(hex(&random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_two_digits_each() {
        assert_eq!(hex(&[0x00, 0x0a, 0xf0, 0xff]), "000af0ff");
        assert_eq!(hex(&[]), "");
        assert_eq!(random_hex(24).unwrap().expose().len(), 48);
        assert!(random_hex(24).unwrap() != random_hex(24).unwrap());
    }

    #[test]
    fn debug_does_not_print_the_text() {
        assert_eq!(format!("{:?}", Some(Secret::from("hunter2"))), "Some(****)");
    }
}
