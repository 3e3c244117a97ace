//! Converts role profiles into managed ones and back, many in one edit.

use std::path::{Path, PathBuf};

use crate::{
    context::Context,
    error::{Error, Location, Result},
    ini::Document,
    profile::{
        ConfigFile, Conversion, Edited, File, FileEdit, Files, Profile, ProfileSet, Sections, Which,
    },
};

/// The conversion that a profile needs, if any.
type Convert<'v> = dyn Fn(ConfigFile<'_>, &Profile<'_>) -> Result<Option<Conversion>> + 'v;

/// A kind of conversion.
pub(crate) struct Conversions<'v> {
    /// Whether to return the changes instead of making them.
    pub(crate) dry_run: bool,
    /// Whether this profile is meant if all are.
    pub(crate) is_meant: fn(&Profile<'_>) -> bool,
    /// How one profile is converted.
    pub(crate) convert: &'v Convert<'v>,
}

/// The outcome for one version of the config file.
#[derive(Default)]
pub(crate) struct ConversionReport {
    /// The names of profiles that were converted.
    pub(crate) converted: Vec<String>,
    /// Those of profiles that need no change.
    pub(crate) unchanged: Vec<String>,
    /// Profiles that were skipped, and why.
    pub(crate) skipped: Vec<(String, Error)>,
}

impl Conversions<'_> {
    /// Converts the profiles of these names, or all that are meant if there are no names, in one edit.
    ///
    /// # Errors
    /// If the file can't be read or written, or a named profile can't be converted: then none is.
    pub(crate) fn run(
        &self,
        context: &Context,
        names: &[String],
    ) -> Result<(ConversionReport, Edited)> {
        let path = Which::Config.path(context)?;
        let credentials = Which::Credentials.path(context)?;
        let mut done = ConversionReport::default();
        let edit = FileEdit { path: &path, dry_run: self.dry_run };
        let edited = edit.apply(context, |document| {
            let files = files_of(document, &path, &credentials)?;
            let set = ProfileSet::new(&files);
            done = if names.is_empty() {
                self.all(document, &set)?
            } else {
                self.named(document, &set, names)?
            };
            Ok(())
        })?;
        Ok((done, edited))
    }

    fn all(&self, document: &mut Document, set: &ProfileSet<'_>) -> Result<ConversionReport> {
        let sections = Sections::of(document);
        let mut done = ConversionReport::default();
        for profile in set.profiles() {
            let profile = match profile {
                Ok(profile) if (self.is_meant)(&profile) => profile,
                Ok(_) => continue,
                Err(error) => {
                    done.skipped.push(("a profile that can't be read".to_owned(), error));
                    continue;
                }
            };
            match (self.convert)(ConfigFile { document, sections: &sections }, &profile) {
                Ok(Some(conversion)) => {
                    conversion.apply(document)?;
                    done.converted.push(profile.name);
                }
                Ok(None) => {}
                Err(error) => done.skipped.push((format!("'{}'", profile.name), error)),
            }
        }
        Ok(done)
    }

    fn named(
        &self,
        document: &mut Document,
        set: &ProfileSet<'_>,
        names: &[String],
    ) -> Result<ConversionReport> {
        let sections = Sections::of(document);
        let mut done = ConversionReport::default();
        for (i, name) in names.iter().enumerate() {
            if names[..i].contains(name) {
                continue;
            }
            let Some(profile) = set.profile(name)? else {
                return Err(Error::config(format!("profile '{name}' does not exist"))
                    .hint("'rolecall profile list' shows the profiles"));
            };
            match (self.convert)(ConfigFile { document, sections: &sections }, &profile)? {
                Some(conversion) => {
                    conversion.apply(document)?;
                    done.converted.push(profile.name);
                }
                None => done.unchanged.push(profile.name),
            }
        }
        Ok(done)
    }
}

/// Returns both files, with the config file as it is in the document being edited.
fn files_of(document: &Document, config: &Path, credentials: &Path) -> Result<Files> {
    if let Some(line) = document.invalid_utf8_line() {
        return Err(Error::config("not valid UTF-8")
            .at(Some(Location { file: config.into(), line }))
            .hint("save the file as UTF-8: AWS tools skip or refuse it as it is"));
    }
    let text = String::from_utf8(document.to_bytes()).expect("BUG: checked just above");
    Ok(Files {
        config: File::of_text(Which::Config, config.to_owned(), text)?,
        credentials: File::read(Which::Credentials, PathBuf::from(credentials))?,
    })
}
