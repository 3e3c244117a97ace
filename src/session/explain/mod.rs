//! Failures of AWS and of stores in plain words, with what to do.

mod base;
mod call;
mod identity;
mod role;
mod session_token;
mod store;

pub(super) use self::{
    base::explain_base,
    call::{clock_refusal, is_about_the_signer, is_access_denied, off_by},
    role::explain_role,
    session_token::{explain_mfa, explain_session, is_wrong_code},
    store::{lasting, unusable},
};
pub(crate) use identity::{explain_console, explain_identity};
