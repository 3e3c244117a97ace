//! Any bytes are a TEAM.toml that makes sense, or refused with a place in the file.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall_provision::fuzzing::team(data);
});
