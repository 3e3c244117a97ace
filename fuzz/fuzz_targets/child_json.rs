//! Whatever another program prints is read or refused, and what is read can be handed on.

#![no_main]

// The rooms alone, as in the other targets.
#[allow(dead_code, reason = "a part of it is used")]
#[path = "../../src/credentials.rs"]
mod credentials;
#[path = "../../src/child/document.rs"]
mod document;
#[allow(dead_code, reason = "a part of it is used")]
#[path = "../../src/secret.rs"]
mod secret;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|output: &[u8]| {
    let Ok(mut credentials) = document::parse(output) else { return };
    assert!(!credentials.access_key_id.is_empty());
    assert!(!credentials.secret_access_key.expose().is_empty());
    let printed = credentials.process_json();
    assert_eq!(printed.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
    let again = document::parse(&printed).expect("our own document is one");
    // It has whole seconds.
    credentials.expiration = again.expiration.filter(|end| {
        credentials.expiration.is_some_and(|time| time.timestamp() == end.timestamp())
    });
    assert_eq!(again, credentials);
});
