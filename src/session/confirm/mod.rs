//! Asking a person before credentials are handed out (`rolecall_confirm`).
//!
//! One answer counts for all callers as long as the profile says, so it is a record in the state directory.
//! Callers that come while a person is being asked wait for the answer: one lock for each thing that is asked
//! about. A refusal is shared as AWS's denials are (`super::wait`), and nothing is handed out without a yes:
//! what can't be read or kept only means more questions.

mod question;
mod record;
mod request;

pub(super) use question::{asker, length};
pub(super) use record::{ConfirmationRecord, Confirmations};
pub(super) use request::note_code;

pub(crate) use record::{Confirmed, confirmed_until};
pub(crate) use request::ConfirmRequest;
