//! Whatever IAM Identity Center answers is whole or a failure in words.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall::fuzzing::identity_center(data);
});
