//! Sessions: found in the store, or created at AWS and stored. The only room that knows both.
//!
//! [`Sessions`] is the entry point: it finds a session (`find`), waits for another process that is
//! creating it (`wait`), or creates it (`make`). [`Forgetter`] removes sessions. The records
//! describe sessions and long-lived keys, without secrets.

mod attributes;
mod entry;
mod explain;
mod find;
mod forget;
mod freshness;
mod key;
mod key_records;
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
mod wait;

pub use attributes::RecordedAttributes;
pub(crate) use explain::{ConsoleSignIn, explain_console, explain_identity};
pub(crate) use forget::SignInSessions;
pub use forget::{Forgetter, Forgotten, StoreByName};
pub use freshness::{Freshness, Lifetime};
pub use key::SessionKey;
pub use key_records::{KeyRecord, KeyRecords};
pub use long_lived::LongLivedKeys;
pub use make::endpoint;
pub(crate) use make::expired_in_file;
pub use new_keys::{KeyOwner, NewKeyNote, NewKeyNotes, WrittenNote};
pub use overview::Overview;
pub use record::{SessionRecord, SessionRecords};
pub use request::{Acquired, Origin, SessionRequest};
pub use rotations::{Rotation, RotationStep, Rotations};
pub use sessions::{SessionContext, Sessions};
