//! Examples for `exec`.

use super::example::{Example, example};

/// Those of `exec`.
pub(super) const ALL: &[Example] = &[
    example(
        "Run a program with a profile's credentials",
        "rolecall exec my-role -- terraform plan",
    ),
    example("Start a shell that has them", "rolecall exec my-role"),
    example(
        "Run a program that takes longer than the session lasts",
        "rolecall exec my-role --serve -- terraform apply",
    ),
    example(
        "Let a coding agent read, and nothing else",
        "rolecall exec my-role --read-only --serve -- claude",
    ),
];
