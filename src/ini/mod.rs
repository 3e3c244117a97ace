//! Reads and edits the dialect of INI in which AWS keeps its two files.
//!
//! The dialect is the one of the "AWS SDKs and Tools reference", page "shared config and
//! credentials files", as the SDKs read it. This room turns bytes into sections and properties and
//! back; it does no I/O, and what a section's name or a key means is for others to know.
//!
//! There is one lexer with two users. [`sections`] skips from header to header, so a caller pays
//! for the bodies it asks for and no others. [`Document`] keeps every byte and lets single keys be
//! changed.
//!
//! Values may be secrets: nothing here prints one, neither in an error nor through `Debug`.

mod document;
mod edit;
mod index;
mod properties;
mod refusal;
mod scan;
mod verify;

#[cfg(test)]
mod tests;

pub use document::{Document, SectionId};
pub use index::{Index, Indexer};
pub use properties::{KeyPath, Property, Value, lookup};
pub use refusal::{EditError, Part};
pub use scan::{Section, Sections, SyntaxError, SyntaxErrorKind, sections};
