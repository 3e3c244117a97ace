//! Tests from the outside, against moto's IAM and S3 with their access control on.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that can't go on fails")]
#![allow(clippy::disallowed_methods, reason = "tests have clocks and environments of their own")]

#[macro_use]
#[path = "../../../tests/it/support/mod.rs"]
mod support;

use support::sts::evaluator;

mod apply;
mod apply_half_way;
mod apply_here;
mod apply_quotas;
mod apply_refused;
mod at_once;
mod boundary;
mod bucket_names;
mod create;
mod delete_user;
mod given;
#[cfg(target_os = "linux")] // whose kernel holds a process to its memory
mod hostile_paths;
mod kills;
mod lists;
mod mfa_auto;
mod moto;
mod new_key;
mod pages;
mod policies;
mod proxy;
mod read_only;
mod remove;
mod rotate;
mod rotate_half_way;
mod save_as;
mod service_account;
mod service_account_documents;
mod service_account_half_way;
mod share;
mod share_half_way;
mod team_page;
mod temporary;
mod undo;
mod why_denied;
