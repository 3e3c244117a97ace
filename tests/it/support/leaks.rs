//! The leak check: the secrets that a test knows, and where they must not turn up.
//!
//! A secret is looked for as it is and in the encodings in which a program could let it out
//! unnoticed. No message of this module contains one: it says the secret's name instead.

use std::fmt;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memchr::memmem;

/// Shorter ones would turn up by chance, for instance in a time stamp.
const SHORTEST: usize = 6;

/// The secrets of one sandbox. Clones are the same registry, so a stand-in for AWS can enter
/// what it hands out while a test is running.
#[derive(Clone, Default)]
pub(crate) struct Secrets {
    known: Arc<Mutex<Vec<Secret>>>,
}

struct Secret {
    name: String,
    value: String,
    /// What to look for, each with the name of its encoding.
    forms: Vec<(&'static str, Vec<u8>)>,
}

/// Where one secret was found; shows the name and the encoding only.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Leak {
    name: String,
    encoding: &'static str,
}

impl Secrets {
    /// From now on `value` must not be seen anywhere; messages call it `name`. A value that is
    /// known already keeps its first name.
    pub(crate) fn add(&self, name: &str, value: &str) {
        assert!(
            value.len() >= SHORTEST,
            "the secret `{name}` is too short to be looked for: {SHORTEST} bytes or more"
        );
        let mut known = self.lock();
        if known.iter().all(|secret| secret.value != value) {
            known.push(Secret {
                name: name.to_owned(),
                value: value.to_owned(),
                forms: forms(value),
            });
        }
    }

    /// The secrets in `bytes`, apart from those that `meant_to_be_there` contains as they are.
    pub(crate) fn found_in(&self, bytes: &[u8], meant_to_be_there: &[u8]) -> Vec<Leak> {
        self.lock()
            .iter()
            .filter(|secret| memmem::find(meant_to_be_there, secret.value.as_bytes()).is_none())
            .filter_map(|secret| {
                let (encoding, _) =
                    secret.forms.iter().find(|(_, form)| memmem::find(bytes, form).is_some())?;
                Some(Leak { name: secret.name.clone(), encoding })
            })
            .collect()
    }

    /// `text` with the name of each secret in the place of its value: for messages.
    pub(crate) fn redact(&self, text: &str) -> String {
        let known = self.lock();
        let mut text = text.to_owned();
        for secret in known.iter() {
            for (_, form) in &secret.forms {
                let form = std::str::from_utf8(form).expect("every form is text");
                text = text.replace(form, &format!("<{}>", secret.name));
            }
        }
        text
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Secret>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A secret for each place from which texts of others come.
pub(crate) struct Seeds {
    /// What a program that rolecall runs writes to stderr.
    pub(crate) child: &'static str,
    /// The password in the URL of an endpoint.
    pub(crate) url: &'static str,
    /// The password in a variable for proxies.
    pub(crate) proxy: &'static str,
    /// What a server says.
    pub(crate) server: &'static str,
}

pub(crate) const SEEDS: Seeds = Seeds {
    child: "seed-0f-a-ch1ld",
    url: "seed-0f-a-ur1",
    proxy: "seed-0f-a-pr0xy",
    server: "seed-0f-a-serv3r",
};

impl Seeds {
    /// From now on none of them must be seen anywhere.
    pub(crate) fn plant(&self, secrets: &Secrets) {
        let Self { child, url, proxy, server } = self;
        secrets.add("what a program said", child);
        secrets.add("the password of a URL", url);
        secrets.add("the password of a proxy", proxy);
        secrets.add("what a server said", server);
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.lock().iter().map(|secret| &secret.name)).finish()
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the secret `{}` ({})", self.name, self.encoding)
    }
}

fn forms(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let mut forms: Vec<(&'static str, Vec<u8>)> = vec![("as it is", bytes.to_vec())];
    let mut add = |encoding, form: String| {
        if forms.iter().all(|(_, known)| known != form.as_bytes()) {
            forms.push((encoding, form.into_bytes()));
        }
    };
    for (upper, lower) in [(true, false), (false, true)] {
        add("percent-encoded", percent_encoded(bytes, upper));
        add("hex", hex(bytes, lower));
    }
    for alphabet in [STANDARD, URL_SAFE] {
        for offset in 0..3 {
            add("base64", base64_inside(bytes, offset, alphabet));
        }
    }
    let json = serde_json::Value::from(value).to_string();
    add("JSON-escaped", json.trim_matches('"').to_owned());
    add("JSON-escaped", json.trim_matches('"').replace('/', "\\/"));
    let numbers: Vec<String> = bytes.iter().map(u8::to_string).collect();
    add("a list of bytes", numbers.join(", "));
    forms
}

fn hex(bytes: &[u8], lower: bool) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if lower {
            write!(text, "{byte:02x}").expect("a string takes all");
        } else {
            write!(text, "{byte:02X}").expect("a string takes all");
        }
        text
    })
}

/// As in a query string that is signed: all but the unreserved characters.
fn percent_encoded(bytes: &[u8], upper: bool) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            text.push(char::from(*byte));
        } else {
            text.push('%');
            text.push_str(&hex(&[*byte], !upper));
        }
        text
    })
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How `bytes` look within the base64 of a longer text in which `offset` (mod 3) bytes precede
/// them: only the digits that depend on nothing else.
fn base64_inside(bytes: &[u8], offset: usize, alphabet: &[u8; 64]) -> String {
    let first = (offset * 8).div_ceil(6);
    let end = (offset + bytes.len()) * 8 / 6;
    let bit = |index: usize| match (index / 8).checked_sub(offset) {
        Some(position) => bytes[position] >> (7 - index % 8) & 1,
        None => 0,
    };
    (first..end)
        .map(|digit| (0..6).fold(0, |value, place| value << 1 | bit(digit * 6 + place)))
        .map(|value| char::from(alphabet[usize::from(value)]))
        .collect()
}

mod tests {
    use super::{STANDARD, Secrets, base64_inside};

    const SECRET: &str = "wJalr/XUtn+FEMI\"K7";

    #[track_caller]
    fn assert_found(text: &str, encoding: &str) {
        let secrets = Secrets::default();
        secrets.add("the key", SECRET);
        let leaks = secrets.found_in(text.as_bytes(), b"");
        assert_eq!(leaks.len(), 1, "{text}");
        assert_eq!(leaks[0].encoding, encoding, "{text}");
        assert!(!secrets.redact(text).contains(&text[3..text.len() - 3]));
    }

    #[test]
    fn a_secret_is_found_in_every_encoding() {
        assert_found("x wJalr/XUtn+FEMI\"K7 y", "as it is");
        assert_found("x=wJalr%2FXUtn%2BFEMI%22K7&y", "percent-encoded");
        assert_found("x=wJalr%2fXUtn%2bFEMI%22K7&y", "percent-encoded");
        assert_found("774a616c722f5855746e2b46454d49224b37", "hex");
        assert_found("774A616C722F5855746E2B46454D49224B37", "hex");
        assert_found("\"wJalr/XUtn+FEMI\\\"K7\"", "JSON-escaped");
        assert_found("\"wJalr\\/XUtn+FEMI\\\"K7\"", "JSON-escaped");
        assert_found(&format!("{:?}", SECRET.as_bytes()), "a list of bytes");
        // "key" + secret, "a:" + secret + "!", ":" + secret in base64.
        assert_found("a2V5d0phbHIvWFV0bitGRU1JIks3", "base64");
        assert_found("YTp3SmFsci9YVXRuK0ZFTUkiSzch", "base64");
        assert_found("OndKYWxyL1hVdG4rRkVNSSJLNw==", "base64");
    }

    #[test]
    fn base64_of_the_whole_is_the_usual_one() {
        assert_eq!(base64_inside(b"Man", 0, STANDARD), "TWFu");
        assert_eq!(base64_inside(b"Many hands", 0, STANDARD), "TWFueSBoYW5kc");
    }

    #[test]
    fn what_a_test_put_there_itself_is_no_leak_but_all_else_is() {
        let secrets = Secrets::default();
        secrets.add("mine", "0123-mine");
        secrets.add("theirs", "0123-theirs");
        let leaks = secrets.found_in(b"0123-mine 0123-theirs", b"key = 0123-mine");
        assert_eq!(leaks.len(), 1);
        assert_eq!(leaks[0].to_string(), "the secret `theirs` (as it is)");
    }

    #[test]
    fn debug_shows_names_only() {
        let secrets = Secrets::default();
        secrets.add("the key", SECRET);
        assert_eq!(format!("{secrets:?}"), "[\"the key\"]");
    }
}
