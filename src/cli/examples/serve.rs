//! Examples for `serve`.

use super::example::{Example, example};

/// Those of `serve`.
pub(super) const ALL: &[Example] = &[
    example("Serve two profiles until Ctrl-C", "rolecall serve my-role other-role"),
    example(
        "Serve a profile to a container, at the same place each time",
        "rolecall serve my-role --port 9911 --token-file /run/user/1000/aws-token",
    ),
    example(
        "Let a program read a bucket, with new credentials as long as it runs",
        "rolecall serve my-role --session-policy s3-read:my-bucket -- python3 report.py",
    ),
];
