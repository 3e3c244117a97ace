//! Sign-ins to IAM Identity Center: their tokens, where they are kept, and how they are renewed.
//!
//! [`SignIns`] is the front. A token comes from our store or from the file that `aws sso login`
//! leaves (`aws_cache`), whichever ends later, and is renewed where it was found (`renew`). The
//! records say what is known of sign-ins, without secrets.

mod aws_cache;
mod endpoints;
mod find;
mod record;
mod renew;
mod sign_ins;
mod token;

pub(crate) use endpoints::{oidc_endpoint, portal_endpoint};
pub(crate) use renew::TokenRequest;
pub(crate) use sign_ins::SignIns;
