//! A local server that hands out sessions over HTTP, for programs that outlive one: the
//! container-credentials protocol of the AWS SDKs.
//!
//! A request never waits for AWS or a person. It is answered from memory ([`Slot`]); one thread for each
//! profile renews the session there ahead of time ([`keep_fresh`]). What renews it is the caller's
//! ([`SessionSource`]), so this room knows neither plans nor stores.
//!
//! Rules: AWS SDKs and Tools Reference Guide, "Container credential provider".

mod answer;
mod door;
mod held;
mod http;
mod listeners;
mod renewal;
mod schedule;
mod slot;
mod token;
mod token_file;

pub(crate) use door::{Route, path_of};
pub(crate) use held::{ClientLog, HeldSession};
pub(crate) use http::{Server, ServerEvent};
pub(crate) use listeners::{Listeners, Place, SocketFile};
pub(crate) use renewal::{Attempt, SessionSource, is_asking, keep_fresh};
pub(crate) use slot::Slot;
pub(crate) use token::Token;
pub(crate) use token_file::TokenFile;
