//! What the programs that give credentials and codes get from this process.

use std::{collections::BTreeMap, ffi::OsString};

use super::Context;

/// Lists the profiles that wait for a child process, separated by commas: a child that asks for one
/// of them would wait forever, and gets an error instead.
const PROFILE_CHAIN: &str = "ROLECALL_PROFILE_CHAIN";

/// Escapes a name for that list, as in a URL.
fn quoted(name: &str) -> String {
    name.replace('%', "%25").replace(',', "%2C")
}

fn unquoted(name: &str) -> String {
    name.replace("%2C", ",").replace("%25", "%")
}

impl Context {
    /// Returns the profiles for which the processes that started this one wait, the outermost
    /// first.
    pub(crate) fn profile_chain(&self) -> Vec<String> {
        let chain = self.var(PROFILE_CHAIN).unwrap_or_default();
        chain.split(',').filter(|name| !name.is_empty()).map(unquoted).collect()
    }

    /// Returns the environment for a program that provides the credentials at the end of `chain`:
    /// this process's, plus the profiles that wait for it, and without the relative folders of `PATH`.
    pub(crate) fn environment_of_child(&self, chain: &[String]) -> BTreeMap<OsString, OsString> {
        let mut names = self.profile_chain();
        names.extend_from_slice(chain);
        let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        let mut environment = self.environment.clone();
        environment.insert(PROFILE_CHAIN.into(), names.join(",").into());
        if let Some(path) = self.path_without_relative_folders() {
            environment.insert("PATH".into(), path);
        }
        environment
    }
}
