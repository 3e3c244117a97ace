//! The variables that name certificates to trust instead of the system's.

use std::path::PathBuf;

/// What `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CertificatePaths {
    /// A file of certificates.
    pub(crate) file: Option<PathBuf>,
    /// Folders with files of certificates.
    pub(crate) folders: Vec<PathBuf>,
}

impl CertificatePaths {
    /// Returns what the variables of this process name; `None` if they name nothing. The calls to AWS know no
    /// [`Context`](super::Context).
    ///
    /// Rule: OpenSSL, environment(7); as in `PATH`, folders are separated by colons, on Windows by
    /// semicolons.
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    pub(crate) fn of_process() -> Option<Self> {
        let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let folders = var("SSL_CERT_DIR").unwrap_or_default();
        let folders = std::env::split_paths(&folders).filter(|path| !path.as_os_str().is_empty());
        let found =
            Self { file: var("SSL_CERT_FILE").map(PathBuf::from), folders: folders.collect() };
        Some(found).filter(|found| *found != Self::default())
    }
}
