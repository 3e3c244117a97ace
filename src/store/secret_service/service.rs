//! The methods of the Secret Service API that a cache needs, in as few round trips as possible.
//!
//! One round trip works around a bug. GNOME Keyring registers a new client in parallel with the
//! client's first call. If that call is `OpenSession` and runs before the registration, the daemon
//! aborts and loses everything that was unlocked. (Seen with 42.1, once in some thousand calls if
//! two arrive at the same time; upstream issues 190, 196 and 199.) So a connection's first call is
//! sent alone and is never `OpenSession`: before the registration, `SearchItems` is refused and
//! `ReadAlias` finds nothing, and both are repeated.

use std::time::Instant;

use zeroize::Zeroizing;

use crate::store::{ErrorKind, Item, NewItem, is_lasting};

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
/// The path that means "none" instead of a collection, an item or a prompt.
const NOTHING: &str = "/";
const NO_COLLECTION: &str = "the Secret Service has no default collection to store in";
const LOCKED: &str = "the keyring is locked";

/// A method, with the types of its arguments.
#[derive(Clone, Copy)]
struct Method {
    interface: &'static str,
    member: &'static str,
    signature: &'static str,
}

const fn method(interface: &'static str, member: &'static str, signature: &'static str) -> Method {
    Method { interface, member, signature }
}

const CREATE_ITEM: Method = method(COLLECTION, "CreateItem", "a{sv}(oayays)b");
const DELETE: Method = method(ITEM, "Delete", "");
const DISMISS_PROMPT: Method = method(PROMPT, "Dismiss", "");
const GET_PROPERTY: Method = method("org.freedesktop.DBus.Properties", "Get", "ss");
const GET_SECRET: Method = method(ITEM, "GetSecret", "o");
const OPEN_SESSION: Method = method(SERVICE, "OpenSession", "sv");
const READ_ALIAS: Method = method(SERVICE, "ReadAlias", "s");
const SEARCH_ITEMS: Method = method(SERVICE, "SearchItems", "a{ss}");
const SHOW_PROMPT: Method = method(PROMPT, "Prompt", "s");
const UNLOCK: Method = method(SERVICE, "Unlock", "ao");

/// The service at the other end of a connection.
pub(super) struct Service {
    bus: Bus,
    /// The path of the session for transferring secrets, which lasts as long as the connection.
    session: Option<String>,
}

impl Service {
    pub(super) fn new(bus: Bus) -> Self {
        Self { bus, session: None }
    }

    /// Sets the deadline that no later call waits past.
    pub(super) fn set_deadline(&mut self, deadline: Instant) {
        self.bus.set_deadline(deadline);
    }

    /// Returns the secret of the first item found, preferably an unlocked one.
    pub(super) fn get(&mut self, key: &str, unlock: bool) -> Result<Option<Item>, Fault> {
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
        match self.call_and_wait(item, GET_SECRET, &body) {
            Ok(reply) => {
                let mut reader = reply.arguments("(oayays)")?;
                reader.align(8)?;
                reader.path()?; // the session
                reader.bytes_array()?; // parameters; `plain` has none
                Ok(Some(Zeroizing::new(reader.bytes_array()?.to_vec())))
            }
            Err(fault) if fault.is_missing() => Ok(None), // deleted since the search
            Err(fault) => Err(fault),
        }
    }

    /// Creates the item in the default collection, or replaces the one with the same key.
    pub(super) fn put(&mut self, key: &str, item: &NewItem<'_>, unlock: bool) -> Result<(), Fault> {
        let collection = self.default_collection()?;
        let session = self.session()?;
        let label = item.label.replace('\0', " "); // not allowed in D-Bus strings
        // Includes the names and paths, so the secret is never moved: see `Writer`.
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
        let mut created = self.create(&collection, &body);
        if unlock && created.as_ref().is_err_and(Fault::is_locked) {
            self.unlock(std::slice::from_ref(&collection), unlock)?;
            created = self.create(&collection, &body);
        }
        match created?.as_str() {
            NOTHING => Ok(()),
            // KeePassXC returns a prompt for every item, even if it shows no dialog.
            prompt => self.prompt(prompt, unlock),
        }
    }

    /// Calls `CreateItem` and returns the prompt that must be completed first, or [`NOTHING`].
    fn create(&mut self, collection: &str, body: &Writer) -> Result<String, Fault> {
        let reply = self.call_and_wait(collection, CREATE_ITEM, body)?;
        let mut reader = reply.arguments("oo")?;
        reader.path()?; // the item, or nothing if there is a prompt
        Ok(reader.path()?.to_owned())
    }

    /// Deletes every item with this key: another program may have copied it.
    pub(super) fn delete(&mut self, key: &str, unlock: bool) -> Result<(), Fault> {
        let (mut items, locked) = self.search(key)?;
        // Unlocked items are deleted even if the others stay locked.
        let still_locked = if locked.is_empty() {
            None
        } else {
            self.unlock(&locked, unlock).map(|unlocked| items.extend(unlocked)).err()
        };
        for item in &items {
            match self.call_and_wait(item, DELETE, &Writer::with_room(0)) {
                Ok(reply) => match reply.arguments("o")?.path()? {
                    NOTHING => {}
                    prompt => self.prompt(prompt, unlock)?,
                },
                Err(fault) if fault.is_missing() => {}
                Err(fault) => return Err(fault),
            }
        }
        still_locked.map_or(Ok(()), Err)
    }

    /// Checks whether [`Service::put`] with the same `unlock` would work.
    pub(super) fn check(&mut self, unlock: bool) -> Result<(), Fault> {
        let collection = self.default_collection()?;
        self.session()?;
        let mut body = Writer::with_room(64);
        body.text(COLLECTION);
        body.text("Locked");
        let reply = self.call_and_wait(&collection, GET_PROPERTY, &body)?;
        let mut reader = reply.arguments("v")?;
        if reader.signature()? != "b" {
            return Err(Fault::Malformed);
        }
        if reader.boolean()? && !unlock {
            return Err(Fault::store(ErrorKind::Locked, LOCKED));
        }
        Ok(())
    }

    fn call(&mut self, path: &str, method: Method, body: &Writer) -> u32 {
        let Method { interface, member, signature } = method;
        let (body, quiet) = (body.bytes(), false);
        self.bus.call(&Call { destination: NAME, path, interface, member, signature, body, quiet })
    }

    /// Calls and waits for the answer.
    fn call_and_wait(
        &mut self,
        path: &str,
        method: Method,
        body: &Writer,
    ) -> Result<Message, Fault> {
        let serial = self.call(path, method, body);
        self.bus.reply(serial)
    }

    /// Returns the path of the session, which is opened if there is none.
    fn session(&mut self) -> Result<String, Fault> {
        if let Some(path) = &self.session {
            return Ok(path.clone());
        }
        let mut body = Writer::with_room(32);
        body.text("plain");
        body.signature("s");
        body.text("");
        let reply = self.call_and_wait(ROOT, OPEN_SESSION, &body)?;
        let mut reader = reply.arguments("vo")?;
        if reader.signature()? != "s" {
            return Err(Fault::Malformed);
        }
        reader.text()?;
        Ok(self.session.insert(reader.path()?.to_owned()).clone())
    }

    /// Returns the paths of the unlocked items and of the locked items with this key.
    fn search(&mut self, key: &str) -> Result<(Vec<String>, Vec<String>), Fault> {
        let mut body = Writer::with_room(256);
        body.string_map(&search_attributes(key));
        let mut reply = self.call_and_wait(ROOT, SEARCH_ITEMS, &body);
        if reply.as_ref().is_err_and(Fault::is_missing) {
            reply = self.call_and_wait(ROOT, SEARCH_ITEMS, &body);
        }
        let reply = reply?;
        let mut reader = reply.arguments("aoao")?;
        Ok((reader.paths()?, reader.paths()?))
    }

    fn default_collection(&mut self) -> Result<String, Fault> {
        let mut body = Writer::with_room(16);
        body.text("default");
        for _ in 0..2 {
            let reply = self.call_and_wait(ROOT, READ_ALIAS, &body)?;
            match reply.arguments("o")?.path()? {
                NOTHING => {}
                path => return Ok(path.to_owned()),
            }
        }
        Err(Fault::store(ErrorKind::Unavailable, NO_COLLECTION))
    }

    /// Unlocks `items`, with a prompt if `allowed`; returns those that are unlocked now.
    fn unlock(&mut self, items: &[String], allowed: bool) -> Result<Vec<String>, Fault> {
        if !allowed {
            return Err(Fault::store(ErrorKind::Locked, LOCKED));
        }
        let mut body = Writer::with_room(256);
        body.array(4, |w| items.iter().for_each(|item| w.text(item)));
        let reply = self.call_and_wait(ROOT, UNLOCK, &body)?;
        let mut reader = reply.arguments("aoo")?;
        let unlocked = reader.paths()?;
        match reader.path()? {
            NOTHING if unlocked.is_empty() => Err(Fault::store(ErrorKind::Locked, LOCKED)),
            NOTHING => Ok(unlocked),
            prompt => self.prompt(prompt, true).map(|()| items.to_vec()),
        }
    }

    /// Makes the service show the dialog at `prompt`, if that is `allowed`, and waits until it is
    /// closed. `Ok` means that the action it belongs to is done.
    fn prompt(&mut self, prompt: &str, allowed: bool) -> Result<(), Fault> {
        if !allowed {
            return Err(Fault::store(ErrorKind::Locked, LOCKED));
        }
        let rules = [
            format!("type='signal',sender='{NAME}',interface='{PROMPT}',path='{prompt}'"),
            // A service that dies while its dialog is open never completes the prompt.
            format!("type='signal',sender='{BUS}',member='NameOwnerChanged',arg0='{NAME}',arg2=''"),
        ];
        self.bus.forget_signals();
        for rule in &rules {
            self.bus.call_bus("AddMatch", rule);
        }
        let mut window = Writer::with_room(8);
        window.text(""); // no parent window for the dialog
        let shown = self.call_and_wait(prompt, SHOW_PROMPT, &window);
        let outcome = shown.and_then(|_| self.completion(prompt));
        for rule in &rules {
            self.bus.call_bus("RemoveMatch", rule);
        }
        if outcome == Err(Fault::Timeout) {
            // The answer would come too late: close the dialog.
            self.call(prompt, DISMISS_PROMPT, &Writer::with_room(0));
            self.bus.flush_late();
            return Err(Fault::store(
                ErrorKind::Locked,
                "the keyring was not unlocked within the time limit",
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
            return Err(Fault::store(ErrorKind::Unavailable, "the Secret Service stopped"));
        }
        let dismissed = signal.arguments("bv")?.boolean()?;
        if dismissed {
            return Err(Fault::store(ErrorKind::Denied, "the keyring was not unlocked"));
        }
        Ok(())
    }
}

/// The attributes that an item with this key is stored with.
fn attributes(key: &str) -> [(&str, &str); 3] {
    let schema = if is_lasting(key) { "dev.rolecall.AccessKey" } else { "dev.rolecall.Session" };
    let [application, key] = search_attributes(key);
    [("xdg:schema", schema), application, key]
}

/// The attributes to search for. The schema is not one of them: GNOME Keyring only knows hashes of
/// the attributes of a keyring that was never unlocked and treats every schema as generic, so a
/// search by schema would miss a locked item.
fn search_attributes(key: &str) -> [(&str, &str); 2] {
    [("application", "rolecall"), ("key", key)]
}
