//! Encodes D-Bus values.

use zeroize::Zeroizing;

/// Writes values one after the other, in little-endian order and aligned as D-Bus requires.
pub(in crate::store::secret_service) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// Creates a writer for up to `room` bytes that never moves them. A caller that writes a secret
    /// must pass enough `room`, so that no copy of it stays in freed memory.
    pub(in crate::store::secret_service) fn with_room(room: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(room)))
    }

    pub(in crate::store::secret_service) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(in crate::store::secret_service) fn align(&mut self, to: usize) {
        let end = self.0.len().next_multiple_of(to);
        self.0.resize(end, 0);
    }

    pub(in crate::store::secret_service) fn byte(&mut self, value: u8) {
        self.0.push(value);
    }

    pub(in crate::store::secret_service) fn number(&mut self, value: u32) {
        self.align(4);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(in crate::store::secret_service) fn boolean(&mut self, value: bool) {
        self.number(u32::from(value));
    }

    /// A string or an object path, which have the same encoding.
    pub(in crate::store::secret_service) fn text(&mut self, value: &str) {
        self.bytes_array(value.as_bytes());
        self.0.push(0);
    }

    pub(in crate::store::secret_service) fn signature(&mut self, value: &str) {
        self.0.push(u8::try_from(value.len()).unwrap_or(u8::MAX));
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(0);
    }

    /// An array of bytes.
    pub(in crate::store::secret_service) fn bytes_array(&mut self, value: &[u8]) {
        self.number(length(value.len()));
        self.0.extend_from_slice(value);
    }

    /// An array whose elements are aligned `to` and written by `elements`.
    pub(in crate::store::secret_service) fn array(
        &mut self,
        to: usize,
        elements: impl FnOnce(&mut Self),
    ) {
        self.number(0);
        let length_at = self.0.len() - 4;
        self.align(to); // not part of the length, and written even for an empty array
        let start = self.0.len();
        elements(self);
        let written = length(self.0.len() - start);
        self.0[length_at..length_at + 4].copy_from_slice(&written.to_le_bytes());
    }

    /// An array of `{ss}`.
    pub(in crate::store::secret_service) fn string_map(&mut self, pairs: &[(&str, &str)]) {
        self.array(8, |w| {
            for (key, value) in pairs {
                w.align(8);
                w.text(key);
                w.text(value);
            }
        });
    }
}

/// Returns a length as 32 bits. Nothing written here comes near the limit; a bus would refuse it.
pub(super) fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
