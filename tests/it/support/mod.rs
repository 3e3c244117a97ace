//! What every test here stands on: a home of its own for each test, the real services that
//! rolecall talks to, and a check after every run that no secret got out.

#![allow(
    dead_code,
    unused_imports,
    reason = "a kit: what is for one platform or one client stays unused without it"
)]

pub(crate) mod clients;
pub(crate) mod keyring;
pub(crate) mod leaks;
pub(crate) mod programs;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod stage;
pub(crate) mod sts;
pub(crate) mod terminal;
