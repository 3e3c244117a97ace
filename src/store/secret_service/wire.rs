//! Messages on the wire, as "Marshaling (Wire Format)" and "Message Format" in the D-Bus
//! specification describe them: the few types that a Secret Service client meets.
//!
//! Written by hand because of what passes through: secrets must not stay behind in buffers that
//! nobody wipes, and what a broken service sends must never become a panic.

mod reader;
mod writer;

use zeroize::Zeroizing;

use reader::LONGEST_MESSAGE;
use writer::length;
pub(super) use {
    reader::{Malformed, Reader},
    writer::Writer,
};

/// The fixed part of every header: up to and including the length of the header fields.
pub(super) const FIXED_HEADER: usize = 16;

/// A method call to be sent.
pub(super) struct Call<'a> {
    /// Who is called.
    pub(super) destination: &'a str,
    /// The object.
    pub(super) path: &'a str,
    /// The interface that the method belongs to.
    pub(super) interface: &'a str,
    /// The method.
    pub(super) member: &'a str,
    /// The types of the arguments.
    pub(super) signature: &'a str,
    /// The arguments.
    pub(super) body: &'a [u8],
    /// Whether nobody will look for an answer.
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
            // A vector that grows by itself would let go of its old memory without wiping it.
            let mut bigger = Zeroizing::new(Vec::with_capacity(wanted.max(2048)));
            bigger.extend_from_slice(out);
            *out = bigger;
        }
        out.extend_from_slice(header.bytes());
        out.extend_from_slice(self.body);
    }
}

/// What kind of message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Somebody calls a method of ours; there are none.
    Call,
    /// The answer to a call.
    Return,
    /// The refusal of a call.
    Error,
    /// A signal.
    Signal,
}

/// A message that came in.
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
    /// How long the message that starts `bytes` is; [`FIXED_HEADER`] bytes are needed to tell.
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

    /// Takes apart exactly one message.
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
            // Fields that don't matter here, and those of later versions, which are to be skipped.
            (_, "s" | "o") => drop(field.text()?),
            (_, "g") => drop(field.signature()?),
            (_, "u") => drop(field.number()?),
            _ => return Err(Malformed),
        }
        Ok(())
    }

    /// The arguments, if their types are `signature`.
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
