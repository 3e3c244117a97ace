//! What the client gets: the link, and how to sign in.

use std::{fs, io, path::Path};

use rolecall::{
    Error, Kind, Pipe, Result, Secret, create_private_file, partition_named, read_text,
    replace_private_file,
};

use super::spec::ShareSpec;

/// Larger than any file written here, in bytes.
const LARGEST: u64 = 64 * 1024;
/// The start of the line with the password.
const PASSWORD: &str = "Password:   ";

/// Returns the text that is printed and written to the client's file.
pub(super) fn text(spec: &ShareSpec, password: Option<&Secret>) -> String {
    let partition = &*spec.account.partition;
    let domain = partition_named(partition).and_then(|partition| partition.console_domain);
    let domain = domain.unwrap_or("aws.amazon.com");
    let console = if domain == "aws.amazon.com" { "s3.console" } else { "console" };
    let (bucket, region) = (&spec.bucket, &spec.region);
    let mut link = format!("https://{console}.{domain}/s3/buckets/{bucket}?region={region}");
    if let Some(prefix) = &spec.prefix {
        link.push_str("&prefix=");
        link.push_str(&encoded(prefix));
    }
    let mut text = format!(
        "Client:     {}\nLink:       {link}\nSign in at: https://{}.signin.{domain}/console\n\
         Account:    {}\nUser name:  {}\n",
        spec.client, spec.account.id, spec.account.id, spec.user
    );
    if let Some(password) = password {
        text.push_str(&format!("{PASSWORD}{}\n", password.expose()));
    }
    text
}

/// Percent-encodes text for a query; a `/` stays readable.
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

/// Returns an error if the client's file already exists, unless an unfinished run for the same
/// share wrote it. That is possible only if the user exists.
pub(super) fn check_file(spec: &ShareSpec, user_exists: bool) -> Result<()> {
    let path = &spec.file;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("check", path, error)),
        Ok(_) if user_exists && is_of_earlier_run(path, spec) => Ok(()),
        Ok(_) => Err(Error::new(Kind::Other, format!("{} already exists", path.display()))
            .hint("move it, or run this in another directory")),
    }
}

fn is_of_earlier_run(path: &Path, spec: &ShareSpec) -> bool {
    let without_password = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(PASSWORD)).map(str::to_owned).collect()
    };
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file
        && read_text(path, LARGEST, Pipe::Refuse)
            .is_ok_and(|found| without_password(&found) == without_password(&text(spec, None)))
}

/// Writes the client's file, which only the user can read.
pub(super) fn write(spec: &ShareSpec, user_existed: bool, password: &Secret) -> Result<()> {
    check_file(spec, user_existed)?;
    let (path, text) = (&spec.file, text(spec, Some(password)));
    let written = if path.exists() {
        replace_private_file(path, text.as_bytes())
    } else {
        create_private_file(path, text.as_bytes())
    };
    written.map_err(|error| Error::io("write", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;

    #[test]
    fn each_partition_has_its_own_console() {
        let text_of = |partition: &str| {
            let account =
                Account { id: "111111111111".to_owned(), partition: partition.to_owned() };
            let name = || "acme".to_owned();
            let (client, region, bucket, user) = (name(), "x-1".to_owned(), name(), name());
            let file = "acme.txt".into();
            let (prefix, must_change_password) = (None, false);
            let spec = ShareSpec {
                client,
                account,
                region,
                bucket,
                prefix,
                user,
                must_change_password,
                file,
            };
            text(&spec, None)
        };
        for (partition, console, sign_in) in [
            ("aws", "s3.console.aws.amazon.com", "signin.aws.amazon.com"),
            ("aws-cn", "console.amazonaws.cn", "signin.amazonaws.cn"),
            ("aws-us-gov", "console.amazonaws-us-gov.com", "signin.amazonaws-us-gov.com"),
            ("aws-eusc", "console.amazonaws-eusc.eu", "signin.amazonaws-eusc.eu"),
        ] {
            let text = text_of(partition);
            assert!(text.contains(&format!("https://{console}/s3/buckets/acme?")), "{text}");
            assert!(text.contains(&format!("https://111111111111.{sign_in}/console")), "{text}");
        }
    }

    #[test]
    fn a_prefix_in_a_link_is_encoded() {
        assert_eq!(encoded("a b/ü&x=/"), "a%20b/%C3%BC%26x%3D/");
    }
}
