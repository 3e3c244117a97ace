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
//!
//! # Editing
//!
//! An edit changes the lines of what it is about, and no others. Whatever a [`Document`] was made of,
//! it prints as it was:
//!
//! ```
//! use rolecall::ini::{Document, KeyPath};
//!
//! let text = b"# mine\n[profile dev]\nRegion=eu-west-1 ; near\ns3 =\n  max_queue_size = 5\n\n[other";
//! let mut document = Document::parse(text);
//! assert_eq!(document.to_bytes(), text);
//!
//! // The id of a section holds as long as the document lives, whatever is edited.
//! let (dev, ..) = document.sections().find(|(_, name, _)| *name == "profile dev").unwrap();
//!
//! // A key is found in any case of its letters, and keeps its spelling and spacing.
//! document.set(dev, &KeyPath::top("region"), "us-east-1")?;
//! // A new key comes after the last property, before the blank lines and comments behind that.
//! document.set(dev, &KeyPath::top("output"), "json")?;
//! // A nested key is set in its block, with the indentation that is there.
//! document.set(dev, &KeyPath::nested("s3", "max_bandwidth"), "1MB/s")?;
//! // A renamed key stays where it is, and keeps its value and its block.
//! document.rename_key(dev, &KeyPath::top("output"), "cli_output")?;
//! assert_eq!(
//!     String::from_utf8(document.to_bytes())?,
//!     "# mine\n[profile dev]\nRegion=us-east-1\ns3 =\n  max_queue_size = 5\n  max_bandwidth = 1MB/s\n\
//!      cli_output=json\n\n[other"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Whole sections are added at the end, set off by a blank line; a section's place means nothing to
//! any reader. They are renamed where they stand, and removed with all that is theirs:
//!
//! ```
//! # use rolecall::ini::Document;
//! let mut document = Document::parse(b"[default]\nregion = eu-west-1\n");
//! let dev = document.add_section("profile dev", &[("region", "us-east-1")])?;
//! document.rename_sections(&[dev], "profile test")?;
//! let text = "[default]\nregion = eu-west-1\n\n[profile test]\nregion = us-east-1\n";
//! assert_eq!(document.to_bytes(), text.as_bytes());
//!
//! document.remove_section(dev)?;
//! assert_eq!(document.to_bytes(), b"[default]\nregion = eu-west-1\n");
//! # Ok::<(), rolecall::ini::EditError>(())
//! ```
//!
//! What some reader would not give back as it was written is refused, and then nothing is changed.
//! The refused text is not part of the message:
//!
//! ```
//! # use rolecall::ini::{Document, EditError, KeyPath, Part};
//! let mut document = Document::parse(b"[default]\nregion = eu-west-1\n");
//! let (default, ..) = document.sections().next().unwrap();
//! let region = KeyPath::top("region");
//! let refused = document.set(default, &region, "x\n[profile y]").unwrap_err();
//! assert_eq!(refused, EditError::LineBreak(Part::Value));
//! assert_eq!(refused.to_string(), "the value contains a line break");
//! assert_eq!(document.to_bytes(), b"[default]\nregion = eu-west-1\n");
//!
//! assert_eq!(document.unset(default, &region), Ok(true));
//! assert_eq!(document.to_bytes(), b"[default]\n");
//! ```

mod document;
mod edit;
mod index;
mod pieces;
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
