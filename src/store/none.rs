//! The store that keeps nothing: every session is made anew.

use super::{Error, Item, NewItem, Patience, Store};

/// Its name.
pub const NAME: &str = "none";

/// Finds nothing and forgets at once; never fails.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStore;

impl Store for NoStore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, _key: &str, _patience: Patience) -> Result<Option<Item>, Error> {
        Ok(None)
    }

    fn put(
        &self,
        _key: &str,
        _item: &NewItem<'_>,
        _patience: Patience,
    ) -> Result<&'static str, Error> {
        Ok(self.name())
    }

    fn delete(&self, _key: &str, _patience: Patience) -> Result<(), Error> {
        Ok(())
    }

    fn check(&self, _patience: Patience) -> Result<(), Error> {
        Ok(())
    }
}
