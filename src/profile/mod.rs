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
mod merging;
mod misspelt;
mod name;
mod nearest;
mod other_tools;
mod process_line;
mod process_target;
mod references;
mod save;
mod set;
mod settings;
mod traps;
mod trust;
pub(crate) mod value;
mod which;

pub(crate) use convert::{ConfigFile, Conversion, Sections, ours_alone};
pub(crate) use duplicates::for_each_duplicate;
pub(crate) use editor::{ProfileEditor, header};
pub(crate) use export::{Export, Exported, check_export, remove_exports, write_export};
pub(crate) use files::{File, Files, LARGEST as LARGEST_FILE};
pub(crate) use key::{Form, Key, PREFIX, Topic, has_twin, is_secret_key, plain_form};
pub(crate) use misspelt::{
    Misspelt, OTHER_AWS_KEYS, is_known_key, meant_keys, misspelt_in_sign_in, nearest_key,
};
pub(crate) use name::{DEFAULT_PROFILE, SectionKind, check_new_name, section_kind};
pub(crate) use other_tools::foreign_settings;
pub(crate) use process_line::{as_word, process_line, process_line_fault, program_of};
pub(crate) use process_target::ProcessLine;
pub(crate) use references::{Reference, names_mentioned, references};
pub(crate) use save::{Edited, FileEdit};
pub(crate) use set::ProfileSet;
pub(crate) use settings::{Profile, Setting};
pub(crate) use traps::{Trap, TrapKind, keys_hint, traps};
pub(crate) use trust::{Exposed, Other, exposed};
pub(crate) use value::{Audit, ConfirmRule, CredentialSource, MFA_SESSION_SECONDS};
pub(crate) use which::Which;
