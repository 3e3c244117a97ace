//! What the verbs that edit profiles share.

use std::path::PathBuf;

use crate::{
    app::{self, ForgottenName},
    cli::args,
    context::Context,
    error::{Error, Kind, Result},
    ini::KeyPath,
    output::{Streams, escape},
    plan::{Environment, Request, resolve},
    profile::{Edited, FileEdit, Files, ProfileEditor, ProfileSet, Which},
};

/// The file that is edited.
pub(super) struct Target {
    pub(super) which: Which,
    path: PathBuf,
    dry_run: bool,
}

impl Target {
    pub(super) fn new(context: &Context, which: Which, dry_run: bool) -> Result<Self> {
        Ok(Self { which, path: which.path(context)?, dry_run })
    }

    pub(super) fn of(context: &Context, args: args::EditOptions) -> Result<Self> {
        let which = if args.credentials_file { Which::Credentials } else { Which::Config };
        Self::new(context, which, args.dry_run)
    }

    /// Returns the path to show.
    pub(super) fn shown(&self) -> String {
        self.path.display().to_string()
    }

    /// Edits profiles of the file in one write.
    pub(super) fn edit(
        &self,
        context: &Context,
        mut change: impl FnMut(&mut ProfileEditor<'_>) -> Result<()>,
    ) -> Result<Edited> {
        FileEdit { path: &self.path, dry_run: self.dry_run }.apply(context, |document| {
            change(&mut ProfileEditor::new(document, self.which, &self.path)?)
        })
    }

    /// Returns the error that this file has no such profile, with the existing names or its place
    /// in the other file.
    pub(super) fn missing(&self, context: &Context, name: &str) -> Error {
        let files = match Files::read(context) {
            Ok(files) => files,
            Err(error) => return error,
        };
        let set = ProfileSet::new(&files);
        let (other, hint) = match self.which {
            Which::Config => (Which::Credentials, "add --credentials-file to edit it there"),
            Which::Credentials => (Which::Config, "omit --credentials-file to edit it there"),
        };
        if let Some(at) = set.section_location(name, other) {
            let message = format!("profile '{name}' is only in the other file");
            return Error::config(message).at(Some(at)).hint(hint);
        }
        // The plan's error lists the existing names.
        match resolve(&Request::profile(name), &set, Environment::of(context)) {
            Err(error) if set.section_location(name, self.which).is_none() => error,
            _ => Error::config(format!("profile '{name}' does not exist")),
        }
    }
}

/// What to say of an edit that was not a dry run.
pub(super) struct Outcomes {
    pub(super) written: String,
    pub(super) unchanged: String,
}

impl Outcomes {
    /// Prints the outcome of an edit; of a dry run, its diff.
    pub(super) fn print(&self, edited: Edited, streams: &mut Streams<'_>) -> Result<()> {
        let said = match edited {
            Edited::WouldWrite(diff) => return streams.print_diff(&diff),
            Edited::Written => &self.written,
            Edited::Unchanged => &self.unchanged,
        };
        streams.print(&format!("{}\n", escape(said)))
    }
}

/// Parses a key from the command line: `key` or `block.key`.
pub(super) fn key_path(text: &str) -> Result<KeyPath<'_>> {
    match text.split_once('.') {
        None => Ok(KeyPath::top(text)),
        Some((key, sub)) if !sub.contains('.') => Ok(KeyPath::nested(key, sub)),
        Some(_) => Err(Error::new(Kind::Usage, "a key can have at most one dot")
            .hint("nested blocks can't contain blocks")),
    }
}

/// Deletes the sessions of profiles that no longer have these names. The edit is done, so problems are only warned
/// about.
pub(super) fn forget_sessions(context: &Context, names: &[String], streams: &mut Streams<'_>) {
    for ForgottenName { name, had_session, error } in app::forget_names(context, names) {
        if had_session {
            streams.warn(&format!(
                "forgot the session of '{name}'; copies of it stay valid at AWS until it expires"
            ));
        }
        if let Some(error) = error {
            streams.warn(&format!("{error}: it stays there until it expires"));
        }
    }
}
