//! What the client is given: the link, and how to sign in.

use std::{fs, io, path::Path};

use rolecall::{
    error::{Error, Kind, Result},
    private,
};

use super::{console_domains, terms::Terms};

/// How the line of the password begins.
const PASSWORD: &str = "Password:   ";

/// The text that is printed, and written to the client's file.
pub(super) fn text(terms: &Terms) -> String {
    let (console, sign_in) = console_domains(&terms.partition);
    let mut link = format!("https://{console}/s3/buckets/{}?region={}", terms.bucket, terms.region);
    if let Some(prefix) = &terms.prefix {
        link.push_str("&prefix=");
        link.push_str(&encoded(prefix));
    }
    let mut text = format!(
        "Client:     {}\nLink:       {link}\nSign in at: https://{}.{sign_in}/console\n\
         Account:    {}\nUser name:  {}\n",
        terms.client, terms.account, terms.account, terms.user
    );
    if let Some(password) = &terms.password {
        text.push_str(&format!("{PASSWORD}{}\n", password.expose()));
    }
    text
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
/// share wrote and did not come to its end.
pub(super) fn check_file(terms: &Terms) -> Result<()> {
    let path = &terms.file;
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Error::io("look at", path, error)),
        Ok(_) if terms.may_replace_file() && is_of_earlier_run(path, terms) => Ok(()),
        Ok(_) => Err(Error::new(Kind::Other, format!("{} exists already", path.display()))
            .hint("move it away, or run this in another folder")),
    }
}

fn is_of_earlier_run(path: &Path, terms: &Terms) -> bool {
    let without_password = |text: &str| -> Vec<String> {
        text.lines().filter(|line| !line.starts_with(PASSWORD)).map(str::to_owned).collect()
    };
    let is_file = fs::symlink_metadata(path).is_ok_and(|found| found.is_file());
    is_file
        && fs::read_to_string(path)
            .is_ok_and(|found| without_password(&found) == without_password(&text(terms)))
}

/// Writes the client's file, for the user's eyes alone.
pub(super) fn write(terms: &Terms) -> Result<()> {
    check_file(terms)?;
    let (path, text) = (&terms.file, text(terms));
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
