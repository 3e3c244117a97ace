//! Conversations with a service whose every byte is given, for `fuzzing`.

use std::{
    io::Write as _,
    net::Shutdown,
    os::unix::net::UnixStream,
    time::{Duration, Instant},
};

use crate::store::{Error, Item, NewItem};

use super::{
    CallOptions,
    bus::Bus,
    fault::Fault,
    service::Service,
    stream::Stream,
    wire::{FIXED_HEADER, Malformed, Message},
};

/// What is asked of the service.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// An item's secret.
    Get,
    /// To store an item.
    Put,
    /// To delete it.
    Delete,
    /// Whether it could be stored.
    Check,
}

/// The time limit of a conversation. A service that has said everything closes the connection, so it is
/// never reached.
const LIMIT: Duration = Duration::from_secs(5);
/// The types of the arguments that a service's answers have.
const SIGNATURES: [&str; 7] = ["(oayays)", "aoao", "vo", "aoo", "oo", "o", "bv"];

/// A conversation in which the bus writes `bytes`, whatever is said to it, and closes the connection.
#[derive(Clone, Copy)]
pub(crate) struct Conversation<'b> {
    pub(crate) asked: Asked,
    pub(crate) bytes: &'b [u8],
    pub(crate) clock: fn() -> Instant,
    /// Whether dialogs are allowed.
    pub(crate) unlock: bool,
}

impl Conversation<'_> {
    /// Returns what becomes of it.
    pub(crate) fn outcome(self) -> Result<Option<Item>, Error> {
        let options = CallOptions { timeout: LIMIT, unlock: self.unlock };
        converse(self, options).map_err(|fault| fault.into_error(options))
    }
}

fn converse(conversation: Conversation<'_>, options: CallOptions) -> Result<Option<Item>, Fault> {
    let Conversation { asked, bytes, clock, .. } = conversation;
    let (ours, mut theirs) = UnixStream::pair().map_err(|_| Fault::Closed)?;
    // What a socket holds is enough: nobody reads meanwhile.
    theirs.set_nonblocking(true).map_err(|_| Fault::Closed)?;
    drop(theirs.write_all(bytes));
    theirs.shutdown(Shutdown::Write).map_err(|_| Fault::Closed)?;
    let stream = Stream::over(ours, clock, clock() + options.timeout);
    let mut service = Service::new(Bus::start(stream, None));
    let key = "0".repeat(64);
    match asked {
        Asked::Get => service.get(&key, options.unlock),
        Asked::Put => {
            let item = NewItem { label: "label", secret: b"secret", ends: None };
            service.put(&key, &item, options.unlock).map(|()| None)
        }
        Asked::Delete => service.delete(&key, options.unlock).map(|()| None),
        Asked::Check => service.check(options.unlock).map(|()| None),
    }
}

/// Decodes one message, and reads its arguments as every method does. Returns whether it was one.
pub(crate) fn read(bytes: &[u8]) -> bool {
    let decode = || -> Result<Message, Malformed> {
        let start = bytes.get(..FIXED_HEADER).ok_or(Malformed)?;
        let length = Message::length(start)?;
        assert!(length >= FIXED_HEADER, "a message is shorter than its header");
        Message::decode(bytes.get(..length).ok_or(Malformed)?)
    };
    let Ok(message) = decode() else { return false };
    for signature in SIGNATURES {
        // Each may well be malformed.
        arguments(&message, signature).ok();
    }
    true
}

fn arguments(message: &Message, signature: &str) -> Result<(), Malformed> {
    let mut reader = message.arguments(signature)?;
    match signature {
        "(oayays)" => {
            reader.align(8)?;
            assert_path(reader.path()?);
            reader.bytes_array()?;
            reader.bytes_array()?;
        }
        "aoao" => {
            reader.paths()?.iter().for_each(|path| assert_path(path));
            reader.paths()?.iter().for_each(|path| assert_path(path));
        }
        "vo" => {
            reader.signature()?;
            reader.text()?;
            assert_path(reader.path()?);
        }
        "aoo" => {
            reader.paths()?.iter().for_each(|path| assert_path(path));
            assert_path(reader.path()?);
        }
        "bv" => drop(reader.boolean()?),
        _ => assert_path(reader.path()?),
    }
    Ok(())
}

/// A bus disconnects a client that sends another text as a path.
fn assert_path(path: &str) {
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '/';
    assert!(path.starts_with('/') && path.chars().all(is_path), "not a path: {path:?}");
    assert!(path == "/" || !path.ends_with('/') && !path.contains("//"), "not a path: {path:?}");
}
