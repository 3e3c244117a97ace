//! The two AWS files as a set of named profiles: where they are, how they merge, how they are saved.
//!
//! Rules: AWS SDKs and Tools reference, "Shared config and credentials files". Only the sections that
//! are needed are parsed, so a config with 5,000 profiles costs next to nothing.

mod convert;
mod duplicates;
mod editor;
mod export;
mod files;
mod key;
mod kind;
mod misspelt;
mod name;
mod nearest;
mod process_line;
mod references;
mod save;
mod set;
mod settings;
mod traps;
mod value;

pub(crate) use convert::ours_alone;
pub use convert::{ConfigFile, Conversion, Sections};
pub use duplicates::Duplicate;
pub(crate) use duplicates::duplicates;
pub use editor::{ProfileEditor, header};
pub use export::{Export, Exported};
pub(crate) use export::{check_export, remove_exports, write_export};
pub use files::{File, Files, Which};
pub use key::{Form, Key, Topic};
pub(crate) use key::{PREFIX, has_twin, is_secret_key, plain_form};
pub use misspelt::Misspelt;
pub(crate) use misspelt::{OTHER_AWS_KEYS, is_known_key, meant_keys, nearest_key};
pub use name::SectionKind;
pub(crate) use name::{check_new_name, section_kind};
pub use process_line::{ProcessLine, process_line};
pub(crate) use process_line::{as_word, process_line_fault, program_of};
pub use references::Reference;
pub(crate) use references::{names_mentioned, references};
pub use save::{Edited, FileEdit};
pub use set::ProfileSet;
pub use settings::{Profile, Setting};
pub use traps::{Trap, TrapKind};
pub(crate) use traps::{keys_hint, traps};
pub(crate) use value::MFA_SESSION_SECONDS;
