//! Sign-ins to IAM Identity Center: their tokens, where they are kept, and how they are renewed.
//!
//! [`SignIns`] is the front. A token comes from our store or from the file that `aws sso login`
//! leaves (`aws_cache`), whichever ends later, and is renewed where it was found (`renew`). The
//! records say what is known of sign-ins, without secrets; `known` sums that up.
//!
//! A person signs in (`sign_in`) with a browser on this machine (`browser_code`) or with a code on
//! any device (`device_code`), whichever is possible (`way`), and signs out again (`sign_out`).
//! `sign_in_id` tells one sign-in from another. `listing` asks the portal for accounts and roles.
//! Failed calls are explained in one place (`explain`).

mod aws_cache;
mod browser_code;
mod device_code;
mod endpoints;
mod explain;
mod find;
mod known;
mod listing;
mod record;
mod registration;
mod renew;
mod sign_in;
mod sign_in_id;
mod sign_ins;
mod sign_out;
mod start_url;
mod token;
mod way;

pub(crate) use crate::aws::{AccountRoles, SsoAccount};
pub(crate) use endpoints::{oidc_endpoint, portal_endpoint};
pub(crate) use explain::{FORBIDDEN, FailedSsoCall, SsoGoal, UNKNOWN};
pub(crate) use known::{KnownSignIn, Renewal, aws_cache_file};
pub(crate) use listing::{ListRequest, ListingRecord};
pub(crate) use record::SignInRecord;
pub(crate) use renew::TokenRequest;
pub(crate) use sign_in::{SignInNotice, SignInRequest, SignedIn};
pub(crate) use sign_in_id::sign_in_id;
pub(crate) use sign_ins::SignIns;
pub(crate) use sign_out::SignedOut;
pub(crate) use start_url::likely_region;
pub(crate) use way::SignInFlags;
