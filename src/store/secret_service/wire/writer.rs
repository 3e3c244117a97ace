//! Values, on their way out.

use zeroize::Zeroizing;

/// Values, written one after the other in little-endian order and aligned as D-Bus wants it.
pub(in crate::store::secret_service) struct Writer(Zeroizing<Vec<u8>>);

impl Writer {
    /// A writer that takes up to `room` bytes without moving what it holds. Whoever writes a
    /// secret gives enough room, so that no copy of it is left in memory that was let go.
    pub(in crate::store::secret_service) fn with_room(room: usize) -> Self {
        Self(Zeroizing::new(Vec::with_capacity(room)))
    }

    /// What was written.
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

    /// A string or an object path: they look the same.
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
        self.align(to); // not counted: it is there even when no element follows
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

/// Lengths are 32 bits wide. Nothing that is written here comes near that; a bus would refuse it.
pub(super) fn length(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
