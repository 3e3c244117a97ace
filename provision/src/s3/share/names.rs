//! Checks names from the user, and derives others from them.

use rolecall::{Error, IamKind, Kind, Result, escape, is_name_char};

/// The longest name of a client, in bytes: with `.txt` it must fit into a file name.
const LONGEST_CLIENT: usize = 100;
/// The longest key of an object, in bytes.
const LONGEST_PREFIX: usize = 1_024;

fn wrong(what: &str, why: &str) -> Error {
    Error::new(Kind::Usage, format!("{what} {why}"))
}

/// Checks that a client's name can be part of a file name.
pub(super) fn check_client(name: &str) -> Result<()> {
    let is_good = !name.is_empty()
        && name.len() <= LONGEST_CLIENT
        && !name.starts_with(['.', ' '])
        && !name.ends_with(['.', ' '])
        && !name.contains(['/', '\\', ':', '<', '>', '"', '|', '?', '*'])
        && escape(name) == name;
    if is_good {
        return Ok(());
    }
    Err(wrong(&format!("the client's name '{name}'"), "can't be part of a file name"))
}

/// Returns the default user name for a client.
pub(super) fn user_for(client: &str) -> String {
    let fits = |c: char| if is_name_char(c) { c } else { '-' };
    client.chars().map(fits).take(IamKind::User.longest_name()).collect()
}

pub(super) fn check_region(name: &str) -> Result<()> {
    rolecall::check_region(name).map_err(|invalid| invalid.error(Kind::Usage, format!("'{name}'")))
}

/// Returns the prefix as the console shows a folder: with a `/` at the end, so that `acme` does not
/// include `acme-corp/`.
pub(super) fn folder(prefix: &str) -> Result<Option<String>> {
    if prefix.is_empty() {
        return Ok(None);
    }
    let prefix = if prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
    if prefix.starts_with('/') {
        return Err(wrong("--prefix", "starts with '/', which would be a folder without a name")
            .hint("omit it"));
    }
    // In a policy, these are wildcards and variables.
    if prefix.contains(['*', '?', '$']) || prefix.len() > LONGEST_PREFIX {
        return Err(wrong("--prefix", "has one of * ? $, or is too long"));
    }
    if escape(&prefix) != prefix {
        return Err(wrong("--prefix", "has characters that can't be shown"));
    }
    Ok(Some(prefix))
}

/// Checks where the password comes from. The message doesn't repeat the value, which may be a
/// password.
pub(super) fn check_way_to_password(way: &str) -> Result<()> {
    match way {
        "-" | "generate" => Ok(()),
        _ => Err(wrong("--password", "is neither '-' nor 'generate'")
            .hint("a password is read from stdin with --password -")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_can_be_a_file_and_a_user() {
        for name in ["acme", "Acme GmbH & Co", "Müller"] {
            check_client(name).unwrap();
            IamKind::User.check_name(&user_for(name)).unwrap();
        }
        assert_eq!(user_for("Acme GmbH"), "Acme-GmbH");
        for name in ["", ".", "../x", "a/b", "a\nb", "a\u{202e}b", " a", "C:x", &"x".repeat(101)] {
            assert!(check_client(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_prefix_is_a_folder() {
        assert_eq!(folder("").unwrap(), None);
        assert_eq!(folder("acme").unwrap().as_deref(), Some("acme/"));
        assert_eq!(folder("a/b c/").unwrap().as_deref(), Some("a/b c/"));
        for prefix in ["/a", "a*", "a?", "${aws:username}", "a\u{1b}", &"x".repeat(1_024)] {
            assert!(folder(prefix).is_err(), "{prefix:?}");
        }
    }
}
