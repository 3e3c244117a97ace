//! Examples of `rolecall log`.

use super::example::{Example, example};

pub(super) const ALL: &[Example] = &[
    example("See which programs got new sessions in the last two days", "rolecall log --since 2d"),
    example("The same for one profile since a date", "rolecall log my-role --since 2026-11-02"),
    example(
        "Print the IDs of the access keys that coding agents got, to find them in CloudTrail",
        "rolecall log --output json | jq -r '.hand_outs[] | select(.agent) | .access_key_id'",
    ),
];
