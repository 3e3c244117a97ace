//! Encodes and decodes D-Bus messages (D-Bus specification, "Marshaling (Wire Format)" and "Message
//! Format"), with only the types that a Secret Service client needs.
//!
//! Written by hand because it handles secrets, which must not stay in buffers that are not wiped,
//! and because an invalid message must never cause a panic.

mod reader;
mod writer;

use zeroize::Zeroizing;

use reader::LONGEST_MESSAGE;
use writer::length;
pub(super) use {
    reader::{Malformed, Reader},
    writer::Writer,
};

/// The length of the fixed part of every header, up to and including the length of the header
/// fields.
pub(super) const FIXED_HEADER: usize = 16;

/// A method call to be sent.
pub(super) struct Call<'a> {
    /// The bus name that is called.
    pub(super) destination: &'a str,
    /// The object's path.
    pub(super) path: &'a str,
    /// The interface that the method belongs to.
    pub(super) interface: &'a str,
    /// The method.
    pub(super) member: &'a str,
    /// The types of the arguments.
    pub(super) signature: &'a str,
    /// The arguments.
    pub(super) body: &'a [u8],
    /// Whether no answer is needed.
    pub(super) quiet: bool,
}

impl Call<'_> {
    /// Appends the whole message to `out`.
    pub(super) fn encode(&self, serial: u32, out: &mut Zeroizing<Vec<u8>>) {
        let mut header = Writer::with_room(512);
        // Little-endian, a method call, flags (NO_REPLY_EXPECTED), protocol version.
        for byte in [b'l', 1, u8::from(self.quiet), 1] {
            header.byte(byte);
        }
        header.number(length(self.body.len()));
        header.number(serial);
        header.array(8, |w| {
            let fields = [
                (1, "o", self.path),
                (2, "s", self.interface),
                (3, "s", self.member),
                (6, "s", self.destination),
            ];
            for (code, kind, value) in fields {
                w.align(8);
                w.byte(code);
                w.signature(kind);
                w.text(value);
            }
            if !self.signature.is_empty() {
                w.align(8);
                w.byte(8);
                w.signature("g");
                w.signature(self.signature);
            }
        });
        header.align(8);
        let wanted = out.len() + header.bytes().len() + self.body.len();
        if out.capacity() < wanted {
            // A vector that grows by itself would free its old memory without wiping it.
            let mut bigger = Zeroizing::new(Vec::with_capacity(wanted.max(2048)));
            bigger.extend_from_slice(out);
            *out = bigger;
        }
        out.extend_from_slice(header.bytes());
        out.extend_from_slice(self.body);
    }
}

/// The kind of a received message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call of one of our methods; we have none.
    Call,
    /// The answer to a call.
    Return,
    /// An error answer to a call.
    Error,
    /// A signal.
    Signal,
}

/// A received message.
pub(super) struct Message {
    pub(super) kind: Kind,
    /// The serial of the call that this answers.
    pub(super) reply_to: Option<u32>,
    /// The error's name.
    pub(super) error: String,
    /// The object that sent a signal.
    pub(super) path: String,
    /// A signal's name.
    pub(super) member: String,
    signature: String,
    big: bool,
    body: Zeroizing<Vec<u8>>,
}

impl Message {
    /// Returns the length of the message that starts `bytes`, which must have [`FIXED_HEADER`]
    /// bytes.
    pub(super) fn length(bytes: &[u8]) -> Result<usize, Malformed> {
        let mut reader = Reader { bytes, at: 0, big: is_big(bytes)? };
        reader.at = 3;
        if reader.byte()? != 1 {
            return Err(Malformed);
        }
        let body = reader.length()?;
        reader.at = FIXED_HEADER - 4;
        let fields = reader.length()?;
        let whole = (FIXED_HEADER + fields).next_multiple_of(8) + body;
        if whole <= LONGEST_MESSAGE { Ok(whole) } else { Err(Malformed) }
    }

    /// Decodes exactly one message.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let big = is_big(bytes)?;
        let kind = match bytes.get(1) {
            Some(1) => Kind::Call,
            Some(2) => Kind::Return,
            Some(3) => Kind::Error,
            Some(4) => Kind::Signal,
            _ => return Err(Malformed),
        };
        let mut message = Self {
            kind,
            reply_to: None,
            error: String::new(),
            path: String::new(),
            member: String::new(),
            signature: String::new(),
            big,
            body: Zeroizing::default(),
        };
        let mut reader = Reader { bytes, at: FIXED_HEADER - 4, big };
        reader.array(8, |field| message.take_field(field))?;
        reader.align(8)?;
        message.body = Zeroizing::new(bytes.get(reader.at..).ok_or(Malformed)?.to_vec());
        Ok(message)
    }

    fn take_field(&mut self, field: &mut Reader<'_>) -> Result<(), Malformed> {
        field.align(8)?;
        let code = field.byte()?;
        let kind = field.signature()?;
        match (code, kind) {
            (1, "o") => field.text()?.clone_into(&mut self.path),
            (3, "s") => field.text()?.clone_into(&mut self.member),
            (4, "s") => field.text()?.clone_into(&mut self.error),
            (5, "u") => self.reply_to = Some(field.number()?),
            (8, "g") => field.signature()?.clone_into(&mut self.signature),
            (1 | 3 | 4 | 5 | 8, _) => return Err(Malformed),
            // Fields that aren't needed here, and those of later versions, which must be ignored.
            (_, "s" | "o") => drop(field.text()?),
            (_, "g") => drop(field.signature()?),
            (_, "u") => drop(field.number()?),
            _ => return Err(Malformed),
        }
        Ok(())
    }

    /// Returns the arguments if their types are `signature`.
    pub(super) fn arguments(&self, signature: &str) -> Result<Reader<'_>, Malformed> {
        if self.signature != signature {
            return Err(Malformed);
        }
        Ok(Reader { bytes: &self.body, at: 0, big: self.big })
    }
}

fn is_big(bytes: &[u8]) -> Result<bool, Malformed> {
    match bytes.first() {
        Some(b'l') => Ok(false),
        Some(b'B') => Ok(true),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests;
