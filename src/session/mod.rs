//! Sessions: found in the store, or made at AWS and stored. The only room that knows both.

mod acquire;
mod assume;
mod console_words;
mod entry;
mod fetch;
mod forget;
mod freshness;
mod key;
mod key_records;
mod long_lived;
mod long_lived_words;
mod mfa;
mod mfa_words;
mod mint;
mod new_keys;
mod no_answer;
mod overview;
mod record;
mod rotations;
mod sent_codes;
mod sign_in;
mod wait;
mod words;

pub use acquire::{Acquired, Origin, SessionRequest, Sessions};
pub use console_words::explain_console;
pub use forget::StoreByName;
pub use freshness::{Freshness, Lifetime};
pub use key::SessionKey;
pub use key_records::{KeyRecord, KeyRecords};
pub use long_lived::LongLivedKeys;
pub use mint::endpoint;
pub use new_keys::{KeyOwner, NewKeyNote, NewKeyNotes, WrittenNote};
pub use overview::Overview;
pub use record::{SessionRecord, SessionRecords};
pub use rotations::{Rotation, RotationStep, Rotations};
pub use words::explain_identity;
