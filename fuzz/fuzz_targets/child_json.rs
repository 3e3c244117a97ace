//! Whatever another program prints is read or refused, and what is read can be handed on.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall::fuzzing::child_json(data);
});
