//! A long-lived key that the program beside this one, `rolecall-provision`, has made: its secret goes
//! into the store, and a profile gets it.

use std::path::{Path, PathBuf};

use super::{
    keys::{Lines, refuse_plain_keys},
    setup,
};
use crate::{
    context::Context,
    credentials::Credentials,
    error::{Error, Kind, Result},
    profile::{Edited, Files, Which, check_new_name, edit, process_line},
    session::LongLivedKeys,
    store::Store,
};

const PROGRAM: &str = "rolecall";
/// Stands for the id of a key that is still to be made.
const NO_ID: &str = "AKIA0000000000000000";

/// A profile that is to have a key of its own.
pub struct Keep<'c> {
    context: &'c Context,
    store: Box<dyn Store>,
    name: String,
    region: Option<String>,
    program: PathBuf,
    path: PathBuf,
}

impl<'c> Keep<'c> {
    /// Finds out all that can be known before there is a key: whether the store can keep one, and
    /// the profile `name` take one. A human may be asked to unlock the store, save for a `dry_run`.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn prepare(
        context: &'c Context,
        name: &str,
        store: Option<String>,
        region: Option<String>,
        dry_run: bool,
    ) -> Result<Self> {
        check_new_name(name)?;
        let store = setup::Common { profile: None, store }.store(context)?;
        LongLivedKeys::check_kind(&*store)?;
        refuse_plain_keys(&Files::read(context)?, name)?;
        let keep = Self {
            context,
            store,
            name: name.to_owned(),
            region,
            program: program(context)?,
            path: Which::Config.path(context)?,
        };
        keep.write(NO_ID, true)?;
        if !dry_run {
            LongLivedKeys::open(context, &*keep.store)?;
        }
        Ok(keep)
    }

    /// What a dry run shows: the change of the config file.
    ///
    /// # Errors
    /// Those of reading the file.
    pub fn diff(&self) -> Result<String> {
        match self.write(NO_ID, true)? {
            Edited::WouldWrite(diff) => Ok(diff.replace(NO_ID, "(the new key's id)")),
            _ => Ok(String::new()),
        }
    }

    /// Puts the secret into the store, and the id into the profile. All or nothing. Gives the name of
    /// the store.
    ///
    /// # Errors
    /// Those of the store and of the config file.
    pub fn keep(&self, keys: &Credentials) -> Result<&'static str> {
        let place = LongLivedKeys::open(self.context, &*self.store)?;
        let kept = place.keep(keys).and_then(|()| self.write(&keys.access_key_id, false));
        match kept {
            Ok(_) => Ok(place.store_name()),
            Err(error) => match place.forget(&keys.access_key_id) {
                Ok(()) => Err(error),
                Err(left) => Err(error.hint(left.to_string())),
            },
        }
    }

    fn write(&self, id: &str, dry_run: bool) -> Result<Edited> {
        let lines = Lines {
            name: &self.name,
            id,
            process: process_line(&self.program, &self.name)?,
            region: self.region.clone(),
            mfa_serial: None,
        };
        edit(self.context, &self.path, dry_run, |document| lines.write(document, &self.path))
    }
}

/// rolecall itself, beside which the other program lies.
fn program(context: &Context) -> Result<PathBuf> {
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    let own = context.executable().map(|own: &Path| own.with_file_name(name));
    own.ok_or_else(|| Error::new(Kind::Other, "the path of this program is not known"))
}
