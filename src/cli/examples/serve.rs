//! Examples for `serve`.

use super::example::{Example, example};

/// Those of `serve`.
pub(super) const ALL: &[Example] = &[
    example("Serve two profiles until Ctrl-C", "rolecall serve my-role other-role"),
    example(
        "Serve a profile to a container, with a fixed port and token file",
        "rolecall serve my-role --port 9911 --token-file /run/user/1000/aws-token",
    ),
    example(
        "Let a program read one bucket, and renew its credentials while it runs",
        "rolecall serve my-role --session-policy s3-read:my-bucket -- python3 report.py",
    ),
];
