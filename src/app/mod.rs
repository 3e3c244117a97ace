//! What the verbs of `rolecall` and the program `rolecall-provision` share: it opens stores and
//! sessions, and writes and removes profiles and stored keys. The library's front for provisioning.
//!
//! Knows nothing of the command line: [`crate::cli`] parses and prints, this room does.

mod access;
mod console;
mod conversions;
mod denied_role;
mod directory;
mod hand_out;
mod identity;
mod key_edits;
mod key_import;
mod key_profile;
mod local_cleanup;
mod log_out;
mod new_profile;
mod populate;
mod role_profiles;
mod selection;
mod served;
mod sessions;
mod sibling;
mod sign_out;
mod sso_session;
mod stored_keys;
mod stores;
mod warnings;

pub use access::{Access, AccessRequest};
pub use denied_role::{JudgedPart, Judgment, RoleCall, WhyDenied};
pub use key_profile::{KeyProfile, WantedKeyProfile};
pub use local_cleanup::{DeletedUser, LocalCleanup};
pub use role_profiles::{RoleProfile, RoleProfiles};
pub use sibling::{MfaDevices, SiblingReply};
pub use stored_keys::StoredKeys;
pub use warnings::warn_about_plain_http;

pub(crate) use console::{Console, ConsoleAddress, ConsoleBrowser};
pub(crate) use conversions::{ConversionReport, Conversions};
pub(crate) use directory::{Directory, Services};
pub(crate) use hand_out::{ClientNotes, HandOut, KeyHandOut, Recipient, Way};
pub(crate) use identity::IdentityRequest;
pub(crate) use key_edits::{
    KeyLines, TextsAfter, after, files_of, forget_key, id_of, refuse_plain_keys, take_out_stored,
    users,
};
pub(crate) use key_import::{Imported, KeyImport, copies_left};
pub(crate) use log_out::{ForgottenName, LogOut, LoggedOut, forget_names};
pub(crate) use new_profile::{
    add_section, check_source, exists, program, properties, used_as_source, warn_of_losing,
};
pub(crate) use populate::{
    AssignedRole, Assignment, Change, DEFAULT_TEMPLATE, Fields, Populated, PopulatedProfile,
    Population, Template,
};
pub(crate) use selection::{PROFILE_VARIABLES, Selection};
pub(crate) use served::{Served, ServedProfile, credentials_of_default};
pub(crate) use sessions::{
    Acquisition, CALL_LIMIT, HELPER_DEADLINE, HUMAN_DEADLINE, Resolved, human_request, plan,
    sessions, with_misspelt_keys,
};
pub(crate) use sibling::{ask_sibling, not_started, sibling_path};
pub(crate) use sign_out::{SignOut, SignOutReport, SignOuts};
pub(crate) use stores::{each_store, store_by_name, store_names};
pub(crate) use warnings::{
    ALL_WARNINGS, HANDED_OUT_PROFILE, PLAIN_HTTP_HINT, ProfileWarnings, cap_warning,
    duplicate_warning, environment_warning, misspelt_warning, plain_http_warning,
    warn_about_duplicates, warn_about_environment, warn_about_exposed_files,
    warn_about_misspelt_key, warn_about_misspelt_keys, warn_about_plan, warn_about_traps,
};
