//! Explains failures of AWS and of stores, and says what to do.

mod base;
mod call;
mod identity;
mod role;
mod session_token;
mod signer;
mod step;
mod store;
mod unknown_key;

pub(super) use self::{
    call::{clock_refusal, is_about_the_signer, is_access_denied, sts_place},
    session_token::is_wrong_code,
    step::{FailedStep, explain_step},
    store::{lasting, unusable},
};
pub(crate) use identity::{ConsoleSignIn, explain_console, explain_identity};
