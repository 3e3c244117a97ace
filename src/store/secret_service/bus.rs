//! A connection to a message bus that never waits past its deadline.

use std::time::Instant;

use zeroize::Zeroizing;

use super::{
    address::Address,
    fault::Fault,
    stream::Stream,
    wire::{Call, FIXED_HEADER, Kind, Malformed, Message, Writer},
};

/// The bus itself, as a destination.
pub(super) const BUS: &str = "org.freedesktop.DBus";
/// The serial of `Hello`, the first call of every client. Its answer, our name, is not needed.
const HELLO: u32 = 1;
/// The longest line that a server may send during authentication, in bytes.
const MAX_LINE: usize = 4096;
/// How many bytes are read at once: usually all answers of a cache hit.
const INPUT: usize = 8192;
/// How many messages wait for [`Bus::wait`]; after that, the oldest is dropped.
const MAX_PENDING: usize = 64;

/// A client's connection.
///
/// [`Bus::call`] queues calls, and waiting for the first answer sends them all at once, the
/// authentication included: D-Bus servers keep reading after `BEGIN`, so three round trips become
/// one.
pub(super) struct Bus {
    stream: Stream,
    guid: Option<String>,
    authenticated: bool,
    serial: u32,
    output: Zeroizing<Vec<u8>>,
    input: Input,
    pending: Vec<Message>,
}

/// A read buffer; `bytes[start..end]` is not processed yet.
struct Input {
    bytes: Zeroizing<Vec<u8>>,
    start: usize,
    end: usize,
}

impl Bus {
    /// Connects to the first of `addresses` that accepts a connection.
    pub(super) fn connect(
        addresses: &[Address],
        clock: fn() -> Instant,
        deadline: Instant,
    ) -> Result<Self, Fault> {
        let mut outcome = Err(Fault::NoBus("its address does not name a socket".to_owned()));
        for address in addresses {
            outcome = Stream::connect(&address.socket, clock, deadline);
            if let Ok(stream) = outcome {
                return Ok(Self::start(stream, address.guid.clone()));
            }
        }
        Err(outcome.err().unwrap_or(Fault::Closed))
    }

    /// Starts the conversation on a connected socket.
    pub(super) fn start(stream: Stream, guid: Option<String>) -> Self {
        // EXTERNAL without a user ID: the server gets it from the socket. Our own ID would be wrong
        // if the bus is in another user namespace.
        let mut output = Zeroizing::new(Vec::with_capacity(2048));
        output.extend_from_slice(b"\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n");
        let mut bus = Self {
            stream,
            guid,
            authenticated: false,
            serial: HELLO,
            output,
            input: Input { bytes: Zeroizing::new(vec![0; INPUT]), start: 0, end: 0 },
            pending: Vec::new(),
        };
        bus.call(&Bus::own_method("Hello", "", &[]));
        bus
    }

    /// Sets the deadline that no later call waits past.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.stream.set_deadline(deadline);
    }

    /// Queues `call` and returns the serial that its answer will refer to.
    pub(super) fn call(&mut self, call: &Call<'_>) -> u32 {
        let serial = self.serial;
        self.serial = serial.checked_add(1).unwrap_or(HELLO + 1); // zero is not allowed
        call.encode(serial, &mut self.output);
        serial
    }

    /// Queues a call of the bus's own method `member` with one string; its answer is not needed.
    pub(super) fn call_bus(&mut self, member: &str, text: &str) {
        let mut body = Writer::with_room(text.len() + 8);
        body.text(text);
        self.call(&Call { quiet: true, ..Self::own_method(member, "s", body.bytes()) });
    }

    /// A call of one of the bus's own methods.
    fn own_method<'a>(member: &'a str, signature: &'a str, body: &'a [u8]) -> Call<'a> {
        let path = "/org/freedesktop/DBus";
        Call { destination: BUS, path, interface: BUS, member, signature, body, quiet: false }
    }

    /// Waits for the answer to the call with this serial; an error answer is a [`Fault::Refused`].
    pub(super) fn reply(&mut self, serial: u32) -> Result<Message, Fault> {
        let wanted = |message: &Message| message.reply_to == Some(serial);
        let message = self.wait(wanted)?;
        match message.kind {
            Kind::Return => Ok(message),
            _ => Err(Fault::Refused(message.error)),
        }
    }

    /// Returns the first message that is `wanted`, received earlier or now.
    pub(super) fn wait(&mut self, wanted: impl Fn(&Message) -> bool) -> Result<Message, Fault> {
        if let Some(position) = self.pending.iter().position(&wanted) {
            return Ok(self.pending.swap_remove(position));
        }
        self.flush()?;
        loop {
            let message = self.next_message()?;
            if wanted(&message) {
                return Ok(message);
            }
            match (message.kind, message.reply_to) {
                (Kind::Error, Some(HELLO)) => return Err(Fault::Refused(message.error)),
                (_, Some(HELLO)) | (Kind::Call, _) => {}
                _ => {
                    if self.pending.len() == MAX_PENDING {
                        drop(self.pending.remove(0));
                    }
                    self.pending.push(message);
                }
            }
        }
    }

    /// Drops pending signals.
    pub(super) fn forget_signals(&mut self) {
        self.pending.retain(|message| message.kind != Kind::Signal);
    }

    /// Sends the queued calls after the deadline, without waiting.
    pub(super) fn flush_late(&mut self) {
        self.stream.send_at_once(&self.output);
        self.clear_output();
    }

    fn flush(&mut self) -> Result<(), Fault> {
        let outcome = self.stream.send(&self.output);
        self.clear_output();
        outcome
    }

    /// Wipes the output buffer: a connection that is reused must not keep the last secret.
    fn clear_output(&mut self) {
        self.output.fill(0);
        self.output.clear();
    }

    fn next_message(&mut self) -> Result<Message, Fault> {
        while !self.authenticated {
            let line = self.line()?;
            self.take_line(&line)?;
        }
        self.input.fill(FIXED_HEADER, &self.stream)?;
        let length = Message::length(self.input.waiting())?;
        self.input.fill(length, &self.stream)?;
        let bytes = self.input.waiting().get(..length).ok_or(Malformed)?;
        let message = Message::decode(bytes)?;
        self.input.consume(length);
        Ok(message)
    }

    /// Reads one line of the server's side of the authentication, without its line ending.
    fn line(&mut self) -> Result<Vec<u8>, Fault> {
        loop {
            let waiting = self.input.waiting();
            if let Some(end) = waiting.windows(2).position(|pair| pair == b"\r\n") {
                let line = waiting.get(..end).unwrap_or_default().to_vec();
                self.input.consume(end + 2);
                return Ok(line);
            }
            let have = waiting.len();
            if have > MAX_LINE {
                return Err(Malformed.into());
            }
            self.input.fill(have + 1, &self.stream)?;
        }
    }

    fn take_line(&mut self, line: &[u8]) -> Result<(), Fault> {
        if let Some(guid) = line.strip_prefix(b"OK ") {
            if self.guid.as_ref().is_some_and(|known| known.as_bytes() != guid) {
                return Err(Fault::NoBus("another server listens at its address".to_owned()));
            }
            self.authenticated = true;
            Ok(())
        } else if line == b"DATA" || line.starts_with(b"DATA ") {
            Ok(()) // asks for data that was already sent
        } else {
            Err(Fault::NoBus("it refused to authenticate this user".to_owned()))
        }
    }
}

impl Input {
    fn waiting(&self) -> &[u8] {
        self.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads from `stream` until `count` bytes are waiting.
    fn fill(&mut self, count: usize, stream: &Stream) -> Result<(), Fault> {
        if self.bytes.len() < self.start + count {
            let mut moved = Zeroizing::new(vec![0; INPUT.max(count)]);
            let waiting = self.waiting();
            moved[..waiting.len()].copy_from_slice(waiting);
            self.end -= self.start;
            self.start = 0;
            self.bytes = moved; // drops and wipes the old buffer
        }
        while self.waiting().len() < count {
            self.end += stream.read(self.bytes.get_mut(self.end..).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Wipes the first `count` waiting bytes.
    fn consume(&mut self, count: usize) {
        let end = self.end.min(self.start + count);
        self.bytes[self.start..end].fill(0);
        self.start = end;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
    }
}
