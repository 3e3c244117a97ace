//! The stores by name, and those that this system offers.

use crate::{
    context::{Context, steady_now, wall_now},
    error::{Error, Kind, Result},
    store::{
        Store,
        auto::{self, Auto},
        file::{self, FileStore},
        none::{self, NoStore},
    },
};

/// Opens the store of that name.
///
/// # Errors
/// Of kind `Usage`, if this system has no such store.
pub(crate) fn store_by_name(context: &Context, name: &str) -> Result<Box<dyn Store>> {
    match name {
        auto::NAME => Ok(Box::new(auto_store(context))),
        file::NAME => Ok(Box::new(FileStore::new(context.cache_directory(), wall_now))),
        none::NAME => Ok(Box::new(NoStore)),
        #[cfg(target_os = "linux")]
        "secret-service" => Ok(Box::new(secret_service(context))),
        #[cfg(target_os = "linux")]
        "keyutils" => Ok(Box::new(crate::store::keyutils::Keyutils::new(wall_now))),
        #[cfg(target_os = "macos")]
        "keychain" => Ok(Box::new(crate::store::keychain::Keychain::default())),
        #[cfg(windows)]
        "wincred" => Ok(Box::new(crate::store::wincred::Wincred)),
        other => {
            let message = match SYSTEMS.iter().find(|(store, _)| *store == other) {
                Some((_, system)) => format!("the store '{other}' is only available on {system}"),
                None => format!("there is no store '{other}'"),
            };
            let names = store_names();
            let (last, names) = names.split_last().expect("BUG: there is 'none'");
            let hint = format!("use {} or {last}", names.join(", "));
            Err(Error::new(Kind::Usage, message).hint(hint))
        }
    }
}

/// Returns the names that `--store` accepts on this system.
pub(crate) fn store_names() -> Vec<&'static str> {
    let own = SYSTEMS.iter().filter(|(_, system)| *system == SYSTEM).map(|(store, _)| *store);
    [auto::NAME].into_iter().chain(own).chain([file::NAME, none::NAME]).collect()
}

/// The stores that only one system has.
const SYSTEMS: [(&str, &str); 4] = [
    ("secret-service", "Linux"),
    ("keyutils", "Linux"),
    ("keychain", "macOS"),
    ("wincred", "Windows"),
];
const SYSTEM: &str = if cfg!(target_os = "macos") {
    "macOS"
} else if cfg!(windows) {
    "Windows"
} else {
    "Linux"
};

/// Returns the stores of this system, best first.
pub(super) fn auto_store(context: &Context) -> Auto {
    Auto::new(own_stores(context), context.has_display(), steady_now)
}

/// Returns the store of that name, or for `auto` each store that it may use, best first.
///
/// # Errors
/// As of [`store_by_name`].
pub(crate) fn each_store(context: &Context, name: &str) -> Result<Vec<Box<dyn Store>>> {
    if name == auto::NAME {
        return Ok(own_stores(context));
    }
    Ok(vec![store_by_name(context, name)?])
}

#[cfg_attr(not(target_os = "linux"), allow(unused_variables, reason = "only Linux's ask for it"))]
fn own_stores(context: &Context) -> Vec<Box<dyn Store>> {
    vec![
        #[cfg(target_os = "linux")]
        Box::new(secret_service(context)),
        #[cfg(target_os = "linux")]
        Box::new(crate::store::keyutils::Keyutils::new(wall_now)),
        #[cfg(target_os = "macos")]
        Box::new(crate::store::keychain::Keychain::default()),
        #[cfg(windows)]
        Box::new(crate::store::wincred::Wincred),
    ]
}

#[cfg(target_os = "linux")]
fn secret_service(context: &Context) -> crate::store::secret_service::SecretService {
    crate::store::secret_service::SecretService::new(context.session_bus_address(), steady_now)
}
