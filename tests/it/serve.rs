//! `serve` and `exec --serve`: sessions over HTTP, for programs that outlive one.

mod clients;
mod exec;
mod http;
mod renewal;
pub(crate) mod server;
