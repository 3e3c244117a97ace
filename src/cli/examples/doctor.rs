//! Examples of `rolecall doctor`.

use super::example::{Example, example};

pub(super) const ALL: &[Example] = &[
    example("Find out what is wrong with any profile", "rolecall doctor"),
    example("Repair what can be repaired, one by one", "rolecall doctor my-role --fix"),
    example(
        "Ask AWS too, and print a report to show to others",
        "rolecall doctor my-role --online --share",
    ),
];
