//! The Secret Service: GNOME Keyring, `KWallet`, `KeePassXC`.
//!
//! The API is freedesktop.org's "Secret Service API" 0.2 over the session bus, with the `plain`
//! transfer: encrypting it would cost more than everything else, and hide nothing from programs
//! that may call the service anyway.
//!
//! A cache hit takes three round trips: authentication, `Hello` and `SearchItems` in one `write`;
//! then `OpenSession`; then the item's `GetSecret`. `service` explains why two are not enough.
//!
//! `address` parses the bus address, `stream` enforces the time limit, `wire` encodes messages,
//! `bus` is the connection, `service` calls the methods, and `fault` turns failures into errors.

mod address;
mod bus;
mod fault;
#[cfg(any(test, feature = "fuzzing"))]
mod scripted;
mod service;
mod stream;
mod wire;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use scripted::{Asked, Conversation, read};

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use self::{bus::Bus, fault::Fault, service::Service};
use super::{CallOptions, Error, Item, NewItem, Store};

/// A limit for timeouts, so that adding one to an `Instant` can't overflow.
const LONGEST_WAIT: Duration = Duration::from_hours(24);

/// Stores items in the default collection of the session's Secret Service.
///
/// The first call opens the connection and later calls reuse it. Each call reconnects at most once
/// if the connection is stale.
pub(crate) struct SecretService {
    address: Option<String>,
    clock: fn() -> Instant,
    service: Mutex<Option<Service>>,
}

impl SecretService {
    /// Uses the service on the session bus at `address`: the value of `DBUS_SESSION_BUS_ADDRESS`,
    /// or else `unix:path=$XDG_RUNTIME_DIR/bus` (D-Bus specification, "Well-known Message Bus
    /// Instances"). `clock` measures the time limits.
    pub(crate) fn new(address: Option<String>, clock: fn() -> Instant) -> Self {
        Self { address, clock, service: Mutex::new(None) }
    }

    fn connect(&self, deadline: Instant) -> Result<Service, Fault> {
        let Some(text) = &self.address else {
            return Err(Fault::NoBus("its address is not set".to_owned()));
        };
        let addresses = address::parse(text)
            .map_err(|reason| Fault::NoBus(format!("its address can't be used: {reason}")))?;
        Ok(Service::new(Bus::connect(&addresses, self.clock, deadline)?))
    }

    /// Runs `work` on the connection, which is opened if there is none.
    fn with_service<T>(
        &self,
        options: CallOptions,
        work: impl Fn(&mut Service) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let deadline = (self.clock)() + options.timeout.min(LONGEST_WAIT);
        let mut slot = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcome = Err(Fault::Closed);
        if let Some(service) = slot.as_mut() {
            service.set_deadline(deadline);
            outcome = work(service);
        }
        // Everything that `work` does is safe to repeat.
        if matches!(&outcome, Err(fault) if fault.is_stale()) {
            *slot = None;
            outcome = self.connect(deadline).and_then(|service| work(slot.insert(service)));
        }
        if matches!(&outcome, Err(fault) if fault.ends_connection()) {
            *slot = None;
        }
        outcome.map_err(|fault| fault.into_error(options))
    }
}

impl Store for SecretService {
    fn name(&self) -> &'static str {
        "secret-service"
    }

    fn get(&self, key: &str, options: CallOptions) -> Result<Option<Item>, Error> {
        self.with_service(options, |service| service.get(key, options.unlock))
    }

    fn put(
        &self,
        key: &str,
        item: &NewItem<'_>,
        options: CallOptions,
    ) -> Result<&'static str, Error> {
        self.with_service(options, |service| service.put(key, item, options.unlock))?;
        Ok(self.name())
    }

    fn delete(&self, key: &str, options: CallOptions) -> Result<(), Error> {
        self.with_service(options, |service| service.delete(key, options.unlock))
    }

    fn check(&self, options: CallOptions) -> Result<(), Error> {
        self.with_service(options, |service| service.check(options.unlock))
    }

    fn lasting(&self) -> Option<&dyn Store> {
        Some(self)
    }
}
