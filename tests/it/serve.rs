//! `serve` and `exec --serve`: sessions over HTTP, for programs that outlive one.

mod attacks;
mod clients;
mod ends;
mod exec;
mod http;
mod people;
mod recipes;
mod renewal;
pub(crate) mod server;
