//! Sessions: found in the store, or created at AWS and stored. The only room that knows both.
//!
//! [`Sessions`] is the entry point: it finds a session (`find`), waits for another process that is
//! creating it (`wait`), or creates it (`make`). [`Forgetter`] removes sessions. The records
//! describe sessions and long-lived keys, without secrets.

mod attributes;
mod by_profile;
mod confirm;
mod entry;
mod explain;
mod find;
mod forget;
mod freshness;
mod key;
mod key_records;
mod known;
mod long_lived;
mod make;
mod new_keys;
mod overview;
mod record;
mod request;
mod rotations;
mod sessions;
mod state_access;
mod sweep;
#[cfg(test)]
mod tests;
mod wait;
mod wait_notice;
mod web_identity;

pub use new_keys::{KeyOwner, NewKeyNote, NewKeyNotes, WrittenNote};
pub use rotations::{Rotation, RotationStep, Rotations};

pub(crate) use attributes::RecordedAttributes;
pub(crate) use by_profile::ProfileSessions;
pub(crate) use confirm::{ConfirmRequest, Confirmed, confirmed_until};
pub(crate) use explain::{ConsoleSignIn, explain_console, explain_identity};
pub(crate) use forget::{Forgetter, Forgotten, SignInSessions};
pub(crate) use freshness::{Freshness, Lifetime};
pub(crate) use key::SessionKey;
pub(crate) use key_records::KeyRecords;
pub(crate) use known::known_keys;
pub(crate) use long_lived::LongLivedKeys;
pub(crate) use make::{console_session_file, endpoint, expired_in_file};
pub(crate) use overview::Overview;
pub(crate) use record::{SessionRecord, SessionRecords};
pub(crate) use request::{Acquired, Origin, SessionRequest};
pub(crate) use sessions::{SessionContext, Sessions};
