//! Signature Version 4, from the verifier's side.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::text::{hex, percent_decode, percent_encode};
use super::wire::Request;

pub(super) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The `Authorization` header, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authorization {
    pub(super) access_key_id: String,
    /// `YYYYMMDD`.
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
    pub(super) terminator: String,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
}

impl Authorization {
    /// The header of a request: nothing when there is none, an error when it makes no sense.
    pub(super) fn of(request: &Request) -> Result<Option<Self>, String> {
        request.header("authorization").map(|header| Self::parse(&header)).transpose()
    }

    fn parse(header: &str) -> Result<Self, String> {
        let (algorithm, rest) = header.split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(format!(
                "Unsupported AWS 'algorithm': '{algorithm}' (only {ALGORITHM} for now)."
            ));
        }
        let (mut credential, mut signed, mut signature) = (None, None, None);
        for part in rest.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("Credential", value)) => credential = Some(value),
                Some(("SignedHeaders", value)) => signed = Some(value),
                Some(("Signature", value)) => signature = Some(value),
                Some(_) => {}
                None => {
                    return Err(format!(
                        "'{part}' not a valid key=value pair (missing equal-sign) in \
                         Authorization header."
                    ));
                }
            }
        }
        let (Some(credential), Some(signed), Some(signature)) = (credential, signed, signature)
        else {
            let parts =
                [("Credential", credential), ("Signature", signature), ("SignedHeaders", signed)];
            let missing: Vec<String> = parts
                .iter()
                .filter(|(_, value)| value.is_none())
                .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
                .collect();
            return Err(missing.join(" "));
        };
        let scope: Vec<&str> = credential.split('/').collect();
        let [access_key_id, date, region, service, terminator] = scope[..] else {
            return Err(format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. \
                 keyid/date/region/service/term, got '{credential}'"
            ));
        };
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
            terminator: terminator.to_owned(),
            signed_headers: signed.split(';').map(str::to_owned).collect(),
            signature: signature.to_owned(),
        })
    }

    /// The signature that the request should have.
    pub(super) fn expected(
        &self,
        request: &Request,
        secret: &str,
        amz_date: &str,
        payload_hash: &str,
    ) -> String {
        let path = Path::of_service(&self.service);
        let canonical = canonical_request(request, &self.signed_headers, payload_hash, path);
        let scope = format!("{}/{}/{}/{}", self.date, self.region, self.service, self.terminator);
        let to_sign =
            format!("{ALGORITHM}\n{amz_date}\n{scope}\n{}", sha256_hex(canonical.as_bytes()));
        let key = signing_key(secret, &self.date, &self.region, &self.service);
        hex(&hmac(&key, to_sign.as_bytes()))
    }
}

/// How a service's path gets into the canonical request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Path {
    /// Dot segments and double slashes resolved, then encoded once more than on the wire.
    Normalized,
    /// As it is, encoded once: S3, where a key may be named `a//../b`.
    Literal,
}

impl Path {
    fn of_service(service: &str) -> Self {
        if service == "s3" { Self::Literal } else { Self::Normalized }
    }

    fn canonical(self, path: &str) -> String {
        match self {
            Self::Literal => percent_encode(&percent_decode(path), b"/"),
            Self::Normalized => {
                let mut kept: Vec<&str> = Vec::new();
                for segment in path.split('/') {
                    match segment {
                        "" | "." => {}
                        ".." => {
                            kept.pop();
                        }
                        segment => kept.push(segment),
                    }
                }
                let trailing = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
                let slash = if trailing && !kept.is_empty() { "/" } else { "" };
                percent_encode(format!("/{}{slash}", kept.join("/")).as_bytes(), b"/")
            }
        }
    }
}

/// The canonical request: what both sides hash.
pub(super) fn canonical_request(
    request: &Request,
    signed_headers: &[String],
    payload_hash: &str,
    path: Path,
) -> String {
    let mut query: Vec<(String, String)> = request
        .query()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (recode(name), recode(value)))
        .collect();
    query.sort();
    let query: Vec<String> =
        query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();

    // Sorted, whatever order the client lists them in: a client that doesn't sort signs in vain.
    let mut names: Vec<String> = signed_headers.iter().map(|name| name.to_lowercase()).collect();
    names.sort();
    let headers: Vec<String> = names
        .iter()
        .map(|name| {
            let values: Vec<String> = request
                .headers
                .iter()
                .filter(|(n, _)| n == name)
                .map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            format!("{name}:{}\n", values.join(","))
        })
        .collect();
    let headers = headers.concat();
    let path = path.canonical(request.path());
    let (query, names) = (query.join("&"), names.join(";"));
    format!("{}\n{path}\n{query}\n{headers}\n{names}\n{payload_hash}", request.method)
}

fn recode(text: &str) -> String {
    percent_encode(&percent_decode(text), b"")
}

/// The key of one day, region and service.
pub(super) fn signing_key(secret: &str, date: &str, region: &str, service: &str) -> Vec<u8> {
    [date, region, service, "aws4_request"]
        .iter()
        .fold(format!("AWS4{secret}").into_bytes(), |key, part| hmac(&key, part.as_bytes()))
}

fn hmac(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(data);
    mac.finalize().into_bytes().to_vec()
}

pub(super) fn sha256_hex(data: &[u8]) -> String {
    hex(&Sha256::digest(data))
}
