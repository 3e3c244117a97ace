//! What is examined: the two files, as far as they can be read.

use super::finding::Finding;
use crate::{
    context::Context,
    profile::{File, Files, Which},
};

/// The two files.
pub(super) struct Subject {
    /// `None` if one of them can't be read. Then no profile can be used.
    pub(super) files: Option<Files>,
}

impl Subject {
    /// Reads both files, and adds what is wrong with either to `findings`.
    pub(super) fn read(context: &Context, findings: &mut Vec<Finding>) -> Self {
        let mut read = |which: Which| {
            let file = which.path(context).and_then(|path| File::read_whole(which, path));
            file.map_err(|error| {
                let known = |it: &Finding| it.check == super::Check::of(error.reason());
                let is_known =
                    findings.iter().any(|it| known(it) && it.at.as_ref() == error.location());
                if !is_known {
                    findings.push(Finding::of_error(&error));
                }
            })
        };
        let (config, credentials) = (read(Which::Config), read(Which::Credentials));
        Self {
            files: config
                .ok()
                .zip(credentials.ok())
                .map(|(config, credentials)| Files { config, credentials }),
        }
    }
}
