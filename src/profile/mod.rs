//! The two AWS files as a set of named profiles: where they are, how they merge, how they are saved.
//!
//! Rules: AWS SDKs and Tools reference, "Shared config and credentials files". Only the sections
//! that are asked for are parsed whole, so a config of 5,000 profiles costs next to nothing.

mod convert;
mod duplicates;
mod editor;
mod export;
mod files;
mod kind;
mod name;
mod nearest;
mod process_line;
mod references;
mod save;
mod set;
mod settings;
mod traps;

pub use convert::{Conversion, Sections, ours_alone, plain_form};
pub use duplicates::{Duplicate, duplicates};
pub use editor::{ProfileEditor, header};
pub use export::{EXPIRATION, Export, Exported, check_export, remove_exports, write_export};
pub use files::{File, Files, Which};
pub use name::{SectionKind, check_new_name, section_kind};
pub use nearest::nearest_of;
pub use process_line::{ProcessLine, as_word, process_line, process_line_fault};
pub use references::{Reference, references};
pub use save::{Edited, edit};
pub use set::ProfileSet;
pub use settings::{PREFIX, Profile, Setting, TWINS, is_secret_key};
pub use traps::{Trap, keys_hint, traps};
