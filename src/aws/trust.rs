//! Which certificates are trusted: those of a CA bundle, of the variables of OpenSSL, or the system's.
//!
//! The TLS library would read the files of those variables by itself, without limits.

use std::{collections::HashSet, fs, io, path::Path};

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::Failure;
use crate::{
    context::CertificatePaths,
    input::{self, Pipe},
};

/// Larger than any bundle of certificates, in bytes.
const LARGEST_BUNDLE: u64 = 4 * 1024 * 1024;
/// The most files of a folder of certificates that are read.
const MOST_FILES: usize = 4096;

/// How a certificate begins and ends. Rule: RFC 7468, section 5.1.
const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Checks that the certificates of a CA bundle can be used.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_ca_bundle(path: &Path) -> Result<(), String> {
    match bundle(path) {
        Ok(_) => Ok(()),
        Err(Failure::Broken { cause }) => Err(cause),
        Err(_) => Err(format!("the CA bundle {} can't be used", path.display())),
    }
}

/// The certificates to trust: the system's, or only those of the bundle, as in the AWS CLI.
pub(super) fn trust(ca_bundle: Option<&Path>) -> Result<TlsContext, Failure> {
    match (ca_bundle, CertificatePaths::of_process()) {
        (Some(path), _) => bundle(path),
        (None, Some(paths)) => of_variables(&paths),
        (None, None) => Ok(TlsContext::default()),
    }
}

fn bundle(path: &Path) -> Result<TlsContext, Failure> {
    let wrong = |why: &str| Failure::broken(format!("the CA bundle {} {why}", path.display()));
    let bytes = input::read(path, LARGEST_BUNDLE, Pipe::WaitShortly)
        .map_err(|error| wrong(&format!("can't be read: {error}")))?;
    // The SDK's client panics on an invalid bundle, so it is checked here.
    let certificates = CertificateDer::pem_slice_iter(&bytes).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|_| wrong("is not a PEM file of certificates"))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate).map_err(|_| wrong("has a certificate that can't be read"))?;
    }
    if roots.is_empty() {
        return Err(wrong("has no certificate in it"));
    }
    trusting(&bytes).map_err(|why| wrong(&format!("can't be used: {why}")))
}

/// Rule: OpenSSL, `SSL_CTX_set_default_verify_paths`; as rustls-native-certs reads the variables: a
/// missing file has no certificates, and what is no certificate is left out.
fn of_variables(paths: &CertificatePaths) -> Result<TlsContext, Failure> {
    let mut found = Certificates::default();
    if let Some(file) = &paths.file {
        match input::read(file, LARGEST_BUNDLE, Pipe::WaitShortly) {
            Ok(bytes) => found.add(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let file = file.display();
                let text =
                    format!("the certificates in SSL_CERT_FILE ({file}) can't be read: {error}");
                return Err(Failure::broken(text));
            }
        }
    }
    for folder in &paths.folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.take(MOST_FILES) {
            if let Ok(bytes) = input::read(&entry.path(), LARGEST_BUNDLE, Pipe::Refuse) {
                found.add(&bytes);
            }
        }
    }
    trusting(found.pem.as_bytes()).map_err(|why| {
        Failure::broken(format!("the certificates in SSL_CERT_FILE can't be used: {why}"))
    })
}

/// Trusts only the certificates in `pem`.
fn trusting(pem: &[u8]) -> Result<TlsContext, String> {
    let trust = TrustStore::empty().with_native_roots(false).with_pem_certificate(pem);
    let context = TlsContext::builder().with_trust_store(trust).build();
    context.map_err(|error| error.to_string())
}

/// Certificates that can be used, each once: a folder of them often has several links to each.
#[derive(Default)]
struct Certificates {
    pem: String,
    known: HashSet<Vec<u8>>,
}

impl Certificates {
    /// Adds the certificates in `bytes`, as long as there is room.
    fn add(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut rest = &*text;
        while let Some(start) = rest.find(BEGIN) {
            let Some(length) = rest[start..].find(END) else { return };
            let block = &rest[start..start + length + END.len()];
            rest = &rest[start + block.len()..];
            let Ok(certificate) = CertificateDer::from_pem_slice(block.as_bytes()) else {
                continue;
            };
            let is_new = self.known.insert(certificate.to_vec());
            let has_room = ((self.pem.len() + block.len()) as u64) < LARGEST_BUNDLE;
            if is_new && has_room && RootCertStore::empty().add(certificate).is_ok() {
                self.pem.push_str(block);
                self.pem.push('\n');
            }
        }
    }
}
