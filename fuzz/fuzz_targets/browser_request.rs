//! A request counts only with the right path and state.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall::fuzzing::browser_request(data);
});
