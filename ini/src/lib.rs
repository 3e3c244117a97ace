//! Reads and edits the INI dialect of AWS's two files.
//!
//! The dialect is described in the AWS SDKs and Tools reference, "Using shared config and credentials
//! files". This library turns bytes into sections and properties and back. It does no I/O and does not
//! know what the name of a section or a key means.
//!
//! One lexer serves reading and editing. [`sections`] goes from header to header, and a body is parsed
//! only when it is asked for. [`Document`] keeps every byte and changes single keys.
//!
//! Values may be secrets: no error and no `Debug` output contains one.
//!
//! # Editing
//!
//! An edit changes only the lines that it is about. Whatever bytes a [`Document`] was parsed from, it
//! returns the same:
//!
//! ```
//! use rolecall_ini::{Document, KeyPath};
//!
//! let text = b"# mine\n[profile dev]\nRegion=eu-west-1 ; near\ns3 =\n  max_queue_size = 5\n\n[other";
//! let mut document = Document::parse(text);
//! assert_eq!(document.to_bytes(), text);
//!
//! // The id of a section stays valid through all edits.
//! let dev = document.sections().find(|header| header.name == "profile dev").unwrap().id;
//!
//! // Keys are case-insensitive, and keep their spelling and spacing.
//! document.set(dev, &KeyPath::top("region"), "us-east-1")?;
//! // A new key is added after the last property, before the blank lines and comments that follow it.
//! document.set(dev, &KeyPath::top("output"), "json")?;
//! // A nested key is set in its block, with the indentation of that block.
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
//! Sections are added at the end, after a blank line, since their order means nothing to any reader.
//! They are renamed in place, and removed with everything that belongs to them:
//!
//! ```
//! # use rolecall_ini::Document;
//! let mut document = Document::parse(b"[default]\nregion = eu-west-1\n");
//! let dev = document.add_section("profile dev", &[("region", "us-east-1")])?;
//! document.rename_sections(&[dev], "profile test")?;
//! let text = "[default]\nregion = eu-west-1\n\n[profile test]\nregion = us-east-1\n";
//! assert_eq!(document.to_bytes(), text.as_bytes());
//!
//! document.remove_section(dev)?;
//! assert_eq!(document.to_bytes(), b"[default]\nregion = eu-west-1\n");
//! # Ok::<(), rolecall_ini::EditError>(())
//! ```
//!
//! A text that some reader would not read back as written is refused, and nothing is changed. The
//! message does not repeat it:
//!
//! ```
//! # use rolecall_ini::{Document, EditError, KeyPath, Part};
//! let mut document = Document::parse(b"[default]\nregion = eu-west-1\n");
//! let default = document.sections().next().unwrap().id;
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
mod lines;
mod merge;
mod pieces;
mod properties;
mod refusal;
mod scan;
mod search;
mod syntax_error;
mod verify;

#[cfg(test)]
mod tests;

pub use document::{Document, Header, NewSection};
pub use index::{EndingWith, Index, Indexer};
pub use pieces::SectionId;
pub use properties::{InlineComment, KeyPath, Property, Value, lookup};
pub use refusal::{EditError, Part};
pub use scan::{Section, sections, single_section};
pub use search::line_ends;
pub use syntax_error::{SyntaxError, SyntaxErrorKind};
