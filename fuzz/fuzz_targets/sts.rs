//! Whatever STS answers is a whole session or a failure in words.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall::fuzzing::sts(data);
});
