//! Suggestions for names of profiles and keys that do not exist.

use crate::{
    error::{Error, Reason},
    profile::ProfileSet,
};

/// Returns the hint for the unknown profile `wanted`, if there are profiles.
pub(super) fn known_profiles(set: &ProfileSet<'_>, wanted: &str) -> String {
    const MOST: usize = 8;
    if !set.may_search() {
        return "'rolecall profile list' shows which profiles there are".to_owned();
    }
    if let Some((at, header)) = set.ignored_header(wanted) {
        return format!("the header at {at} is not read as a profile's: write {header}");
    }
    if let Some(suggestion) = set.suggestion(wanted) {
        return suggestion;
    }
    let names = set.names();
    let more = if names.len() > MOST { ", …" } else { "" };
    let some: Vec<&str> = names.iter().take(MOST).map(AsRef::as_ref).collect();
    format!("profiles are: {}{more}", some.join(", "))
}

/// Returns `error` with hints about misspelt keys of the profiles in `chain`, the last profile
/// first. They may be why something is missing.
pub(crate) fn with_misspelt_keys(error: Error, chain: &[String], set: &ProfileSet<'_>) -> Error {
    const MOST: usize = 3;
    let profiles = chain.iter().rev().filter_map(|name| set.profile(name).ok()?);
    let misspelt = profiles.flat_map(|profile| profile.misspelt().collect::<Vec<_>>());
    error.first_hints(misspelt.take(MOST).map(|found| found.hint()).collect())
}

/// Returns the error for the profile `name` if there are no profiles at all.
pub(super) fn no_profiles(name: &str) -> Error {
    Error::config(format!("profile '{name}' does not exist: there are no AWS profiles yet"))
        .because(Reason::MissingProfile)
        .hint(
            "start with 'rolecall keys add base' (saves your access keys in the keychain) or 'aws \
             configure sso'",
        )
        .hint(
            "then 'rolecall profile add my-role --source-profile base --role-arn ARN' and \
             'rolecall login my-role'",
        )
}
