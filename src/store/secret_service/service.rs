//! The methods of the Secret Service API that a cache needs, in as few round trips as they allow.

use std::time::Instant;

use zeroize::Zeroizing;

use crate::store::{Item, NewItem, Trouble};

use super::{
    bus::{BUS, Bus},
    fault::Fault,
    wire::{Call, Kind, Message, Writer},
};

/// The service's name on the bus.
const NAME: &str = "org.freedesktop.secrets";
const ROOT: &str = "/org/freedesktop/secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";
/// The path that stands for "none", where a collection, an item or a prompt is expected.
const NOTHING: &str = "/";
const NO_COLLECTION: &str = "the Secret Service has no default collection to store in";
const LOCKED: &str = "the keyring is locked";

/// The service at the other end of a connection.
pub(super) struct Service {
    bus: Bus,
    session: Session,
}

/// Secrets travel in a session, which lasts as long as the connection.
enum Session {
    None,
    /// Asked for by the call with this serial.
    Asked(u32),
    Open(String),
}

impl Service {
    pub(super) fn new(bus: Bus) -> Self {
        Self {
            bus,
            session: Session::None,
        }
    }

    /// From now on nothing waits past `deadline`.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.bus.set_deadline(deadline);
    }

    /// The secret of the first item found, an unlocked one if there is any.
    pub(super) fn get(&mut self, key: &str, unlock: bool) -> Result<Option<Item>, Fault> {
        self.ask_session();
        let (mut unlocked, locked) = self.search(key)?;
        if unlocked.is_empty() && !locked.is_empty() {
            unlocked = self.unlock(&locked, unlock)?;
        }
        let Some(item) = unlocked.first() else {
            return Ok(None);
        };
        let session = self.session()?;
        let mut body = Writer::with_room(session.len() + 8);
        body.text(&session);
        let serial = self.call(item, ITEM, "GetSecret", "o", &body);
        match self.bus.reply(serial) {
            Ok(reply) => {
                let mut reader = reply.arguments("(oayays)")?;
                reader.align(8)?;
                reader.path()?; // the session
                reader.bytes_array()?; // parameters, which `plain` has none of
                Ok(Some(Zeroizing::new(reader.bytes_array()?.to_vec())))
            }
            Err(fault) if fault.is_missing() => Ok(None), // deleted since the search
            Err(fault) => Err(fault),
        }
    }

    /// Creates the item in the default collection, or replaces the one with the same key.
    pub(super) fn put(&mut self, key: &str, item: &NewItem<'_>, unlock: bool) -> Result<(), Fault> {
        self.ask_session();
        let collection = self.default_collection()?;
        let session = self.session()?;
        let label = item.label.replace('\0', " "); // no D-Bus string may have one
        // Room for the names and paths, so that the secret is never moved: see `Writer`.
        let room = 1024 + key.len() + label.len() + session.len() + item.secret.len();
        let mut body = Writer::with_room(room);
        body.array(8, |w| {
            w.align(8);
            w.text("org.freedesktop.Secret.Item.Label");
            w.signature("s");
            w.text(&label);
            w.align(8);
            w.text("org.freedesktop.Secret.Item.Attributes");
            w.signature("a{ss}");
            w.string_map(&attributes(key));
        });
        body.align(8);
        body.text(&session);
        body.bytes_array(&[]);
        body.bytes_array(item.secret);
        body.text("application/json");
        body.boolean(true); // replace
        let serial = self.call(
            &collection,
            COLLECTION,
            "CreateItem",
            "a{sv}(oayays)b",
            &body,
        );
        let reply = self.bus.reply(serial)?;
        let mut reader = reply.arguments("oo")?;
        reader.path()?; // the item, or nothing where a prompt comes first
        let prompt = reader.path()?;
        if prompt == NOTHING {
            Ok(())
        } else {
            self.prompt(prompt, unlock)
        }
    }

    /// Deletes every item with this key: a foreign program may have made copies.
    pub(super) fn delete(&mut self, key: &str, unlock: bool) -> Result<(), Fault> {
        let (mut items, locked) = self.search(key)?;
        // What can be deleted is deleted, even when the rest turns out to be locked.
        let still_locked = if locked.is_empty() {
            None
        } else {
            self.unlock(&locked, unlock)
                .map(|unlocked| items.extend(unlocked))
                .err()
        };
        let empty = Writer::with_room(0);
        let serials: Vec<u32> = items
            .iter()
            .map(|item| self.call(item, ITEM, "Delete", "", &empty))
            .collect();
        for serial in serials {
            match self.bus.reply(serial) {
                Ok(reply) => {
                    let prompt = reply.arguments("o")?.path()?;
                    if prompt != NOTHING {
                        self.prompt(prompt, unlock)?;
                    }
                }
                Err(fault) if fault.is_missing() => {}
                Err(fault) => return Err(fault),
            }
        }
        still_locked.map_or(Ok(()), Err)
    }

    /// Whether [`Service::put`] would work; `unlock` says that a human may be asked then.
    pub(super) fn check(&mut self, unlock: bool) -> Result<(), Fault> {
        self.ask_session();
        let collection = self.default_collection()?;
        self.session()?;
        let mut body = Writer::with_room(64);
        body.text(COLLECTION);
        body.text("Locked");
        let properties = "org.freedesktop.DBus.Properties";
        let serial = self.call(&collection, properties, "Get", "ss", &body);
        let reply = self.bus.reply(serial)?;
        let mut reader = reply.arguments("v")?;
        if reader.signature()? != "b" {
            return Err(Fault::Malformed);
        }
        if reader.boolean()? && !unlock {
            return Err(Fault::told(Trouble::Locked, LOCKED));
        }
        Ok(())
    }

    fn call(
        &mut self,
        path: &str,
        interface: &str,
        member: &str,
        signature: &str,
        body: &Writer,
    ) -> u32 {
        let body = body.bytes();
        let quiet = false;
        self.bus.call(&Call {
            destination: NAME,
            path,
            interface,
            member,
            signature,
            body,
            quiet,
        })
    }

    /// Queues `OpenSession`, unless that was done before.
    fn ask_session(&mut self) {
        if matches!(self.session, Session::None) {
            let mut body = Writer::with_room(32);
            body.text("plain");
            body.signature("s");
            body.text("");
            let serial = self.call(ROOT, SERVICE, "OpenSession", "sv", &body);
            self.session = Session::Asked(serial);
        }
    }

    /// The session's path.
    fn session(&mut self) -> Result<String, Fault> {
        self.ask_session();
        if let Session::Asked(serial) = self.session {
            self.session = Session::None; // an attempt that fails is not waited for again
            let reply = self.bus.reply(serial)?;
            let mut reader = reply.arguments("vo")?;
            if reader.signature()? != "s" {
                return Err(Fault::Malformed);
            }
            reader.text()?;
            self.session = Session::Open(reader.path()?.to_owned());
        }
        match &self.session {
            Session::Open(path) => Ok(path.clone()),
            _ => Err(Fault::Malformed),
        }
    }

    /// The items with this key: the unlocked ones and the locked ones.
    fn search(&mut self, key: &str) -> Result<(Vec<String>, Vec<String>), Fault> {
        let mut body = Writer::with_room(256);
        body.string_map(&attributes(key));
        let serial = self.call(ROOT, SERVICE, "SearchItems", "a{ss}", &body);
        let reply = self.bus.reply(serial)?;
        let mut reader = reply.arguments("aoao")?;
        Ok((reader.paths()?, reader.paths()?))
    }

    fn default_collection(&mut self) -> Result<String, Fault> {
        let mut body = Writer::with_room(16);
        body.text("default");
        let serial = self.call(ROOT, SERVICE, "ReadAlias", "s", &body);
        let reply = self.bus.reply(serial)?;
        match reply.arguments("o")?.path()? {
            NOTHING => Err(Fault::told(Trouble::Unavailable, NO_COLLECTION)),
            path => Ok(path.to_owned()),
        }
    }

    /// Unlocks `items`, asking a human where `allowed`; returns those that are unlocked now.
    fn unlock(&mut self, items: &[String], allowed: bool) -> Result<Vec<String>, Fault> {
        if !allowed {
            return Err(Fault::told(Trouble::Locked, LOCKED));
        }
        let mut body = Writer::with_room(256);
        body.array(4, |w| items.iter().for_each(|item| w.text(item)));
        let serial = self.call(ROOT, SERVICE, "Unlock", "ao", &body);
        let reply = self.bus.reply(serial)?;
        let mut reader = reply.arguments("aoo")?;
        let unlocked = reader.paths()?;
        match reader.path()? {
            NOTHING if unlocked.is_empty() => Err(Fault::told(Trouble::Locked, LOCKED)),
            NOTHING => Ok(unlocked),
            prompt => self.prompt(prompt, true).map(|()| items.to_vec()),
        }
    }

    /// Has the service show the dialog at `prompt`, where that is `allowed`, and waits for its
    /// end. `Ok` means that what the prompt stands for is done.
    fn prompt(&mut self, prompt: &str, allowed: bool) -> Result<(), Fault> {
        if !allowed {
            return Err(Fault::told(Trouble::Locked, LOCKED));
        }
        let rules = [
            format!("type='signal',sender='{NAME}',interface='{PROMPT}',path='{prompt}'"),
            // A service that dies while its dialog is open would never complete it.
            format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{NAME}',arg2=''"),
        ];
        self.bus.forget_signals();
        for rule in &rules {
            self.bus.tell_bus("AddMatch", rule);
        }
        let mut window = Writer::with_room(8);
        window.text(""); // no window of ours for the dialog to stand in front of
        let serial = self.call(prompt, PROMPT, "Prompt", "s", &window);
        let outcome = self.bus.reply(serial).and_then(|_| self.completion(prompt));
        for rule in &rules {
            self.bus.tell_bus("RemoveMatch", rule);
        }
        if outcome == Err(Fault::Silent) {
            // Nobody waits for the human's answer any more: take the dialog away.
            self.call(prompt, PROMPT, "Dismiss", "", &Writer::with_room(0));
            self.bus.flush_late();
            return Err(Fault::told(
                Trouble::Locked,
                "nobody unlocked the keyring in time",
            ));
        }
        outcome
    }

    fn completion(&mut self, prompt: &str) -> Result<(), Fault> {
        let signal = self.bus.wait(|message: &Message| {
            message.kind == Kind::Signal
                && (message.member == "NameOwnerChanged"
                    || (message.member == "Completed" && message.path == prompt))
        })?;
        if signal.member == "NameOwnerChanged" {
            return Err(Fault::told(
                Trouble::Unavailable,
                "the Secret Service ended",
            ));
        }
        let dismissed = signal.arguments("bv")?.boolean()?;
        if dismissed {
            return Err(Fault::told(Trouble::Denied, "the keyring was not unlocked"));
        }
        Ok(())
    }
}

/// What the item with this key is found by.
fn attributes(key: &str) -> [(&str, &str); 3] {
    [
        ("xdg:schema", "dev.rolecall.Session"),
        ("application", "rolecall"),
        ("key", key),
    ]
}
