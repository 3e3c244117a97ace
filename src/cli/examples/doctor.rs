//! Examples of `rolecall doctor`.

use super::example::{Example, example};

pub(super) const ALL: &[Example] = &[
    example("Check all profiles", "rolecall doctor"),
    example("Go through the repairs one by one", "rolecall doctor my-role --fix"),
    example(
        "Also check with AWS, and print a report that can be shared",
        "rolecall doctor my-role --online --share",
    ),
];
