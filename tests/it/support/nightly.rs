//! What takes long runs at night: `.ci/nightly` sets `ROLECALL_TEST_NIGHTLY=1`, and each of these
//! tests has a short variant for the rest of the day.

use super::clients::variable;

pub(crate) fn is_nightly() -> bool {
    variable("ROLECALL_TEST_NIGHTLY").as_deref() == Some("1")
}
