//! Whatever a Secret Service says, no store panics, waits or reads past a message.

#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    rolecall::fuzzing::dbus(data);
});
