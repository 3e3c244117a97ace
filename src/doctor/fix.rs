//! Repairs of the two files. Each changes only what it is about, through the lossless editor.

use std::path::PathBuf;

use crate::{
    context::Context,
    error::{Error, Kind, Result},
    ini::{Document, EditError, SectionId},
    profile::{Edited, FileEdit},
};

/// A safe repair of one file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Fix {
    /// The file.
    pub(crate) path: PathBuf,
    /// What is changed in it.
    pub(super) change: Change,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// The file gets this mode.
    Mode(u32),
    /// The byte order mark is removed.
    RemoveBom,
    /// Another header for all sections with this one.
    RenameSection { from: String, to: String },
    /// All sections with this header become one.
    MergeSections { header: String },
    /// The comments behind the values of a key get lines of their own.
    SeparateComments { header: String, key: String },
    /// Of a key that is there several times, only the last stays.
    KeepLast { header: String, key: String },
    /// Another name for a key.
    RenameKey { header: String, key: String, to: String },
    /// Another value for a key.
    SetKey { header: String, key: String, value: String },
}

impl Fix {
    pub(super) fn new(path: impl Into<PathBuf>, change: Change) -> Self {
        Self { path: path.into(), change }
    }

    /// Returns what it does, in words: an imperative.
    pub(crate) fn what(&self) -> String {
        match &self.change {
            Change::Mode(mode) => format!("set the mode to {mode:o}"),
            Change::RemoveBom => "remove the byte order mark".to_owned(),
            Change::RenameSection { from, to } => format!("write [{to}] instead of [{from}]"),
            Change::MergeSections { header } => {
                format!("merge all sections [{header}] into the first")
            }
            Change::SeparateComments { key, .. } => {
                format!("move the comment after '{key}' to a line above it")
            }
            Change::KeepLast { key, .. } => format!("keep only the last '{key}', which counts"),
            Change::RenameKey { key, to, .. } => format!("write '{to}' instead of '{key}'"),
            Change::SetKey { key, .. } => format!("correct '{key}'"),
        }
    }

    /// Makes the repair or, for a dry run, returns its diff.
    ///
    /// # Errors
    /// If the file can't be read or written, or has changed so that the repair can't be made.
    pub(crate) fn apply(&self, context: &Context, dry_run: bool) -> Result<Edited> {
        if let Change::Mode(mode) = self.change {
            return self.set_mode(mode, dry_run);
        }
        FileEdit { path: &self.path, dry_run }.apply(context, |document| self.edit(document))
    }

    /// Makes all of these repairs that can be made, each file in one go. Returns the others, and why they
    /// were not made.
    ///
    /// # Errors
    /// If a file can't be read or written.
    pub(crate) fn apply_all(fixes: &[Self], context: &Context) -> Result<Vec<(Self, Error)>> {
        let is_mode = |fix: &&Self| matches!(fix.change, Change::Mode(_));
        let (modes, mut left): (Vec<&Self>, Vec<&Self>) = fixes.iter().partition(is_mode);
        let set = |fix: &Self| Some((fix.clone(), fix.apply(context, false).err()?));
        let mut refused: Vec<_> = modes.into_iter().filter_map(set).collect();
        while let Some(path) = left.first().map(|fix| fix.path.clone()) {
            let (here, elsewhere): (Vec<&Self>, Vec<&Self>) =
                left.into_iter().partition(|fix| fix.path == path);
            left = elsewhere;
            let mut failed = Vec::new();
            FileEdit { path: &path, dry_run: false }.apply(context, |document| {
                failed = here.iter().filter_map(|fix| fix.edit_or_refuse(document)).collect();
                Ok(())
            })?;
            refused.append(&mut failed);
        }
        Ok(refused)
    }

    /// Makes the repair in `document`; if that fails, leaves it as it was, and returns why.
    fn edit_or_refuse(&self, document: &mut Document) -> Option<(Self, Error)> {
        // The other changes are made as a whole or not at all.
        let before = matches!(self.change, Change::MergeSections { .. }).then(|| document.clone());
        let error = self.edit(document).err()?;
        if let Some(before) = before {
            *document = before;
        }
        Some((self.clone(), error))
    }

    #[cfg(unix)]
    fn set_mode(&self, mode: u32, dry_run: bool) -> Result<Edited> {
        use std::os::unix::fs::PermissionsExt as _;
        let path = &self.path;
        if dry_run {
            return Ok(Edited::WouldWrite(format!("chmod {mode:o} {}\n", path.display())));
        }
        let set = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        set.map_err(|error| Error::io("change the mode of", path, error))?;
        Ok(Edited::Written)
    }

    #[cfg(not(unix))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "on Unix there is more to do"
    )]
    fn set_mode(&self, _: u32, _: bool) -> Result<Edited> {
        Ok(Edited::Unchanged)
    }

    fn edit(&self, document: &mut Document) -> Result<()> {
        match &self.change {
            Change::Mode(_) => {}
            Change::RemoveBom => {
                let bytes = document.to_bytes();
                if let Some(rest) = bytes.strip_prefix(&BOM) {
                    *document = Document::parse(rest);
                }
            }
            Change::RenameSection { from, to } => {
                let sections = self.sections(document, from)?;
                document.rename_sections(&sections, to).map_err(|error| self.refused(&error))?;
            }
            Change::MergeSections { header } => {
                let sections = self.sections(document, header)?;
                document.merge_sections(&sections).map_err(|error| self.refused(&error))?;
            }
            Change::SeparateComments { header, key } => {
                for section in self.sections(document, header)? {
                    document.separate_comments(section, key).map_err(|e| self.refused(&e))?;
                }
            }
            Change::KeepLast { header, key } => {
                for section in self.sections(document, header)? {
                    document.keep_last(section, key).map_err(|error| self.refused(&error))?;
                }
            }
            Change::RenameKey { header, key, to } => {
                let path = crate::ini::KeyPath::top(key);
                for section in self.sections(document, header)? {
                    document.rename_key(section, &path, to).map_err(|e| self.refused(&e))?;
                }
            }
            Change::SetKey { header, key, value } => {
                let path = crate::ini::KeyPath::top(key);
                let sections = self.sections(document, header)?;
                let last = sections.last().copied();
                if let Some(section) = last {
                    document.set(section, &path, value).map_err(|error| self.refused(&error))?;
                }
            }
        }
        Ok(())
    }

    /// The sections with this header, as written.
    fn sections(&self, document: &Document, header: &str) -> Result<Vec<SectionId>> {
        let found: Vec<_> =
            document.sections().filter(|it| it.name == header).map(|it| it.id).collect();
        if found.is_empty() {
            let file = self.path.display();
            return Err(Error::new(Kind::Other, format!("{file} has changed in the meantime"))
                .hint("try again"));
        }
        Ok(found)
    }

    fn refused(&self, error: &EditError) -> Error {
        Error::config(format!("{} can't be repaired: {error}", self.path.display()))
    }
}

/// The byte order mark in UTF-8.
pub(super) const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];
