//! Bad days of the stores.
