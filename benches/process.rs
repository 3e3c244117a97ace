//! Whole-process benchmark; see below.
fn main() {}
