//! What the client is given: the link, and how to sign in.

use std::{fs, io, path::Path};

use rolecall::{
    error::{Error, Kind, Result},
    input::{self, Pipe},
    private,
    secret::Secret,
};

use super::spec::ShareSpec;

/// Larger than any file that was written here, in bytes.
const LARGEST: u64 = 64 * 1024;
/// How the line of the password begins.
const PASSWORD: &str = "Password:   ";

/// The text that is printed, and written to the client's file.
pub(super) fn text(spec: &ShareSpec, password: Option<&Secret>) -> String {
    let (console, sign_in) = console_domains(&spec.account.partition);
    let mut link = format!("https://{console}/s3/buckets/{}?region={}", spec.bucket, spec.region);
    if let Some(prefix) = &spec.prefix {
        link.push_str("&prefix=");
        link.push_str(&encoded(prefix));
    }
    let mut text = format!(
        "Client:     {}\nLink:       {link}\nSign in at: https://{}.{sign_in}/console\n\
         Account:    {}\nUser name:  {}\n",
        spec.client, spec.account.id, spec.account.id, spec.user
    );
    if let Some(password) = password {
        text.push_str(&format!("{PASSWORD}{}\n", password.expose()));
    }
    text
}

/// Where the console of a partition is.
///
/// Rule: AWS General Reference, "AWS Management Console" of China and GovCloud: domains of their own.
fn console_domains(partition: &str) -> (&'static str, &'static str) {
    match partition {
        "aws-cn" => ("console.amazonaws.cn", "signin.amazonaws.cn"),
        "aws-us-gov" => ("console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com"),
        _ => ("s3.console.aws.amazon.com", "signin.aws.amazon.com"),
    }
}

/// As it stands in a query; a `/` stays readable.
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Whether the client's file may be written: there is none, or one that an earlier run for the same
/// share wrote and did not come to its end. That is so only if the user exists.
pub(super) fn check_file(spec: &ShareSpec, user_exists: bool) -> Result<()> {
    let path = &spec.file;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("look at", path, error)),
        Ok(_) if user_exists && is_of_earlier_run(path, spec) => Ok(()),
        Ok(_) => Err(Error::new(Kind::Other, format!("{} exists already", path.display()))
            .hint("move it away, or run this in another folder")),
    }
}

fn is_of_earlier_run(path: &Path, spec: &ShareSpec) -> bool {
    let without_password = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(PASSWORD)).map(str::to_owned).collect()
    };
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file
        && input::read_text(path, LARGEST, Pipe::Refuse)
            .is_ok_and(|found| without_password(&found) == without_password(&text(spec, None)))
}

/// Writes the client's file, for the user's eyes alone.
pub(super) fn write(spec: &ShareSpec, user_existed: bool, password: &Secret) -> Result<()> {
    check_file(spec, user_existed)?;
    let (path, text) = (&spec.file, text(spec, Some(password)));
    let written = if path.exists() {
        private::replace(path, text.as_bytes())
    } else {
        private::create(path, text.as_bytes())
    };
    written.map_err(|error| Error::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_in_a_link_is_encoded() {
        assert_eq!(encoded("a b/ü&x=/"), "a%20b/%C3%BC%26x%3D/");
    }
}
