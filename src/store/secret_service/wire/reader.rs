//! Decodes D-Bus values.

/// The longest message that is read. A bus allows 128 MiB; nothing sent to us comes close to this.
pub(super) const LONGEST_MESSAGE: usize = 1 << 20;
/// Bytes that are not a D-Bus message, or not the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store::secret_service) struct Malformed;

/// Reads values from a message, never past its end.
pub(in crate::store::secret_service) struct Reader<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    pub(super) big: bool,
}

impl<'a> Reader<'a> {
    pub(in crate::store::secret_service) fn align(&mut self, to: usize) -> Result<(), Malformed> {
        let padding = self.at.next_multiple_of(to) - self.at;
        self.take(padding).map(drop)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(count).ok_or(Malformed)?;
        let taken = self.bytes.get(self.at..end).ok_or(Malformed)?;
        self.at = end;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        self.take(1)?.first().copied().ok_or(Malformed)
    }

    pub(super) fn number(&mut self) -> Result<u32, Malformed> {
        self.align(4)?;
        let bytes = self.take(4)?.try_into().map_err(|_| Malformed)?;
        Ok(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    /// A number of bytes in this message, so at most [`LONGEST_MESSAGE`].
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let length = usize::try_from(self.number()?).map_err(|_| Malformed)?;
        if length <= LONGEST_MESSAGE { Ok(length) } else { Err(Malformed) }
    }

    pub(in crate::store::secret_service) fn boolean(&mut self) -> Result<bool, Malformed> {
        match self.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Malformed),
        }
    }

    /// A string.
    pub(in crate::store::secret_service) fn text(&mut self) -> Result<&'a str, Malformed> {
        let text = self.bytes_array()?;
        self.terminated(text)
    }

    pub(in crate::store::secret_service) fn signature(&mut self) -> Result<&'a str, Malformed> {
        let length = usize::from(self.byte()?);
        let text = self.take(length)?;
        self.terminated(text)
    }

    fn terminated(&mut self, text: &'a [u8]) -> Result<&'a str, Malformed> {
        if self.byte()? != 0 {
            return Err(Malformed);
        }
        std::str::from_utf8(text).map_err(|_| Malformed)
    }

    /// An object path. It is checked because it is sent back, and a bus disconnects clients that
    /// send an invalid one.
    pub(in crate::store::secret_service) fn path(&mut self) -> Result<&'a str, Malformed> {
        let path = self.text()?;
        let is_valid = path == "/"
            || path.strip_prefix('/').is_some_and(|rest| {
                rest.split('/').all(|part| {
                    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                })
            });
        if is_valid { Ok(path) } else { Err(Malformed) }
    }

    pub(in crate::store::secret_service) fn paths(&mut self) -> Result<Vec<String>, Malformed> {
        let mut paths = Vec::new();
        self.array(4, |reader| {
            paths.push(reader.path()?.to_owned());
            Ok(())
        })?;
        Ok(paths)
    }

    /// An array of bytes.
    pub(in crate::store::secret_service) fn bytes_array(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        self.take(length)
    }

    /// An array whose elements are aligned `to`; `element` reads one.
    pub(super) fn array(
        &mut self,
        to: usize,
        mut element: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        let length = self.length()?;
        self.align(to)?;
        let end = self.at + length;
        // Elements can't read past the array. Alignment counts from the message's start.
        let mut inner =
            Self { bytes: self.bytes.get(..end).ok_or(Malformed)?, at: self.at, big: self.big };
        while inner.at < end {
            element(&mut inner)?;
        }
        self.at = end;
        Ok(())
    }
}
