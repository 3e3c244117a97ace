//! The store that saves nothing: every session is created again.

use super::{CallOptions, Error, Item, NewItem, Store};

/// The store's name.
pub(crate) const NAME: &str = "none";

/// Finds nothing and saves nothing; never fails.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct NoStore;

impl Store for NoStore {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, _key: &str, _options: CallOptions) -> Result<Option<Item>, Error> {
        Ok(None)
    }

    fn put(
        &self,
        _key: &str,
        _item: &NewItem<'_>,
        _options: CallOptions,
    ) -> Result<&'static str, Error> {
        Ok(self.name())
    }

    fn delete(&self, _key: &str, _options: CallOptions) -> Result<(), Error> {
        Ok(())
    }

    fn check(&self, _options: CallOptions) -> Result<(), Error> {
        Ok(())
    }
}
