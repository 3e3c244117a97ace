//! What every test here stands on: a home of its own for each test, the real services that
//! rolecall talks to, and a check after every run that no secret got out.

#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "a kit: what is for one platform or one client stays unused without it"
)]

/// The value of an `Option` that is `None` where something that a test needs is not installed.
///
/// Then this reports what is left out and returns from the test, or, as in
/// `need!(value, continue)`, goes on with the next round. With `ROLECALL_TEST_ALL=1` it panics.
macro_rules! need {
    ($value:expr) => {
        need!($value, return)
    };
    ($value:expr, $otherwise:expr) => {
        match $value {
            Some(value) => value,
            None => {
                let place = concat!(file!(), ":", line!());
                $crate::support::clients::left_out(place, stringify!($value));
                $otherwise
            }
        }
    };
}

pub(crate) mod clients;
pub(crate) mod keyring;
pub(crate) mod kills;
pub(crate) mod leaks;
pub(crate) mod nightly;
pub(crate) mod nobody;
pub(crate) mod pages;
pub(crate) mod programs;
pub(crate) mod run;
pub(crate) mod sandbox;
pub(crate) mod stage;
pub(crate) mod sts;
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod users;
pub(crate) mod wine;
