//! The documentation: its links and tables, and that what it shows is what happens.

mod commands;
mod links;
mod literals;
mod messages;
mod picture;
mod reference;
mod screen;
pub(crate) mod stages;
mod tables;
mod topics;
